"""A saved plan against what would be done now: exactly that, or nothing.

A saved plan is not executed: the plan is made again, and every change in the file must still be
in it, word for word. So a file can never do what a fresh plan would not.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from assistants_sync.errors import StaleError
from assistants_sync.model.plan import Action, Change, Plan
from assistants_sync.model.project import Project
from assistants_sync.model.state import Snapshot
from assistants_sync.model.value import JsonValue
from assistants_sync.planning.document import render_change
from assistants_sync.planning.loading import SavedPlan
from assistants_sync.planning.planner import Planned

_CLOCKS_DIFFER: Final = timedelta(minutes=5)
"""So much later than ours may be the clock of the machine that made the plan."""


def check_approved(expected: str, digest: str) -> None:
    """Check that a digest is the one that was agreed to; `expected` may be its beginning.

    Raises:
        StaleError: it is another one.
    """
    if not digest.removeprefix("sha256:").startswith(expected):
        raise StaleError(
            "The plan is not the one that was approved",
            f"approved was the digest {expected}; this one has {digest}",
            hint="read the new plan and approve that one; nothing was sent",
        )


def check_same_definitions(saved: Plan, planned: Planned) -> None:
    """Check that all that is wanted is as it was when the plan was approved.

    Raises:
        StaleError: a definition is another one, be it of something the plan leaves alone.
    """
    if saved.definitions_digest != planned.plan.definitions_digest:
        raise StaleError(
            "The definitions are not those that were approved",
            f"approved were {saved.definitions_digest}; these are "
            f"{planned.plan.definitions_digest}",
            hint="make the plan again; nothing was sent",
        )


def check_age(saved: SavedPlan, project: Project, now: datetime) -> None:
    """Check that a saved plan is no older than the project allows.

    Raises:
        StaleError: it is, or nobody can tell.
    """
    longest = project.environment.safety.plan_ttl
    if longest is None:
        return
    hint = "make the plan again; nothing was sent"
    if saved.created_at is None:
        raise StaleError(
            "The age of the plan is not known",
            f"it does not say when it was made, and `safety.plan_ttl` is {longest}",
            hint=hint,
        )
    age = now - saved.created_at
    if age > longest:
        raise StaleError(
            "The plan is too old",
            f"it was made {timedelta(seconds=int(age.total_seconds()))} ago; `safety.plan_ttl` "
            f"is {longest}",
            hint=hint,
        )
    if age < -_CLOCKS_DIFFER:
        raise StaleError(
            "The age of the plan is not known",
            f"it was made at {saved.created_at.isoformat()}, and that is yet to come",
            hint="set the clock of this machine, or of the one that made it",
        )


def check_same_origin(saved: Plan, project: Project, snapshot: Snapshot) -> None:
    """Check that the plan was made for this project, from the state as it is now.

    Raises:
        StaleError: it was not.
    """
    ours = (project.name, project.environment.name)
    if (saved.project, saved.environment) != ours:
        raise StaleError(
            "The plan is of another project",
            f"it is of project `{saved.project}`, environment `{saved.environment}`; this is "
            f"`{ours[0]}`, `{ours[1]}`",
        )
    lineage = snapshot.state.lineage if snapshot.state else None
    if (saved.lineage, saved.generation) != (lineage, snapshot.generation):
        raise StaleError(
            "The plan is stale",
            "the state has moved on since it was made (it was applied already, perhaps)",
            hint="make the plan again",
        )


def only_saved(saved: Plan, planned: Planned) -> Planned:
    """Keep of a fresh plan what the saved one holds.

    Raises:
        StaleError: a change in the saved plan would not be done as it says any more.
    """
    fresh = {change.address: change for change in planned.plan.changes}
    moved_on = [
        change.address
        for change in saved.changes
        if change.action is not Action.NO_OP and not _is_same(change, fresh.get(change.address))
    ]
    if moved_on:
        raise StaleError(
            "The plan is stale",
            f"these would not be done as it says any more: {', '.join(moved_on)}",
            hint="make the plan again; nothing was sent",
        )
    wanted = {change.address for change in saved.changes if change.action is not Action.NO_OP}
    quiet = {change.address for change in planned.plan.changes if change.action is Action.NO_OP}
    steps = tuple(step for step in planned.steps if step.address in wanted | quiet)
    changes = tuple(change for change in planned.plan.changes if change.address in wanted | quiet)
    return Planned(replace(planned.plan, changes=changes, blocks=saved.blocks), steps)


def _is_same(saved: Change, fresh: Change | None) -> bool:
    """Whether it would be done as it says.

    Where a definition stands may change meanwhile, and what blocks it: that is judged afresh.
    """
    return fresh is not None and _content(fresh) == _content(saved)


def _content(change: Change) -> dict[str, JsonValue]:
    return render_change(replace(change, source=None, blocked=(), notes=()))
