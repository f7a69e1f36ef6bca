"""The one gate every request passes: closed while the server asks for it, and paced afterwards.

Until the first 429 nothing is held back. From then on requests leave at the rate the server was
seen to take, a little less after each refusal and a little more after each success, so that a long
apply runs close to the limit without leaning on it.
"""

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
_REMEMBERED: Final = 4_096


class Gate:
    """Holds all requests back after a 429, whichever of them was told; then lets them out in turn.

    A ticket tells a refusal of a request that left before we slowed down from one that left after.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._closed_until: datetime | None = None
        self._successes: deque[datetime] = deque(maxlen=_REMEMBERED)
        self._per_second: float | None = None
        self._next: datetime | None = None
        self._slowed_down = 0
        self._refusals_in_a_row = 0

    async def ready(self) -> int:
        """Wait until a request may leave; give its ticket."""
        await self._opened()
        if self._per_second is not None:
            now = self._clock.now()
            turn = max(now, self._next or now)
            self._next = turn + timedelta(seconds=1 / self._per_second)
            left = (turn - now).total_seconds()
            if left > 0:
                await self._clock.sleep(min(left, LONGEST_WAIT_SECONDS))
                await self._opened()
        return self._slowed_down

    def passed(self) -> None:
        """Note that the server took a request."""
        self._refusals_in_a_row = 0
        self._successes.append(self._clock.now())
        if self._per_second is not None:
            self._per_second += _AFTER_SUCCESS_PER_SECOND

    def refused(self, ticket: int, wait_seconds: float | None) -> float:
        """Note a 429; close the gate as long as the server asked for, and give how long that is."""
        wait = wait_seconds
        if wait is None:
            pause = _FIRST_PAUSE_SECONDS * 2.0 ** min(self._refusals_in_a_row, 6)
            wait = min(pause, _LONGEST_PAUSE_SECONDS)
        until = self._clock.now() + timedelta(seconds=wait)
        if self._closed_until is None or until > self._closed_until:
            self._closed_until = until
        if ticket == self._slowed_down:
            self._slow_down(max(wait, 1.0), until)
        return wait

    def _slow_down(self, window_seconds: float, until: datetime) -> None:
        self._slowed_down += 1
        self._refusals_in_a_row += 1
        since = self._clock.now() - timedelta(seconds=window_seconds)
        taken = sum(moment >= since for moment in self._successes) / window_seconds
        rate = min(taken, self._per_second or taken) * _AFTER_REFUSAL
        self._per_second = max(rate, _SLOWEST_PER_SECOND)
        self._next = until

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
