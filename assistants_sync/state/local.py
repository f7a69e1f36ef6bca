"""State in files beside the project: `<environment>.json`, its journal, backup, lock and trash."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from assistants_sync.errors import StateError
from assistants_sync.model.journal import Entry, replay
from assistants_sync.model.state import Generation, Snapshot, State
from assistants_sync.model.trash import Trashed
from assistants_sync.state import codec, durable, trash


@dataclass(frozen=True, slots=True)
class StatePaths:
    """Where the files of one environment's state are."""

    state: Path
    journal: Path
    backup: Path
    lock: Path
    trash: Path

    @classmethod
    def beside(cls, folder: Path, environment: str) -> "StatePaths":
        """Give the paths of an environment in a state folder."""
        return cls(
            folder / f"{environment}.json",
            folder / f"{environment}.journal",
            folder / f"{environment}.json.backup",
            folder / f"{environment}.lock",
            folder / f"{environment}.trash",
        )


class LocalState:
    """A `StateStore` on local files; hold its `StateLock` while writing.

    The journal is read before the state file: an apply that ends in between folds the one into
    the other, and the header then tells that the journal is old.
    """

    def __init__(self, paths: StatePaths, project: str, environment: str) -> None:
        self._paths: Final = paths
        self._project, self._environment = project, environment
        self._seen: tuple[int, int, int] | None = None
        self._state: State | None = None
        self._journal_bytes = self._journal_longest = 0
        self._entries: list[Entry] = []

    async def read(self) -> Snapshot:
        """Give state with its journal replayed; see `StateReader.read`."""
        journal_data = durable.read_if_there(self._paths.journal)
        self._seen = durable.signature(self._paths.state)
        data = durable.read_if_there(self._paths.state)
        self._entries, self._journal_bytes = [], 0
        self._journal_longest = len(journal_data or b"")
        if data is None:
            self._state = None
            if journal_data:
                raise StateError(
                    "A journal without its state",
                    f"{self._paths.journal} is there, {self._paths.state} is not",
                    hint=f"restore {self._paths.state.name} (its backup is "
                    f"{self._paths.backup.name}) before anything else",
                )
            return Snapshot()
        name = str(self._paths.state)
        self._state = codec.decode_state(data, name)
        self._check_owner(self._state, name)
        if journal_data:
            self._take_journal(codec.decode_journal(journal_data, str(self._paths.journal)))
        return Snapshot(self._fold(), Generation(self._state.serial, len(self._entries)))

    async def begin(self, state: State) -> None:
        """Write the first state of a new lineage; see `StateStore.begin`."""
        if durable.read_if_there(self._paths.state) is not None:
            raise StateError("There is a state already", str(self._paths.state))
        self._write(state)

    async def append(self, entries: Sequence[Entry]) -> None:
        """Make entries durable; see `StateStore.append`."""
        state = self._require()
        self._check_unchanged()
        data = codec.encode_entries(entries)
        if self._journal_bytes == 0:
            data = codec.encode_header(state.lineage, state.serial) + data
        start, at_most = self._journal_bytes, self._journal_longest
        # Should this fail half-way, what it left may be dropped; what others wrote may not.
        self._journal_longest = max(at_most, start + len(data))
        durable.append(self._paths.journal, data, at=start, at_most=at_most)
        self._journal_bytes = self._journal_longest = start + len(data)
        self._entries += entries

    async def compact(self) -> None:
        """Fold the journal into the state file; see `StateStore.compact`."""
        state = self._require()
        if not self._entries:
            return
        self._check_unchanged()
        old = durable.read_if_there(self._paths.state)
        if old is not None:
            durable.replace_file(self._paths.backup, old)
        self._write(replace(self._fold(), serial=state.serial + 1))
        durable.remove(self._paths.journal)

    async def back_up(self, name: str, trashed: Trashed) -> None:
        """Keep a body that is about to be deleted; see `StateStore.back_up`."""
        trash.keep(self._paths.trash, name, trashed)

    async def trash(self) -> tuple[Trashed, ...]:
        """Give every backup; see `StateReader.trash`."""
        return trash.read_all(self._paths.trash)

    async def purge(self, files: tuple[str, ...]) -> None:
        """Remove backups for good; see `StateStore.purge`."""
        trash.purge(self._paths.trash, files)

    def _take_journal(self, journal: codec.Journal | None) -> None:
        state = self._require()
        if journal is None or (journal.lineage == state.lineage and journal.serial < state.serial):
            return
        if (journal.lineage, journal.serial) != (state.lineage, state.serial):
            raise StateError(
                "The journal continues another state",
                f"{self._paths.journal} continues serial {journal.serial}; "
                f"{self._paths.state} has serial {state.serial}",
                hint="an older state file was put back: restore the newer one",
            )
        self._entries = list(journal.entries)
        self._journal_bytes = journal.whole_bytes

    def _fold(self) -> State:
        try:
            return replay(self._require(), self._entries)
        except ValueError as error:
            raise StateError(
                "The journal does not fit the state", f"{self._paths.journal}: {error}"
            ) from error

    def _check_owner(self, state: State, name: str) -> None:
        theirs, ours = (state.project, state.environment), (self._project, self._environment)
        if theirs != ours:
            raise StateError(
                "The state belongs to another project",
                f"{name} is of project `{theirs[0]}`, environment `{theirs[1]}`; "
                f"this is `{ours[0]}`, `{ours[1]}`",
                hint="point `state.dir` elsewhere, or give the project its old name back",
            )

    def _check_unchanged(self) -> None:
        if durable.signature(self._paths.state) != self._seen:
            raise StateError(
                "The state was changed by somebody else",
                f"{self._paths.state} is not the file this run read",
                hint="nothing more was sent; run plan again",
            )

    def _write(self, state: State) -> None:
        durable.replace_file(self._paths.state, codec.encode_state(state))
        self._seen, self._state = durable.signature(self._paths.state), state
        self._entries, self._journal_bytes = [], 0

    def _require(self) -> State:
        if self._state is None:
            raise StateError("There is no state yet", str(self._paths.state))
        return self._state
