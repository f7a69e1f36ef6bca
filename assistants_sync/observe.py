"""One look at what is wanted and what is, and the plan that follows from it. Reads only."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from assistants_sync import __version__
from assistants_sync.errors import AccessError
from assistants_sync.lookups import look_up
from assistants_sync.model.definition import Desired
from assistants_sync.model.journal import replay
from assistants_sync.model.live import Live
from assistants_sync.model.plan import Action, Plan, PlanOptions
from assistants_sync.model.ports import Clock, ResourceReader
from assistants_sync.model.project import Project
from assistants_sync.model.state import Snapshot, State
from assistants_sync.planning.in_use import old_name
from assistants_sync.planning.inputs import Inputs
from assistants_sync.planning.planner import Planned, make_plan
from assistants_sync.planning.rollback import Rollback, plan_rollback
from assistants_sync.recover import Recovery, recover
from assistants_sync.refresh import refresh
from assistants_sync.resources import KINDS
from assistants_sync.resources.essence import seal_at, seal_exactly
from assistants_sync.resources.fingerprint import Hasher
from assistants_sync.resources.kind import Kind
from assistants_sync.usage import Question, read_usage

_NO_KEY: Final = "00" * 32
"""What hashes are keyed with before there is a state: nothing is compared with them."""


@dataclass(frozen=True, slots=True)
class Job:
    """What is wanted, for one project and environment; its secrets are bound.

    With a `rollback`, what was there before is wanted instead.
    """

    project: Project
    desired: Desired
    options: PlanOptions = PlanOptions()
    kind: Kind = KINDS["assistant"]
    rollback: Rollback | None = None


@dataclass(frozen=True, slots=True)
class Observed:
    """All that was read, the plan it gives, and what became of an earlier run's open intents."""

    inputs: Inputs
    planned: Planned
    recovery: Recovery
    at: datetime


async def observe(job: Job, snapshot: Snapshot, reader: ResourceReader, clock: Clock) -> Observed:
    """Read live, settle open intents in memory, plan; read who uses what is to go, plan again.

    Raises:
        AccessError: the key or the project's pin is of another organisation.
        IncompleteReadError: the list of assistants could not be proved complete.
    """
    state, environment = snapshot.state, job.project.environment
    if state and state.org_id and environment.org_id not in {None, state.org_id}:
        raise AccessError(
            "The project pins another organisation than its state",
            f"the project file says {environment.org_id}, the state {state.org_id}",
        )
    begun = clock.now()
    desired = await look_up(job.desired, reader)
    live = await refresh(job.kind, state, reader, org_id=environment.org_id)
    hasher = Hasher(job.kind, state.hash_key if state else _NO_KEY)
    recovery = Recovery()
    if state is not None:
        recovery = recover(state, live, hasher, now=clock.now(), api=environment.api)
        snapshot = replace(snapshot, state=replay(state, recovery.entries))
    live = _sealed(live, snapshot.state, desired)
    inputs = Inputs(
        kind=job.kind,
        project=job.project,
        desired=desired,
        snapshot=snapshot,
        live=live,
        hasher=hasher,
        tool_version=__version__,
        options=job.options,
        unresolved=recovery.unresolved,
    )
    rollback = await _with_referrers(job.rollback, reader)
    planned = _plan(inputs, rollback)
    question = _question(planned.plan, live)
    if question is not None:
        inputs = replace(inputs, usage=await read_usage(reader, live, question))
        planned = _plan(inputs, rollback)
    return Observed(inputs, planned, recovery, begun)


def observe_unread(job: Job, snapshot: Snapshot) -> Planned:
    """Give the plan of a place without a key: from what is wanted and what was last sent."""
    state = snapshot.state
    live = Live({}, org_id=state.org_id if state else None, is_read=False)
    return make_plan(
        Inputs(
            kind=job.kind,
            project=job.project,
            desired=job.desired,
            snapshot=snapshot,
            live=live,
            hasher=Hasher(job.kind, state.hash_key if state else _NO_KEY),
            tool_version=__version__,
            options=job.options,
        )
    )


def _plan(inputs: Inputs, rollback: Rollback | None) -> Planned:
    return make_plan(inputs) if rollback is None else plan_rollback(inputs, rollback)


async def _with_referrers(rollback: Rollback | None, reader: ResourceReader) -> Rollback | None:
    if rollback is None:
        return None
    found = {key: await reader.get(*key) for key in rollback.referring}
    return replace(rollback, referrers=found)


def _sealed(live: Live, state: State | None, desired: Desired) -> Live:
    """What was once sent as a secret stays one, and what is to be one is one already."""
    objects = dict(live.objects)
    for address, owned in state.owned.items() if state else ():
        definition = desired.definitions.get(address)
        declared = frozenset(path for path, _ in definition.secrets) if definition else frozenset()
        if owned.id in objects and (owned.secrets or declared):
            found = objects[owned.id]
            body = seal_exactly(seal_at(found.body, owned.secrets), declared)
            objects[owned.id] = replace(found, body=body)
    return replace(live, objects=objects)


def _question(plan: Plan, live: Live) -> Question | None:
    """Who still needs what goes or changes its name; nothing else costs these reads."""
    deleted = {
        change.id: change.name
        for change in plan.of(Action.DELETE)
        if change.id is not None and change.id in live.objects
    }
    renamed = {
        change.id: name for change in plan.changes if change.id and (name := old_name(change))
    }
    return Question(deleted, renamed) if deleted or renamed else None
