"""How close to its floor a long apply runs: under a limit, on a slow server, and on a quick one."""

import asyncio
import sys
import tempfile
import time
from email.utils import formatdate
from itertools import product
from pathlib import Path

import httpx
from slow_server import Seen, slow_server

from assistants_sync.cli.clock import SystemClock
from assistants_sync.errors import ApiError, Outcome
from assistants_sync.model.value import Secret
from assistants_sync.vapi.client import VapiClient
from assistants_sync.vapi.endpoint import Endpoint
from assistants_sync.vapi.redactor import Redactor
from assistants_sync.vapi.wire import Transport

LIMITS_PER_SECOND = (20, 50)
FORMS = ("seconds", "date", "none")
PARALLELISMS = (8, 32)
LIMITED_LATENCY_SECONDS = 0.03
SLOW_SECONDS = 2.0
QUICK_SECONDS = 0.05
ROUNDS = 3
BODY = {"name": "Desk", "firstMessage": "Hello"}


class LimitedServer:
    """Takes so many creates a second, in bursts of as many, and answers 429 to the rest."""

    def __init__(self, per_second: int, form: str) -> None:
        self._per_second, self._form = per_second, form
        self._tokens, self._at = float(per_second), time.monotonic()
        self.refused = self.created = 0

    async def answer(self, _request: httpx.Request) -> httpx.Response:
        """Answer one create."""
        await asyncio.sleep(LIMITED_LATENCY_SECONDS)
        now = time.monotonic()
        self._tokens += (now - self._at) * self._per_second
        self._tokens, self._at = min(self._tokens, self._per_second), now
        if self._tokens < 1:
            self.refused += 1
            return httpx.Response(429, headers=self._headers())
        self._tokens -= 1
        self.created += 1
        return httpx.Response(201, json={"id": str(self.created)})

    def _headers(self) -> dict[str, str]:
        match self._form:
            case "seconds":
                return {"Retry-After": "1"}
            case "date":
                later = formatdate(time.time() + 1, usegmt=True)
                return {"Retry-After": later, "Date": formatdate(usegmt=True)}
            case _:
                return {}


async def measure_limited(per_second: int, form: str, parallelism: int, count: int) -> str:
    """Create so many under a limit; tell the ratio to the floor, and what was refused."""
    server = LimitedServer(per_second, form)
    begun = time.perf_counter()
    await _create_all(
        "http://127.0.0.1", parallelism, count, transport=httpx.MockTransport(server.answer)
    )
    ratio = (time.perf_counter() - begun) / (count / per_second)
    share = server.refused / (server.refused + count)
    return (
        f"limit {per_second}/s, Retry-After {form:<8} parallelism {parallelism:>2}"
        f"  {ratio:5.2f} x floor  {share:6.1%} refused  {count - server.created} lost"
    )


async def measure_slow(parallelism: int) -> str:
    """Create for about 40 s where each takes 2 s; tell the ratio to the floor."""
    count = 20 * parallelism
    async with slow_server(SLOW_SECONDS) as server:
        await _create_all(server.base_url, parallelism, count)
        seen = await server.seen()
    return (
        f"latency 2 s, no limit, parallelism {parallelism:>2}  "
        f"{seen.seconds / (count * SLOW_SECONDS / parallelism):5.2f} x floor  "
        f"{seen.most_at_once} in flight at most"
    )


async def measure_quick(parallelism: int, count: int) -> str:
    """Create so many at 50 ms each; tell our times by that of a bare client."""
    async with slow_server(QUICK_SECONDS) as server:
        bare, client, applied = [], [], []
        # In turns, so that whatever else the machine does falls on all three.
        for _ in range(ROUNDS):
            await _post_all(server.base_url, parallelism, count)
            bare.append(await server.seen())
            await _create_all(server.base_url, parallelism, count)
            client.append(await server.seen())
            await _apply_all(server.base_url, parallelism, count)
            applied.append(await server.seen())
    floor = _seconds(bare)
    return (
        f"latency 50 ms, no limit, parallelism {parallelism:>2}"
        f"  bare {floor:5.2f} s  client {_seconds(client) / floor:5.2f} x"
        f"  apply {_seconds(applied) / floor:5.2f} x bare"
    )


def _seconds(rounds: list[Seen]) -> float:
    # The quickest round is the one the machine disturbed least.
    return min(each.seconds for each in rounds)


async def _create_all(
    base_url: str, parallelism: int, count: int, *, transport: Transport | None = None
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


async def _post_all(base_url: str, parallelism: int, count: int) -> None:
    slots = asyncio.Semaphore(parallelism)

    async def _post(client: httpx.AsyncClient) -> None:
        async with slots:
            (await client.post("/assistant", json=BODY)).raise_for_status()

    limits = httpx.Limits(max_connections=parallelism)
    async with httpx.AsyncClient(base_url=base_url, limits=limits, trust_env=False) as client:
        await asyncio.gather(*(_post(client) for _ in range(count)))


async def _apply_all(base_url: str, parallelism: int, count: int) -> None:
    """Run the command itself: plan, journal, creates."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "assistants").mkdir()
        (folder / "assistants-sync.yaml").write_text("project: benchmark\n")
        for number in range(count):
            text = f"name: Desk {number}\nfirstMessage: Hello\n"
            (folder / "assistants" / f"desk-{number}.yaml").write_text(text)
        command = [sys.executable, "-m", "assistants_sync", "--chdir", name]
        options = ["--auto-approve", f"--parallelism={parallelism}"]
        process = await asyncio.create_subprocess_exec(
            *command,
            "apply",
            *options,
            env={"VAPI_BASE_URL": base_url, "VAPI_API_KEY": "benchmark-key"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()
        if process.returncode:
            raise RuntimeError(said.decode())


async def main(count: int) -> None:
    """Measure; what mostly waits at once, what takes the machine one by one."""
    limited = product(LIMITS_PER_SECOND, FORMS, PARALLELISMS)
    for line in await asyncio.gather(
        *(measure_limited(*each, count) for each in limited),
        *(measure_slow(each) for each in PARALLELISMS),
    ):
        print(line)
    for parallelism in PARALLELISMS:
        print(await measure_quick(parallelism, count))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 500))
