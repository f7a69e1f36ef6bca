"""State on a server of the Terraform HTTP protocol, GitLab's for one: in one document, or in two.

The protocol has no conditional write. What stands in its place: every write holds the server's
lock and names it, the document is read and compared just before, and its serial rises each time,
which GitLab accepts only once. What remains is a writer who heeds no lock, on a server that takes
a serial twice, between our reading and our write: it would be overwritten.

Nor can it add to a document: each write sends one whole. So where there is a place for it, what is
new goes into a short one, the tail, and is taken over into the state's when a run ends, or when it
grows long. Who takes it over signs the tail first: whoever still has the old generation finds it
changed, and writes no more.
"""

import asyncio
from collections.abc import Callable, Sequence

from assistants_sync.errors import StateError
from assistants_sync.model.journal import Entry
from assistants_sync.model.state import State
from assistants_sync.state import codec
from assistants_sync.state.backend import TORN, Kept, Shelf, Stored, changed_elsewhere
from assistants_sync.state.http.addresses import Addresses
from assistants_sync.state.http.document import Document
from assistants_sync.state.http.endpoint import Endpoint
from assistants_sync.state.http.exchange import HttpExchange
from assistants_sync.state.http.lock import HttpLock
from assistants_sync.state.http.tail import Tail


class TerraformHttp:
    """A `Backend` on a state server. `run_id` tells what this run wrote from what others did."""

    def __init__(
        self, server: HttpExchange, addresses: Addresses, lock: HttpLock, run_id: str
    ) -> None:
        self._server, self._run_id = server, run_id
        self.lock = lock
        self.where = addresses.shown
        self.previous = f"the document before it, or `previous` in {self.where}"
        self._journal_name = addresses.journal_name
        self._main = Endpoint(server, addresses.state, addresses.update_method, run_id)
        self._tail = (
            Tail(server, addresses.journal, addresses.update_method, lock, run_id)
            if addresses.journal is not None
            else None
        )
        self._seen = self._no_tail = Document.empty(run_id)
        self._state: State | None = None
        # A journal and a backup may be written at the same time, but there is one document.
        self._turn = asyncio.Lock()

    async def load(self) -> Stored:
        """Read everything; see `Backend.load`."""
        # The tail first: what is taken over in between is then in the one that is read later.
        tail = self._no_tail if self._tail is None else await self._tail.look()
        self._seen = main = await self._read_main()
        if not main.has_state and not tail.is_bare:
            return Stored(None, TORN)
        whole = self._joined(main, tail)
        self._state = whole.state(self.where)
        return Stored(self._state, whole.journal(self.where))

    async def create(self, state: State) -> None:
        """Write the first state; see `Backend.create`."""

        def _first(there: Document) -> Document:
            if there.has_state:
                raise StateError("There is a state already", self.where)
            return there.with_state(state, self._run_id)

        await self._rewrite(_first)
        self._state = state

    async def append(self, entries: Sequence[Entry]) -> None:
        """Make entries durable; see `Backend.append`."""
        state, lines = self._require(), codec.encode_entries(entries)
        await self._add(
            lambda there: there.with_entries(state, lines, self._run_id), only_unchanged=True
        )

    async def replace(self, state: State) -> None:
        """Put a folded state in place of the old one; see `Backend.replace`."""
        self._require()
        await self._rewrite(
            lambda there: there.with_state(state, self._run_id), only_unchanged=True
        )
        self._state = state

    async def keep(self, shelf: Shelf, name: str, data: bytes) -> None:
        """Write one document; see `Backend.keep`."""
        await self._add(lambda there: there.with_kept(shelf, name, data, self._run_id))

    async def kept(self, shelf: Shelf) -> tuple[Kept, ...]:
        """Read every document of a shelf; see `Backend.kept`."""
        tail = self._no_tail if self._tail is None else (await self._tail.read())[1]
        return self._joined(await self._read_main(), tail).kept(shelf, self.where)

    async def purge(self, shelf: Shelf, names: tuple[str, ...]) -> None:
        """Remove documents for good; see `Backend.purge`."""
        await self._rewrite(lambda there: there.without_kept(shelf, names, self._run_id))

    async def close(self) -> None:
        """Let connections go; see `Backend.close`."""
        await self._server.close()

    async def _add(
        self, edit: Callable[[Document], Document], *, only_unchanged: bool = False
    ) -> None:
        """Write what `edit` adds to the tail, or to the whole where the tail may not take it."""
        async with self._turn, self.lock.for_a_write() as lock_id:
            is_done = (
                self._tail is not None
                and self._seen.journal_at is not None
                and await self._tail.lengthen(edit, self._seen, lock_id)
            )
            if not is_done:
                await self._take_over(edit, lock_id, only_unchanged=only_unchanged)

    async def _rewrite(
        self, edit: Callable[[Document], Document], *, only_unchanged: bool = False
    ) -> None:
        """Write what `edit` makes of the whole; it may refuse by raising."""
        async with self._turn, self.lock.for_a_write() as lock_id:
            await self._take_over(edit, lock_id, only_unchanged=only_unchanged)

    async def _take_over(
        self, edit: Callable[[Document], Document], lock_id: str, *, only_unchanged: bool
    ) -> None:
        """Write the state's document anew, with what the tail held."""
        tail = self._no_tail
        if self._tail is not None:
            tail = await self._tail.claim(lock_id, only_unchanged=only_unchanged)
        there = await self._read_main()
        if only_unchanged and there.generation != self._seen.generation:
            raise changed_elsewhere(self.where)
        new = edit(self._joined(there, tail)).in_place_of(there, self._journal_name)
        await self._main.write(new, new.encode(), there, lock_id)
        if there.generation == self._seen.generation:
            self._seen = new
        if self._tail is not None:
            await self._tail.clear(new, lock_id)

    async def _read_main(self) -> Document:
        main = await self._main.read()
        if main.journal_at not in {None, self._journal_name}:
            raise StateError(
                "The journal of this state is elsewhere",
                f"{self.where} says it is at {main.journal_at}, the project file "
                f"{'says nothing of it' if self._tail is None else f'at {self._tail.where}'}",
                hint="set `state.http.journal_url` to it; `state migrate` leads elsewhere",
            )
        return main

    def _joined(self, main: Document, tail: Document) -> Document:
        whole = main.with_tail(tail)
        if whole is None:
            raise StateError(
                "The journal continues another state",
                f"{self._tail.where if self._tail else self.where} continues another document "
                f"than {self.where}",
                hint="put the newer document back; two environments may not share a "
                "`journal_url` either",
            )
        return whole

    def _require(self) -> State:
        if self._state is None:
            raise StateError("There is no state yet", self.where)
        return self._state
