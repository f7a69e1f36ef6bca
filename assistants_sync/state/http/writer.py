"""State on a server of the Terraform HTTP protocol, GitLab's for one: the whole in one document.

The protocol has no conditional write. What stands in its place: every write holds the server's
lock and names it, the document is read and compared just before, and its serial rises each time,
which GitLab accepts only once. What remains is a writer who heeds no lock, on a server that takes
a serial twice, between our reading and our write: it would be overwritten.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from assistants_sync.errors import StateError
from assistants_sync.model.journal import Entry
from assistants_sync.model.state import State
from assistants_sync.state import codec
from assistants_sync.state.backend import Kept, Shelf, Stored, changed_elsewhere
from assistants_sync.state.http import document
from assistants_sync.state.http.addresses import Addresses
from assistants_sync.state.http.document import Document
from assistants_sync.state.http.exchange import Answer, HttpExchange
from assistants_sync.state.http.lock import GRANTED, HELD, HttpLock, lost

_NOTHING: Final = frozenset({204, 404})
_OK: Final = 200
_TOO_LARGE: Final = 413


class TerraformHttp:
    """A `Backend` on a state server. `run_id` tells what this run wrote from what others did."""

    def __init__(
        self, server: HttpExchange, addresses: Addresses, lock: HttpLock, run_id: str
    ) -> None:
        self._server, self._addresses, self._run_id = server, addresses, run_id
        self.lock = lock
        self.where = addresses.shown
        self.previous = f"the document before it, or `previous` in {self.where}"
        self._seen = Document.empty(run_id)
        self._state: State | None = None
        self._known: tuple[bytes, Document] | None = None
        # A journal and a backup may be written at the same time, but there is one document.
        self._turn = asyncio.Lock()

    async def load(self) -> Stored:
        """Read everything; see `Backend.load`."""
        self._seen = await self._read()
        self._state = self._seen.state(self.where)
        return Stored(self._state, self._seen.journal(self.where))

    async def create(self, state: State) -> None:
        """Write the first state; see `Backend.create`."""

        def _first(there: Document) -> Document:
            if there.has_state:
                raise StateError("There is a state already", self.where)
            return there.with_state(state, self._run_id)

        self._seen, self._state = await self._change(_first), state

    async def append(self, entries: Sequence[Entry]) -> None:
        """Make entries durable; see `Backend.append`."""
        state, lines = self._require(), codec.encode_entries(entries)

        def _longer(there: Document) -> Document:
            self._check_unchanged(there)
            return there.with_entries(state, lines, self._run_id)

        await self._change(_longer)

    async def replace(self, state: State) -> None:
        """Put a folded state in place of the old one; see `Backend.replace`."""
        self._require()

        def _folded(there: Document) -> Document:
            self._check_unchanged(there)
            return there.with_state(state, self._run_id)

        await self._change(_folded)
        self._state = state

    async def keep(self, shelf: Shelf, name: str, data: bytes) -> None:
        """Write one document; see `Backend.keep`."""
        await self._change(lambda there: there.with_kept(shelf, name, data, self._run_id))

    async def kept(self, shelf: Shelf) -> tuple[Kept, ...]:
        """Read every document of a shelf; see `Backend.kept`."""
        return (await self._read()).kept(shelf, self.where)

    async def purge(self, shelf: Shelf, names: tuple[str, ...]) -> None:
        """Remove documents for good; see `Backend.purge`."""
        await self._change(lambda there: there.without_kept(shelf, names, self._run_id))

    async def close(self) -> None:
        """Let connections go; see `Backend.close`."""
        await self._server.close()

    async def _change(self, edit: Callable[[Document], Document]) -> Document:
        """Write what `edit` makes of the document that is there; it may refuse by raising."""
        async with self._turn, self.lock.for_a_write() as lock_id:
            there = await self._read()
            new = edit(there)
            await self._write(new, there, lock_id)
        if there.generation == self._seen.generation:
            self._seen = new
        return new

    async def _write(self, new: Document, there: Document, lock_id: str) -> None:
        method, url = self._addresses.update_method, self._addresses.state
        data = new.encode()
        answer = await self._server.ask(method, url, data, lock_id)
        if answer.status in GRANTED:
            self._known = data, new
            return
        now = await self._read()
        if now.generation == new.generation:
            # The write was done, and its answer lost on the way.
            return
        if now.generation != there.generation:
            raise changed_elsewhere(self.where)
        raise self._not_written(answer)

    def _not_written(self, answer: Answer) -> StateError:
        if answer.status in HELD:
            return lost(f"{self.where} takes no write with it any more")
        hint = "check the server, and run plan again"
        if answer.status == _TOO_LARGE:
            hint = "the server limits the size of a state: raise it, or empty the trash"
        return StateError("The state could not be written", f"{self.where}: {answer}", hint=hint)

    async def _read(self) -> Document:
        answer = await self._server.ask_until_sure("GET", self._addresses.state)
        if answer.status in _NOTHING or (answer.status == _OK and not answer.body):
            return Document.empty(self._run_id)
        if answer.status != _OK:
            raise StateError(
                "The state could not be read",
                f"{self.where}: {answer}",
                hint="check the address, the server and the network",
            )
        if self._known is None or self._known[0] != answer.body:
            self._known = answer.body, document.decode(answer.body, self.where)
        # What is byte for byte what we know was parsed before: a large one takes its time.
        return self._known[1]

    def _check_unchanged(self, there: Document) -> None:
        if there.generation != self._seen.generation:
            raise changed_elsewhere(self.where)

    def _require(self) -> State:
        if self._state is None:
            raise StateError("There is no state yet", self.where)
        return self._state
