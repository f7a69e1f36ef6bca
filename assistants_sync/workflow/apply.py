"""Apply: plan afresh, ask, carry out."""

from collections.abc import Callable

from assistants_sync.errors import GuardError
from assistants_sync.model.event import ApplyFinished
from assistants_sync.model.plan import Plan
from assistants_sync.observe import Job
from assistants_sync.planning.consent import Consent, refusals
from assistants_sync.planning.saved import check_same_origin, only_saved
from assistants_sync.workflow.carry_out import carry_out
from assistants_sync.workflow.plan import check_selection
from assistants_sync.workflow.settle import observe_settled
from assistants_sync.workflow.writers import Writers


async def run_apply(
    job: Job, writers: Writers, ask: Callable[[Plan], Consent], saved: Plan | None = None
) -> ApplyFinished:
    """Plan afresh and carry it out; with a saved plan, exactly that one or nothing.

    Hold the state's lock around this. `ask` shows the plan and gives what the user agreed to.

    Raises:
        StaleError: the saved plan is not what would be done now; nothing was sent.
        GuardError: a guard or missing consent refused; nothing was sent.
    """
    snapshot = await writers.store.read()
    check_selection(job, snapshot)
    if saved is not None:
        check_same_origin(saved, job.project, snapshot)
    observed = await observe_settled(job, snapshot, writers)
    planned = observed.planned
    if saved is not None:
        planned = only_saved(saved, planned)
    problems = refusals(planned.plan, ask(planned.plan))
    if problems:
        raise GuardError(problems)
    return await carry_out(job, writers, snapshot.state, observed, planned)


def exit_code_of(finished: ApplyFinished) -> int:
    """Give the exit code of an apply that ran to its end."""
    if finished.was_interrupted:
        return 130
    if finished.failed or (finished.stale and finished.sent):
        return 6
    return 4 if finished.stale else 0
