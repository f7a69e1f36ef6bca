"""How many requests are under way, and how fast they leave, on a loop whose time is simulated."""

import asyncio
import selectors
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import httpx
import pytest
from fakes import FakeClock
from hypothesis import given
from hypothesis import strategies as st

from assistants_sync.errors import ApiError, Outcome
from assistants_sync.model.value import Secret
from assistants_sync.vapi.client import VapiClient
from assistants_sync.vapi.endpoint import Endpoint
from assistants_sync.vapi.redactor import Redactor
from assistants_sync.vapi.throttle import Gate

_START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
_FORMS = ("seconds", "date", "none")
_ONE_SECOND = timedelta(seconds=1)


class _Instant(selectors.SelectSelector):
    """Nothing is waited for: the time that would pass is counted."""

    passed = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready:
            assert timeout is not None, "everybody waits for somebody else"
            self.passed += timeout
        return ready


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._instant = _Instant()
        super().__init__(self._instant)

    def time(self) -> float:
        return self._instant.passed


class _LoopClock:
    def now(self) -> datetime:
        return _START + timedelta(seconds=asyncio.get_running_loop().time())

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@dataclass
class _Server:
    """Takes `per_second` creates, in bursts of as many; refuses the rest, and the `strays`."""

    latency: float
    per_second: float | None = None
    form: str = "seconds"
    strays: Collection[int] = ()
    tokens: float | None = None
    requests: int = 0
    refused: int = 0
    in_flight: int = 0
    most_in_flight: int = 0
    taken_at: list[float] = field(default_factory=list)
    _at: float = 0.0

    async def answer(self, _request: httpx.Request) -> httpx.Response:
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        is_taken = self._take()
        await asyncio.sleep(self.latency)
        self.in_flight -= 1
        if not is_taken:
            self.refused += 1
            return httpx.Response(429, headers=self._headers())
        self.taken_at.append(asyncio.get_running_loop().time())
        return httpx.Response(201, json={"id": str(len(self.taken_at))})

    def _take(self) -> bool:
        self.requests += 1
        if self.requests in self.strays:
            return False
        if self.per_second is None:
            return True
        now = asyncio.get_running_loop().time()
        had = self.per_second if self.tokens is None else self.tokens
        self.tokens = min(had + (now - self._at) * self.per_second, self.per_second)
        self._at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True

    def _headers(self) -> Mapping[str, str]:
        now = _LoopClock().now()
        return {
            "seconds": {"Retry-After": "1"},
            "date": {
                "Retry-After": format_datetime(now + _ONE_SECOND, usegmt=True),
                "Date": format_datetime(now, usegmt=True),
            },
            "none": {},
        }[self.form]


def _create(server: _Server, count: int, parallelism: int) -> float:
    """Create so many; give the simulated seconds it took."""

    async def _one(client: VapiClient) -> None:
        while True:
            try:
                await client.create("assistant", {"name": "Desk"})
            except ApiError as error:
                if error.outcome is not Outcome.THROTTLED:
                    raise
            else:
                return

    async def _all() -> float:
        async with VapiClient(
            Endpoint("http://127.0.0.1", Secret("throttle-key")),
            clock=_LoopClock(),
            redactor=Redactor(),
            parallelism=parallelism,
            transport=httpx.MockTransport(server.answer),
        ) as client:
            await asyncio.gather(*(_one(client) for _ in range(count)))
            return asyncio.get_running_loop().time()

    with asyncio.Runner(loop_factory=_Loop) as runner:
        took = runner.run(_all())
    assert len(server.taken_at) == count
    return took


@pytest.mark.parametrize("parallelism", [1, 8, 32, 64])
def test_on_a_slow_server_as_many_are_under_way_as_is_allowed(parallelism: int) -> None:
    server = _Server(latency=2.0)
    took = _create(server, 10 * parallelism, parallelism)
    assert server.most_in_flight == parallelism
    assert took == pytest.approx(20.0)


@pytest.mark.parametrize("parallelism", [8, 32])
@pytest.mark.parametrize("stray", [1, 3, 100])
def test_one_stray_refusal_does_not_slow_down_a_long_apply(parallelism: int, stray: int) -> None:
    server = _Server(latency=2.0, strays=[stray])
    took = _create(server, 500, parallelism)
    assert took < 1.1 * 500 * 2.0 / parallelism
    assert server.most_in_flight == parallelism


@pytest.mark.parametrize("parallelism", [8, 32])
@pytest.mark.parametrize("form", _FORMS)
@pytest.mark.parametrize("per_second", [20, 50])
def test_creates_run_close_to_the_limit_and_are_seldom_refused(
    per_second: float, form: str, parallelism: int
) -> None:
    server = _Server(0.03, per_second, form)
    took = _create(server, 500, parallelism)
    assert took <= 1.1 * 500 / per_second
    assert server.refused / server.requests < 0.05
    assert server.most_in_flight == parallelism


@pytest.mark.parametrize("form", _FORMS)
def test_a_server_both_slow_and_limited_is_used_to_what_it_allows(form: str) -> None:
    server = _Server(2.0, 20, form)
    took = _create(server, 500, 32)
    assert took <= 1.15 * 500 * 2.0 / 32
    assert server.refused / server.requests < 0.05
    assert server.most_in_flight == 32


@pytest.mark.parametrize("parallelism", [8, 32])
def test_a_server_somebody_else_has_used_up_is_soon_used_to_what_it_allows(
    parallelism: int,
) -> None:
    server = _Server(0.03, 20, tokens=0)
    _create(server, 500, parallelism)
    last = [moment for moment in server.taken_at if moment > server.taken_at[-1] - 10]
    assert len(last) >= 0.9 * 10 * 20
    assert server.taken_at[-1] <= 1.3 * 500 / 20


@given(
    latency=st.floats(0.01, 3.0),
    per_second=st.floats(2.0, 60.0),
    form=st.sampled_from(_FORMS),
    parallelism=st.integers(1, 64),
    strays=st.frozensets(st.integers(1, 40), max_size=5),
)
def test_whatever_the_server_parallelism_is_never_exceeded_and_nothing_is_lost(
    latency: float, per_second: float, form: str, parallelism: int, strays: frozenset[int]
) -> None:
    server = _Server(latency, per_second, form, strays)
    _create(server, 40, parallelism)
    assert server.most_in_flight <= parallelism


def _leaving(clock: FakeClock, gate: Gate, count: int) -> list[float]:
    """Let so many leave, each of them taken; give the seconds after the first at which they did."""

    async def _all() -> list[float]:
        moments = []
        for _ in range(count):
            gate.passed(await gate.ready())
            moments.append(clock.now().timestamp())
        return [moment - moments[0] for moment in moments]

    return asyncio.run(_all())


def _paced(per_second: float) -> tuple[FakeClock, Gate]:
    """Give a gate that was told, after three seconds at this pace, that it is too quick."""
    clock = FakeClock()
    gate = Gate(clock)

    async def _all() -> None:
        for _ in range(round(3 * per_second)):
            gate.passed(await gate.ready())
            await clock.sleep(1 / per_second)
        gate.refused(await gate.ready(), 1.0)

    asyncio.run(_all())
    return clock, gate


@pytest.mark.parametrize("per_second", [2.0, 20.0, 50.0])
def test_after_a_refusal_the_pace_is_a_little_less_than_what_was_taken(per_second: float) -> None:
    clock, gate = _paced(per_second)
    pause = _leaving(clock, gate, 2)[1]
    assert 0.85 * per_second < 1 / pause < per_second


def test_the_longer_the_last_refusal_is_past_the_faster_the_pace_grows() -> None:
    clock, gate = _paced(5.0)
    moments = _leaving(clock, gate, 600)
    by_second = Counter(int(moment) for moment in moments)
    assert all(by_second[second] <= 6 for second in range(5))
    assert by_second[20] >= 2 * by_second[10] >= 2.5 * by_second[0]


def test_requests_that_waited_out_a_pause_leave_one_by_one() -> None:
    async def _moments() -> list[float]:
        loop = asyncio.get_running_loop()
        gate = Gate(_LoopClock())
        for _ in range(60):
            gate.passed(await gate.ready())
            await asyncio.sleep(0.05)
        gate.refused(await gate.ready(), 1.0)
        left: list[float] = []

        async def _leave() -> None:
            await gate.ready()
            left.append(loop.time())

        waiting = asyncio.gather(*(_leave() for _ in range(10)))
        await asyncio.sleep(0.5)
        gate.refused(60, 5.0)
        await waiting
        return left

    with asyncio.Runner(loop_factory=_Loop) as runner:
        left = runner.run(_moments())
    assert left[0] == pytest.approx(3.0 + 5.5)
    assert all(after - before > 0.04 for before, after in pairwise(left))
