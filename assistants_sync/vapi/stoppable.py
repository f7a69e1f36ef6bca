"""A clock for a run that may be asked to stop: nobody sits out a pause for a run that is ending."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from assistants_sync.model.ports import Clock

_SLICE_SECONDS: Final = 1.0


class StoppedError(Exception):
    """A pause was given up, because the run was asked to stop."""


class StoppableClock:
    """A `Clock` whose pauses end within a second once the run is asked to stop."""

    def __init__(self, clock: Clock, should_stop: Callable[[], bool]) -> None:
        self._clock, self._should_stop = clock, should_stop

    def now(self) -> datetime:
        """Give the time now, with its zone (UTC)."""
        return self._clock.now()

    async def sleep(self, seconds: float) -> None:
        """Wait; the last second is always waited for, so that what is merely paced still leaves.

        Raises:
            StoppedError: the run was asked to stop, with more than a second left.
        """
        left = seconds
        while left > _SLICE_SECONDS:
            if self._should_stop():
                raise StoppedError
            await self._clock.sleep(_SLICE_SECONDS)
            left -= _SLICE_SECONDS
        await self._clock.sleep(left)
