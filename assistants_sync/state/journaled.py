"""State with its journal folded in, on any backend: what belongs together, and what does not."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from assistants_sync.errors import StateError, SyncError
from assistants_sync.model.address import Address, RemoteId
from assistants_sync.model.history import RUNS_KEPT, RunRecord
from assistants_sync.model.journal import Entry, replay
from assistants_sync.model.state import Generation, Snapshot, State
from assistants_sync.model.trash import Trashed
from assistants_sync.state import runs, trash
from assistants_sync.state.backend import TORN, Backend, Journal, Lock
from assistants_sync.state.unsaved import Unsaved


class JournaledState:
    """A `StateStore` on a backend; hold its lock while writing."""

    def __init__(
        self, backend: Backend, project: str, environment: str, unsaved: Unsaved | None = None
    ) -> None:
        """`unsaved` keeps what cannot be told to the backend."""
        self._backend: Final = backend
        self._project, self._environment = project, environment
        self._unsaved = unsaved
        self._state: State | None = None
        self._entries: list[Entry] = []

    @property
    def lock(self) -> Lock:
        """The lock of the place it is kept in."""
        return self._backend.lock

    async def read(self) -> Snapshot:
        """Give state with its journal replayed; see `StateReader.read`.

        Raises:
            StateError: also when this state has moved to another place.
        """
        snapshot = await self._load()
        if snapshot.state is not None and snapshot.state.moved_to is not None:
            raise StateError(
                "The state has moved",
                f"{self._backend.where} is the copy it left behind",
                hint=f"it is at {snapshot.state.moved_to}: say so under `state` in the project "
                "file; `state migrate` moves it back",
            )
        return snapshot

    async def peek(self) -> State | None:
        """Give the state, even one that has moved away."""
        return (await self._load()).state

    async def install(self, state: State) -> None:
        """Put a state here in place of an older one, or of none."""
        if self._state is None:
            await self._backend.create(state)
        else:
            await self._backend.replace(state)
        self._state, self._entries = state, []

    async def _load(self) -> Snapshot:
        stored = await self._backend.load()
        self._state, self._entries = stored.state, []
        if stored.state is None:
            if stored.journal is not None:
                raise StateError(
                    "A journal without its state",
                    f"{self._backend.where}: its journal is there, the state is not",
                    hint="restore the state before anything else: "
                    f"its backup is {self._backend.previous}",
                )
            return Snapshot()
        self._check_owner(stored.state)
        if stored.journal is not None:
            self._take_journal(stored.state, stored.journal)
        state = self._fold()
        self._check_ids(state)
        return Snapshot(state, Generation(state.serial, len(self._entries)))

    async def begin(self, state: State) -> None:
        """Write the first state of a new lineage; see `StateStore.begin`."""
        await self._backend.create(state)
        self._state, self._entries = state, []

    async def append(self, entries: Sequence[Entry]) -> None:
        """Make entries durable; see `StateStore.append`."""
        state = self._require()
        try:
            await self._backend.append(entries)
        except SyncError as error:
            kept = (
                self._unsaved.keep(state.lineage, state.serial, entries) if self._unsaved else None
            )
            if kept is None:
                raise
            raise type(error)(
                error.diagnostic.summary,
                f"{error.diagnostic.detail}; what the server did is kept in {kept}",
                hint=f"{error.diagnostic.hint or 'mend that'}; then `apply` finds out by itself, "
                f"or `state recover {kept.name}` tells it",
            ) from error
        self._entries += entries

    async def compact(self) -> None:
        """Fold the journal into the state file; see `StateStore.compact`."""
        state = self._require()
        if not self._entries:
            return
        folded = replace(self._fold(), serial=state.serial + 1)
        await self._backend.replace(folded)
        self._state, self._entries = folded, []

    async def back_up(self, name: str, trashed: Trashed) -> None:
        """Keep a body that is about to be deleted; see `StateStore.back_up`."""
        await self._backend.keep("trash", name, trash.encode(trashed))

    async def trash(self) -> tuple[Trashed, ...]:
        """Give every backup; see `StateReader.trash`."""
        kept = await self._backend.kept("trash")
        found = [trash.decode(each.data, each.name, each.where) for each in kept]
        return tuple(sorted(found, key=lambda each: (each.deleted_at, each.file)))

    async def purge(self, files: tuple[str, ...]) -> None:
        """Remove backups for good; see `StateStore.purge`."""
        await self._backend.purge("trash", files)

    async def record(self, run: RunRecord) -> None:
        """Keep what an apply did; see `StateStore.record`."""
        time = re.sub(r"[^0-9T]", "", run.started_at.partition("+")[0])
        await self._backend.keep("runs", f"{time}-{run.id}", runs.encode(run))
        names = sorted(each.name for each in await self._backend.kept("runs"))
        if len(names) > RUNS_KEPT:
            await self._backend.purge("runs", tuple(names[:-RUNS_KEPT]))

    async def history(self) -> tuple[RunRecord, ...]:
        """Give what every apply did; see `StateReader.history`."""
        found = [runs.decode(each.data, each.where) for each in await self._backend.kept("runs")]
        return tuple(sorted(found, key=lambda run: (run.started_at, run.id)))

    def _take_journal(self, state: State, journal: Journal) -> None:
        is_old = journal.lineage == state.lineage and journal.serial < state.serial
        if journal is TORN or is_old:
            return
        if (journal.lineage, journal.serial) != (state.lineage, state.serial):
            raise StateError(
                "The journal continues another state",
                f"{self._backend.where}: the journal continues serial {journal.serial}; "
                f"the state has serial {state.serial}",
                hint="an older state file was put back: restore the newer one",
            )
        self._entries = list(journal.entries)

    def _fold(self) -> State:
        try:
            return replay(self._require(), self._entries)
        except ValueError as error:
            raise StateError(
                "The journal does not fit the state", f"{self._backend.where}: {error}"
            ) from error

    def _check_owner(self, state: State) -> None:
        theirs, ours = (state.project, state.environment), (self._project, self._environment)
        if theirs != ours:
            raise StateError(
                "The state belongs to another project",
                f"{self._backend.where} is of project `{theirs[0]}`, environment `{theirs[1]}`; "
                f"this is `{ours[0]}`, `{ours[1]}`",
                hint="point `state` elsewhere, or give the project its old name back",
            )

    def _check_ids(self, state: State) -> None:
        """One assistant under two addresses would be deleted for one and kept for the other."""
        seen: dict[RemoteId, Address] = {}
        for address, owned in sorted(state.owned.items()):
            if owned.id in seen:
                raise StateError(
                    "One assistant under two addresses",
                    f"{self._backend.where}: {seen[owned.id]} and {address} are both {owned.id}",
                    hint="two states were merged by hand: restore one of them",
                )
            seen[owned.id] = address

    def _require(self) -> State:
        if self._state is None:
            raise StateError("There is no state yet", self._backend.where)
        return self._state
