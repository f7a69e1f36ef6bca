"""What every place that keeps state must do; `journaled` makes a `StateStore` of any of them.

A backend is bound to one environment and used by one run. Its writes are compare-and-swap against
what this run loaded or last wrote: that is the guarantee, and the lock is a courtesy. A write that
raises may have happened or not; the next run reads what is there.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final, Literal, Protocol, TypeAlias

from assistants_sync.errors import StateError
from assistants_sync.model.journal import Entry
from assistants_sync.model.state import State


@dataclass(frozen=True, slots=True)
class Journal:
    """The entries that continue one generation of a state."""

    lineage: str
    serial: int
    entries: tuple[Entry, ...]


TORN: Final = Journal("", -1, ())
"""A journal of which not even the first line was written: it continues nothing."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What a backend holds; the journal may be an old one, already folded into the state."""

    state: State | None = None
    journal: Journal | None = None


@dataclass(frozen=True, slots=True)
class LockHolder:
    """Who holds a lock, for what, since when (ISO 8601); `id` is what `lock release` is told."""

    id: str
    who: str
    command: str
    since: str

    def __str__(self) -> str:
        return f"{self.who}, running `{self.command}` since {self.since}"

    def to_json(self) -> dict[str, str]:
        """Give what a lock's file holds."""
        return asdict(self)


NAMELESS: Final = "?"
"""The id of a holder of whom the place does not say it."""


def parse_holder(data: bytes | str) -> LockHolder:
    """Read what a lock's file holds; the holder of one that cannot be read has no name."""
    try:
        document = json.loads(data)
        said = {name: str(document[name]) for name in ("who", "command", "since")}
        return LockHolder(str(document.get("id", NAMELESS)), **said)
    except (ValueError, KeyError, TypeError, RecursionError):
        return LockHolder(NAMELESS, "a run that left no name", "?", "?")


Shelf: TypeAlias = Literal["trash", "runs"]
"""What is kept beside a state: what was deleted, and what every apply did."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One document of a shelf, JSON; `where` is for messages."""

    name: str
    data: bytes
    where: str


class Lock(Protocol):
    """One run at a time on one state."""

    @property
    def where(self) -> str:
        """Its place, for messages; never with a credential."""
        ...

    @property
    def beat_seconds(self) -> float | None:
        """How often the holder must say that it is alive; None when its death is noticed anyway."""
        ...

    @property
    def poll_seconds(self) -> float:
        """How often one who waits may ask."""
        ...

    async def take(self, holder: LockHolder) -> LockHolder | None:
        """Take it; None when it is ours now, else who holds it.

        Raises:
            StateError: it cannot be taken here at all.
        """
        ...

    async def beat(self) -> None:
        """Say that we are alive.

        Raises:
            StateError: the lock is not ours any more.
        """
        ...

    async def release(self) -> None:
        """Let it go, if it is ours."""
        ...

    async def holder(self) -> LockHolder | None:
        """Say who holds it now; None when nobody does."""
        ...

    async def break_open(self, lock_id: str, reason: str) -> LockHolder:
        """Release somebody else's lock, and say whose it was.

        Raises:
            StateError: nobody holds it under this id, or its holder is known to be alive.
        """
        ...


class Backend(Protocol):
    """Where one environment's state, journal, lock and trash are."""

    @property
    def where(self) -> str:
        """Its place, for messages; never with a credential."""
        ...

    @property
    def previous(self) -> str:
        """Where the generation before this one is kept, for messages."""
        ...

    @property
    def lock(self) -> Lock:
        """Its lock."""
        ...

    async def load(self) -> Stored:
        """Read everything; it is what later writes are compared with.

        Raises:
            StateError: it cannot be reached or read.
        """
        ...

    async def create(self, state: State) -> None:
        """Write the first state.

        Raises:
            StateError: there is one already, or it cannot be written.
        """
        ...

    async def append(self, entries: Sequence[Entry]) -> None:
        """Make entries durable, behind those that are there; see `StateStore.append`.

        Raises:
            StateError: somebody else wrote, or they are not durable.
        """
        ...

    async def replace(self, state: State) -> None:
        """Put a folded state in place of the old one and its journal; the old one is kept.

        Raises:
            StateError: somebody else wrote, or it could not be written.
        """
        ...

    async def keep(self, shelf: Shelf, name: str, data: bytes) -> None:
        """Keep a document durably; where the name is taken, under one beside it.

        Raises:
            StateError: it is not durable.
        """
        ...

    async def kept(self, shelf: Shelf) -> tuple[Kept, ...]:
        """Give every document on a shelf, by name.

        Raises:
            StateError: one of them cannot be read.
        """
        ...

    async def purge(self, shelf: Shelf, names: tuple[str, ...]) -> None:
        """Remove documents for good.

        Raises:
            StateError: one of them could not be removed.
        """
        ...

    async def close(self) -> None:
        """Let connections go."""
        ...


def changed_elsewhere(where: str) -> StateError:
    """Give the error of a write that somebody else was faster than."""
    return StateError(
        "The state was changed by somebody else",
        f"{where} is not what this run read",
        hint="nothing more was sent; run plan again",
    )
