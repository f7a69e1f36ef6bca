"""In which order changes stand in a plan and steps are carried out."""

from typing import Final

from assistants_sync.model.address import Address
from assistants_sync.model.plan import Action, Change
from assistants_sync.model.step import Create, Delete, Forget, Record, Rename, Step, Update

_ACTIONS: Final = (Action.NO_OP, Action.CREATE, Action.UPDATE, Action.FORGET, Action.DELETE)
_STEPS: Final = (Rename, Record, Create, Update, Forget, Delete)


def ordered_changes(changes: list[Change]) -> tuple[Change, ...]:
    """Sort by action, deletions last, then by address."""
    return tuple(
        sorted(changes, key=lambda change: (_ACTIONS.index(change.action), change.address))
    )


def ordered_steps(steps: list[Step]) -> tuple[Step, ...]:
    """Sort by phase (state only, create, update, forget, delete last), then by address."""
    return tuple(sorted(steps, key=_phase))


def _phase(step: Step) -> tuple[int, Address]:
    return _STEPS.index(type(step)), step.address
