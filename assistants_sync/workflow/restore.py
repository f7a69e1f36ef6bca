"""Restore: bring back what was deleted, through the same journal as any create."""

from collections.abc import Callable
from dataclasses import replace

from assistants_sync.errors import GuardError
from assistants_sync.model.event import ApplyFinished
from assistants_sync.model.plan import Action, Plan, PlanOptions
from assistants_sync.model.ports import Clock, ResourceReader
from assistants_sync.model.state import Snapshot
from assistants_sync.observe import Job, Observed, observe
from assistants_sync.planning.consent import Consent, refusals
from assistants_sync.planning.restore import Restoration, plan_restore
from assistants_sync.workflow.carry_out import carry_out
from assistants_sync.workflow.settle import observe_settled
from assistants_sync.workflow.writers import Writers


async def plan_restoration(
    job: Job, snapshot: Snapshot, reader: ResourceReader, clock: Clock, wanted: Restoration
) -> Observed:
    """Plan to bring back what was deleted, from what refers to it now. Reads only."""
    observed = await observe(replace(job, options=PlanOptions()), snapshot, reader, clock)
    keys = {(each.reference.kind, each.reference.id) for each in wanted.references}
    found = {key: await reader.get(*key) for key in sorted(keys)}
    planned = plan_restore(observed.inputs, observed.planned, replace(wanted, referrers=found))
    return replace(observed, planned=planned)


async def run_restore(
    job: Job,
    writers: Writers,
    wanted: Restoration,
    ask: Callable[[Plan], Consent],
    keep: Callable[[], None] = lambda: None,
) -> ApplyFinished:
    """Bring back what was deleted, through the same journal as any create.

    `keep` writes its definition, if that is gone too, once it is back: what the API refuses must
    not stay defined. A run that dies in between is repeated, and writes it then.

    Raises:
        GuardError: a guard or missing consent refused; nothing was sent.
    """
    snapshot = await writers.store.read()
    await observe_settled(job, snapshot, writers)
    observed = await plan_restoration(job, snapshot, writers.api, writers.clock, wanted)
    problems = refusals(observed.planned.plan, ask(observed.planned.plan))
    if problems:
        raise GuardError(problems)
    finished = await carry_out(job, writers, snapshot.state, observed, observed.planned)
    if finished.applied.get(Action.CREATE) or not observed.planned.plan.of(Action.CREATE):
        keep()
    return finished
