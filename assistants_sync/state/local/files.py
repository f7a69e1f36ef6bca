"""State in files beside the project: `<environment>.json`, its journal, backup, lock and trash."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from assistants_sync.errors import StateError
from assistants_sync.model.journal import Entry
from assistants_sync.model.state import State
from assistants_sync.state import codec
from assistants_sync.state.backend import Kept, Shelf, Stored, changed_elsewhere
from assistants_sync.state.local import durable
from assistants_sync.state.local.lock import FileLock


@dataclass(frozen=True, slots=True)
class StatePaths:
    """Where the files of one environment's state are."""

    state: Path
    journal: Path
    backup: Path
    lock: Path
    trash: Path
    runs: Path

    def shelf(self, shelf: Shelf) -> Path:
        """Give the folder of a shelf."""
        return self.trash if shelf == "trash" else self.runs

    @classmethod
    def beside(cls, folder: Path, environment: str) -> "StatePaths":
        """Give the paths of an environment in a state folder."""
        return cls(
            folder / f"{environment}.json",
            folder / f"{environment}.journal",
            folder / f"{environment}.json.backup",
            folder / f"{environment}.lock",
            folder / f"{environment}.trash",
            folder / f"{environment}.runs",
        )


class LocalFiles:
    """A `Backend` on local files.

    The journal is read before the state file: an apply that ends in between folds the one into
    the other, and the header then tells that the journal is old.
    """

    def __init__(self, paths: StatePaths) -> None:
        self._paths: Final = paths
        self.where, self.previous = str(paths.state), paths.backup.name
        self.lock = FileLock(paths.lock)
        self._seen: durable.Signature | None = None
        self._generation: tuple[str, int] | None = None
        self._journal_bytes = self._journal_longest = 0

    async def load(self) -> Stored:
        """Read both files; see `Backend.load`."""
        journal_data = durable.read_if_there(self._paths.journal)
        self._seen = durable.signature(self._paths.state)
        state = None
        if self._seen is not None:
            # Nothing here holds on to the text: that of a large state is let go once it is parsed.
            state = codec.decode_state(durable.read_if_there(self._paths.state) or b"", self.where)
        self._generation = (state.lineage, state.serial) if state else None
        self._journal_bytes, self._journal_longest = 0, len(journal_data or b"")
        if not journal_data:
            return Stored(state)
        journal, whole_bytes = codec.decode_journal(journal_data, str(self._paths.journal))
        if (journal.lineage, journal.serial) == self._generation:
            self._journal_bytes = whole_bytes
        return Stored(state, journal)

    async def create(self, state: State) -> None:
        """Write the first state; see `Backend.create`."""
        if durable.read_if_there(self._paths.state) is not None:
            raise StateError("There is a state already", self.where)
        self._write(state)

    async def append(self, entries: Sequence[Entry]) -> None:
        """Make entries durable; see `Backend.append`."""
        self._check_unchanged()
        self._check_journal()
        data = codec.encode_entries(entries)
        if self._journal_bytes == 0:
            if self._generation is None:
                raise StateError("There is no state yet", self.where)
            data = codec.encode_header(*self._generation) + data
        start, at_most = self._journal_bytes, self._journal_longest
        # Should this fail half-way, what it left may be dropped; what others wrote may not.
        self._journal_longest = max(at_most, start + len(data))
        durable.append(self._paths.journal, data, at=start, at_most=at_most)
        self._journal_bytes = self._journal_longest = start + len(data)
        # Had another run folded this generation meanwhile, its journal would be gone, and ours too.
        self._check_unchanged()

    async def replace(self, state: State) -> None:
        """Put a folded state in place of the old one; see `Backend.replace`."""
        self._check_unchanged()
        self._check_journal()
        old = durable.read_if_there(self._paths.state)
        if old is not None:
            durable.replace_file(self._paths.backup, old)
        folded = durable.signature(self._paths.journal)
        self._write(state)
        # A run without the lock may have begun the next journal already, under the same name.
        if durable.signature(self._paths.journal) == folded:
            durable.remove(self._paths.journal)

    async def keep(self, shelf: Shelf, name: str, data: bytes) -> None:
        """Write one document; see `Backend.keep`."""
        folder, number = self._paths.shelf(shelf), 1
        path = folder / f"{name}.json"
        while path.exists():
            # A run that died after its backup may be repeated within the same tick of the clock.
            number += 1
            path = folder / f"{name}-{number}.json"
        durable.make_private_folder(folder)
        # Whole or not there at all: a run that is killed must not leave half a document behind.
        durable.replace_file(path, data)

    async def kept(self, shelf: Shelf) -> tuple[Kept, ...]:
        """Read every document of a shelf; see `Backend.kept`."""
        return tuple(
            Kept(path.stem, durable.read_if_there(path) or b"", str(path))
            for path in sorted(self._paths.shelf(shelf).glob("*.json"))
        )

    async def purge(self, shelf: Shelf, names: tuple[str, ...]) -> None:
        """Remove documents for good; see `Backend.purge`."""
        for name in names:
            durable.remove(self._paths.shelf(shelf) / f"{name}.json")

    async def close(self) -> None:
        """Do nothing: no file stays open between calls."""

    def _check_unchanged(self) -> None:
        if durable.signature(self._paths.state) != self._seen:
            raise changed_elsewhere(self.where)

    def _check_journal(self) -> None:
        found = durable.signature(self._paths.journal)
        size = found.size if found else 0
        if not self._journal_bytes <= size <= self._journal_longest:
            raise changed_elsewhere(str(self._paths.journal))

    def _write(self, state: State) -> None:
        durable.replace_file(self._paths.state, codec.encode_state(state))
        self._seen = durable.signature(self._paths.state)
        self._generation = (state.lineage, state.serial)
        self._journal_bytes = 0
