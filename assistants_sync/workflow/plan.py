"""Plan: read state and live, and say what would be done."""

import difflib

from assistants_sync.errors import UsageError
from assistants_sync.model.plan import Plan
from assistants_sync.model.ports import Clock, ResourceReader, StateReader
from assistants_sync.model.state import Snapshot
from assistants_sync.observe import Job, observe, observe_unread
from assistants_sync.planning.drift import drift_of
from assistants_sync.workflow.rollback import with_rollback


async def run_plan(job: Job, reader: ResourceReader, state: StateReader, clock: Clock) -> Plan:
    """Read state and live, settle open intents in memory, and plan. Writes nothing, anywhere."""
    snapshot = await state.read()
    job = await with_rollback(job, state)
    check_selection(job, snapshot)
    observed = await observe(job, snapshot, reader, clock)
    plan = observed.planned.plan
    return drift_of(plan) if job.options.drift_only else plan


async def run_plan_unread(job: Job, state: StateReader) -> Plan:
    """Plan from the definitions and state alone: there is no key to read anything live with."""
    snapshot = await state.read()
    check_selection(job, snapshot)
    return observe_unread(job, snapshot).plan


def check_selection(job: Job, snapshot: Snapshot) -> None:
    """Check that every address named on the command line is defined or owned.

    Raises:
        UsageError: one is neither.
    """
    known = {*job.desired.definitions, *(snapshot.state.owned if snapshot.state else ())}
    known |= job.rollback.addresses if job.rollback else set()
    options = job.options
    named = {*options.targets, *options.excludes, *options.resolve, *options.detach} - {"*"}
    for address in sorted(named - known):
        near = difflib.get_close_matches(address, [*known, f"assistant.{address}"], n=1)
        raise UsageError(
            "No such address",
            f"`{address}` is neither defined nor owned",
            hint=f"did you mean `{near[0]}`?" if near else None,
        )
