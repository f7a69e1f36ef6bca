"""What every test may use in place of the world: a clock that only moves when somebody waits."""

from datetime import UTC, datetime, timedelta


class FakeClock:
    """A `Clock` that tells the time it was set to; sleeping moves it on at once."""

    def __init__(self, start: datetime = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)) -> None:
        self.time = start
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)
