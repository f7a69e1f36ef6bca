"""Moving a state to another place: copied, read back, and only then closed where it was."""

from dataclasses import dataclass, replace
from typing import Protocol

from assistants_sync.errors import StateError
from assistants_sync.model.journal import Moved
from assistants_sync.model.ports import StateStore
from assistants_sync.model.state import State


class MovableState(StateStore, Protocol):
    """A store that can also be filled from another one."""

    async def peek(self) -> State | None:
        """Give the state, even one that has moved away."""
        ...

    async def install(self, state: State) -> None:
        """Put a state here, in place of an older one.

        Raises:
            StateError: somebody else wrote meanwhile, or it cannot be written.
        """
        ...


@dataclass(frozen=True, slots=True)
class Migrated:
    """What was copied."""

    owned: int
    backups: int


async def run_migrate(source: MovableState, target: MovableState, *, to: str) -> Migrated:
    """Copy state, trash and history, check the copy, and close the old one, which stays.

    Hold both locks around this. Run again after a crash, it goes on.

    Raises:
        StateError: there is nothing to move, something is not settled, the target holds another
            or a newer state, or the copy is not equal.
    """
    state = (await source.read()).state
    if state is None:
        raise StateError("There is no state yet", "nothing to move")
    if state.intents:
        raise StateError(
            "An operation is not settled",
            f"{len(state.intents)} writes of an earlier run",
            hint="run `apply` first: it finds out what became of them",
        )
    copy = replace(state, serial=state.serial + 1)
    await _fill(target, copy)
    there = {each.file: each for each in await target.trash()}
    backups = await source.trash()
    for backup in backups:
        if backup.file not in there:
            await target.back_up(backup.file, backup)
    known = {run.id for run in await target.history()}
    for run in await source.history():
        if run.id not in known:
            await target.record(run)
    copied = {each.file: each for each in await target.trash()}
    if await target.peek() != copy or any(copied.get(each.file) != each for each in backups):
        raise StateError("The copy is not equal", to, hint="the old state is as it was; try again")
    await source.append([Moved(to)])
    await source.compact()
    return Migrated(len(copy.owned), len(backups))


async def _fill(target: MovableState, copy: State) -> None:
    there = await target.peek()
    if there == copy:
        return
    if there is not None:
        if there.lineage != copy.lineage:
            raise StateError(
                "There is another state",
                f"lineage {there.lineage}, not {copy.lineage}",
                hint="choose another place; nothing was copied",
            )
        if there.serial >= copy.serial:
            raise StateError(
                "The state there is newer",
                f"serial {there.serial}; this one has {copy.serial - 1}",
                hint="use that one: point `state` in the project file to it",
            )
    await target.install(copy)
