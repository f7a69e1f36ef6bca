"""From a plan that may be applied to what became of it: state, every step, state again."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from assistants_sync.apply import ApplyContext, apply_steps
from assistants_sync.errors import ApplyError, SyncError
from assistants_sync.model.event import ApplyFinished
from assistants_sync.model.journal import Entry, Pinned
from assistants_sync.model.state import State
from assistants_sync.observe import Job, Observed
from assistants_sync.planning.planner import Planned
from assistants_sync.resources.fingerprint import Hasher
from assistants_sync.workflow.recording import Recording
from assistants_sync.workflow.writers import Writers


async def carry_out(
    job: Job, writers: Writers, state: State | None, observed: Observed, planned: Planned
) -> ApplyFinished:
    """Carry out the steps of a plan nobody refused, and compact the state.

    Raises:
        ApplyError: everything was done and is in the journal, but the state file is the old one.
    """
    if state is None and not planned.steps:
        finished = ApplyFinished()
        writers.emit(finished)
        return finished
    recording = Recording(writers, planned.plan)
    context = await open_context(job, replace(writers, emit=recording), state, observed)
    finished = await apply_steps(context, planned.steps)
    if planned.plan.has_changes:
        # History is a courtesy: what was done is in the journal, and stays told as done.
        with suppress(SyncError):
            await writers.store.record(recording.record())
    try:
        await writers.store.compact()
    except SyncError as error:
        raise ApplyError(
            "The state file could not be renewed",
            f"{error.diagnostic.detail}; its journal holds everything that was done",
            hint="mend what is wrong there and run apply again: it goes on from the journal",
        ) from error
    return finished


async def open_context(
    job: Job, writers: Writers, state: State | None, observed: Observed
) -> ApplyContext:
    """Make state ready to be written: begin it, settle what an earlier run left, pin the org."""
    org_id = observed.inputs.live.org_id
    if state is None:
        state = first_state(job, writers, org_id)
        await writers.store.begin(state)
    entries = [*observed.recovery.entries, *_pin(state, org_id)]
    if entries:
        await writers.store.append(entries)
    return ApplyContext(
        kind=job.kind,
        project=job.project,
        state=state,
        api=writers.api,
        store=writers.store,
        clock=writers.clock,
        hasher=Hasher(job.kind, state.hash_key),
        planned_with=observed.inputs.hasher,
        planned_at=observed.at,
        emit=writers.emit,
        new_id=writers.new_id,
        definitions=job.desired.definitions,
        should_stop=writers.should_stop,
        org_id=state.org_id or org_id,
        parallelism=writers.parallelism,
        calls_since=_a_minute_before(observed.inputs.live.server_time),
        ignore_unreadable=frozenset(job.options.ignore_unreadable),
    )


def first_state(job: Job, writers: Writers, org_id: str | None) -> State:
    """Give the first state of a new lineage."""
    return State(
        lineage=writers.new_id(),
        project=job.project.name,
        environment=job.project.environment.name,
        hash_key=writers.new_key(),
        serial=1,
        org_id=org_id,
    )


def _pin(state: State, org_id: str | None) -> list[Entry]:
    return [Pinned(org_id)] if org_id is not None and state.org_id is None else []


def _a_minute_before(server_time: str | None) -> str | None:
    if server_time is None:
        return None
    moment = datetime.fromisoformat(server_time) - timedelta(minutes=1)
    return moment.isoformat().replace("+00:00", "Z")
