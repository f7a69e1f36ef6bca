"""What the contract is tested on: a place that keeps state, and the server behind it."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, TypeAlias, runtime_checkable

from fakes import FakeClock

from assistants_sync.model.ports import Clock
from assistants_sync.state.backend import Backend, LockHolder
from assistants_sync.state.journaled import JournaledState
from assistants_sync.state.locations import Location, Surroundings, open_backend

PROJECT = "shop"

Death: TypeAlias = Literal["freed", "lapses", "stays"]
"""What becomes of the lock of a run that was killed: freed at once, after a silence, or never."""


@dataclass(frozen=True)
class Place:
    """One state that nobody else uses, and how every machine of the team reaches it.

    `environ` is what a machine needs besides the URL; it is also set in the test's own process.
    `on_death` is that of its server. `opened` are closed when the test ends; `talk` is what notices
    said.
    """

    name: str
    folder: Path
    url: str | None = None
    environ: Mapping[str, str] = field(default_factory=dict)
    on_death: Death = "freed"
    opened: list[Backend] = field(default_factory=list)
    talk: list[str] = field(default_factory=list)

    def backend(self, environment: str = "default", clock: Clock | None = None) -> Backend:
        """Open it as another run on another machine would."""
        around = Surroundings(
            clock=clock or FakeClock(), notify=self.talk.append, environ=self.environ
        )
        found = open_backend(Location(PROJECT, environment, self.folder, self.url), around)
        self.opened.append(found)
        return found

    def store(self, environment: str = "default") -> JournaledState:
        """Open it as another run would, with its journal folded in."""
        return JournaledState(self.backend(environment), PROJECT, environment)

    async def close(self) -> None:
        """Close what was opened; on the loop it was used on."""
        while self.opened:
            await self.opened.pop().close()


class Server(Protocol):
    """The software behind a kind of place; started at most once a session."""

    @property
    def name(self) -> str:
        """What tests on it are called, and what ASSISTANTS_SYNC_BACKENDS chooses it by."""
        ...

    @property
    def on_death(self) -> Death:
        """What becomes of a lock there whose run was killed."""
        ...

    @property
    def can_break(self) -> bool:
        """Whether a lock there may be released by hand while its holder lives."""
        ...

    def start(self, folder: Path) -> None:
        """Start it on a free port, keep its files and log in `folder`, and wait until it answers.

        Raises:
            RuntimeError: it does not; with what its log says.
        """
        ...

    def place(self, name: str, folder: Path) -> Place:
        """Give a new, empty place; `name` was never used before, `folder` is the test's own."""
        ...

    def stop(self) -> None:
        """End it; also when it was never started."""
        ...


@runtime_checkable
class WebServer(Server, Protocol):
    """A server reached by HTTP, so that a relay may stand between."""

    @property
    def endpoint(self) -> str:
        """Its address, without a path of a place."""
        ...

    def through(self, place: Place, endpoint: str) -> Place:
        """Give the same place, reached at another address that leads here."""
        ...


_numbers = itertools.count(1)


def holder(who: str = "me", command: str = "apply") -> LockHolder:
    """Give a holder with an id of its own."""
    return LockHolder(f"lock-{next(_numbers)}", who, command, "2026-11-21T09:00:00+00:00")
