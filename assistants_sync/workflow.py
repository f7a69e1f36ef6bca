"""Every stage of every job, in order: the only module that names them all.

Plan is given readers, apply is given writers. Nothing here prints, asks or reads the environment.
"""

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from assistants_sync.apply import ApplyContext, apply_steps
from assistants_sync.errors import (
    ApplyError,
    GuardError,
    StateError,
    UsageError,
)
from assistants_sync.importing import Adoption, Choice, Wish, choose, claim_of, owned_of
from assistants_sync.model.event import ApplyFinished, Waiting
from assistants_sync.model.journal import Entry, Pinned, Recorded
from assistants_sync.model.plan import Plan
from assistants_sync.model.ports import (
    Clock,
    EmitEvent,
    ResourceApi,
    ResourceReader,
    StateReader,
    StateStore,
)
from assistants_sync.model.state import Snapshot, State
from assistants_sync.observe import Job, Observed, observe
from assistants_sync.planning.consent import Consent, refusals
from assistants_sync.planning.drift import drift_of
from assistants_sync.planning.planner import Planned
from assistants_sync.planning.saved import check_same_origin, only_saved
from assistants_sync.resources.fingerprint import Hasher
from assistants_sync.usage import read_calls

_CALL_POLL_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Writers:
    """What apply is given: the doors, and how to say, stop and name things."""

    api: ResourceApi
    store: StateStore
    clock: Clock
    emit: EmitEvent
    new_id: Callable[[], str]
    new_key: Callable[[], str]
    should_stop: Callable[[], bool] = lambda: False
    parallelism: int = 8
    wait_for_calls_seconds: float = 0.0


async def run_plan(job: Job, reader: ResourceReader, state: StateReader, clock: Clock) -> Plan:
    """Read state and live, settle open intents in memory, and plan. Writes nothing, anywhere."""
    snapshot = await state.read()
    _check_selection(job, snapshot)
    observed = await observe(job, snapshot, reader, clock)
    plan = observed.planned.plan
    return drift_of(plan) if job.options.drift_only else plan


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
    _check_selection(job, snapshot)
    if saved is not None:
        check_same_origin(saved, job.project, snapshot)
    observed = await _observe_settled(job, snapshot, writers)
    planned = observed.planned
    if saved is not None:
        planned = only_saved(saved, planned)
    problems = refusals(planned.plan, ask(planned.plan))
    if problems:
        raise GuardError(problems)
    return await _carry_out(job, writers, snapshot.state, observed, planned)


async def _carry_out(
    job: Job, writers: Writers, state: State | None, observed: Observed, planned: Planned
) -> ApplyFinished:
    if state is None and not planned.steps:
        finished = ApplyFinished()
        writers.emit(finished)
        return finished
    context = await _open(job, writers, state, observed)
    finished = await apply_steps(context, planned.steps)
    try:
        await writers.store.compact()
    except StateError as error:
        raise ApplyError(
            "The state file could not be renewed",
            f"{error.diagnostic.detail}; its journal holds everything that was done",
            hint="mend what is wrong there and run apply again: it goes on from the journal",
        ) from error
    return finished


async def _open(
    job: Job, writers: Writers, state: State | None, observed: Observed
) -> ApplyContext:
    """Make state ready to be written: begin it, settle what an earlier run left, pin the org."""
    org_id = observed.inputs.live.org_id
    if state is None:
        state = _first_state(job, writers, org_id)
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
        emit=writers.emit,
        new_id=writers.new_id,
        definitions=job.desired.definitions,
        should_stop=writers.should_stop,
        org_id=state.org_id or org_id,
        parallelism=writers.parallelism,
        calls_since=_a_minute_before(observed.inputs.live.server_time),
        ignore_unreadable=frozenset(job.options.ignore_unreadable),
    )


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
    observed = await _observe_settled(job, snapshot, writers)
    if observed.recovery.unresolved:
        raise StateError("An operation is not settled", ", ".join(observed.recovery.unresolved))
    owned = observed.inputs.owned
    choice = choose(job.kind, job.project, job.desired, owned, observed.inputs.live, wish)
    if not choice.adoptions:
        return choice
    keep(choice.adoptions)
    context = await _open(job, writers, snapshot.state, observed)
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


def exit_code_of(finished: ApplyFinished) -> int:
    """Give the exit code of an apply that ran to its end."""
    if finished.was_interrupted:
        return 130
    if finished.failed or (finished.stale and finished.sent):
        return 6
    return 4 if finished.stale else 0


async def _observe_settled(job: Job, snapshot: Snapshot, writers: Writers) -> Observed:
    """Observe; where a create may still arrive, or calls are under way, wait and look again."""
    observed = await observe(job, snapshot, writers.api, writers.clock)
    left = observed.recovery.wait_seconds
    if left > 0:
        writers.emit(Waiting(left, "a create of an earlier run may still arrive"))
        await _pause(writers, left)
        observed = await observe(job, snapshot, writers.api, writers.clock)
    if await _wait_for_calls(writers, observed):
        observed = await observe(job, snapshot, writers.api, writers.clock)
    return observed


async def _wait_for_calls(writers: Writers, observed: Observed) -> bool:
    """Wait until the calls of what is to be deleted are over; say whether there were any."""
    usage = observed.inputs.usage
    busy = [
        remote_id
        for remote_id, calls in (usage.calls if usage else {}).items()
        if any(call.is_live for call in calls)
    ]
    patience = writers.wait_for_calls_seconds
    if not busy or patience <= 0:
        return False
    while busy and patience > 0 and not writers.should_stop():
        pause = min(_CALL_POLL_SECONDS, patience)
        writers.emit(Waiting(pause, f"calls of {len(busy)} assistants to delete are under way"))
        await _pause(writers, pause)
        patience -= pause
        answers = [await read_calls(writers.api, remote_id) for remote_id in busy]
        busy = [
            remote_id
            for remote_id, calls in zip(busy, answers, strict=True)
            if isinstance(calls, str) or any(call.is_live for call in calls)
        ]
    return True


async def _pause(writers: Writers, seconds: float) -> None:
    while seconds > 0 and not writers.should_stop():
        await writers.clock.sleep(min(seconds, 1.0))
        seconds -= 1.0


def _a_minute_before(server_time: str | None) -> str | None:
    if server_time is None:
        return None
    moment = datetime.fromisoformat(server_time) - timedelta(minutes=1)
    return moment.isoformat().replace("+00:00", "Z")


def _first_state(job: Job, writers: Writers, org_id: str | None) -> State:
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


def _check_selection(job: Job, snapshot: Snapshot) -> None:
    known = {*job.desired.definitions, *(snapshot.state.owned if snapshot.state else ())}
    named = {*job.options.targets, *job.options.excludes, *job.options.resolve} - {"*"}
    for address in sorted(named - known):
        near = difflib.get_close_matches(address, [*known, f"assistant.{address}"], n=1)
        raise UsageError(
            "No such address",
            f"`{address}` is neither defined nor owned",
            hint=f"did you mean `{near[0]}`?" if near else None,
        )
