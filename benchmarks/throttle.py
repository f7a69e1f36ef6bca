"""How close to a server's limit a long apply runs, and how much it is refused on the way."""

import asyncio
import sys
import time
from email.utils import formatdate

import httpx

from assistants_sync.cli.clock import SystemClock
from assistants_sync.errors import ApiError, Outcome
from assistants_sync.model.value import Secret
from assistants_sync.vapi.client import VapiClient
from assistants_sync.vapi.endpoint import Endpoint
from assistants_sync.vapi.redactor import Redactor

PER_SECOND = 20
LATENCY_SECONDS = 0.03
FORMS = ("seconds", "date", "none")


class Server:
    """Takes 20 creates a second, in bursts of as many, and answers 429 to the rest."""

    def __init__(self, form: str) -> None:
        self._form = form
        self._tokens, self._at = float(PER_SECOND), time.monotonic()
        self.refused = self.created = 0

    async def answer(self, _request: httpx.Request) -> httpx.Response:
        """Answer one create."""
        await asyncio.sleep(LATENCY_SECONDS)
        now = time.monotonic()
        self._tokens = min(PER_SECOND, self._tokens + (now - self._at) * PER_SECOND)
        self._at = now
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


async def measure(form: str, count: int) -> str:
    """Create so many, and tell how long it took against the floor."""
    server = Server(form)
    async with VapiClient(
        Endpoint("http://127.0.0.1", Secret("benchmark-key")),
        clock=SystemClock(),
        redactor=Redactor(),
        transport=httpx.MockTransport(server.answer),
    ) as client:
        begun = time.perf_counter()
        await asyncio.gather(*(_create(client) for _ in range(count)))
        took = time.perf_counter() - begun
    share = server.refused / (server.refused + count)
    return f"Retry-After {form:<8} {took / (count / PER_SECOND):5.2f} x floor  {share:6.1%} refused"


async def _create(client: VapiClient) -> None:
    while True:
        try:
            await client.create("assistant", {"name": "Desk"})
        except ApiError as error:
            if error.outcome is not Outcome.THROTTLED:
                raise
        else:
            return


async def main(count: int) -> None:
    """Measure every form at once: they do not share a server."""
    for line in await asyncio.gather(*(measure(form, count) for form in FORMS)):
        print(line)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 500))
