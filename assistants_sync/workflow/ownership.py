"""Looking after ownership: unowned assistants surveyed, state checked, state made again."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from assistants_sync.errors import StateError
from assistants_sync.model.journal import Done, Entry, Failed
from assistants_sync.model.live import Live, LiveObject
from assistants_sync.model.ports import Clock, ResourceReader, StateReader, StateStore
from assistants_sync.model.state import State
from assistants_sync.observe import Job
from assistants_sync.planning.claims import disagreements, rebuilt
from assistants_sync.planning.stale import Survey
from assistants_sync.refresh import refresh
from assistants_sync.survey import survey
from assistants_sync.workflow.writers import Writers


async def run_survey(
    job: Job,
    reader: ResourceReader,
    state: StateReader,
    clock: Clock,
    *,
    calls_for: timedelta,
    announce: Callable[[int], None],
) -> Survey:
    """Read what is known of every assistant that this state does not own; writes nothing.

    `announce` is told how many assistants there are, before anything is read about them.
    """
    live, found = await _read(job, reader, state)
    owned = {each.id for each in found.owned.values()} if found else set[str]()
    unowned: list[LiveObject] = [
        live.objects[remote_id] for remote_id in sorted(live.objects) if remote_id not in owned
    ]
    announce(len(unowned))
    surveyed = await survey(reader, live, unowned, now=clock.now(), calls_for=calls_for)
    return replace(surveyed, lineage=found.lineage if found else None)


async def run_verify(job: Job, reader: ResourceReader, state: StateReader) -> tuple[str, ...]:
    """Say what state and live disagree on; writes nothing."""
    live, found = await _read(job, reader, state)
    if found is None:
        raise StateError("There is no state yet", "nothing to verify", hint="`state rebuild`?")
    return disagreements(job.project, found, live)


async def run_rebuild(job: Job, writers: Writers) -> State:
    """Make a lost state again from the markers of the live objects.

    Raises:
        StateError: there is a state, or the markers do not tell of exactly one.
    """
    if (await writers.store.read()).state is not None:
        raise StateError(
            "There is a state already",
            "it is not replaced",
            hint="`state verify` says whether it is right; move it away to rebuild it",
        )
    live = await refresh(job.kind, None, writers.api, org_id=job.project.environment.org_id)
    state = rebuilt(job.kind, job.project, job.desired, live, writers.new_key())
    await writers.store.begin(state)
    return state


async def run_recover(store: StateStore, lineage: str, entries: Sequence[Entry]) -> int:
    """Tell state what an earlier run could not, and say of how much it did not know.

    Raises:
        StateError: these entries are of another state.
    """
    state = (await store.read()).state
    if state is None or state.lineage != lineage:
        raise StateError("This file is of another state", f"it continues lineage {lineage}")
    news = [
        each
        for each in entries
        if isinstance(each, Done | Failed) and each.intent_id in state.intents
    ]
    if news:
        await store.append(news)
        await store.compact()
    return len(news)


async def _read(job: Job, reader: ResourceReader, state: StateReader) -> tuple[Live, State | None]:
    found = (await state.read()).state
    live = await refresh(job.kind, found, reader, org_id=job.project.environment.org_id)
    return live, found
