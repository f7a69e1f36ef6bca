"""A server that only waits: it takes every create after a set time, in a process of its own.

It does next to nothing, so that what is measured is the client.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx


@dataclass(frozen=True, slots=True)
class Seen:
    """What the server saw: seconds from the first create to the last answer, most in flight."""

    seconds: float
    most_at_once: int


class SlowServer:
    """A running slow server, on loopback."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    async def seen(self) -> Seen:
        """Give what it saw since it was last asked."""
        async with httpx.AsyncClient(base_url=self.base_url, trust_env=False) as client:
            answer = (await client.get("/seen")).json()
        return Seen(answer["seconds"], answer["most"])


@asynccontextmanager
async def slow_server(latency_seconds: float) -> AsyncIterator[SlowServer]:
    """Start one, and end it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, __file__, str(latency_seconds), stdout=asyncio.subprocess.PIPE
    )
    try:
        if process.stdout is None:
            raise RuntimeError("the server has no output")
        port = (await process.stdout.readline()).decode().strip()
        yield SlowServer(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        await process.wait()


class _Answers:
    def __init__(self, latency_seconds: float) -> None:
        self._latency = latency_seconds
        self._made = self._now = self._most = 0
        self._first = self._last = 0.0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                lengths = [
                    int(line.split(b":")[1])
                    for line in head.lower().split(b"\r\n")
                    if line.startswith(b"content-length:")
                ]
                body = await reader.readexactly(lengths[0]) if lengths else b""
                answer = json.dumps(await self._answer(head, body)).encode()
                status = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                writer.write(b"%sContent-Length: %d\r\n\r\n%s" % (status, len(answer), answer))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def _answer(self, head: bytes, body: bytes) -> object:
        if head.startswith(b"POST "):
            return await self._create(body)
        if head.startswith(b"GET /seen"):
            seen = {"seconds": self._last - self._first, "most": self._most}
            self._first = self._last = 0.0
            self._most = 0
            return seen
        return []

    async def _create(self, body: bytes) -> object:
        self._first = self._first or time.perf_counter()
        self._now += 1
        self._most = max(self._most, self._now)
        await asyncio.sleep(self._latency)
        self._now -= 1
        self._made += 1
        self._last = time.perf_counter()
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        known = {"id": f"made-{self._made}", "orgId": "org", "createdAt": now, "updatedAt": now}
        return {**json.loads(body), **known}


async def _main(latency_seconds: float) -> None:
    server = await asyncio.start_server(_Answers(latency_seconds).serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main(float(sys.argv[1])))
