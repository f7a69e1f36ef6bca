"""Import: take over live objects, without writing to them, and prove that nothing is left to do."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from assistants_sync.apply import apply_steps
from assistants_sync.errors import StateError
from assistants_sync.importing import (
    Adoption,
    Choice,
    Wish,
    assume_unread,
    choose,
    claim_of,
    owned_of,
)
from assistants_sync.model.diagnostic import Diagnostic
from assistants_sync.model.event import ApplyFinished
from assistants_sync.model.journal import Recorded
from assistants_sync.model.plan import Plan, PlanOptions
from assistants_sync.model.ports import Clock, ResourceReader, StateReader
from assistants_sync.model.state import Snapshot
from assistants_sync.observe import Job, Observed, observe
from assistants_sync.workflow.carry_out import open_context
from assistants_sync.workflow.plan import run_plan
from assistants_sync.workflow.settle import observe_settled
from assistants_sync.workflow.writers import Writers


async def look_import(
    job: Job, reader: ResourceReader, state: StateReader, clock: Clock, wish: Wish
) -> Choice:
    """Say what an import would take over. Writes nothing, anywhere.

    Raises:
        GuardError: what was named may not be taken over.
    """
    snapshot = await state.read()
    return _choose(job, snapshot, await observe(job, snapshot, reader, clock), wish)


async def run_import(
    job: Job,
    writers: Writers,
    wish: Wish,
    keep: Callable[[Sequence[Adoption]], Sequence[Adoption]],
) -> Choice:
    """Take over live objects: state only, and our marker where that was asked for.

    `keep` writes the definitions that are missing, and gives those that now have one. It comes
    first: what is owned and not defined would be planned for deletion.

    Raises:
        GuardError: what was named may not be taken over; nothing was written.
    """
    snapshot = await writers.store.read()
    observed = await observe_settled(job, snapshot, writers)
    choice = _choose(job, snapshot, observed, wish)
    if choice.adoptions:
        choice = replace(choice, adoptions=tuple(keep(choice.adoptions)))
    if not choice.adoptions:
        return choice
    context = await open_context(job, writers, snapshot.state, observed)
    now_owned = {
        each.address: owned_of(each, job.desired, context.hasher) for each in choice.adoptions
    }
    await writers.store.append([Recorded(address, each) for address, each in now_owned.items()])
    if wish.claim or wish.take_over:
        claims = [
            claim_of(each, now_owned[each.address], takes_over=wish.take_over)
            for each in choice.adoptions
        ]
        finished = await apply_steps(context, claims)
        if finished.failed or finished.stale or finished.skipped:
            choice = replace(choice, left_out=(*choice.left_out, _unclaimed(finished)))
    await writers.store.compact()
    return choice


async def prove_import(job: Job, writers: Writers, adoptions: Sequence[Adoption]) -> Plan:
    """Plan what was taken over, as if each secret nobody has set were the one that is live."""
    definitions = dict(job.desired.definitions)
    for each in adoptions:
        definitions[each.address] = assume_unread(definitions[each.address], each.live)
    addresses = {each.address for each in adoptions}
    state = (await writers.store.read()).state
    others = {*definitions, *(state.owned if state else ())} - addresses
    proof = replace(
        job,
        desired=replace(job.desired, definitions=definitions),
        options=PlanOptions(targets=tuple(sorted(addresses)) if others else ()),
    )
    return await run_plan(proof, writers.api, writers.store, writers.clock)


def _unclaimed(finished: ApplyFinished) -> Diagnostic:
    missed = finished.failed + finished.stale + finished.skipped
    return Diagnostic(
        "not_claimed",
        "Markers were not written",
        f"{missed} of those taken over do not bear ours yet; they are owned all the same",
        hint="the next update of each writes it",
    )


def _choose(job: Job, snapshot: Snapshot, observed: Observed, wish: Wish) -> Choice:
    if observed.recovery.unresolved:
        raise StateError("An operation is not settled", ", ".join(observed.recovery.unresolved))
    return choose(
        job.kind,
        job.project,
        job.desired,
        observed.inputs.owned,
        observed.inputs.live,
        wish,
        snapshot.state.restored if snapshot.state else None,
    )
