"""The clean-up of what no state owns, and of what was set aside long enough: each by name."""

from collections.abc import Iterator

from assistants_sync.model.address import Address, RemoteId
from assistants_sync.model.live import LiveObject
from assistants_sync.model.plan import Action, Block, Change, FieldChange, FieldKind, Reason
from assistants_sync.model.quarantine import quarantined_name
from assistants_sync.model.state import Owned
from assistants_sync.model.step import Delete, Quarantine, Step
from assistants_sync.planning import guards
from assistants_sync.planning.inputs import Inputs

UNMANAGED = "unmanaged"


def plan_cleanup(inputs: Inputs) -> list[tuple[Change, Step | None]]:
    """Plan the deletion of exactly what the options name, and of nothing else."""
    return [*_unmanaged(inputs), *_expired(inputs)]


def _unmanaged(inputs: Inputs) -> Iterator[tuple[Change, Step | None]]:
    for remote_id in map(RemoteId, inputs.options.cleanup):
        address = Address(f"{UNMANAGED}.{remote_id}")
        live = inputs.live.objects.get(remote_id)
        if live is None:
            yield Change(address, Action.NO_OP, Reason.GONE, remote_id), None
            continue
        known = inputs.owned.get(address)
        if inputs.options.quarantine and known is not None and known.quarantined_at is not None:
            yield Change(address, Action.NO_OP, Reason.QUARANTINED, remote_id, name=live.name), None
            continue
        owned = Owned(remote_id, created_at=live.created_at, updated_at=live.updated_at)
        block = _not_a_candidate(inputs, live)
        yield (
            _set_aside(inputs, address, owned, live, block)
            if inputs.options.quarantine
            else _deletion(inputs, address, owned, live, (block,), Reason.STALE)
        )


def _expired(inputs: Inputs) -> Iterator[tuple[Change, Step | None]]:
    for address in map(Address, inputs.options.expired):
        owned = inputs.owned.get(address)
        live = inputs.live.objects.get(owned.id) if owned else None
        if owned is None or live is None or owned.quarantined_at is None:
            yield Change(address, Action.NO_OP, Reason.GONE), None
            continue
        blocks = (
            guards.protected(inputs, owned),
            guards.ownership(inputs, owned, live),
            _defined_again(inputs, address),
        )
        yield _deletion(inputs, address, owned, live, blocks, Reason.QUARANTINE_EXPIRED)


def _deletion(
    inputs: Inputs,
    address: Address,
    owned: Owned,
    live: LiveObject,
    blocks: tuple[Block | None, ...],
    reason: Reason,
) -> tuple[Change, Step]:
    before = inputs.hasher.deletable(live)
    change = Change(
        address=address,
        action=Action.DELETE,
        reason=reason,
        id=live.id,
        name=live.name,
        blocked=tuple(block for block in blocks if block),
        preconditions={"": before},
    )
    return change, Delete(address, owned, before)


def _set_aside(
    inputs: Inputs, address: Address, owned: Owned, live: LiveObject, block: Block | None
) -> tuple[Change, Step]:
    before, name = inputs.hasher.deletable(live), quarantined_name(live.name)
    change = Change(
        address=address,
        action=Action.UPDATE,
        reason=Reason.QUARANTINED,
        id=live.id,
        name=live.name,
        fields=(FieldChange(("name",), FieldKind.CHANGE, live.name, name),),
        blocked=(block,) if block else (),
        preconditions={"": before},
    )
    return change, Quarantine(address, owned, before, name)


def _not_a_candidate(inputs: Inputs, live: LiveObject) -> Block | None:
    """What state owns is deleted through its definition; another project's is never touched."""
    if live.id in inputs.owned_ids:
        return Block("owned", "state owns it", "remove its definition instead")
    foreign = guards.foreign_marker(inputs, live)
    if foreign is None and live.marker is not None and live.marker.lineage != inputs.lineage:
        return Block(
            "not_ours",
            "another state of this project owns it",
            "if that state is lost: `state rebuild`",
        )
    return foreign


def _defined_again(inputs: Inputs, address: Address) -> Block | None:
    if address not in inputs.definitions:
        return None
    return Block("defined", "its definition is back", "apply it: that lifts the quarantine")
