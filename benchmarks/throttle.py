"""How close to its floor a long apply runs: under a limit, on a slow server, and on a quick one."""

import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from itertools import product
from pathlib import Path
from typing import Final

import httpx
import project
from ratios import Found, Measured
from server import Server, serving

from assistants_sync.cli.clock import SystemClock
from assistants_sync.errors import ApiError, Outcome
from assistants_sync.model.value import Secret
from assistants_sync.vapi.client import VapiClient
from assistants_sync.vapi.endpoint import Endpoint
from assistants_sync.vapi.redactor import Redactor
from assistants_sync.vapi.wire import Transport

COUNT: Final = 500
LIMITS_PER_SECOND: Final = (20, 50)
FORMS: Final = ("in seconds", "as a date", "missing")
PARALLELISMS: Final = (8, 32)
LIMITED_LATENCY_SECONDS: Final = 0.03
SLOW_SECONDS: Final = 2.0
QUICK_SECONDS: Final = 0.05
ROUNDS: Final = 5
BODY: Final = {"name": "Desk", "firstMessage": "Hello"}


class LimitedServer:
    """Takes so many creates a second, in bursts of as many, and answers 429 to the rest."""

    def __init__(self, per_second: int, form: str) -> None:
        self._per_second, self._form = per_second, form
        self._tokens, self._at = float(per_second), time.monotonic()
        self.created = 0

    async def answer(self, _request: httpx.Request) -> httpx.Response:
        """Answer one create."""
        await asyncio.sleep(LIMITED_LATENCY_SECONDS)
        now = time.monotonic()
        self._tokens += (now - self._at) * self._per_second
        self._tokens, self._at = min(self._tokens, self._per_second), now
        if self._tokens < 1:
            return httpx.Response(429, headers=self._headers())
        self._tokens -= 1
        self.created += 1
        return httpx.Response(201, json={"id": str(self.created)})

    def _headers(self) -> dict[str, str]:
        match self._form:
            case "in seconds":
                return {"Retry-After": "1"}
            case "as a date":
                later = formatdate(time.time() + 1, usegmt=True)
                return {"Retry-After": later, "Date": formatdate(usegmt=True)}
            case _:
                return {}


def measure() -> Iterator[Found]:
    """Measure what mostly waits at once, then what takes the machine one by one."""
    yield from asyncio.run(_measure_waiting())
    for parallelism in PARALLELISMS:
        yield from _measure_quick(parallelism)


async def _measure_waiting() -> list[Measured]:
    limited = product(LIMITS_PER_SECOND, FORMS, PARALLELISMS)
    return await asyncio.gather(
        *(_measure_limited(*each) for each in limited),
        *(_measure_slow(each) for each in PARALLELISMS),
    )


async def _measure_limited(per_second: int, form: str, parallelism: int) -> Measured:
    server = LimitedServer(per_second, form)
    transport = httpx.MockTransport(server.answer)
    begun = time.perf_counter()
    await _create_all("http://127.0.0.1", parallelism, COUNT, transport)
    took = time.perf_counter() - begun
    if server.created != COUNT:
        raise RuntimeError(f"{COUNT} were asked for, {server.created} made")
    what = f"{per_second}/s, Retry-After {form}, {parallelism} at once"
    return Measured(what, COUNT / per_second, took)


async def _measure_slow(parallelism: int) -> Measured:
    """Create for about 40 s where each takes 2 s."""
    count = 20 * parallelism
    with serving(SLOW_SECONDS) as server:
        await _create_all(server.base_url, parallelism, count)
        seen = server.seen()
    floor = count * SLOW_SECONDS / parallelism
    return Measured(f"2 s each, no limit, {parallelism} at once", floor, seen.seconds)


def _measure_quick(parallelism: int) -> Iterator[Measured]:
    """Create at 50 ms each: a bare client, ours, and `apply` with its plan and journal."""
    doing: list[Callable[[Server], None]] = [
        lambda server: asyncio.run(_post_all(server.base_url, parallelism)),
        lambda server: asyncio.run(_create_all(server.base_url, parallelism, COUNT)),
        lambda server: _apply_all(server.base_url, parallelism),
    ]
    # In turns, so that whatever else the machine does falls on all three.
    rounds = [[_server_seconds(each) for each in doing] for _ in range(ROUNDS)]
    # The quickest round is the one the machine disturbed least.
    bare, client, applied = (min(each) for each in zip(*rounds, strict=True))
    yield Measured(f"50 ms each, client, {parallelism} at once, by a bare one", bare, client)
    yield Measured(f"50 ms each, apply, {parallelism} at once, by a bare client", bare, applied)


def _server_seconds(create: Callable[[Server], None]) -> float:
    """Give the time from the first create to the last answer, as a new server saw it."""
    with serving(QUICK_SECONDS) as server:
        create(server)
        seen = server.seen()
    if seen.requests["POST"] != COUNT:
        raise RuntimeError(f"{COUNT} were to be created: {seen.requests}")
    return seen.seconds


async def _create_all(
    base_url: str, parallelism: int, count: int, transport: Transport | None = None
) -> None:
    async with VapiClient(
        Endpoint(base_url, Secret("benchmark-key")),
        clock=SystemClock(),
        redactor=Redactor(),
        parallelism=parallelism,
        transport=transport,
    ) as client:
        await asyncio.gather(*(_create(client) for _ in range(count)))


async def _create(client: VapiClient) -> None:
    while True:
        try:
            await client.create("assistant", BODY)
        except ApiError as error:
            if error.outcome is not Outcome.THROTTLED:
                raise
        else:
            return


async def _post_all(base_url: str, parallelism: int) -> None:
    slots = asyncio.Semaphore(parallelism)

    async def _post(client: httpx.AsyncClient) -> None:
        async with slots:
            (await client.post("/assistant", json=BODY)).raise_for_status()

    limits = httpx.Limits(max_connections=parallelism)
    async with httpx.AsyncClient(base_url=base_url, limits=limits, trust_env=False) as client:
        await asyncio.gather(*(_post(client) for _ in range(COUNT)))


def _apply_all(base_url: str, parallelism: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "assistants").mkdir()
        (folder / "assistants-sync.yaml").write_text("project: benchmark\n")
        for number in range(COUNT):
            text = f"name: Desk {number}\nfirstMessage: Hello\n"
            (folder / "assistants" / f"desk-{number}.yaml").write_text(text)
        project.run(folder, base_url, "apply", "--auto-approve", f"--parallelism={parallelism}")
