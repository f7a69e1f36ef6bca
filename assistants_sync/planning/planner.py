"""Desired, state and live to a plan and its steps: who is paired with whom, and why.

One object both owned and wanted is `owned`'s work; this module pairs by address and plans the
rest: what is new, what is gone, what is no longer wanted.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from assistants_sync.model.address import Address, RemoteId
from assistants_sync.model.definition import Definition, Removal
from assistants_sync.model.live import LiveObject
from assistants_sync.model.plan import (
    Action,
    Block,
    Change,
    FieldChange,
    FieldKind,
    Plan,
    Reason,
)
from assistants_sync.model.quarantine import quarantined_name
from assistants_sync.model.state import Owned
from assistants_sync.model.step import Create, Delete, Forget, Quarantine, Rename, Step
from assistants_sync.model.value import (
    from_pointer,
    has_secret,
    is_prefix,
    leaves,
    lookup,
    mask,
    masked,
)
from assistants_sync.planning import guards
from assistants_sync.planning.cleanup import plan_cleanup
from assistants_sync.planning.compare import field_changes
from assistants_sync.planning.digest import digest_of_definitions
from assistants_sync.planning.in_use import deletion_order, with_usage
from assistants_sync.planning.inputs import Inputs
from assistants_sync.planning.order import ordered_changes, ordered_steps
from assistants_sync.planning.owned import OwnedPlanner
from assistants_sync.planning.refs import with_refs
from assistants_sync.planning.unread import change_unread

_ALIKE: Final = 0.6

_Planned = tuple[Change, Step | None]


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, and the steps that carry it out."""

    plan: Plan
    steps: tuple[Step, ...]


def make_plan(inputs: Inputs) -> Planned:
    """Plan every selected address. Pure: equal inputs give equal plans."""
    addresses = sorted({*inputs.definitions, *inputs.owned})
    if inputs.options.cleanup or inputs.options.expired:
        planned = plan_cleanup(inputs)
    else:
        planned = [_plan_address(inputs, each) for each in addresses if inputs.is_selected(each)]
    return framed(inputs, planned)


def framed(inputs: Inputs, planned: list[_Planned]) -> Planned:
    """Give the plan of these changes: who uses what goes, the guards of the whole, the order."""
    planned = with_usage(inputs, with_refs(planned))
    ranks = deletion_order(planned)
    changes = [change for change, _ in planned]
    steps: list[Step] = [step for _, step in planned if step]
    steps += [
        Rename(move.source, move.target) for move in inputs.moves if inputs.is_selected(move.target)
    ]
    if inputs.options.rollback is None:
        changes = _with_rename_hints(inputs, changes)
    changes = [_with_move(inputs, change) for change in changes]
    ours = [each.id for each in inputs.unowned if inputs.is_ours(each.marker)]
    plan = Plan(
        tool_version=inputs.tool_version,
        project=inputs.project.name,
        environment=inputs.project.environment.name,
        org_id=inputs.live.org_id,
        lineage=inputs.lineage,
        generation=inputs.snapshot.generation,
        changes=ordered_changes(changes, ranks),
        blocks=tuple(_plan_blocks(inputs, changes)),
        unmanaged_count=len(inputs.unowned),
        copies=tuple(ours),
        owned_count=len(inputs.owned),
        options=inputs.options,
        definitions_digest=digest_of_definitions(inputs.desired),
        complete_read=inputs.live.is_read,
    )
    return Planned(plan, ordered_steps(steps, ranks))


def _plan_address(inputs: Inputs, address: Address) -> _Planned:
    definition, owned = inputs.definitions.get(address), inputs.owned.get(address)
    if owned is None:
        if definition is None:
            raise ValueError(f"{address} is neither defined nor owned")
        return _create(inputs, definition, Reason.NOT_IN_STATE)
    if not inputs.live.is_read:
        return change_unread(inputs, address, definition, owned), None
    if owned.id in inputs.live.unreadable:
        return unreadable(inputs, address, owned), None
    live = inputs.live.objects.get(owned.id)
    if live is None:
        if definition is not None:
            return _create(inputs, definition, Reason.GONE)
        return Change(address, Action.FORGET, Reason.GONE, owned.id), Forget(address, owned.id)
    if definition is not None:
        return OwnedPlanner(inputs, definition, owned, live).plan()
    return no_longer_wanted(inputs, address, owned, live)


def _create(inputs: Inputs, definition: Definition, reason: Reason) -> _Planned:
    address, declared = definition.address, leaves(definition.body)
    ignored = [from_pointer(pointer) for pointer in definition.lifecycle.ignore_changes]
    blocks = (
        inputs.unresolved.get(address),
        guards.marked_elsewhere(inputs, address),
        guards.same_name(inputs, definition),
    )
    fields = [
        each
        for path, value in declared.items()
        for each in field_changes(inputs.kind, path, FieldKind.ADD, None, value)
    ]
    name = definition.body.get("name")
    change = Change(
        address=address,
        action=Action.CREATE,
        reason=Reason.UNRESOLVED if address in inputs.unresolved else reason,
        source=definition.where,
        name=name if isinstance(name, str) else None,
        after={key: mask(value) for key, value in definition.body.items()},
        sensitive=tuple(path for path, value in declared.items() if has_secret(value)),
        fields=tuple(fields),
        blocked=tuple(block for block in blocks if block),
    )
    tracked = {
        path: value
        for path, value in declared.items()
        if not any(is_prefix(prefix, path) for prefix in ignored)
    }
    return change, Create(address, definition.body, tracked, definition.lifecycle)


def unreadable(inputs: Inputs, address: Address, owned: Owned) -> Change:
    """Give the blocked change of an owned object that could not be read."""
    block = Block(
        "unreadable",
        f"its live object could not be read: {inputs.live.unreadable[owned.id]}",
        "run again; --exclude it to go on without it",
    )
    return Change(address, Action.NO_OP, Reason.UNREADABLE, owned.id, blocked=(block,))


def no_longer_wanted(inputs: Inputs, address: Address, owned: Owned, live: LiveObject) -> _Planned:
    """Plan the end of an owned object: deleted, forgotten or set aside, as its lifecycle says."""
    removal = inputs.desired.removals.get(address)
    reason = Reason.REMOVED_BY_NAME if removal else Reason.DEFINITION_REMOVED
    if (removal.action if removal else owned.lifecycle.on_delete) == "forget":
        change = Change(
            address,
            Action.FORGET,
            reason if removal else Reason.ON_DELETE_FORGET,
            owned.id,
            name=live.name,
        )
        return change, Forget(address, owned.id)
    if _is_set_aside(removal, owned):
        return _quarantine(inputs, address, owned, live)
    if inputs.options.skip_deletes:
        kept = Change(address, Action.NO_OP, Reason.DELETION_SKIPPED, owned.id, name=live.name)
        return kept, None
    shown = {path: lookup(live.body, path) for path in map(from_pointer, owned.leaves)}
    blocks = (
        guards.protected(inputs, owned),
        guards.ownership(inputs, owned, live),
        guards.rival_write(inputs, owned, live),
    )
    before = inputs.hasher.deletable(live)
    change = Change(
        address=address,
        action=Action.DELETE,
        reason=reason,
        id=owned.id,
        name=live.name,
        before=masked(shown),
        sensitive=tuple(path for path, value in shown.items() if has_secret(value)),
        blocked=tuple(block for block in blocks if block),
        preconditions={"": before},
    )
    return change, Delete(address, owned, before)


def _is_set_aside(removal: Removal | None, owned: Owned) -> bool:
    if removal is not None:
        return removal.action == "quarantine"
    return owned.quarantined_at is not None or owned.lifecycle.on_delete == "quarantine"


def _quarantine(inputs: Inputs, address: Address, owned: Owned, live: LiveObject) -> _Planned:
    """Set it aside under another name; it still answers, and is deleted after its grace."""
    change = Change(
        address, Action.NO_OP, Reason.QUARANTINED, owned.id, source=None, name=live.name
    )
    if owned.quarantined_at is not None:
        return replace(change, notes=(f"set aside since {owned.quarantined_at}",)), None
    name = quarantined_name(live.name)
    blocks = (guards.protected(inputs, owned), guards.ownership(inputs, owned, live))
    before = inputs.hasher.deletable(live)
    change = replace(
        change,
        action=Action.UPDATE,
        fields=(FieldChange(("name",), FieldKind.CHANGE, live.name, name),),
        blocked=tuple(block for block in blocks if block),
        preconditions={"": before},
    )
    return change, Quarantine(address, owned, before, name)


def _plan_blocks(inputs: Inputs, changes: list[Change]) -> Iterator[Block]:
    rules = (
        guards.without_secrets,
        guards.no_definitions,
        guards.too_many_deletes,
        guards.too_many_destructive,
        guards.too_many_gone,
    )
    if inputs.options.cleanup:
        return  # each is named, and consent to them is always their exact number
    for rule in rules:
        block = rule(inputs, changes)
        if block:
            yield block


def _with_move(inputs: Inputs, change: Change) -> Change:
    old = {move.target: move.source for move in inputs.moves}.get(change.address)
    if old is None:
        return change
    reason = Reason.STATE_ONLY if change.reason is Reason.UNCHANGED else change.reason
    return replace(change, reason=reason, notes=(*change.notes, f"moved from {old}"))


def _with_rename_hints(inputs: Inputs, changes: list[Change]) -> list[Change]:
    """A delete and a create whose bodies are alike are most likely one renamed key."""
    hints: dict[Address, str] = {}
    deleted = [
        (change.address, change.id)
        for change in changes
        if change.action is Action.DELETE and change.id
    ]
    for new in (change for change in changes if change.action is Action.CREATE):
        for address, remote_id in deleted:
            if remote_id in inputs.live.objects and _are_alike(inputs, new.address, remote_id):
                hint = (
                    f"looks like {address} renamed to {new.address}; to keep its id, add "
                    f"`moved: [{{from: {address}, to: {new.address}}}]` to the project file"
                )
                hints[address] = hints[new.address] = hint
    return [
        replace(change, notes=(*change.notes, hints[change.address]))
        if change.address in hints
        else change
        for change in changes
    ]


def _are_alike(inputs: Inputs, address: Address, remote_id: RemoteId) -> bool:
    declared = leaves(inputs.definitions[address].body)
    live = inputs.live.objects[remote_id].body
    same = sum(
        inputs.hasher.equal(path, value, lookup(live, path)) for path, value in declared.items()
    )
    return bool(declared) and same >= _ALIKE * len(declared)
