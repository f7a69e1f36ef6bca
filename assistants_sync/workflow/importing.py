"""Import: take over live objects, without writing to them."""

from collections.abc import Callable, Sequence

from assistants_sync.apply import apply_steps
from assistants_sync.errors import StateError
from assistants_sync.importing import Adoption, Choice, Wish, choose, claim_of, owned_of
from assistants_sync.model.journal import Recorded
from assistants_sync.observe import Job
from assistants_sync.workflow.carry_out import open_context
from assistants_sync.workflow.settle import observe_settled
from assistants_sync.workflow.writers import Writers


async def run_import(
    job: Job, writers: Writers, wish: Wish, keep: Callable[[Sequence[Adoption]], None]
) -> Choice:
    """Take over live objects: state only, and our marker where that was asked for.

    `keep` writes the definitions that are missing. It comes first: what is owned and not defined
    would be planned for deletion.

    Raises:
        GuardError: what was named may not be taken over; nothing was written.
    """
    snapshot = await writers.store.read()
    observed = await observe_settled(job, snapshot, writers)
    if observed.recovery.unresolved:
        raise StateError("An operation is not settled", ", ".join(observed.recovery.unresolved))
    owned = observed.inputs.owned
    choice = choose(
        job.kind,
        job.project,
        job.desired,
        owned,
        observed.inputs.live,
        wish,
        snapshot.state.restored if snapshot.state else None,
    )
    if not choice.adoptions:
        return choice
    keep(choice.adoptions)
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
        await apply_steps(context, claims)
    await writers.store.compact()
    return choice
