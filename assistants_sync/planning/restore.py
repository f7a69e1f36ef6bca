"""What was deleted, made again from its backup, and what pointed to it pointed back. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from assistants_sync.model.address import Address, RemoteId
from assistants_sync.model.definition import Definition
from assistants_sync.model.live import LiveObject
from assistants_sync.model.plan import Action, Block, Change, FieldChange, FieldKind, Reason
from assistants_sync.model.quarantine import STAMP_KEY, name_before
from assistants_sync.model.step import Create, Edit, Relink, Step
from assistants_sync.model.trash import KeptReference, Trashed
from assistants_sync.model.value import (
    Body,
    FieldPath,
    Secret,
    Value,
    from_pointer,
    has_secret,
    is_list,
    is_prefix,
    leaves,
    lookup,
    mask,
    to_dotted,
    without_secrets,
)
from assistants_sync.planning import guards
from assistants_sync.planning.destructive import part_name
from assistants_sync.planning.inputs import Inputs
from assistants_sync.planning.planner import Planned
from assistants_sync.resources.references import value_at
from assistants_sync.resources.referrers import REFERRERS

_NOT_KNOWN: Final = "(known after apply)"


@dataclass(frozen=True, slots=True)
class Restoration:
    """What to bring back, as which address, without which top-level fields.

    `backups` are all of one id, the oldest first; `referrers` is what refers to it now or did;
    `declares` are the paths of the definition that is going to be written, if there is none.
    `ids` lead from ids it may hold to what stands for those now.
    """

    backups: tuple[Trashed, ...]
    address: Address
    without: tuple[str, ...] = ()
    declares: frozenset[FieldPath] | None = None
    referrers: Mapping[tuple[str, RemoteId], LiveObject | None] | None = None
    ids: Mapping[str, Value] = field(default_factory=dict)

    @property
    def last(self) -> Trashed:
        """The backup made right before the deletion."""
        return self.backups[-1]

    @property
    def references(self) -> tuple[KeptReference, ...]:
        """Every reference any of the backups holds, each once; where it was moved counts."""
        found: dict[tuple[str, RemoteId, FieldPath], KeptReference] = {}
        for backup in self.backups:
            for each in backup.references:
                key = (each.reference.kind, each.reference.id, each.reference.path)
                if key not in found or found[key].moved_to is None:
                    found[key] = each
        return tuple(found[key] for key in sorted(found))


def plan_restore(inputs: Inputs, planned: Planned, wanted: Restoration) -> Planned:
    """Give the plan that brings it back; `planned` lends the frame, none of its changes."""
    done = _restored_as(inputs, wanted.last.id)
    changes: list[Change] = []
    steps: list[Step] = []
    if done is not None and done not in inputs.live.objects:
        gone = Change(wanted.address, Action.NO_OP, Reason.GONE, done, blocked=(_gone(done),))
        return Planned(replace(planned.plan, changes=(gone,), blocks=()), ())
    if done is None:
        change, create = create_again(inputs, wanted)
        changes.append(change)
        steps.append(create)
    for change, relink in relinks(wanted, done):
        changes.append(change)
        steps.append(relink)
    plan = replace(planned.plan, changes=tuple(changes), blocks=())
    return Planned(plan, tuple(steps))


def _restored_as(inputs: Inputs, remote_id: RemoteId) -> RemoteId | None:
    state = inputs.snapshot.state
    return state.restored.get(remote_id) if state else None


def _gone(done: RemoteId) -> Block:
    return Block(
        "restored_already",
        f"it was brought back as {done}, and that one is gone too",
        f"bring that one back: `trash restore {done}`",
    )


def restored_body(
    trashed: Trashed, definition: Definition | None, without: Sequence[str]
) -> tuple[dict[str, Value], tuple[str, ...]]:
    """Give the body to send, and the dotted paths of the secrets nothing has."""
    body: dict[str, Value] = {
        key: value for key, value in trashed.body.items() if key not in without
    }
    metadata = body.get("metadata")
    if isinstance(metadata, Mapping) and STAMP_KEY in metadata:
        name = name_before(body)
        body["metadata"] = {key: each for key, each in metadata.items() if key != STAMP_KEY}
        body["name"] = name
    declared = definition.body if definition else {}
    filled = {key: lend_secrets(value, declared.get(key)) for key, value in body.items()}
    # A field that held nothing but a secret is not in the kept body at all.
    for key, value in declared.items():
        if isinstance(value, Secret) and key not in filled and key not in without:
            filled[key] = value
    lost = [
        to_dotted(path)
        for path in map(from_pointer, trashed.secrets)
        if path[0] not in without and not has_secret(value_at(filled, path))
    ]
    return filled, tuple(lost)


def lend_secrets(kept: Value, declared: Value) -> Value:
    """Put declared secrets back where the kept value lacks them; parts of a list go by name."""
    if isinstance(kept, Mapping) and isinstance(declared, Mapping):
        filled = {key: lend_secrets(each, declared.get(key)) for key, each in kept.items()}
        secrets = {
            key: each
            for key, each in declared.items()
            if isinstance(each, Secret) and filled.get(key) is None
        }
        return {**filled, **secrets}
    if is_list(kept) and is_list(declared):
        return [
            lend_secrets(each, _same_part(each, kept, declared))
            if isinstance(each, Mapping)
            else each
            for each in kept
        ]
    return kept


def renewed(value: Value, ids: Mapping[str, Value]) -> Value:
    """Give the value with every id that stands for something else now put in its place."""
    match value:
        case str():
            return ids.get(value, value)
        case Mapping():
            return {key: renewed(inner, ids) for key, inner in value.items()}
        case Sequence():
            return [renewed(inner, ids) for inner in value]
        case _:
            return value


def _same_part(part: Value, kept: Sequence[Value], declared: Sequence[Value]) -> Value:
    """The declared part that is surely meant: the same but for secrets, or the only one so named.

    In doubt none: a secret must not go where it was never declared.
    """
    same = [each for each in declared if without_secrets(each) == part]
    if len(same) == 1:
        return same[0]
    name = part_name(part)
    named = [each for each in declared if part_name(each) == name]
    is_only = len(named) == 1 and sum(part_name(each) == name for each in kept) == 1
    return named[0] if is_only else None


def create_again(inputs: Inputs, wanted: Restoration) -> tuple[Change, Create]:
    """Plan to make it again, as its definition tracks it; without one, as its backup does."""
    address, trashed = wanted.address, wanted.last
    definition = inputs.definitions.get(address)
    kept, lost = restored_body(trashed, definition, wanted.without)
    body = {key: renewed(value, wanted.ids) for key, value in kept.items()}
    lifecycle = definition.lifecycle if definition else trashed.lifecycle
    ignored = [from_pointer(pointer) for pointer in lifecycle.ignore_changes]
    declared = wanted.declares if wanted.declares is not None else leaves(body)
    tracked = {
        path: lookup(body, path)
        for path in (leaves(definition.body) if definition else declared)
        if lookup(body, path) is not None and not any(is_prefix(each, path) for each in ignored)
    }
    blocks = (
        _owned_already(inputs, address),
        inputs.unresolved.get(address),
        guards.marked_elsewhere(inputs, address),
    )
    notes = [f"the secret at `{path}` is lost: set it again by hand" for path in lost]
    change = Change(
        address=address,
        action=Action.CREATE,
        reason=Reason.RESTORED,
        source=definition.where if definition else None,
        name=trashed.name,
        after={key: mask(value) for key, value in body.items()},
        sensitive=tuple(path for path, value in leaves(body).items() if has_secret(value)),
        fields=tuple(_added(body)),
        blocked=tuple(block for block in blocks if block),
        notes=(f"in the place of {trashed.id}, deleted at {trashed.deleted_at}", *notes),
    )
    return change, Create(address, body, tracked, lifecycle, restores=trashed.id)


def _added(body: Body) -> list[FieldChange]:
    return [
        FieldChange(path, FieldKind.ADD, None, mask(value), has_secret(value))
        for path, value in leaves(body).items()
        if value is not None
    ]


def _owned_already(inputs: Inputs, address: Address) -> Block | None:
    owned = inputs.owned.get(address)
    if owned is None:
        return None
    return Block("owned", f"{address} is {owned.id} already", "restore it --as another address")


def relinks(wanted: Restoration, done: RemoteId | None) -> list[tuple[Change, Relink]]:
    """Plan to point back what pointed to it; `done` is its new id, where it has one already."""
    by_referrer: dict[tuple[str, RemoteId], list[Edit]] = {}
    for kept in wanted.references:
        reference = kept.reference
        live = (wanted.referrers or {}).get((reference.kind, reference.id))
        edit = _edit(wanted, kept, live, done) if live else None
        if edit is not None:
            by_referrer.setdefault((reference.kind, reference.id), []).append(edit)
    return [
        _relink(kind, remote_id, tuple(edits))
        for (kind, remote_id), edits in sorted(by_referrer.items())
    ]


def _relink(kind: str, remote_id: RemoteId, edits: tuple[Edit, ...]) -> tuple[Change, Relink]:
    address = Address(f"{kind}.{remote_id}")
    change = Change(
        address=address,
        action=Action.UPDATE,
        reason=Reason.REPOINTED,
        id=remote_id,
        name=edits[0].reference.name,
        fields=tuple(
            FieldChange(
                each.reference.path,
                FieldKind.CHANGE if each.item is None else FieldKind.ADD,
                each.expected[-1],
                _NOT_KNOWN if each.target else each.after,
            )
            for each in edits
        ),
    )
    return change, Relink(address, kind, remote_id, edits)


def _edit(
    wanted: Restoration, kept: KeptReference, live: LiveObject, done: RemoteId | None
) -> Edit | None:
    """Point back what still points to the old one, to its successor, or to nothing."""
    reference, old = kept.reference, wanted.last
    if reference.kind not in REFERRERS or not REFERRERS[reference.kind].can_relink:
        return None
    here = value_at(live.body, reference.path)
    if reference.by == "name":
        is_moved = kept.moved_to is not None and here == kept.moved_to
        return Edit(reference, (kept.moved_to,), old.name) if is_moved and old.name else None
    target = wanted.address if done is None else None
    if kept.item is not None:
        items, rest = live.body.get(reference.path[0]), reference.path[2:]
        if done and is_list(items) and any(value_at(each, rest) == done for each in items):
            return None
        return Edit(reference, (None,), done, target, item=kept.item)
    if here is not None and here not in {old.id, kept.moved_to}:
        return None
    shown = here if isinstance(here, str) else None
    return Edit(reference, (old.id, kept.moved_to, None, shown), done, target)
