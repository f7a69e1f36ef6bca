"""Holding a state from before it is read to the very end, on any backend."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from assistants_sync.errors import InterruptedRunError, LockedError, StateError
from assistants_sync.model.ports import Clock
from assistants_sync.state.backend import Lock, LockHolder


@asynccontextmanager
async def holding(
    lock: Lock,
    holder: LockHolder,
    clock: Clock,
    timeout_seconds: float = 0.0,
    should_stop: Callable[[], bool] = lambda: False,
) -> AsyncIterator[None]:
    """Take the lock, waiting as long as was asked, and hold it.

    Raises:
        InterruptedRunError: the user asked to stop while we waited.
        LockedError: somebody else holds it.
        StateError: it cannot be taken here at all.
    """
    # Who only looks who holds it takes it for a moment: that is waited for in any case.
    deadline = clock.now() + timedelta(seconds=max(timeout_seconds, lock.poll_seconds))
    while (other := await lock.take(holder)) is not None:
        if should_stop():
            raise InterruptedRunError("Interrupted", "nothing was sent")
        if clock.now() >= deadline:
            raise LockedError(
                "Another run holds the state",
                f"{lock.where}: held by {other}",
                hint="wait for it, or try again with --lock-timeout 2m",
            )
        await clock.sleep(lock.poll_seconds)
    beating = asyncio.create_task(_beat(lock))
    try:
        yield
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating
        await lock.release()


async def _beat(lock: Lock) -> None:
    """Say that we are alive; once the lock is lost its backend refuses every write."""
    while lock.beat_seconds is not None:
        # The machine's own time: a lock lapses by it, whatever clock a run was given.
        await asyncio.sleep(lock.beat_seconds)
        with suppress(StateError):
            await lock.beat()
