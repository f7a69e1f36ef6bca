"""A stand-in of the API that only keeps and waits, in a process of its own.

It takes every create, shows lists newest first and cut to 100, and answers after a set time.
Objects are kept as the bytes they are shown as: it does next to nothing, so what is measured is the
client.
"""

import asyncio
import json
import subprocess
import sys
import time
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import parse_qs, urlsplit

import httpx

PAGE: Final = 100
_BEGUN: Final = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Seen:
    """What it saw since last asked: requests by method, and most creates in flight.

    `seconds` run from the first create to the last answer to one.
    """

    seconds: float
    most_at_once: int
    requests: dict[str, int]


class Server:
    """A running server, on loopback."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    def seen(self) -> Seen:
        """Give what it saw since it was last asked."""
        answer = httpx.get(f"{self.base_url}/seen", trust_env=False).json()
        return Seen(answer["seconds"], answer["most"], answer["requests"])

    def wait(self, seconds: float) -> None:
        """Let every answer from now on take so long."""
        httpx.put(f"{self.base_url}/latency", json=seconds, trust_env=False)


@contextmanager
def serving(latency_seconds: float = 0.0) -> Iterator[Server]:
    """Start one, and end it."""
    with subprocess.Popen(
        [sys.executable, __file__, str(latency_seconds)], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            if process.stdout is None:
                raise RuntimeError("the server has no output")
            yield Server(f"http://127.0.0.1:{process.stdout.readline().strip()}")
        finally:
            process.terminate()


def created_at(number: int) -> str:
    """Give the `createdAt` of the object that was created after so many others."""
    moment = _BEGUN + timedelta(milliseconds=number)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class _Kept:
    """Every assistant, oldest first, and what was asked."""

    def __init__(self, latency_seconds: float) -> None:
        self.latency = latency_seconds
        self._now = self._most = 0
        self._first = self._last = 0.0
        self._requests: Counter[str] = Counter()
        self._times: list[str] = []
        self._shown: list[bytes] = []
        self._places: dict[str, int] = {}

    async def answer(self, method: str, target: str, body: bytes) -> bytes:
        url = urlsplit(target)
        match method, url.path.strip("/").split("/"):
            case "GET", ["seen"]:
                return self._seen()
            case "PUT", ["latency"]:
                self.latency = json.loads(body)
                return b"{}"
        self._requests[method] += 1
        if method == "POST":
            self._first = self._first or time.perf_counter()
            self._now += 1
            self._most = max(self._most, self._now)
        if self.latency:
            await asyncio.sleep(self.latency)
        match method, url.path.strip("/").split("/"):
            case "GET", ["assistant"]:
                return self._page({name: each[-1] for name, each in parse_qs(url.query).items()})
            case "GET", ["assistant", name]:
                return self._shown[self._places[name]]
            case "PATCH", ["assistant", name]:
                return self._change(name, body)
            case "POST", ["assistant"]:
                return self._create(body)
            case _:
                return b"[]"

    def _seen(self) -> bytes:
        seen = {"seconds": self._last - self._first, "most": self._most, "requests": self._requests}
        text = json.dumps(seen).encode()
        self._first = self._last = 0.0
        self._most = 0
        self._requests = Counter()
        return text

    def _create(self, body: bytes) -> bytes:
        number = len(self._shown)
        spelled = created_at(number)
        name = f"00000000-0000-4000-8000-{number:012}"
        own = {"id": name, "orgId": "org", "createdAt": spelled, "updatedAt": spelled}
        self._places[name] = number
        self._times.append(spelled)
        self._shown.append(json.dumps({**json.loads(body), **own}).encode())
        self._now -= 1
        self._last = time.perf_counter()
        return self._shown[-1]

    def _change(self, name: str, body: bytes) -> bytes:
        place = self._places[name]
        self._shown[place] = json.dumps(
            {**json.loads(self._shown[place]), **json.loads(body)}
        ).encode()
        return self._shown[place]

    def _page(self, query: dict[str, str]) -> bytes:
        low = bisect_left(self._times, query.get("createdAtGe", ""))
        high = bisect_right(self._times, query.get("createdAtLe", "~"))
        shown = self._shown[max(low, high - min(int(query.get("limit", PAGE)), PAGE)) : high]
        return b"[" + b",".join(reversed(shown)) + b"]"


class _Connection(asyncio.Protocol):
    """HTTP/1.1 with lengths and kept connections, which is what the client speaks."""

    def __init__(self, kept: _Kept) -> None:
        self._kept = kept
        self._had = b""
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not isinstance(transport, asyncio.Transport):
            raise TypeError("TCP gives transports")
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._had += data
        head, end, rest = self._had.partition(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        length = int(fields.get(b"content-length", 0))
        if end and len(rest) >= length:
            self._had = rest[length:]
            task = asyncio.create_task(self._answer(head, rest[:length]))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _answer(self, head: bytes, body: bytes) -> None:
        method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
        answer = await self._kept.answer(method, target, body)
        status = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        self._transport.write(b"%sContent-Length: %d\r\n\r\n%s" % (status, len(answer), answer))


async def _main(latency_seconds: float) -> None:
    kept = _Kept(latency_seconds)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(kept), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main(float(sys.argv[1])))
