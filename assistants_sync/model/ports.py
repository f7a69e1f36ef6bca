"""How the stages meet the world. Planning is given readers only: that it cannot write is a type."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from assistants_sync.model.address import RemoteId
from assistants_sync.model.event import Event
from assistants_sync.model.history import RunRecord
from assistants_sync.model.journal import Entry
from assistants_sync.model.live import Listing, LiveObject
from assistants_sync.model.state import Snapshot, State
from assistants_sync.model.trash import Trashed
from assistants_sync.model.value import Body

EmitEvent = Callable[[Event], None]

HearRequestId = Callable[[str], None]
"""Is told the request id of every answer to one write, those that were not the last included."""


class Clock(Protocol):
    """Time, passed in."""

    def now(self) -> datetime:
        """Give the time now, with its zone (UTC)."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class ResourceReader(Protocol):
    """Reads live objects of one kind, named as in `resources.KINDS`."""

    async def list_all(
        self,
        kind: str,
        *,
        created_at_ge: str | None = None,
        where: Mapping[str, str] | None = None,
        expected: Collection[str] = (),
    ) -> Listing:
        """Give every object, or all since a time, or those that fit `where`; proved complete.

        `expected` are the `createdAt` of objects thought to be there, in any order: they may speed
        up the reading of a whole list, and nothing is concluded from them.

        Raises:
            ApiError: a page could not be read.
            IncompleteReadError: the pages do not prove that nothing is missing.
        """
        ...

    async def get(self, kind: str, remote_id: RemoteId) -> LiveObject | None:
        """Give one object; None when the server answers 404.

        Raises:
            ApiError: any other answer.
        """
        ...


class ResourceApi(ResourceReader, Protocol):
    """Reads and writes live objects. One call is one POST, PATCH or DELETE that can take effect."""

    @property
    def server_time(self) -> str | None:
        """The server's clock as its last answer told it, ISO 8601; None if it never did."""
        ...

    @property
    def server_now(self) -> str | None:
        """That time and what has passed on our clock since."""
        ...

    async def ready(self) -> None:
        """Wait out a pause the server asked for: what is announced afterwards leaves soon."""
        ...

    async def create(
        self,
        kind: str,
        body: Body,
        *,
        announced_at: datetime | None = None,
        heard: HearRequestId | None = None,
    ) -> LiveObject:
        """POST once, never repeated, and done with the request's timeout after `announced_at`.

        Raises:
            ApiError: its `outcome` says whether the object may exist all the same.
        """
        ...

    async def update(
        self, kind: str, remote_id: RemoteId, body: Body, *, heard: HearRequestId | None = None
    ) -> LiveObject:
        """PATCH; repeated only when it was never sent or was throttled.

        Raises:
            ApiError: its `outcome` says whether the write may have happened all the same.
        """
        ...

    async def delete(
        self, kind: str, remote_id: RemoteId, *, heard: HearRequestId | None = None
    ) -> None:
        """DELETE; 404 is success, since the object is gone.

        Raises:
            ApiError: its `outcome` says whether the object may be gone all the same.
        """
        ...


class StateReader(Protocol):
    """Reads state; writes nothing."""

    async def read(self) -> Snapshot:
        """Give state with its journal replayed.

        Raises:
            StateError: it does not parse, is newer than this tool, or belongs to another project.
        """
        ...

    async def trash(self) -> tuple[Trashed, ...]:
        """Give every backup, the oldest first.

        Raises:
            StateError: one of them cannot be read.
        """
        ...

    async def history(self) -> tuple[RunRecord, ...]:
        """Give what every apply did that is still kept, the oldest first.

        Raises:
            StateError: one of them cannot be read.
        """
        ...


class StateStore(StateReader, Protocol):
    """Reads and writes state under its lock. Every write is a compare-and-swap on what was read."""

    async def begin(self, state: State) -> None:
        """Write the first state of a new lineage.

        Raises:
            StateError: there is one already, or it cannot be written.
        """
        ...

    async def append(self, entries: Sequence[Entry]) -> None:
        """Make entries durable, in order: when it returns they survive a crash.

        A crash before that may keep the first few of them, never a later one without those before.

        Raises:
            StateError: they are not durable.
        """
        ...

    async def compact(self) -> None:
        """Fold the journal into the state file, with the next serial; the old file is the backup.

        Raises:
            StateError: the file could not be replaced; the journal still holds everything.
        """
        ...

    async def back_up(self, name: str, trashed: Trashed) -> None:
        """Keep a body that is about to be deleted; `name` is safe as a file name.

        Raises:
            StateError: it is not durable.
        """
        ...

    async def record(self, run: RunRecord) -> None:
        """Keep what an apply did; the oldest beyond `RUNS_KEPT` go.

        Raises:
            StateError: it is not durable.
        """
        ...

    async def purge(self, files: tuple[str, ...]) -> None:
        """Remove backups for good.

        Raises:
            StateError: one of them could not be removed.
        """
        ...
