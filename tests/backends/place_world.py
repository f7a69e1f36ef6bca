"""A project whose state is at a place, and a process there that dies at a chosen point."""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from backends.place import Place, holder
from crashing import CrashError, Fuse
from world import EVERYTHING, World

from assistants_sync.model.event import ApplyFinished
from assistants_sync.model.journal import Entry
from assistants_sync.model.state import State
from assistants_sync.planning.consent import Consent
from assistants_sync.state.backend import Backend, Kept, Lock, LockHolder, Shelf, Stored
from assistants_sync.state.journaled import JournaledState
from assistants_sync.state.lock import holding
from assistants_sync.vapi.client import VapiClient
from assistants_sync.workflow.apply import run_apply

_T = TypeVar("_T")
ENDLESS = 10_000


class Life(Fuse):
    """A fuse that remembers that it burnt down."""

    is_over = False

    def burn(self) -> None:
        self.is_over = self.is_over or self.left == 0
        super().burn()


class CrashingLock:
    """A lock of a process that may die: it lets nothing go then, but a kernel or a server may."""

    beat_seconds = None

    def __init__(self, lock: Lock, fuse: Life, *, is_freed: bool) -> None:
        self._lock, self._fuse, self._is_freed = lock, fuse, is_freed
        self.where, self.poll_seconds = lock.where, lock.poll_seconds
        self.holder, self.beat, self.break_open = lock.holder, lock.beat, lock.break_open

    async def take(self, by: LockHolder) -> LockHolder | None:
        try:
            return await _burning(self._fuse, self._lock.take(by))
        except CrashError:
            await self._bury()
            raise

    async def release(self) -> None:
        if self._fuse.is_over:
            await self._bury()
            return
        try:
            await _burning(self._fuse, self._lock.release())
        except CrashError:
            await self._bury()
            raise

    async def _bury(self) -> None:
        if self._is_freed:
            await self._lock.release()


class CrashingBackend:
    """A backend with a point before and after each call."""

    def __init__(self, backend: Backend, fuse: Life, *, is_freed: bool) -> None:
        self._backend, self._fuse = backend, fuse
        self.where, self.previous = backend.where, backend.previous
        self.lock = CrashingLock(backend.lock, fuse, is_freed=is_freed)
        self.close = backend.close

    async def load(self) -> Stored:
        return await _burning(self._fuse, self._backend.load())

    async def create(self, state: State) -> None:
        await _burning(self._fuse, self._backend.create(state))

    async def append(self, entries: Sequence[Entry]) -> None:
        await _burning(self._fuse, self._backend.append(entries))

    async def replace(self, state: State) -> None:
        await _burning(self._fuse, self._backend.replace(state))

    async def keep(self, shelf: Shelf, name: str, data: bytes) -> None:
        await _burning(self._fuse, self._backend.keep(shelf, name, data))

    async def kept(self, shelf: Shelf) -> tuple[Kept, ...]:
        return await _burning(self._fuse, self._backend.kept(shelf))

    async def purge(self, shelf: Shelf, names: tuple[str, ...]) -> None:
        await _burning(self._fuse, self._backend.purge(shelf, names))


async def _burning(fuse: Life, doing: Coroutine[object, object, _T]) -> _T:
    try:
        fuse.burn()
    except CrashError:
        doing.close()
        raise
    answer = await doing
    fuse.burn()
    return answer


class PlaceWorld(World):
    """A project whose state is at a place; each apply is another machine, and holds the lock."""

    def __init__(self, folder: Path, place: Place) -> None:
        super().__init__(folder)
        self.place, self.fuse, self.burnt = place, Life(ENDLESS), 0

    def store(self) -> JournaledState:
        """Open the state."""
        backend = CrashingBackend(
            self.place.backend(), self.fuse, is_freed=self.place.on_death == "freed"
        )
        return JournaledState(backend, self.project_name, self.environment.name)

    def locked_apply(self, fuse: int = ENDLESS) -> bool:
        """Apply as the command would, and say whether it lived to the end."""
        self.fuse, lived = Life(fuse), True

        async def _apply(api: VapiClient) -> ApplyFinished:
            store = self.store()
            async with holding(store.lock, holder(), self.clock):
                writers = replace(self.writers(api), store=store)
                return await run_apply(self.job, writers, _consent, None)

        try:
            finished = self._run(_apply)
            assert not finished.failed
        except* CrashError:
            # Alone, or as one of several tasks that died together.
            lived = False
        self.burnt, self.fuse = fuse - self.fuse.left, Life(ENDLESS)
        return lived

    def _run(self, work: Callable[[VapiClient], Coroutine[object, object, _T]]) -> _T:
        async def _closing(api: VapiClient) -> _T:
            try:
                return await work(api)
            finally:
                await self.place.close()

        return super()._run(_closing)

    @property
    def state(self) -> State:
        """What state says now."""

        async def _read(_api: VapiClient) -> State | None:
            return (await self.store().read()).state

        state = self._run(_read)
        assert state is not None
        return state

    def break_lock(self) -> None:
        """Release by hand what a run that died still holds."""

        async def _break(_api: VapiClient) -> None:
            lock = self.place.backend().lock
            left = await lock.holder()
            if left is not None:
                await lock.break_open(left.id, "the runner died")

        self._run(_break)

    def is_free(self) -> bool:
        """Say whether nobody holds the lock."""

        async def _ask(_api: VapiClient) -> bool:
            return await self.place.backend().lock.holder() is None

        return self._run(_ask)

    def trashed(self) -> list[str]:
        """Give the ids of what was kept."""

        async def _list(_api: VapiClient) -> list[str]:
            return [each.id for each in await self.store().trash()]

        return self._run(_list)


def _consent(_plan: object) -> Consent:
    return EVERYTHING
