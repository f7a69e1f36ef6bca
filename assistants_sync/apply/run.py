"""One apply, phase by phase: state only, create, update, re-point, set aside, forget, delete."""

from collections.abc import Sequence
from typing import assert_never

from assistants_sync.apply.context import ApplyContext
from assistants_sync.apply.create import create_all
from assistants_sync.apply.delete import back_up_references, delete_all
from assistants_sync.apply.quarantine import quarantine_all
from assistants_sync.apply.refs import second_of
from assistants_sync.apply.relink import relink_all
from assistants_sync.apply.update import update_all
from assistants_sync.errors import SyncError
from assistants_sync.model.address import Address
from assistants_sync.model.event import ApplyFinished, PlanAccepted
from assistants_sync.model.journal import Dropped, Entry, Recorded, Renamed
from assistants_sync.model.plan import Action
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


async def apply_steps(context: ApplyContext, steps: Sequence[Step]) -> ApplyFinished:
    """Carry out the steps of a plan and give the counts; every end is told as an event.

    Raises:
        StateError: what needs no request could not be recorded; nothing was sent.
    """
    work = [each for step in steps for each in _work(step)]
    context.emit(PlanAccepted(tuple(work)))
    recorded = [entry for entry in map(_state_only, steps) if entry]
    if recorded:
        await context.store.append(recorded)
    creates = [step for step in steps if isinstance(step, Create)]
    await create_all(context, creates)
    halves = [second_of(context, step) for step in creates if step.address in context.completing]
    await update_all(context, [*halves, *(step for step in steps if isinstance(step, Update))])
    deletes = [step for step in steps if isinstance(step, Delete)]
    await back_up_references(context, deletes)
    await relink_all(context, [step for step in steps if isinstance(step, Relink)])
    await quarantine_all(context, [step for step in steps if isinstance(step, Quarantine)])
    for step in steps:
        if isinstance(step, Forget):
            await _forget(context, step)
    await delete_all(context, deletes)
    finished = context.finished()
    context.emit(finished)
    return finished


async def _forget(context: ApplyContext, step: Forget) -> None:
    if not context.may_start(step.address, Action.FORGET):
        return
    try:
        await context.store.append([Dropped(step.address)])
    except SyncError as error:
        context.failed(step.address, Action.FORGET, error)
    else:
        context.applied(step.address, Action.FORGET, step.id)


def _state_only(step: Step) -> Entry | None:
    match step:
        case Rename(source, address):
            return Renamed(source, address)
        case Record(address, owned):
            return Recorded(address, owned)
        case _:
            return None


def _work(step: Step) -> tuple[tuple[Address, Action], ...]:
    match step:
        case Create(address, later=later):
            second = ((address, Action.UPDATE),) if later else ()
            return ((address, Action.CREATE), *second)
        case Update(address) | Relink(address) | Quarantine(address):
            return ((address, Action.UPDATE),)
        case Forget(address):
            return ((address, Action.FORGET),)
        case Delete(address):
            return ((address, Action.DELETE),)
        case Rename() | Record():
            return ()
        case _:
            assert_never(step)
