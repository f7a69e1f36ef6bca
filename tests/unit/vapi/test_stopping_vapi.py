"""A client whose run is asked to stop: nothing is sent again, and no pause is sat out."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest
from fakes import FakeClock

from assistants_sync.errors import ApiError, InterruptedRunError, Outcome, SyncError
from assistants_sync.model.address import RemoteId
from assistants_sync.model.value import Secret
from assistants_sync.vapi.client import VapiClient
from assistants_sync.vapi.endpoint import Endpoint
from assistants_sync.vapi.redactor import Redactor
from assistants_sync.vapi.stoppable import StoppableClock, StoppedError

_ID = RemoteId("7d2b-1")
_BUSY = httpx.Response(429, headers={"Retry-After": "120"})


class Run:
    """One client, and a server that gives its answers in turn, the last one for ever.

    The run is asked to stop after so many requests, or once it has waited so many seconds.
    """

    def __init__(
        self,
        *answers: httpx.Response | Exception,
        stops_after: int = 10**6,
        stops_at_seconds: float = float("inf"),
    ) -> None:
        self.answers = list(answers)
        self.stops_after, self.stops_at_seconds = stops_after, stops_at_seconds
        self.clock = FakeClock()
        self.sent: list[str] = []

    def should_stop(self) -> bool:
        """Say whether to stop."""
        return len(self.sent) >= self.stops_after or sum(self.clock.slept) >= self.stops_at_seconds

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        self.sent.append(request.method)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def fails(self, *jobs: Callable[[VapiClient], Awaitable[object]]) -> SyncError:
        """Do one thing after another; give the error of the last one."""

        async def work() -> None:
            async with VapiClient(
                Endpoint("https://api.vapi.ai", Secret("key-canary-4711"), 5.0),
                clock=self.clock,
                redactor=Redactor(),
                transport=httpx.MockTransport(self.handle),
                jitter=lambda: 0.0,
                should_stop=self.should_stop,
            ) as client:
                for job in jobs[:-1]:
                    with pytest.raises(SyncError):
                        await job(client)
                await jobs[-1](client)

        with pytest.raises(SyncError) as caught:
            asyncio.run(work())
        return caught.value


def _get(client: VapiClient) -> Awaitable[object]:
    return client.get("assistant", _ID)


def _create(client: VapiClient) -> Awaitable[object]:
    return client.create("assistant", {"name": "A"})


def _update(client: VapiClient) -> Awaitable[object]:
    return client.update("assistant", _ID, {"name": "A"})


def _delete(client: VapiClient) -> Awaitable[object]:
    return client.delete("assistant", _ID)


@pytest.mark.parametrize(
    "answer", [_BUSY, httpx.Response(503), httpx.ReadTimeout("slow"), httpx.ConnectError("no")]
)
def test_a_read_is_not_sent_again_and_is_told_as_interrupted(
    answer: httpx.Response | Exception,
) -> None:
    run = Run(answer, stops_after=1)
    error = run.fails(_get)
    assert isinstance(error, InterruptedRunError)
    assert (run.sent, run.clock.slept) == (["GET"], [])


@pytest.mark.parametrize(
    ("job", "answer", "outcome"),
    [
        (_update, _BUSY, Outcome.THROTTLED),
        (_update, httpx.ConnectError("no"), Outcome.NOT_SENT),
        (_delete, _BUSY, Outcome.THROTTLED),
        (_delete, httpx.ReadTimeout("slow"), Outcome.UNKNOWN),
        (_delete, httpx.Response(500), Outcome.UNKNOWN),
    ],
)
def test_a_write_is_not_sent_again_and_keeps_its_outcome(
    job: Callable[[VapiClient], Awaitable[object]],
    answer: httpx.Response | Exception,
    outcome: Outcome,
) -> None:
    run = Run(answer, stops_after=1)
    error = run.fails(job)
    assert isinstance(error, ApiError)
    assert error.outcome is outcome
    assert (len(run.sent), run.clock.slept) == (1, [])


def test_a_pause_under_way_ends_within_a_second() -> None:
    run = Run(_BUSY, stops_at_seconds=17)
    error = run.fails(_update)
    assert isinstance(error, ApiError)
    assert error.outcome is Outcome.THROTTLED
    assert (run.sent, sum(run.clock.slept)) == (["PATCH"], 17)


@pytest.mark.parametrize("second", [_BUSY, httpx.ConnectError("no")])
@pytest.mark.parametrize("stops_at_seconds", [0.5, 2, 10**6])
def test_a_deletion_in_doubt_stays_so_whatever_keeps_the_next_one_away(
    second: httpx.Response | Exception, stops_at_seconds: float
) -> None:
    run = Run(httpx.ReadTimeout("slow"), second, stops_at_seconds=stops_at_seconds)
    error = run.fails(_delete)
    assert isinstance(error, ApiError)
    assert error.outcome is Outcome.UNKNOWN


def test_a_write_that_waits_for_a_pause_of_others_was_never_sent() -> None:
    run = Run(_BUSY, stops_at_seconds=3)
    error = run.fails(_create, _create)
    assert isinstance(error, ApiError)
    assert error.outcome is Outcome.NOT_SENT
    assert "stopping" in str(error)
    assert (run.sent, sum(run.clock.slept)) == (["POST"], 3)


def test_what_was_not_sent_yet_is_still_sent_once() -> None:
    """What is in flight is settled by looking: a first request is no repetition."""
    run = Run(httpx.ReadTimeout("slow"), stops_after=1)
    run.fails(_create, _get)
    assert run.sent == ["POST", "GET"]


def test_a_second_is_waited_for_whoever_asked_to_stop() -> None:
    clock = FakeClock()
    stopped = StoppableClock(clock, lambda: True)
    asyncio.run(stopped.sleep(1.0))
    with pytest.raises(StoppedError):
        asyncio.run(stopped.sleep(1.1))
    assert clock.slept == [1.0]
