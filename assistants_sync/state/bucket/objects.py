"""State in a bucket, under the names a folder would have: state, journal, history, lock, trash.

The journal is one object per append, `<environment>.journal/<serial>-<number>`, each written only
if it is not there. It is listed before the state is read: an apply that ends in between folds the
one into the other, and its serial then tells that the journal is old.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from assistants_sync.errors import StateError
from assistants_sync.model.journal import Entry
from assistants_sync.model.ports import Clock
from assistants_sync.model.state import State
from assistants_sync.state import codec
from assistants_sync.state.backend import TORN, Journal, Kept, Shelf, Stored, changed_elsewhere
from assistants_sync.state.bucket.lease import LeaseLock
from assistants_sync.state.bucket.store import Bucket

if TYPE_CHECKING:
    from assistants_sync.state.bucket.store import Version

VERSIONS_KEPT: Final = 20
_READS_AT_ONCE: Final = 16
_LOOKS: Final = 5


class BucketObjects:
    """A `Backend` in a bucket. `run_id` tells what this run wrote from what others did."""

    def __init__(
        self,
        bucket: Bucket,
        environment: str,
        clock: Clock,
        run_id: str,
        notify: Callable[[str], None],
    ) -> None:
        self._bucket, self._environment, self._run_id = bucket, environment, run_id
        self._name = f"{environment}.json"
        self.where = f"{bucket.where}/{self._name}"
        self.previous = f"the newest below {bucket.where}/{environment}.history/"
        self.lock = LeaseLock(bucket, environment, clock, notify)
        self._old: tuple[State, bytes, Version] | None = None
        self._appended = 0

    async def load(self) -> Stored:
        """Read everything; see `Backend.load`."""
        for _ in range(_LOOKS):
            names = await self._journal()
            blob = await self._bucket.read(self._name)
            state = codec.decode_state(blob.data, self.where) if blob is not None else None
            self._old = (state, blob.data, blob.version) if state and blob else None
            if state is None:
                return Stored(None, TORN if names else None)
            segments = [name for name in names if _serial_of(name) == state.serial]
            self._appended = len(segments)
            journal = await self._read_journal(segments)
            if journal is not None:
                return Stored(state, journal)
        raise StateError("The state changes faster than it can be read", self.where)

    async def create(self, state: State) -> None:
        """Write the first state; see `Backend.create`."""
        await self.lock.check()
        data = codec.encode_state(state)
        version = await self._bucket.create(self._name, data)
        if version is None:
            raise StateError("There is a state already", self.where)
        self._old, self._appended = (state, data, version), 0

    async def append(self, entries: Sequence[Entry]) -> None:
        """Make entries durable; see `Backend.append`."""
        await self._append(entries)
        # Had another run folded this generation before, its parts would be gone, and ours too.
        _, _, version = self._require()
        if await self._bucket.version(self._name) != version:
            raise changed_elsewhere(self.where)

    async def replace(self, state: State) -> None:
        """Put a folded state in place of the old one; see `Backend.replace`."""
        old, old_data, old_version = self._require()
        # A last, empty part: who still has the old generation cannot write behind it any more.
        await self._append(())
        # Not `.versions/`: SeaweedFS keeps its own below such a name, and hides it from lists.
        history = f"{self._environment}.history/"
        await self._bucket.write(f"{history}{old.serial:010d}.json", old_data)
        data = codec.encode_state(state)
        version = await self._bucket.replace(self._name, data, old_version)
        if version is None:
            raise changed_elsewhere(self.where)
        self._old, self._appended = (state, data, version), 0
        with suppress(StateError):
            # What is left over says by its serial that it is old; the next run removes it.
            folded = [each for each in await self._journal() if _serial_of(each) < state.serial]
            kept = await self._bucket.names(history)
            await self._bucket.remove([*folded, *kept[:-VERSIONS_KEPT]])

    async def keep(self, shelf: Shelf, name: str, data: bytes) -> None:
        """Write one document; see `Backend.keep`."""
        path, number = self._document(shelf, name), 1
        while await self._bucket.create(path, data) is None:
            number += 1
            path = self._document(shelf, f"{name}-{number}")

    async def kept(self, shelf: Shelf) -> tuple[Kept, ...]:
        """Read every document of a shelf; see `Backend.kept`."""
        names = await self._bucket.names(f"{self._environment}.{shelf}/")
        found = await self._read_all([name for name in names if name.endswith(".json")])
        return tuple(
            Kept(_stem(name), data, f"{self._bucket.where}/{name}")
            for name, data in found.items()
            if data is not None
        )

    async def purge(self, shelf: Shelf, names: tuple[str, ...]) -> None:
        """Remove documents for good; see `Backend.purge`."""
        await self._bucket.remove([self._document(shelf, name) for name in names])

    async def close(self) -> None:
        """Do nothing: the store's own pool lets its connections go."""

    def _document(self, shelf: Shelf, name: str) -> str:
        return f"{self._environment}.{shelf}/{name}.json"

    async def _append(self, entries: Sequence[Entry]) -> None:
        state, _, _ = self._require()
        await self.lock.check()
        name = self._segment(state.serial, self._appended)
        data = codec.encode_header(state.lineage, state.serial, self._run_id)
        if await self._bucket.create(name, data + codec.encode_entries(entries)) is None:
            raise changed_elsewhere(self.where)
        self._appended += 1

    async def _journal(self) -> list[str]:
        return await self._bucket.names(f"{self._environment}.journal/")

    def _segment(self, serial: int, number: int) -> str:
        return f"{self._environment}.journal/{serial:010d}-{number:06d}"

    async def _read_journal(self, names: list[str]) -> Journal | None:
        """Read the parts of one generation's journal; None when some were folded meanwhile."""
        state, _, _ = self._require()
        expected = [self._segment(state.serial, number) for number in range(len(names))]
        if names != expected:
            raise StateError(
                "The journal is damaged",
                f"{self._bucket.where}: {min({*names} ^ {*expected})} is missing or too much",
                hint="restore it from a version of the bucket; nothing was changed",
            )
        entries: list[Entry] = []
        for name, data in (await self._read_all(names)).items():
            if data is None:
                return None
            part, whole = codec.decode_journal(data, f"{self._bucket.where}/{name}")
            if whole != len(data) or (part.lineage, part.serial) != (state.lineage, state.serial):
                raise StateError(
                    "The journal is damaged", f"{self._bucket.where}/{name} is of another state"
                )
            entries += part.entries
        return Journal(state.lineage, state.serial, tuple(entries))

    async def _read_all(self, names: list[str]) -> dict[str, bytes | None]:
        gate = asyncio.Semaphore(_READS_AT_ONCE)

        async def _read(name: str) -> bytes | None:
            async with gate:
                blob = await self._bucket.read(name)
            return blob.data if blob is not None else None

        return dict(zip(names, await asyncio.gather(*map(_read, names)), strict=True))

    def _require(self) -> "tuple[State, bytes, Version]":
        if self._old is None:
            raise StateError("There is no state yet", self.where)
        return self._old


def _serial_of(name: str) -> int:
    number = _stem(name).partition("-")[0]
    return int(number) if number.isdecimal() else -1


def _stem(name: str) -> str:
    return name.rpartition("/")[2].removesuffix(".json")
