"""A state server of our own, opened as a run would, and what may go wrong with one request."""

from collections.abc import Callable
from pathlib import Path

from backends.http_state_server import (
    PASSWORD,
    USER,
    Asked,
    GiteaServer,
    GitLabServer,
    PlainServer,
    PlainServerOfTwo,
    Said,
)
from fakes import FakeClock
from unit.state.samples import STATE

from assistants_sync.model.project import HttpState
from assistants_sync.state.journaled import JournaledState
from assistants_sync.state.locations import Location, Surroundings, open_backend

LOGIN = {"TF_HTTP_USERNAME": USER, "TF_HTTP_PASSWORD": PASSWORD}
SERVERS: dict[str, type[PlainServer]] = {
    "plain": PlainServer,
    "two": PlainServerOfTwo,
    "gitlab": GitLabServer,
}
WITH_TAILS: dict[str, type[PlainServer]] = {
    "two": PlainServerOfTwo,
    "gitlab": GitLabServer,
    "gitea": GiteaServer,
}
"""Those that keep the journal beside the state."""

NOTICES: list[str] = []
"""What was told since a test last cleared it."""


def opened(server: PlainServer, url: str | None = None, **environ: str) -> JournaledState:
    around = Surroundings(FakeClock(), NOTICES.append, environ=environ or LOGIN)
    said = HttpState(journal_url=server.journal_url("ours"))
    location = Location("shop", "default", Path(), url or server.url("ours"), said)
    return JournaledState(open_backend(location, around), "shop", "default")


async def begun(server: PlainServer) -> JournaledState:
    store = opened(server)
    await store.begin(STATE)
    return store


def is_write(asked: Asked) -> bool:
    return asked.method == "POST" and not asked.path.endswith("/lock")


def is_read(asked: Asked) -> bool:
    return asked.method == "GET"


def is_lock(asked: Asked) -> bool:
    return asked.method == "LOCK" or (asked.method == "POST" and asked.path.endswith("/lock"))


def is_unlock(asked: Asked) -> bool:
    return asked.method == "UNLOCK" or (asked.method == "DELETE" and asked.path.endswith("/lock"))


def once(
    which: Callable[[Asked], bool], answer: Callable[[Asked], Said]
) -> Callable[[Asked], Said | None]:
    """Answer the first request like this so; what `answer` gives is what is heard."""
    left = [answer]

    def spoil(asked: Asked) -> Said | None:
        return left.pop()(asked) if left and which(asked) else None

    return spoil


def done_but(server: PlainServer, status: int) -> Callable[[Asked], Said]:
    """Carry it out, and say something else; 0 is nothing at all."""

    def answer(asked: Asked) -> Said:
        server.carry_out(asked)
        return Said(status)

    return answer
