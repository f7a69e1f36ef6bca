"""State in a PostgreSQL database: a row for each assistant, one for each entry of the journal.

An entry is one statement: it is inserted only while the state's row is of the generation it
continues, and only where no other is. Its cost does not grow with what is owned.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final

from psycopg import errors
from pydantic import TypeAdapter, ValidationError

from assistants_sync.errors import StateError
from assistants_sync.model.address import Address
from assistants_sync.model.journal import Entry
from assistants_sync.model.state import Owned, State
from assistants_sync.state import codec
from assistants_sync.state.backend import TORN, Journal, Kept, Shelf, Stored, changed_elsewhere
from assistants_sync.state.postgres.lock import AdvisoryLock
from assistants_sync.state.postgres.schema import make_tables
from assistants_sync.state.postgres.server import Connection, Server

VERSIONS_KEPT: Final = 20
_OWNED: Final = TypeAdapter(Owned)
_NO_TABLES: Final = (errors.UndefinedTable, errors.InvalidSchemaName)
_BEATEN: Final = (errors.UniqueViolation, errors.SerializationFailure)

_ONE_SIGHT: Final = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
_READ_HEAD: Final = """
    SELECT head::text FROM assistants_sync.state WHERE project = %s AND environment = %s
"""
_READ_OWNED: Final = """
    SELECT address, body::text FROM assistants_sync.owned WHERE project = %s AND environment = %s
"""
_READ_JOURNAL: Final = """
    SELECT lineage, serial, position, line FROM assistants_sync.journal
    WHERE project = %s AND environment = %s ORDER BY serial, position
"""
_CREATE: Final = """
    INSERT INTO assistants_sync.state (project, environment, lineage, serial, head)
    VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
"""
# Shared: a compaction waits until it is committed, or it waits for that one and finds no row.
_APPEND: Final = """
    WITH ours AS (
        SELECT project, environment, serial, lineage FROM assistants_sync.state
        WHERE project = %s AND environment = %s AND lineage = %s AND serial = %s FOR SHARE)
    INSERT INTO assistants_sync.journal (project, environment, serial, lineage, position, line)
    SELECT ours.*, %s + given.number - 1, given.line
    FROM ours, unnest(%s::text[]) WITH ORDINALITY AS given (line, number)
"""
_REPLACE: Final = """
    UPDATE assistants_sync.state SET lineage = %s, serial = %s, head = %s, written_at = now()
    WHERE project = %s AND environment = %s AND lineage = %s AND serial = %s
"""
_FOLD: Final = "DELETE FROM assistants_sync.journal WHERE project = %s AND environment = %s"
_PUT_OWNED: Final = """
    INSERT INTO assistants_sync.owned (project, environment, address, body)
    SELECT %s, %s, given.address, given.body::json
    FROM unnest(%s::text[], %s::text[]) AS given (address, body)
    ON CONFLICT (project, environment, address) DO UPDATE SET body = excluded.body
"""
_DROP_OWNED: Final = """
    DELETE FROM assistants_sync.owned
    WHERE project = %s AND environment = %s AND address = ANY(%s::text[])
"""
_DROP_ALL_OWNED: Final = "DELETE FROM assistants_sync.owned WHERE project = %s AND environment = %s"
_KEEP_VERSION: Final = """
    INSERT INTO assistants_sync.versions (project, environment, lineage, serial, document)
    VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (project, environment, lineage, serial)
    DO UPDATE SET document = excluded.document, kept_at = now()
"""
_DROP_VERSIONS: Final = """
    DELETE FROM assistants_sync.versions
    WHERE (project, environment, lineage, serial) IN (
        SELECT project, environment, lineage, serial FROM assistants_sync.versions
        WHERE project = %s AND environment = %s ORDER BY kept_at DESC, serial DESC OFFSET %s)
"""
_KEEP: Final = """
    INSERT INTO assistants_sync.kept (project, environment, shelf, name, document)
    VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
"""
_READ_KEPT: Final = """
    SELECT name, document::text FROM assistants_sync.kept
    WHERE project = %s AND environment = %s AND shelf = %s ORDER BY name
"""
_PURGE: Final = """
    DELETE FROM assistants_sync.kept
    WHERE project = %s AND environment = %s AND shelf = %s AND name = ANY(%s::text[])
"""


class PostgresRows:
    """A `Backend` in the schema `assistants_sync` of a database."""

    def __init__(self, server: Server, project: str, environment: str) -> None:
        self._server, self._key = server, (project, environment)
        self.where = f"{server.where} ({project}, {environment})"
        self.previous = "the newest of its rows in the table assistants_sync.versions"
        self.lock = AdvisoryLock(server, project, environment)
        self._old: State | None = None
        self._appended = 0

    async def load(self) -> Stored:
        """Read everything, as it was at one moment; see `Backend.load`."""
        self._old, self._appended = None, 0
        async with self._server.talking("read") as run:
            try:
                async with run.transaction():
                    await run.execute(_ONE_SIGHT)
                    head = await (await run.execute(_READ_HEAD, self._key)).fetchone()
                    owned = await (await run.execute(_READ_OWNED, self._key)).fetchall()
                    lines = await (await run.execute(_READ_JOURNAL, self._key)).fetchall()
            except _NO_TABLES:
                return Stored()
        if head is None:
            return Stored(None, TORN if lines else None)
        state = codec.decode_state(head[0].encode(), self.where)
        self._old = replace(state, owned=dict(self._decode(*row) for row in owned))
        if not lines:
            return Stored(self._old)
        journal = self._decode_journal(lines)
        self._appended = len(lines)
        return Stored(self._old, journal)

    async def create(self, state: State) -> None:
        """Write the first state; see `Backend.create`."""
        await self.lock.check()
        await make_tables(self._server)
        values = [*self._key, state.lineage, state.serial, _encode_head(state)]
        async with self._server.talking("written") as run, run.transaction():
            if (await run.execute(_CREATE, values)).rowcount != 1:
                raise StateError("There is a state already", self.where)
            # Somebody may have removed the state's row by hand, and nothing else.
            await run.execute(_DROP_ALL_OWNED, self._key)
            await run.execute(_FOLD, self._key)
            await self._put(run, state.owned)
        self._old, self._appended = state, 0

    async def append(self, entries: Sequence[Entry]) -> None:
        """Make entries durable; see `Backend.append`."""
        old = self._require()
        await self.lock.check()
        lines = [codec.encode_entries([entry]).decode().rstrip("\n") for entry in entries]
        values = [*self._key, old.lineage, old.serial, self._appended, lines]
        async with self._server.talking("written") as run:
            try:
                inserted = (await run.execute(_APPEND, values)).rowcount
            except _BEATEN as error:
                raise changed_elsewhere(self.where) from error
        if inserted != len(lines):
            raise changed_elsewhere(self.where)
        self._appended += inserted

    async def replace(self, state: State) -> None:
        """Put a folded state in place of the old one; see `Backend.replace`."""
        old = self._require()
        await self.lock.check()
        new = [state.lineage, state.serial, _encode_head(state)]
        generation = [old.lineage, old.serial]
        version = [*self._key, *generation, codec.encode_state(old).decode()]
        changed = {key: each for key, each in state.owned.items() if old.owned.get(key) != each}
        async with self._server.talking("written") as run, run.transaction():
            if (await run.execute(_REPLACE, [*new, *self._key, *generation])).rowcount != 1:
                raise changed_elsewhere(self.where)
            # From here on nobody appends behind the old one; what was folded is all there is.
            if (await run.execute(_FOLD, self._key)).rowcount != self._appended:
                raise changed_elsewhere(self.where)
            await run.execute(_KEEP_VERSION, version)
            await run.execute(_DROP_VERSIONS, [*self._key, VERSIONS_KEPT])
            await run.execute(_DROP_OWNED, [*self._key, list(old.owned.keys() - state.owned)])
            await self._put(run, changed)
        self._old, self._appended = state, 0

    async def keep(self, shelf: Shelf, name: str, data: bytes) -> None:
        """Keep one document; see `Backend.keep`."""
        await make_tables(self._server)
        document, unique, number = data.decode(), name, 1
        async with self._server.talking("written") as run:
            while (await run.execute(_KEEP, [*self._key, shelf, unique, document])).rowcount != 1:
                number += 1
                unique = f"{name}-{number}"

    async def kept(self, shelf: Shelf) -> tuple[Kept, ...]:
        """Read every document of a shelf; see `Backend.kept`."""
        async with self._server.talking("read") as run:
            try:
                rows = await (await run.execute(_READ_KEPT, [*self._key, shelf])).fetchall()
            except _NO_TABLES:
                return ()
        where = f"{self.where}, assistants_sync.kept, {shelf}"
        return tuple(Kept(row[0], row[1].encode(), f"{where} {row[0]}") for row in rows)

    async def purge(self, shelf: Shelf, names: tuple[str, ...]) -> None:
        """Remove documents for good; see `Backend.purge`."""
        async with self._server.talking("written") as run:
            # Without tables there is nothing to remove.
            with suppress(*_NO_TABLES):
                await run.execute(_PURGE, [*self._key, shelf, list(names)])

    async def close(self) -> None:
        """Let connections go; see `Backend.close`."""
        await self.lock.close()
        await self._server.close()

    async def _put(self, run: Connection, owned: Mapping[Address, Owned]) -> None:
        bodies = [_OWNED.dump_json(each).decode() for each in owned.values()]
        await run.execute(_PUT_OWNED, [*self._key, list(owned), bodies])

    def _decode(self, address: str, body: str) -> tuple[Address, Owned]:
        try:
            return Address(address), _OWNED.validate_json(body)
        except ValidationError as error:
            fault = error.errors(include_input=False, include_url=False)[0]
            raise StateError(
                "A row of the state cannot be read",
                f"{self.where}, assistants_sync.owned {address}: "
                f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}",
                hint=f"nothing was changed; the generation before is {self.previous}",
            ) from error

    def _decode_journal(self, rows: Sequence[tuple[str, int, int, str]]) -> Journal:
        """Read the journal's newest generation; a compaction leaves none of those before."""
        lineage, serial = rows[-1][:2]
        lines = "".join(f"{row[3]}\n" for row in rows).encode()
        data = codec.encode_header(lineage, serial) + lines
        where = f"{self.where}, assistants_sync.journal"
        journal, whole = codec.decode_journal(data, where)
        expected = [(lineage, serial, position) for position in range(len(rows))]
        if whole != len(data) or [row[:3] for row in rows] != expected:
            raise StateError(
                "The journal is damaged",
                f"{where}: a row was changed, is missing or too much",
                hint="restore the database from its backup; nothing was changed",
            )
        return journal

    def _require(self) -> State:
        if self._old is None:
            raise StateError("There is no state yet", self.where)
        return self._old


def _encode_head(state: State) -> str:
    return codec.encode_state(replace(state, owned={})).decode()
