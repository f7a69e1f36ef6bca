"""Promote: what differs between two environments, and the plan for the second."""

from dataclasses import dataclass

from assistants_sync.model.plan import Action, Plan
from assistants_sync.model.ports import Clock, ResourceReader, StateReader
from assistants_sync.observe import Job, observe_unread
from assistants_sync.planning.promotion import Difference, differences
from assistants_sync.workflow.plan import run_plan


@dataclass(frozen=True, slots=True)
class Promotion:
    """What was promoted from where to where, and what would be done there."""

    source: str
    target: str
    differences: tuple[Difference, ...]
    plan: Plan


async def run_promote(
    source: Job,
    source_state: StateReader,
    target: Job,
    target_state: StateReader,
    reader: ResourceReader,
    clock: Clock,
) -> Promotion:
    """Compare the definitions of two environments, and plan the second. Writes nothing, anywhere.

    Of the first only its state is read: whether what is promoted was ever applied there.
    """
    snapshot = await source_state.read()
    plan = await run_plan(target, reader, target_state, clock)
    unread = observe_unread(source, snapshot).plan
    tried = {each.address for each in unread.changes if each.action is Action.NO_OP}
    found = differences(source.kind, source.desired, target.desired, target.options.targets, tried)
    return Promotion(source.project.environment.name, target.project.environment.name, found, plan)
