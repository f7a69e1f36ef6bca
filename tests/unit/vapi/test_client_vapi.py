"""The client against hand-written answers: what it sends, concludes, and never shows."""

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable, Coroutine
from typing import TypeVar

import httpx
import pytest
from fakes import FakeClock

from assistants_sync.errors import AccessError, ApiError, IncompleteReadError, Outcome, SyncError
from assistants_sync.model.address import RemoteId
from assistants_sync.model.value import Secret
from assistants_sync.vapi import wire as wire_module
from assistants_sync.vapi.client import VapiClient
from assistants_sync.vapi.endpoint import Endpoint
from assistants_sync.vapi.redactor import Redactor

_KEY = "key-canary-4711"
_SECRET = "hook-canary-0815"
_ID = RemoteId("7d2b-1")
_T = TypeVar("_T")


class Server:
    """Answers each request with the next of its answers, the last one for ever."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self._answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def _use(
    handler: Callable[[httpx.Request], httpx.Response]
    | Callable[[httpx.Request], Coroutine[None, None, httpx.Response]],
    job: Callable[[VapiClient], Awaitable[_T]],
    *,
    clock: FakeClock | None = None,
    timeout_seconds: float = 5.0,
    told: list[str] | None = None,
) -> _T:
    redactor = Redactor()
    redactor.learn(Secret(_SECRET))

    async def run() -> _T:
        endpoint = Endpoint(
            "https://api.vapi.ai", Secret(_KEY, name="VAPI_API_KEY"), timeout_seconds
        )
        async with VapiClient(
            endpoint,
            clock=clock or FakeClock(),
            redactor=redactor,
            transport=httpx.MockTransport(handler),
            notify=lambda seconds, why: (told if told is not None else []).append(
                f"{seconds:.1f} {why}"
            ),
            jitter=lambda: 0.0,
        ) as client:
            return await job(client)

    return asyncio.run(run())


def _get(client: VapiClient) -> Awaitable[object]:
    return client.get("assistant", _ID)


def _create(client: VapiClient) -> Awaitable[object]:
    return client.create("assistant", {"name": "A"})


def _update(client: VapiClient) -> Awaitable[object]:
    return client.update("assistant", _ID, {"name": "A"})


def _delete(client: VapiClient) -> Awaitable[object]:
    return client.delete("assistant", _ID)


def _list(client: VapiClient) -> Awaitable[object]:
    return client.list_all("assistant")


def _failure(server: Server, job: Callable[[VapiClient], Awaitable[object]]) -> SyncError:
    with pytest.raises(SyncError) as caught:
        _use(server, job)
    return caught.value


def _api_failure(server: Server, job: Callable[[VapiClient], Awaitable[object]]) -> ApiError:
    error = _failure(server, job)
    assert isinstance(error, ApiError)
    return error


def _object(**more: object) -> httpx.Response:
    return httpx.Response(200, json={"id": _ID, "name": "A", **more})


def test_a_request_bears_the_key_and_our_own_user_agent() -> None:
    server = Server(_object())
    _use(server, _get)
    request = server.requests[0]
    assert request.headers["authorization"] == f"Bearer {_KEY}"
    assert request.headers["user-agent"].startswith("assistants-sync/")
    assert request.url == "https://api.vapi.ai/assistant/7d2b-1"


def test_a_secret_is_sent_in_the_clear_and_read_back_sealed() -> None:
    server = Server(_object(server={"url": "https://a.example", "secret": _SECRET}, note=_SECRET))
    live = _use(server, lambda client: client.create("assistant", {"x": Secret(_SECRET)}))
    assert json.loads(server.requests[0].content) == {"x": _SECRET}
    assert _SECRET not in repr(live)


def test_a_get_of_an_unknown_id_gives_none() -> None:
    assert _use(Server(httpx.Response(404, text="whatever")), _get) is None


def test_a_delete_of_an_unknown_id_is_a_success() -> None:
    _use(Server(httpx.Response(404)), _delete)


@pytest.mark.parametrize("answer", [httpx.Response(204), httpx.Response(200, json={"id": _ID})])
def test_a_delete_may_answer_with_the_object_or_with_nothing(answer: httpx.Response) -> None:
    _use(Server(answer), _delete)


def test_a_deletion_answered_with_a_page_is_not_known_to_have_happened() -> None:
    error = _api_failure(Server(httpx.Response(200, html="<p>hi</p>")), _delete)
    assert error.outcome is Outcome.UNKNOWN


def test_a_list_404_asks_for_the_base_url() -> None:
    error = _failure(Server(httpx.Response(404, json={"message": "Cannot GET /assistant"})), _list)
    assert error.diagnostic.hint == "is the base URL right?"
    assert "Cannot GET" in error.diagnostic.detail


def test_a_refused_key_names_the_variable_it_came_from() -> None:
    error = _failure(Server(httpx.Response(401, json={"message": "Invalid Key"})), _list)
    assert isinstance(error, AccessError)
    assert error.exit_code == 7
    assert "VAPI_API_KEY" in (error.diagnostic.hint or "")


def test_a_403_page_is_told_to_be_a_gateway() -> None:
    error = _failure(Server(httpx.Response(403, html="<h1>1010</h1>")), _list)
    assert isinstance(error, AccessError)
    assert "gateway" in (error.diagnostic.hint or "")
    assert "<h1>" not in str(error)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (400, Outcome.REFUSED),
        (402, Outcome.REFUSED),
        (404, Outcome.REFUSED),
        (413, Outcome.REFUSED),
        (422, Outcome.REFUSED),
        (429, Outcome.THROTTLED),
        (302, Outcome.UNKNOWN),
        (408, Outcome.UNKNOWN),
        (409, Outcome.UNKNOWN),
        (418, Outcome.UNKNOWN),
        (500, Outcome.UNKNOWN),
        (502, Outcome.UNKNOWN),
    ],
)
def test_a_create_is_sent_once_and_its_status_tells_what_became_of_it(
    status: int, outcome: Outcome
) -> None:
    server = Server(httpx.Response(status, json={"message": "no", "statusCode": status}))
    assert _api_failure(server, _create).outcome is outcome
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (httpx.ConnectError("refused"), Outcome.NOT_SENT),
        (httpx.ConnectTimeout("slow"), Outcome.NOT_SENT),
        (httpx.PoolTimeout("busy"), Outcome.NOT_SENT),
        (httpx.ReadTimeout("slow"), Outcome.UNKNOWN),
        (httpx.ReadError("cut"), Outcome.UNKNOWN),
        (httpx.WriteError("cut"), Outcome.UNKNOWN),
        (httpx.RemoteProtocolError("cut"), Outcome.UNKNOWN),
    ],
)
def test_a_create_that_broke_is_sent_once_and_told_apart(
    error: Exception, outcome: Outcome
) -> None:
    server = Server(error)
    assert _api_failure(server, _create).outcome is outcome
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(201, html="<html>"),
        httpx.Response(201, content=b""),
        httpx.Response(201, content=b'{"id": "x'),
        httpx.Response(201, json={"name": "no id"}),
        httpx.Response(201, json=[1]),
        httpx.Response(201, content=b"[" * 100_000),
    ],
)
def test_a_create_with_an_odd_answer_may_have_happened(answer: httpx.Response) -> None:
    assert _api_failure(Server(answer), _create).outcome is Outcome.UNKNOWN


def test_an_update_answered_about_another_object_is_not_believed() -> None:
    error = _api_failure(Server(httpx.Response(200, json={"id": "other"})), _update)
    assert error.outcome is Outcome.UNKNOWN
    assert "another object" in str(error)


def test_an_update_is_repeated_when_it_was_never_sent_and_not_after_a_502() -> None:
    server = Server(httpx.ConnectError("refused"), _object())
    _use(server, _update)
    assert len(server.requests) == 2
    server = Server(httpx.Response(502))
    assert _api_failure(server, _update).outcome is Outcome.UNKNOWN
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500),
        httpx.Response(503, html="<p>"),
        httpx.Response(408),
        httpx.ReadTimeout("slow"),
        httpx.Response(200, content=b'{"id": "x'),
    ],
)
def test_a_read_is_repeated_when_the_moment_was_to_blame(
    answer: httpx.Response | Exception,
) -> None:
    server = Server(answer, _object())
    clock = FakeClock()
    assert _use(server, _get, clock=clock) is not None
    assert clock.slept == [0.5]


def test_a_read_is_given_up_after_five_tries() -> None:
    server, clock, told = Server(httpx.Response(500)), FakeClock(), list[str]()
    with pytest.raises(ApiError):
        _use(server, _get, clock=clock, told=told)
    assert clock.slept == [0.5] + [1.0] * 7  # 0.5, 1, 2 and 4 seconds, so that a stop is heard
    assert len(told) == 2


def test_a_page_for_people_is_not_asked_for_again() -> None:
    server = Server(httpx.Response(200, html="<html>Sign in</html>"))
    error = _failure(server, _list)
    assert len(server.requests) == 1
    assert error.diagnostic.hint == "is the base URL right?"


def test_a_redirect_is_an_error_and_the_key_does_not_travel() -> None:
    server = Server(httpx.Response(302, headers={"Location": "https://evil.example/x"}))
    error = _failure(server, _list)
    assert "evil.example" in (error.diagnostic.hint or "")
    assert {request.url.host for request in server.requests} == {"api.vapi.ai"}


@pytest.mark.parametrize("location", ["", "/elsewhere"])
def test_a_redirect_to_nowhere_is_an_error_too(location: str) -> None:
    error = _failure(Server(httpx.Response(302, headers={"Location": location})), _list)
    assert "somewhere else" in (error.diagnostic.hint or "")


def test_an_untrusted_certificate_is_told_and_not_tried_again() -> None:
    broken = httpx.ConnectError("x")
    broken.__cause__ = ssl.SSLCertVerificationError("self-signed")
    server = Server(broken)
    error = _api_failure(server, _create)
    assert error.outcome is Outcome.REFUSED
    assert "certificate" in str(error)


@pytest.mark.parametrize(
    "wait", ["7", "Sat, 21 Nov 2026 09:00:07 GMT", "Sat, 21 Nov 2026 09:00:07"]
)
def test_a_429_closes_the_gate_for_as_long_as_the_server_asks(wait: str) -> None:
    busy = httpx.Response(
        429, headers={"Retry-After": wait, "Date": "Sat, 21 Nov 2026 09:00:00 GMT"}
    )
    clock, told = FakeClock(), list[str]()
    server = Server(busy, _object())
    _use(server, _get, clock=clock, told=told)
    assert sum(clock.slept) == pytest.approx(7)
    assert told == ["7.0 the server asked for a pause"]


@pytest.mark.parametrize("wait", ["soon", "nan", None])
def test_a_429_without_a_usable_time_backs_off(wait: str | None) -> None:
    headers = {"Retry-After": wait} if wait else {}
    clock = FakeClock()
    _use(Server(httpx.Response(429, headers=headers), _object()), _get, clock=clock)
    assert sum(clock.slept) == 0.5


def test_a_429_that_asks_for_a_year_is_waited_for_two_minutes() -> None:
    clock = FakeClock()
    server = Server(httpx.Response(429, headers={"Retry-After": "31536000"}), _object())
    _use(server, _get, clock=clock)
    assert sum(clock.slept) == 120


def test_a_400_names_its_fields_and_hides_the_secret_it_echoes() -> None:
    words = ["property hipaaEnabled should not exist", f"bad value {_SECRET} and {_KEY}"]
    error = _api_failure(Server(httpx.Response(400, json={"message": words})), _create)
    assert error.fields == ("hipaaEnabled",)
    assert _SECRET not in str(error)
    assert _KEY not in str(error)
    assert error.messages[1] == "bad value (secret) and (secret)"


def test_the_servers_words_are_capped() -> None:
    error = _api_failure(Server(httpx.Response(400, json={"message": ["x" * 900] * 9})), _create)
    assert len(error.messages) == 6
    assert len(error.messages[0]) == 300
    assert error.messages[-1] == "and 4 more"


def test_a_secret_is_taken_out_before_the_words_are_cut() -> None:
    error = _api_failure(
        Server(httpx.Response(400, json={"message": "x" * 290 + _SECRET})), _create
    )
    assert "hook-" not in str(error)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"error": "assistant_pinned", "message": "pinned"}', "pinned"),
        (b'{"error": "assistant_pinned"}', "assistant_pinned"),
        (b'{"message": [{"a": 1}]}', '{"a": 1}'),
        (b'"plain"', "plain"),
        (b"[1, 2]", "[1, 2]"),
        (b"gone fishing", "gone fishing"),
        (b'{"message": "cut', '{"message": "cut'),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"", "no message"),
    ],
)
def test_every_shape_of_an_error_body_gives_words(body: bytes, said: str) -> None:
    assert said in str(_failure(Server(httpx.Response(409, content=body)), _delete))


def test_a_list_tells_the_servers_time_of_its_first_page() -> None:
    headers = {"Date": "Sat, 21 Nov 2026 09:00:00 GMT"}
    server = Server(httpx.Response(200, json=[], headers=headers))
    listing = _use(server, lambda client: client.list_all("assistant"))
    assert listing.server_time == "2026-11-21T09:00:00Z"


def test_a_server_without_a_clock_tells_no_time() -> None:
    async def job(client: VapiClient) -> str | None:
        await client.list_all("assistant", created_at_ge="2026-01-01T00:00:00Z")
        return client.server_time

    server = Server(httpx.Response(200, json=[]))
    assert _use(server, job) is None
    assert server.requests[0].url.params["createdAtGe"] == "2026-01-01T00:00:00Z"


def test_a_list_item_that_is_no_assistant_ends_the_read() -> None:
    server = Server(httpx.Response(200, json=[{"id": 5}]))
    assert isinstance(_failure(server, _list), IncompleteReadError)


def test_an_answer_that_trickles_is_given_up_whole() -> None:
    async def trickle(_request: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    with pytest.raises(ApiError, match="no whole answer in time"):
        _use(trickle, _create, timeout_seconds=0.05)


def test_an_answer_over_the_cap_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire_module, "MOST_BODY_BYTES", 10)
    server = Server(httpx.Response(200, json={"id": _ID, "pad": "x" * 50}))
    assert "too long" in str(_failure(server, _get))
    assert len(server.requests) == 1


def test_requests_are_counted_by_method() -> None:
    async def job(client: VapiClient) -> dict[str, int]:
        await client.get("assistant", _ID)
        await client.update("assistant", _ID, {})
        return dict(client.sent)

    assert _use(Server(_object()), job) == {"GET": 1, "PATCH": 1}
