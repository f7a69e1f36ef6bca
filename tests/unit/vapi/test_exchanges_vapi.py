"""Every request that left is told of once: what came of it, how long it took, what it is called."""

import asyncio
from contextlib import suppress

import httpx
import pytest
from fakes import FakeClock

from assistants_sync.errors import SyncError
from assistants_sync.model.address import RemoteId
from assistants_sync.model.exchange import Exchange
from assistants_sync.model.value import Secret
from assistants_sync.vapi.client import VapiClient
from assistants_sync.vapi.endpoint import Endpoint
from assistants_sync.vapi.redactor import Redactor

ID = RemoteId("id-1")
BODY = {"id": ID, "name": "Desk"}


class Scripted(httpx.AsyncBaseTransport):
    """Answers in order; every answer takes a quarter of a second."""

    def __init__(self, clock: FakeClock, *answers: httpx.Response | Exception) -> None:
        self._clock, self._answers = clock, list(answers)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await self._clock.sleep(0.25)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        answer.request = request
        return answer


def told(*answers: httpx.Response | Exception) -> list[Exchange]:
    """Read one assistant, and give what was told."""
    clock, found = FakeClock(), list[Exchange]()

    async def read() -> None:
        async with VapiClient(
            Endpoint("http://127.0.0.1", Secret("canary-api-key")),
            clock=clock,
            redactor=Redactor(),
            transport=Scripted(clock, *answers),
            jitter=lambda: 0.0,
            on_exchange=found.append,
        ) as client:
            await client.get("assistant", ID)

    with suppress(SyncError):
        asyncio.run(read())
    return found


def test_a_request_is_told_with_what_came_of_it() -> None:
    (only,) = told(httpx.Response(200, json=BODY, headers={"X-Request-Id": "req-7"}))
    assert only == Exchange(
        "GET", "/assistant/id-1", {}, status=200, seconds=0.25, request_id="req-7"
    )


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ({"CF-Ray": "230b030023ae2822-SJC"}, "230b030023ae2822-SJC"),
        ({"x-amzn-RequestId": "79b9da39"}, "79b9da39"),
        ({"CF-Ray": "ray", "x-request-id": "own"}, "own"),
        ({"x-request-id": "x" * 500}, "x" * 128),
        ({}, None),
    ],
)
def test_the_server_names_a_request_in_one_of_several_ways(
    headers: dict[str, str], name: str | None
) -> None:
    (only,) = told(httpx.Response(200, json=BODY, headers=headers))
    assert only.request_id == name


def test_every_try_is_told_by_itself() -> None:
    first, second = told(httpx.Response(500, json={}), httpx.Response(200, json=BODY))
    assert (first.status, second.status) == (500, 200)


def test_a_request_without_an_answer_says_why() -> None:
    tries = told(*(httpx.ReadError("reset") for _ in range(5)))
    assert len(tries) == 5
    assert {each.status for each in tries} == {None}
    assert all("connection broke" in str(each.error) for each in tries)


def test_nothing_that_is_told_bears_the_key() -> None:
    tries = told(httpx.Response(401, json={"message": "canary-api-key is no key"}))
    assert [each.status for each in tries] == [401]
    assert "canary-api-key" not in repr(tries)
