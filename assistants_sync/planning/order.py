"""In which order changes stand in a plan and steps are carried out."""

from collections.abc import Mapping
from typing import Final

from assistants_sync.model.address import Address
from assistants_sync.model.plan import Action, Change
from assistants_sync.model.step import (
    Create,
    Delete,
    Forget,
    Quarantine,
    Record,
    Relink,
    Rename,
    Step,
    Update,
)

_ACTIONS: Final = (Action.NO_OP, Action.CREATE, Action.UPDATE, Action.FORGET, Action.DELETE)
_STEPS: Final = (Rename, Record, Create, Update, Relink, Quarantine, Forget, Delete)


def ordered_changes(
    changes: list[Change], deletion_ranks: Mapping[Address, int]
) -> tuple[Change, ...]:
    """Sort by action, deletions last and by rank, then by address."""

    def place(change: Change) -> tuple[int, int, Address]:
        rank = deletion_ranks.get(change.address, 0)
        return _ACTIONS.index(change.action), rank, change.address

    return tuple(sorted(changes, key=place))


def ordered_steps(steps: list[Step], deletion_ranks: Mapping[Address, int]) -> tuple[Step, ...]:
    """Sort by phase (state only, create, update, re-point, deletions last by rank)."""

    def place(step: Step) -> tuple[int, int, Address]:
        rank = deletion_ranks.get(step.address, 0) if isinstance(step, Delete) else 0
        return _STEPS.index(type(step)), rank, step.address

    return tuple(sorted(steps, key=place))
