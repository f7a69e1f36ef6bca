"""The machine's clock."""

from datetime import UTC, datetime


class SystemClock:
    """A `Clock` that tells and waits real time."""

    def now(self) -> datetime:
        """Give the time now, in UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        import asyncio

        await asyncio.sleep(seconds)
