"""Every stage of every job, in order: the only module that names them all.

Plan is given readers, apply is given writers. Nothing here prints, asks or reads the environment.
"""

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from assistants_sync import __version__
from assistants_sync.apply import ApplyContext, apply_steps
from assistants_sync.errors import (
    AccessError,
    ApplyError,
    GuardError,
    StateError,
    UsageError,
)
from assistants_sync.importing import Adoption, Choice, Wish, choose, claim_of, owned_of
from assistants_sync.model.definition import Desired
from assistants_sync.model.event import ApplyFinished, Waiting
from assistants_sync.model.journal import Entry, Pinned, Recorded, replay
from assistants_sync.model.plan import Plan, PlanOptions
from assistants_sync.model.ports import (
    Clock,
    EmitEvent,
    ResourceApi,
    ResourceReader,
    StateReader,
    StateStore,
)
from assistants_sync.model.project import Project
from assistants_sync.model.state import Snapshot, State
from assistants_sync.planning.consent import Consent, refusals
from assistants_sync.planning.drift import drift_of
from assistants_sync.planning.inputs import Inputs
from assistants_sync.planning.planner import Planned, make_plan
from assistants_sync.planning.saved import check_same_origin, only_saved
from assistants_sync.recover import Recovery, recover
from assistants_sync.refresh import refresh
from assistants_sync.resources import KINDS
from assistants_sync.resources.fingerprint import Hasher
from assistants_sync.resources.kind import Kind

_NO_KEY: Final = "00" * 32
"""What hashes are keyed with before there is a state: nothing is compared with them."""


@dataclass(frozen=True, slots=True)
class Job:
    """What is wanted, for one project and environment; its secrets are bound."""

    project: Project
    desired: Desired
    options: PlanOptions = PlanOptions()
    kind: Kind = KINDS["assistant"]


@dataclass(frozen=True, slots=True)
class _Observed:
    inputs: Inputs
    planned: Planned
    recovery: Recovery


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


async def run_plan(job: Job, reader: ResourceReader, state: StateReader, clock: Clock) -> Plan:
    """Read state and live, settle open intents in memory, and plan. Writes nothing, anywhere."""
    snapshot = await state.read()
    _check_selection(job, snapshot)
    observed = await _observe(job, snapshot, reader, clock)
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
    job: Job, writers: Writers, state: State | None, observed: _Observed, planned: Planned
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
    job: Job, writers: Writers, state: State | None, observed: _Observed
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


async def _observe(job: Job, snapshot: Snapshot, reader: ResourceReader, clock: Clock) -> _Observed:
    state, environment = snapshot.state, job.project.environment
    if state and state.org_id and environment.org_id not in {None, state.org_id}:
        raise AccessError(
            "The project pins another organisation than its state",
            f"the project file says {environment.org_id}, the state {state.org_id}",
        )
    live = await refresh(job.kind, state, reader, org_id=environment.org_id)
    hasher = Hasher(job.kind, state.hash_key if state else _NO_KEY)
    recovery = Recovery()
    if state is not None:
        recovery = recover(state, live, hasher, now=clock.now(), api=environment.api)
        snapshot = replace(snapshot, state=replay(state, recovery.entries))
    inputs = Inputs(
        kind=job.kind,
        project=job.project,
        desired=job.desired,
        snapshot=snapshot,
        live=live,
        hasher=hasher,
        tool_version=__version__,
        options=job.options,
        unresolved=recovery.unresolved,
    )
    return _Observed(inputs, make_plan(inputs), recovery)


async def _observe_settled(job: Job, snapshot: Snapshot, writers: Writers) -> _Observed:
    """Observe; where a create may still arrive, wait until it cannot, and look again."""
    observed = await _observe(job, snapshot, writers.api, writers.clock)
    left = observed.recovery.wait_seconds
    if left <= 0:
        return observed
    writers.emit(Waiting(left, "a create of an earlier run may still arrive"))
    while left > 0 and not writers.should_stop():
        await writers.clock.sleep(min(left, 1.0))
        left -= 1.0
    return await _observe(job, snapshot, writers.api, writers.clock)


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
