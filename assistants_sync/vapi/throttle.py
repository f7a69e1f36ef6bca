"""The one gate every request passes: closed for as long as the server asked for."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from assistants_sync.model.ports import Clock

LONGEST_WAIT_SECONDS: Final = 120.0


class Gate:
    """Holds all requests back after a 429, whichever of them was told."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._closed_until: datetime | None = None

    def hold(self, seconds: float) -> None:
        """Close the gate for so long, from now."""
        until = self._clock.now() + timedelta(seconds=seconds)
        if self._closed_until is None or until > self._closed_until:
            self._closed_until = until

    async def ready(self) -> None:
        """Wait until the gate is open."""
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
