"""Ways for a process to die at a chosen point, without dying."""

from collections.abc import Sequence

import httpx

from assistants_sync.model.history import RunRecord
from assistants_sync.model.journal import Entry
from assistants_sync.model.ports import StateStore
from assistants_sync.model.state import Snapshot, State
from assistants_sync.model.trash import Trashed


class CrashError(BaseException):
    """The process died here."""


class Fuse:
    """Burns down by one at every point where a process can die; at zero it does."""

    def __init__(self, length: int) -> None:
        self.left = length

    def burn(self) -> None:
        if self.left == 0:
            raise CrashError
        self.left -= 1


class CrashingWire(httpx.AsyncBaseTransport):
    """A wire with a point before and after each request takes effect."""

    def __init__(self, way: httpx.AsyncBaseTransport, fuse: Fuse) -> None:
        self._way, self._fuse = way, fuse

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._fuse.burn()
        response = await self._way.handle_async_request(request)
        self._fuse.burn()
        return response


class CrashingStore:
    """A store with a point before and after each write is durable."""

    def __init__(self, store: StateStore, fuse: Fuse) -> None:
        self._store, self._fuse = store, fuse

    async def read(self) -> Snapshot:
        return await self._store.read()

    async def begin(self, state: State) -> None:
        self._fuse.burn()
        await self._store.begin(state)
        self._fuse.burn()

    async def append(self, entries: Sequence[Entry]) -> None:
        self._fuse.burn()
        await self._store.append(entries)
        self._fuse.burn()

    async def trash(self) -> tuple[Trashed, ...]:
        return await self._store.trash()

    async def purge(self, files: tuple[str, ...]) -> None:
        await self._store.purge(files)

    async def history(self) -> tuple[RunRecord, ...]:
        return await self._store.history()

    async def record(self, run: RunRecord) -> None:
        self._fuse.burn()
        await self._store.record(run)
        self._fuse.burn()

    async def compact(self) -> None:
        self._fuse.burn()
        await self._store.compact()
        self._fuse.burn()

    async def back_up(self, name: str, trashed: Trashed) -> None:
        self._fuse.burn()
        await self._store.back_up(name, trashed)
        self._fuse.burn()
