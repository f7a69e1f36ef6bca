"""Apply: plan afresh, ask, carry out."""

from collections.abc import Callable

from assistants_sync.errors import GuardError
from assistants_sync.model.event import ApplyFinished
from assistants_sync.model.plan import Plan
from assistants_sync.observe import Job
from assistants_sync.planning.consent import Consent, refusals
from assistants_sync.planning.document import digest_of_plan
from assistants_sync.planning.saved import (
    check_approved,
    check_same_definitions,
    check_same_origin,
    only_saved,
)
from assistants_sync.workflow.carry_out import carry_out
from assistants_sync.workflow.plan import check_selection
from assistants_sync.workflow.rollback import with_rollback
from assistants_sync.workflow.settle import observe_settled
from assistants_sync.workflow.writers import Writers


async def run_apply(
    job: Job,
    writers: Writers,
    ask: Callable[[Plan], Consent],
    saved: Plan | None = None,
    *,
    expected: str | None = None,
) -> ApplyFinished:
    """Plan afresh and carry it out; with a saved plan, exactly that one or nothing.

    Hold the state's lock around this. `ask` shows the plan and gives what the user agreed to;
    `expected` is the digest that was approved elsewhere, or its beginning, in lower case.

    Raises:
        StaleError: the plan is not the saved or the approved one; nothing was sent.
        GuardError: a guard or missing consent refused; nothing was sent.
    """
    snapshot = await writers.store.read()
    job = await with_rollback(job, writers.store)
    check_selection(job, snapshot)
    if saved is not None:
        _check_approved(saved, expected)
        check_same_origin(saved, job.project, snapshot)
    observed = await observe_settled(job, snapshot, writers)
    planned = observed.planned
    if saved is None:
        _check_approved(planned.plan, expected)
    else:
        if expected is not None:
            check_same_definitions(saved, planned)
        planned = only_saved(saved, planned)
    problems = refusals(planned.plan, ask(planned.plan))
    if problems:
        raise GuardError(problems)
    return await carry_out(job, writers, snapshot.state, observed, planned)


def _check_approved(plan: Plan, expected: str | None) -> None:
    if expected is not None:
        check_approved(expected, digest_of_plan(plan))


def exit_code_of(finished: ApplyFinished) -> int:
    """Give the exit code of an apply that ran to its end."""
    if finished.was_interrupted:
        return 130
    if finished.failed or (finished.stale and finished.sent):
        return 6
    return 4 if finished.stale else 0
