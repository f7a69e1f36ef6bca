"""What was written since the state's document was: a short document that every entry lengthens.

One that is long is put away at an address of its own, and only counts because the tail names it. So
an entry costs the same, however many are owned and however many came before it.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import reduce
from typing import Final

from assistants_sync.errors import StateError, SyncError
from assistants_sync.state.backend import changed_elsewhere
from assistants_sync.state.http.addresses import Door, numbered
from assistants_sync.state.http.document import Document
from assistants_sync.state.http.endpoint import Endpoint
from assistants_sync.state.http.exchange import HttpExchange
from assistants_sync.state.http.lock import HttpLock

LONGEST: Final = 256 * 1024
"""Bytes of one document."""

MOST_PUT_AWAY: Final = 16
"""With so many behind it, the tail is due to be taken over into the state's document."""

_LOOKS: Final = 5


class Tail:
    """The tail at one address, and those it follows beside it; `seen` is what this run knows."""

    def __init__(
        self, server: HttpExchange, journal: Door, update_method: str, lock: HttpLock, run_id: str
    ) -> None:
        def _at(door: Door) -> Endpoint:
            return Endpoint(server, door.document, update_method, run_id)

        doors = [numbered(journal, number + 1) for number in range(MOST_PUT_AWAY)]
        self._own, self._away = _at(journal), [(door, _at(door)) for door in doors]
        self.where, self._lock, self._run_id = self._own.where, lock, run_id
        self._seen = Document.empty(run_id)

    async def look(self) -> Document:
        """Read it, with all it follows; later writes are compared with what was there.

        Raises:
            AccessError: the server wants a login, or refuses ours.
            StateError: it cannot be reached or read, or a part of it is missing.
        """
        self._seen, whole = await self.read()
        return whole

    async def read(self) -> tuple[Document, Document]:
        """Give it as it stands there, and with all it follows.

        Raises:
            AccessError: the server wants a login, or refuses ours.
            StateError: it cannot be reached or read, or a part of it is missing.
        """
        for _ in range(_LOOKS):
            own = await self._own.read()
            whole = await self._with_what_it_follows(own)
            if whole is not None:
                return own, whole
        raise StateError(
            "The journal is damaged",
            f"{self.where}: a part it names is missing, or is of another journal",
            hint="restore it from an older version of that document; nothing was changed",
        )

    async def lengthen(
        self, edit: Callable[[Document], Document], main: Document, lock_id: str
    ) -> bool:
        """Write what `edit` adds; False where it is not as we know it, or would get too long.

        Raises:
            AccessError: the server wants a login, or refuses ours.
            StateError: it cannot be read or written.
        """
        there = await self._own.read()
        if there.generation != self._seen.generation:
            return False
        tail = there.tail_of(main)
        new = edit(tail)
        data = new.encode()
        if len(data) > LONGEST:
            # What is bare may stand for one that was taken over and still names what is put away.
            is_useless = tail.is_bare or len(data) - len(tail.encode()) > LONGEST
            follower = None if is_useless else await self._put_away(tail)
            if follower is None:
                return False
            new = edit(follower)
            data = new.encode()
        await self._own.write(new, data, there, lock_id)
        self._seen = new
        return True

    async def claim(self, lock_id: str, *, only_unchanged: bool) -> Document:
        """Sign it, so that nobody else can write behind it any more; give it, with all it follows.

        Raises:
            AccessError: the server wants a login, or refuses ours.
            StateError: it cannot be read or written, or is not as we know it and has to be.
        """
        own, whole = await self.read()
        is_known = own.generation == self._seen.generation
        if only_unchanged and not is_known:
            raise changed_elsewhere(self.where)
        new = own.signed(self._run_id)
        await self._own.write(new, new.encode(), own, lock_id)
        if is_known:
            self._seen = new
        return whole

    async def clear(self, main: Document, lock_id: str) -> None:
        """Leave it bare where it can be: what is left over says itself that `main` has it."""
        with suppress(SyncError):
            there = await self._own.read()
            if there.is_bare:
                return
            bare = there.tail_of(main).signed(self._run_id)
            await self._own.write(bare, bare.encode(), there, lock_id)
            if there.generation == self._seen.generation:
                self._seen = bare
            for door, endpoint in self._away[: len(there.put_away)]:
                await self._write_away(door, endpoint, bare)

    async def _put_away(self, tail: Document) -> Document | None:
        """Keep it at the next address, if there is one, and give what goes on behind it."""
        number = len(tail.put_away)
        if number == MOST_PUT_AWAY:
            return None
        away = await self._write_away(*self._away[number], tail)
        return tail.after(away) if away is not None else None

    async def _write_away(self, door: Door, endpoint: Endpoint, tail: Document) -> Document | None:
        """Write it at that address; None where that cannot be locked."""
        async with self._lock.also(door) as lock_id:
            if lock_id is None:
                return None
            there = await endpoint.read()
            away = there.holding(tail, self._run_id)
            await endpoint.write(away, away.encode(), there, lock_id)
            return away

    async def _with_what_it_follows(self, own: Document) -> Document | None:
        """Give all as one; None where a part is not the one it names."""
        parts: list[Document] = []
        for (_, endpoint), named in zip(self._away, own.put_away, strict=False):
            parts.append(await endpoint.read())
            if parts[-1].generation != named:
                return None
        return reduce(Document.followed_by, [*parts, own])
