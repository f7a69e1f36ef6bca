"""What is still needed is not deleted: what refers to it is shown, moved on, unlinked, or blocks.

Looked at once all changes are known: a referrer that is deleted in the same plan does not count,
and a successor may be created by it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from assistants_sync.model.address import Address, RemoteId
from assistants_sync.model.plan import Action, Block, Change, FieldChange, FieldKind, Reason
from assistants_sync.model.state import Owned
from assistants_sync.model.step import Delete, Edit, Quarantine, Relink, Step
from assistants_sync.model.trash import KeptReference
from assistants_sync.model.usage import Reference, Usage
from assistants_sync.model.value import JsonValue, without_secrets
from assistants_sync.planning.freed import is_freed
from assistants_sync.planning.inputs import Inputs
from assistants_sync.resources.references import can_unlink, value_at
from assistants_sync.resources.referrers import REFERRERS

_Planned = tuple[Change, Step | None]
_NOT_KNOWN: Final = "(known after apply)"


@dataclass(frozen=True, slots=True)
class _Successor:
    """Who takes over what refers to a deleted one; its id may only be known after apply."""

    address: Address
    id: RemoteId | None
    name: str | None


_Edits = dict[tuple[str, RemoteId], list[tuple[Edit, Reason]]]
"""What becomes of references, by the thing they stand in."""


def with_usage(inputs: Inputs, planned: list[_Planned]) -> list[_Planned]:
    """Give the changes with what still uses each deleted one, and what is done about it."""
    usage = inputs.usage
    if usage is None:
        return planned
    deleted = {change.id for change, step in planned if isinstance(step, Delete) and change.id}
    edits: _Edits = defaultdict(list)
    result = [
        _judged(inputs, usage, each, planned, deleted, edits)
        if isinstance(each[1], Delete)
        else (_noted(usage, each[0]), each[1])
        for each in planned
    ]
    return [*result, *_relinks(edits)]


def deletion_order(planned: Iterable[_Planned]) -> dict[Address, int]:
    """Rank deletions so that what refers goes before what it refers to; a cycle by address."""
    deletes = {change.address: change for change, step in planned if isinstance(step, Delete)}
    by_id = {change.id: address for address, change in deletes.items() if change.id}
    waits_for = {
        address: {by_id[each.id] for each in change.used_by if each.id in by_id} - {address}
        for address, change in deletes.items()
    }
    ranks: dict[Address, int] = {}
    while len(ranks) < len(deletes):
        left = sorted(address for address in deletes if address not in ranks)
        free = [address for address in left if waits_for[address] <= ranks.keys()]
        ranks[(free or left)[0]] = len(ranks)
    return ranks


def _judged(
    inputs: Inputs,
    usage: Usage,
    each: _Planned,
    planned: list[_Planned],
    deleted: set[RemoteId],
    edits: _Edits,
) -> _Planned:
    change, step = each
    if change.id is None or not isinstance(step, Delete):
        return each
    steps = [other for _, other in planned if other]
    found = usage.references.get(change.id, ())
    freed = [each for each in found if is_freed(inputs, steps, each, _held(change, each))]
    references = tuple(each for each in found if each not in freed)
    successor, blocks = _successor(inputs, change.address, step.owned, planned, references)
    kept: list[KeptReference] = []
    left = []
    for reference in references:
        if reference.kind == inputs.kind.name and reference.id in deleted:
            kept.append(KeptReference(reference))
            continue
        others = edits[reference.kind, reference.id]
        edit = _edit(inputs, usage, change, reference, successor, len(others))
        if edit is None:
            left.append(reference)
            kept.append(KeptReference(reference))
        else:
            reason = Reason.REPLACED if successor else Reason.DETACHED
            others.append((edit, reason))
            moved = edit.after or edit.target
            item = None if moved else _item(usage, reference)
            kept.append(KeptReference(reference, moved, item))
    blocked = (*change.blocked, *blocks, *_blocks(inputs, usage, change, left))
    return (
        replace(
            change, used_by=references, blocked=blocked, notes=(*change.notes, *_let_go(freed))
        ),
        replace(step, references=tuple(kept)),
    )


def _held(change: Change, reference: Reference) -> str:
    return (change.name if reference.by == "name" else change.id) or ""


def _let_go(freed: list[Reference]) -> tuple[str, ...]:
    return (f"no longer used after this plan by {'; '.join(map(str, freed))}",) if freed else ()


def _item(usage: Usage, reference: Reference) -> JsonValue:
    """The list item that goes with a reference, so that a restore can put it back."""
    body = usage.bodies.get((reference.kind, reference.id), {})
    return without_secrets(value_at(body, reference.path[:2])) if len(reference.path) > 1 else None


def _edit(
    inputs: Inputs,
    usage: Usage,
    change: Change,
    reference: Reference,
    successor: _Successor | None,
    already: int,
) -> Edit | None:
    kind = REFERRERS.get(reference.kind)
    if kind is None or not kind.can_relink:
        return None
    before = change.name if reference.by == "name" else change.id
    if successor is not None:
        if reference.by == "name":
            return Edit(reference, (before,), successor.name) if successor.name else None
        target = successor.address if successor.id is None else None
        return Edit(reference, (before,), successor.id, target)
    body = usage.bodies.get((reference.kind, reference.id), {})
    is_asked_for = change.address in inputs.options.detach
    if is_asked_for and can_unlink(kind.name, reference.path, body, already=already):
        return Edit(reference, (before,))
    return None


def _successor(
    inputs: Inputs,
    address: Address,
    owned: Owned,
    planned: list[_Planned],
    references: tuple[Reference, ...],
) -> tuple[_Successor | None, tuple[Block, ...]]:
    removal = inputs.desired.removals.get(address)
    wanted = (removal.replace_with if removal else None) or owned.lifecycle.replace_with
    if wanted is None or not references:
        return None, ()
    changes = {change.address: change for change, _ in planned}
    aside = {change.address for change, step in planned if isinstance(step, Quarantine)}
    found, definition = inputs.owned.get(wanted), inputs.definitions.get(wanted)
    change = changes.get(wanted)
    is_created = change is not None and change.action is Action.CREATE
    if change is not None and change.action in {Action.DELETE, Action.FORGET}:
        return None, (_no_successor(wanted, "it goes in the same plan"),)
    if wanted in aside or (found is not None and found.quarantined_at is not None):
        return None, (_no_successor(wanted, "it is set aside itself"),)
    if found is None and not is_created:
        return None, (_no_successor(wanted, "it is neither owned nor created in this plan"),)
    name = definition.body.get("name") if definition else None
    if name is None and found is not None and found.id in inputs.live.objects:
        name = inputs.live.objects[found.id].name
    remote_id = found.id if found is not None and not is_created else None
    return _Successor(wanted, remote_id, name if isinstance(name, str) else None), ()


def _no_successor(wanted: Address, why: str) -> Block:
    return Block(
        "replacement_unknown",
        f"replace_with names {wanted}: {why}",
        "name an assistant that stays",
    )


def _blocks(inputs: Inputs, usage: Usage, change: Change, left: list[Reference]) -> Iterator[Block]:
    if left:
        yield Block(
            "in_use",
            f"still used by {len(left)}: {'; '.join(map(str, left))}",
            f"move them with `lifecycle.replace_with` or `removed: {{replace_with}}`, unlink them "
            f"with --detach {change.address}, or edit them",
        )
    for kind, why in usage.unreadable.items():
        if kind not in inputs.options.ignore_unreadable:
            yield Block(
                "unknown_use",
                f"whether a {kind} uses it could not be read: {why}",
                f"if none does: --ignore-unreadable {kind}",
            )
    calls = usage.calls.get(change.id, ()) if change.id else ()
    live = [str(call) for call in calls if call.is_live]
    waiting = [str(call) for call in calls if not call.is_live]
    if live:
        yield Block(
            "live_calls",
            f"{_calls(live)} under way: {', '.join(live)}",
            "wait for them: --wait-for-calls 15m",
        )
    if waiting:
        yield Block(
            "scheduled_calls",
            f"{_calls(waiting)} scheduled: {', '.join(waiting)}",
            "cancel them, or wait until they are over",
        )


def _calls(calls: list[str]) -> str:
    return "1 call is" if len(calls) == 1 else f"{len(calls)} calls are"


def _noted(usage: Usage, change: Change) -> Change:
    """Tell of what refers to the old name of a renamed one: it will not find it any more."""
    found = usage.references.get(change.id, ()) if change.id else ()
    by_name = [str(reference) for reference in found if reference.by == "name"]
    if not by_name or old_name(change) is None:
        return change
    note = f"the old name is still referred to by {'; '.join(by_name)}"
    return replace(change, notes=(*change.notes, note))


def old_name(change: Change) -> str | None:
    """Give the name an update takes away, if it does."""
    for each in change.fields:
        if change.action is Action.UPDATE and each.path == ("name",):
            return each.before if isinstance(each.before, str) else None
    return None


def _relinks(edits: _Edits) -> Iterator[_Planned]:
    for (kind, remote_id), found in sorted((key, each) for key, each in edits.items() if each):
        ordered = sorted(found, key=lambda each: each[0].reference)
        reference, reason = ordered[0][0].reference, ordered[0][1]
        address = Address(f"{kind}.{remote_id}")
        change = Change(
            address=address,
            action=Action.UPDATE,
            reason=reason,
            id=remote_id,
            name=reference.name,
            fields=tuple(_field(edit) for edit, _ in ordered),
        )
        yield change, Relink(address, kind, remote_id, tuple(edit for edit, _ in ordered))


def _field(edit: Edit) -> FieldChange:
    after = _NOT_KNOWN if edit.target is not None else edit.after
    kind = FieldKind.REMOVE if after is None else FieldKind.CHANGE
    return FieldChange(edit.reference.path, kind, edit.expected[0], after)
