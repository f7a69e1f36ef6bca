"""A public document is fetched without a key, from few places, and not without end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from assistants_sync.errors import SyncError, UsageError
from assistants_sync.vapi.document import fetch

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
DRIP = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n"
"""What is followed by bytes one by one, without end."""


@asynccontextmanager
async def _server(answer: bytes, heard: list[bytes]) -> AsyncIterator[str]:
    """Answer every request with these bytes; nothing at all when there are none."""
    served: list[asyncio.Task[None] | None] = []

    async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.append(asyncio.current_task())
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer)
        while answer == DRIP and not writer.is_closing():
            writer.write(b"x")
            await asyncio.sleep(0)
        if not answer:
            await reader.read()  # until they give up
        writer.close()
        with suppress(ConnectionError):  # they hung up
            await writer.wait_closed()

    server = await asyncio.start_server(_serve, "127.0.0.1", 0)
    async with server:
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/api-json"
        finally:
            await asyncio.gather(*(each for each in served if each))


def _fetched(
    answer: bytes, *, most_bytes: int = 1000, seconds: float = 20.0
) -> tuple[bytes, bytes]:
    heard: list[bytes] = []

    async def _run() -> bytes:
        async with _server(answer, heard) as url:
            return await fetch(url, most_bytes, seconds)

    found = asyncio.run(_run())
    return found, heard[0]


def test_the_document_comes_and_no_key_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAPI_API_KEY", "sk-canary")
    document, request = _fetched(OK)
    assert document == b"{}"
    assert request.startswith(b"GET /api-json ")
    assert b"user-agent: assistants-sync/" in request.lower()
    assert b"authorization" not in request.lower()
    assert b"canary" not in request


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + b"x" * 2000, "too long"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", "connection broke"),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "answers 404"),
        (
            b"HTTP/1.1 302 Found\r\nLocation: http://169.254.1.1/\r\nContent-Length: 0\r\n\r\n",
            "answers 302",
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\nx", "packed"),
        (b"nonsense\r\n\r\n", "connection broke"),
    ],
)
def test_anything_else_is_one_clear_error(answer: bytes, words: str) -> None:
    with pytest.raises(SyncError) as refused:
        _fetched(answer)
    assert refused.value.diagnostic.summary == "The document could not be fetched"
    assert words in refused.value.diagnostic.detail
    assert "name the file" in (refused.value.diagnostic.hint or "")


@pytest.mark.parametrize("answer", [b"", DRIP])
def test_a_server_that_never_ends_is_not_waited_for(answer: bytes) -> None:
    with pytest.raises(SyncError, match="in time"):
        _fetched(answer, most_bytes=1_000_000_000, seconds=0.2)


def test_this_machine_is_not_asked_for_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert _fetched(OK)[0] == b"{}"


@pytest.mark.parametrize(
    "url",
    [
        "http://api.vapi.ai/api-json",
        "http://127.0.0.1.evil.example/",
        "ftp://127.0.0.1/x",
        "file:///etc/passwd",
        "https://user:canary@a.example/",
        "https://",
        "https://[bad",
        "//a.example/x",
    ],
)
def test_a_document_comes_over_https_or_from_this_machine(url: str) -> None:
    with pytest.raises(UsageError) as refused:
        asyncio.run(fetch(url, 10))
    assert "canary" not in str(refused.value.diagnostic)


def test_where_nobody_listens_is_an_error_too() -> None:
    with pytest.raises(SyncError, match="cannot reach"):
        asyncio.run(fetch("http://127.0.0.1:1/", 10))
