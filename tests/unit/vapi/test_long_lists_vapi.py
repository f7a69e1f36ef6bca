"""What state knows of a long list is enough to read it in ranges at once."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
from fakes import FakeClock

from assistants_sync.model.address import Address, RemoteId
from assistants_sync.model.live import Live
from assistants_sync.model.state import Owned, State
from assistants_sync.model.value import Secret
from assistants_sync.refresh import refresh
from assistants_sync.resources.assistant import ASSISTANT
from assistants_sync.vapi.client import VapiClient
from assistants_sync.vapi.endpoint import Endpoint
from assistants_sync.vapi.redactor import Redactor

_COUNT = 900
_BEGUN = datetime(2026, 1, 1, tzinfo=UTC)
_ASKED = datetime(2026, 11, 21, 9, tzinfo=UTC)
_MADE = {f"a{number}": (_BEGUN + timedelta(seconds=number)).isoformat() for number in range(_COUNT)}


class Server:
    """Lists what was made, the newest first; each answer bears an earlier `Date` than the last."""

    def __init__(self) -> None:
        self.queries: list[httpx.QueryParams] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        query = request.url.params
        since, until = query.get("createdAtGe", ""), query.get("createdAtLe", "~")
        fits = [name for name in reversed(_MADE) if since <= _MADE[name] <= until]
        shown = [{"id": name, "orgId": "o", "createdAt": _MADE[name]} for name in fits[:100]]
        self.queries.append(query)
        date = format_datetime(_ASKED - timedelta(seconds=len(self.queries)), usegmt=True)
        return httpx.Response(200, json=shown, headers={"Date": date})


def _refresh(server: Server) -> Live:
    owned = {
        Address(f"assistant.{name}"): Owned(RemoteId(name), created_at=made_at)
        for name, made_at in _MADE.items()
    }
    state = State("lineage", "project", "default", "key", org_id="o", owned=owned)

    async def run() -> Live:
        async with VapiClient(
            Endpoint("https://api.vapi.ai", Secret("key", name="VAPI_API_KEY"), 5.0),
            clock=FakeClock(),
            redactor=Redactor(),
            transport=httpx.MockTransport(server),
        ) as client:
            return await refresh(ASSISTANT, state, client)

    return asyncio.run(run())


def test_a_long_list_of_what_we_own_is_read_in_ranges_and_whole() -> None:
    server = Server()
    assert _refresh(server).objects.keys() == _MADE.keys()
    assert any("createdAtGe" in query for query in server.queries)


def test_pages_asked_for_at_once_tell_the_earliest_of_their_times() -> None:
    server = Server()
    told = _refresh(server).server_time
    assert told is not None
    assert datetime.fromisoformat(told) == _ASKED - timedelta(seconds=len(server.queries))
