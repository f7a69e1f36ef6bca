"""A network that breaks below HTTP, and what stands in its way: met over real sockets."""

import asyncio
import gzip
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import httpx
import pytest
from fakes import FakeClock
from shell import Shell
from stand_in import StandIn, serve_on_loopback

from assistants_sync.errors import ApiError, Outcome, SyncError
from assistants_sync.model.address import RemoteId
from assistants_sync.model.value import Secret
from assistants_sync.vapi import wire as wire_module
from assistants_sync.vapi.client import VapiClient
from assistants_sync.vapi.endpoint import Endpoint, check_endpoint
from assistants_sync.vapi.redactor import Redactor

_TLS_HELLO = b"\x16"
_EMPTY_LIST = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n[]"


@dataclass
class RawServer:
    """Answers the n-th request with the n-th bytes; None hangs up, and so does the end of them.

    `requests` are the requests as they came, `hangs_up` ends the connection after each answer,
    though it was promised to stay.
    """

    answers: list[bytes | None]
    hangs_up: bool = False
    requests: list[bytes] = field(default_factory=list)

    def serve(self, listener: socket.socket) -> None:
        """Serve until there is nothing left to answer."""
        while self.answers:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            # A client that has heard enough may close at any point.
            with connection, suppress(OSError):
                connection.settimeout(10)
                while self.answers and (request := _whole_request(connection)):
                    self.requests.append(request)
                    answer = self.answers.pop(0)
                    if answer is None:
                        break
                    connection.sendall(answer)
                    if self.hangs_up:
                        break

    def count(self, method: str) -> int:
        """Say how many requests of a method came."""
        return sum(each.startswith(method.encode() + b" ") for each in self.requests)


def _whole_request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data and not data.startswith(_TLS_HELLO):
        more = connection.recv(65536)
        if not more:
            return data
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        (
            int(line[15:])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        ),
        0,
    )
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


@contextmanager
def _raw(*answers: bytes | None, hangs_up: bool = False) -> Iterator[tuple[RawServer, str]]:
    server = RawServer(list(answers), hangs_up)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.serve, args=[listener], daemon=True)
        thread.start()
        yield server, f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.answers.clear()
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(timeout=10)


def _use(
    base_url: str,
    job: Callable[[VapiClient], Awaitable[object]],
    transport: httpx.AsyncBaseTransport | None = None,
) -> object:
    async def run() -> object:
        endpoint = Endpoint(base_url, Secret("canary-key-4711", name="VAPI_API_KEY"), 1.0)
        async with VapiClient(
            endpoint, clock=FakeClock(), redactor=Redactor(), transport=transport
        ) as client:
            return await job(client)

    return asyncio.run(run())


def _fails(
    base_url: str,
    job: Callable[[VapiClient], Awaitable[object]],
    transport: httpx.AsyncBaseTransport | None = None,
) -> ApiError:
    with pytest.raises(ApiError) as caught:
        _use(base_url, job, transport)
    assert "canary-key" not in str(caught.value)
    return caught.value


def _create(client: VapiClient) -> Awaitable[object]:
    return client.create("assistant", {"name": "A"})


def _list(client: VapiClient) -> Awaitable[object]:
    return client.list_all("assistant")


async def _list_then_create(client: VapiClient) -> object:
    await client.list_all("assistant")
    return await client.create("assistant", {"name": "A"})


def test_a_kept_connection_that_closes_under_a_create_is_not_used_again() -> None:
    """The server read the POST, and closed: that may have been a create."""
    with _raw(_EMPTY_LIST, None, _EMPTY_LIST) as (server, base_url):
        error = _fails(base_url, _list_then_create)
    assert error.outcome is Outcome.UNKNOWN
    assert server.count("POST") == 1


def test_a_kept_connection_that_is_closed_already_loses_no_create() -> None:
    made = b'HTTP/1.1 201 Created\r\ncontent-length: 12\r\n\r\n{"id": "x1"}'
    with _raw(_EMPTY_LIST, made, hangs_up=True) as (server, base_url):
        try:
            _use(base_url, _list_then_create)
        except ApiError as error:
            assert error.outcome is Outcome.UNKNOWN  # noqa: PT017 -- either end is right
    assert server.count("POST") <= 1


_GARBAGE = {
    "no HTTP": b"\x00\x01\x02 nonsense\r\n\r\n",
    "bad chunk": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n[]\r\n0\r\n\r\n",
    "cut chunk": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n[",
    "negative length": b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n[]",
    "two lengths": b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n[]",
    "long header": b"HTTP/1.1 200 OK\r\nx: " + b"y" * 300_000 + b"\r\n\r\n[]",
    "many headers": b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 60_000 + b"\r\n[]",
    "bad header": b"HTTP/1.1 200 OK\r\n: nameless\r\n\r\n[]",
    "no gzip": b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\n[]",
    "odd charset": b"HTTP/1.1 200 OK\r\ncontent-type: a;charset=\xff\r\ncontent-length: 1\r\n\r\n[",
}


@pytest.mark.parametrize("garbage", _GARBAGE)
def test_garbage_in_place_of_an_answer_is_an_error_that_leaves_doubt(garbage: str) -> None:
    with _raw(_GARBAGE[garbage], None, None) as (server, base_url):
        error = _fails(base_url, _create)
    assert error.outcome is Outcome.UNKNOWN
    assert server.count("POST") == 1


@pytest.mark.parametrize("garbage", _GARBAGE)
def test_garbage_in_place_of_a_list_is_an_error_and_no_empty_list(garbage: str) -> None:
    with _raw(*[_GARBAGE[garbage]] * 9, hangs_up=True) as (_, base_url):
        _fails(base_url, _list)


def _breaking(error: Exception) -> httpx.MockTransport:
    def handle(_request: httpx.Request) -> httpx.Response:
        raise error

    return httpx.MockTransport(handle)


def test_tls_that_breaks_after_the_request_leaves_doubt() -> None:
    """A certificate is judged before anything is sent; what breaks a read came after it."""
    cut = httpx.ReadError("cut")
    cut.__cause__ = ssl.SSLSyscallError(5, "EOF occurred in violation of protocol")
    error = _fails("https://api.vapi.ai", _create, _breaking(cut))
    assert error.outcome is Outcome.UNKNOWN


def test_a_tls_record_that_does_not_decrypt_leaves_doubt() -> None:
    """The transport lets this one through as it is: seen with httpcore 1.0.9 on a real socket."""
    torn = ssl.SSLError(1, "[SSL: DECRYPTION_FAILED_OR_BAD_RECORD_MAC]")
    with pytest.raises(SyncError) as caught:
        _use("https://api.vapi.ai", _create, _breaking(torn))
    assert isinstance(caught.value, ApiError)
    assert caught.value.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("error", [OSError(9, "Bad file descriptor"), RuntimeError("closed")])
def test_whatever_else_breaks_the_way_there_leaves_doubt(error: Exception) -> None:
    failed = _fails("https://api.vapi.ai", _create, _breaking(error))
    assert failed.outcome is Outcome.UNKNOWN
    assert failed.diagnostic.summary == "The API gave no usable answer"


@pytest.mark.parametrize(
    "why", ["certificate has expired", "self-signed certificate", "Hostname mismatch"]
)
def test_no_certificate_is_good_enough_but_a_good_one(why: str) -> None:
    broken = httpx.ConnectError(f"[SSL: CERTIFICATE_VERIFY_FAILED] {why}")
    broken.__cause__ = ssl.SSLCertVerificationError(1, why)
    error = _fails("https://api.vapi.ai", _create, _breaking(broken))
    assert error.outcome is Outcome.REFUSED
    assert "never skipped" in (error.diagnostic.hint or "")


def test_a_server_that_does_not_speak_tls_is_sent_nothing() -> None:
    with _raw(None, None) as (server, base_url):
        error = _fails(base_url.replace("http:", "https:"), _create)
    assert error.outcome in {Outcome.REFUSED, Outcome.NOT_SENT}
    assert not any(b"canary-key" in each for each in server.requests)


def test_a_name_nobody_knows_was_never_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_asked: object, **_more: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    error = _fails("https://api.vapi.ai", _create)
    assert error.outcome is Outcome.NOT_SENT
    assert "cannot reach api.vapi.ai" in str(error)


def _through_a_proxy(
    answer: bytes, job: Callable[[VapiClient], Awaitable[object]], monkeypatch: pytest.MonkeyPatch
) -> tuple[RawServer, ApiError]:
    with _raw(*[answer] * 9, hangs_up=True) as (proxy, proxy_url):
        monkeypatch.setenv("HTTPS_PROXY", proxy_url)
        monkeypatch.setenv("NO_PROXY", "")
        return proxy, _fails("https://api.vapi.ai", job)


def test_a_proxy_is_asked_for_a_tunnel_and_never_sees_the_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    proxy, _ = _through_a_proxy(b"HTTP/1.1 502 Bad Gateway\r\n\r\n", _list, monkeypatch)
    assert all(each.startswith(b"CONNECT api.vapi.ai:443 ") for each in proxy.requests)
    assert not any(b"canary-key" in each for each in proxy.requests)


def test_a_proxy_that_wants_a_password_is_told_as_that(monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n"
    _, error = _through_a_proxy(refusal, _create, monkeypatch)
    assert error.outcome is Outcome.NOT_SENT
    assert "proxy" in str(error).lower()


def test_a_loopback_server_is_reached_without_the_proxy(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    shell.write("assistants-sync.yaml", "project: shop\n")
    with serve_on_loopback(StandIn().app) as base_url:
        shell.set({"VAPI_BASE_URL": base_url, "VAPI_API_KEY": "canary-key"})
        assert shell("plan").code == 0


def test_a_name_of_two_addresses_is_reached_by_the_one_that_answers(shell: Shell) -> None:
    """The server listens to IPv4 alone; the name may mean IPv6 first."""
    shell.write("assistants-sync.yaml", "project: shop\n")
    with serve_on_loopback(StandIn().app) as base_url:
        shell.set({"VAPI_BASE_URL": base_url.replace("127.0.0.1", "localhost")})
        shell.set({"VAPI_API_KEY": "canary-key"})
        assert shell("plan").code == 0


@pytest.mark.parametrize(
    "url", ["https://169.254.169.254", "http://169.254.169.254", "http://[fd00:ec2::254]"]
)
def test_the_key_does_not_go_to_the_address_of_a_clouds_metadata(url: str) -> None:
    with pytest.raises(SyncError, match=r"base URL|may not be sent"):
        check_endpoint(url)


def test_an_answer_that_unpacks_without_end_is_given_up_after_the_cap(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bomb = gzip.compress(b" " * 40_000_000)
    taken: list[int] = []

    class Drip(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            for start in range(0, len(bomb), 1024):
                taken.append(start)
                yield bomb[start : start + 1024]

    monkeypatch.setattr(wire_module, "MOST_BODY_BYTES", 4_000_000)
    answer = httpx.MockTransport(
        lambda _request: httpx.Response(200, headers={"content-encoding": "gzip"}, stream=Drip())
    )
    error = _fails(
        "https://api.vapi.ai", lambda client: client.get("assistant", RemoteId("a")), answer
    )
    assert "too long" in str(error)
    assert len(taken) < len(bomb) / 1024 / 4
