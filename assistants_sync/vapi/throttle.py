"""The one gate every request passes: closed while the server asks for it, and paced afterwards.

Until the first 429 nothing is held back but by `--parallelism`. From then on requests leave at the
rate the server was seen to take: less after each refusal, more after each success, slowly while
the last refusal is fresh and ever faster the longer it is past. So a long apply runs close to the
limit without leaning on it, and one stray 429 does not slow down the rest of it.
"""

import asyncio
from collections import deque
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from assistants_sync.model.ports import Clock

LONGEST_WAIT_SECONDS: Final = 120.0
_FIRST_PAUSE_SECONDS: Final = 0.5
_LONGEST_PAUSE_SECONDS: Final = 30.0
_SLOWEST_PER_SECOND: Final = 0.2
_AFTER_REFUSAL: Final = 0.9
_AFTER_SUCCESS_PER_SECOND: Final = 0.03
_UNMEASURED_PER_SECOND: Final = 1.0
_AFTER_SUCCESS_UNMEASURED: Final = 1.0
_CALM_SECONDS: Final = 10.0
_REMEMBERED: Final = 4_096


class Gate:
    """Holds all requests back after a 429, whichever was told; then lets them out in turn.

    A ticket numbers a request. It tells a refusal of one that left before we slowed down from one
    that left after, and what left before it.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._door = asyncio.Lock()
        self._closed_until: datetime | None = None
        self._given: deque[datetime] = deque(maxlen=_REMEMBERED)
        self._last_given = self._slowed_at = -1
        self._per_second: float | None = None
        self._is_measured = False
        self._next = self._calm_since = clock.now()
        self._refusals_in_a_row = 0
        self._round_trip_seconds = 0.0

    async def opened(self) -> None:
        """Wait until the server's pause is over, without taking a turn."""
        async with self._door:
            await self._opened()

    async def ready(self) -> int:
        """Wait until a request may leave; give its ticket."""
        # One waits at a time: turns given out ahead would keep the pace of when they were given,
        # and all be due at once after a pause.
        async with self._door:
            while True:
                await self._opened()
                await self._turn()
                if self._closed_until is None:
                    break
            self._last_given += 1
            self._given.append(self._clock.now())
            return self._last_given

    def passed(self, ticket: int) -> None:
        """Note that the server took a request."""
        self._refusals_in_a_row = 0
        self._round_trip_seconds = (self._clock.now() - self._given_at(ticket)).total_seconds()
        if self._per_second is not None:
            self._per_second += self._step()

    def refused(self, ticket: int, wait_seconds: float | None) -> float:
        """Note a 429; close the gate as long as the server asked for, and give how long that is."""
        wait = wait_seconds
        if wait is None:
            pause = _FIRST_PAUSE_SECONDS * 2.0 ** min(self._refusals_in_a_row, 6)
            wait = min(pause, _LONGEST_PAUSE_SECONDS)
        until = self._clock.now() + timedelta(seconds=wait)
        if self._closed_until is None or until > self._closed_until:
            self._closed_until = until
        self._next = self._calm_since = self._closed_until
        if ticket > self._slowed_at:
            # Requests may leave in waves, one a round trip: less than that is no fair sample.
            self._slow_down(ticket, max(wait, 1.0, self._round_trip_seconds))
        return wait

    def _slow_down(self, ticket: int, window_seconds: float) -> None:
        """Pace what follows by what left shortly before the refused one, and so was taken."""
        since = self._given_at(ticket) - timedelta(seconds=window_seconds)
        later = max(self._last_given - ticket + 1, 0)
        before = list(self._given)[: len(self._given) - later]
        taken = sum(moment >= since for moment in before) / window_seconds
        # A window we had not filled tells what the server takes at least, not what it takes.
        self._is_measured = any(moment < since for moment in before)
        slowest = _SLOWEST_PER_SECOND if self._is_measured else _UNMEASURED_PER_SECOND
        rate = min(taken, self._per_second or taken) * _AFTER_REFUSAL
        self._per_second = max(rate, slowest)
        self._slowed_at = max(ticket, self._last_given)
        self._refusals_in_a_row += 1

    def _given_at(self, ticket: int) -> datetime:
        index = len(self._given) - 1 - (self._last_given - ticket)
        return self._given[index] if 0 <= index < len(self._given) else self._clock.now()

    def _step(self) -> float:
        if not self._is_measured:
            return _AFTER_SUCCESS_UNMEASURED
        calm_seconds = max((self._clock.now() - self._calm_since).total_seconds(), 0.0)
        return _AFTER_SUCCESS_PER_SECOND * (1 + (calm_seconds / _CALM_SECONDS) ** 2)

    async def _turn(self) -> None:
        if self._per_second is None:
            return
        now = self._clock.now()
        turn = max(now, self._next)
        self._next = turn + timedelta(seconds=1 / self._per_second)
        if turn > now:
            await self._clock.sleep(min((turn - now).total_seconds(), LONGEST_WAIT_SECONDS))

    async def _opened(self) -> None:
        while self._closed_until is not None:
            until = self._closed_until
            left = (until - self._clock.now()).total_seconds()
            if left > 0:
                await self._clock.sleep(min(left, LONGEST_WAIT_SECONDS))
            if self._closed_until == until:
                # Waited for once, whatever was done to the clock meanwhile.
                self._closed_until = None


def retry_after_seconds(value: str | None, now: datetime) -> float | None:
    """Read a `Retry-After` header, seconds or date, clamped to 0..120; None for none or garbage.

    `now` is the server's own time where it told one.
    """
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        moment = read_http_date(value)
        if moment is None:
            return None
        seconds = (moment - now).total_seconds()
    if seconds != seconds:  # noqa: PLR0124 -- only NaN differs from itself
        return None
    return min(max(seconds, 0.0), LONGEST_WAIT_SECONDS)


def read_http_date(value: str | None) -> datetime | None:
    """Read an HTTP date; None for none or garbage."""
    if value is None:
        return None
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
