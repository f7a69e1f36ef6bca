"""Holding a state from before it is read to the very end, on any backend."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from assistants_sync.errors import InterruptedRunError, LockedError, StateError
from assistants_sync.model.ports import Clock
from assistants_sync.state.backend import Lock, LockHolder


def _say_nothing(_text: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for a lock, what ends the wait, and who is told of it."""

    seconds: float = 0.0
    should_stop: Callable[[], bool] = lambda: False
    notify: Callable[[str], None] = _say_nothing


NO_PATIENCE: Final = Patience()


@asynccontextmanager
async def holding(
    lock: Lock, holder: LockHolder, clock: Clock, patience: Patience = NO_PATIENCE
) -> AsyncIterator[None]:
    """Take the lock, waiting as long as was asked, and hold it.

    Raises:
        InterruptedRunError: the user asked to stop while we waited.
        LockedError: somebody else holds it.
        StateError: it cannot be taken here at all.
    """
    await _take(lock, holder, clock, patience)
    beating = asyncio.create_task(_beat(lock))
    try:
        yield
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating
        try:
            await lock.release()
        except StateError as error:
            # What was done is done; an error here would only hide how it ended.
            patience.notify(
                f"the lock could not be let go: {error}; `lock release {holder.id}` does it"
            )


async def _take(lock: Lock, holder: LockHolder, clock: Clock, patience: Patience) -> None:
    # Who only looks who holds it takes it for a moment: that is waited for in any case.
    began = clock.now()
    deadline = began + timedelta(seconds=max(patience.seconds, lock.poll_seconds))
    is_told = False
    while (other := await lock.take(holder)) is not None:
        if patience.should_stop():
            raise InterruptedRunError("Interrupted", "nothing was sent")
        now = clock.now()
        if now >= deadline:
            raise LockedError(
                "Another run holds the state",
                f"{lock.where}: held by {other}",
                hint="wait for it, or try again with --lock-timeout 2m",
            )
        if patience.seconds > lock.poll_seconds and now > began and not is_told:
            patience.notify(f"waiting up to {patience.seconds:.0f} s for the lock of {other}")
            is_told = True
        await clock.sleep(lock.poll_seconds)


async def _beat(lock: Lock) -> None:
    """Say that we are alive; once the lock is lost its backend refuses every write."""
    while lock.beat_seconds is not None:
        # The machine's own time: a lock lapses by it, whatever clock a run was given.
        await asyncio.sleep(lock.beat_seconds)
        with suppress(StateError):
            await lock.beat()
