"""A lock in PostgreSQL: advisory, on a session of its own, which the server frees with it.

It is the lock of a transaction that stays open as long as it is held: a pooler that gives sessions
out by the transaction would hand a session's lock to the next client. Such a transaction has
neither a snapshot nor an id, so nothing waits for it. A row tells who holds it.

Source: postgresql.org/docs/15, "Advisory Locks", and pgbouncer.org/features.html, 2026-11.
"""

import hashlib
import json
from contextlib import suppress
from typing import Final

from psycopg import errors

from assistants_sync.errors import LockedError, StateError
from assistants_sync.state.backend import LockHolder, parse_holder
from assistants_sync.state.postgres.schema import make_tables
from assistants_sync.state.postgres.server import Connection, Server

_BEGIN: Final = "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY"
# It may be idle as long as a run waits for the API; a client that fell silent is found in a minute.
_STAY: Final = """
    SELECT set_config('idle_in_transaction_session_timeout', '0', true),
           set_config('tcp_keepalives_idle', '20', true),
           set_config('tcp_keepalives_interval', '10', true),
           set_config('tcp_keepalives_count', '3', true)
"""
_TAKE: Final = "SELECT pg_try_advisory_xact_lock(%s), pg_backend_pid()"
_SIGN: Final = """
    INSERT INTO assistants_sync.lock (project, environment, pid, holder) VALUES (%s, %s, %s, %s)
    ON CONFLICT (project, environment)
    DO UPDATE SET pid = excluded.pid, holder = excluded.holder, released = NULL
"""
_FORGET: Final = """
    DELETE FROM assistants_sync.lock WHERE project = %s AND environment = %s AND pid = %s
"""
_HELD: Final = """
    SELECT held.pid, signed.holder
    FROM pg_locks held LEFT JOIN assistants_sync.lock signed
      ON signed.project = %s AND signed.environment = %s AND signed.pid = held.pid
    WHERE held.locktype = 'advisory' AND held.granted AND held.objsubid = 1
      AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND (held.classid::bigint << 32) | held.objid::bigint = %s
"""
_READ: Final = """
    SELECT holder, released FROM assistants_sync.lock WHERE project = %s AND environment = %s
"""
_TELL: Final = """
    UPDATE assistants_sync.lock SET released = %s
    WHERE project = %s AND environment = %s AND pid = %s
"""
_END: Final = "SELECT pg_terminate_backend(%s, 5000)"


class AdvisoryLock:
    """A `Lock` on one environment's rows."""

    beat_seconds: Final = None
    poll_seconds: Final = 1.0

    def __init__(self, server: Server, project: str, environment: str) -> None:
        self._server, self._key = server, (project, environment)
        self.where = f"{server.where} ({project}, {environment})"
        self._number = _number(project, environment)
        self._held: tuple[Connection, int, LockHolder] | None = None
        self._lost: str | None = None

    async def take(self, holder: LockHolder) -> LockHolder | None:
        """Take it; see `Lock.take`."""
        if self._held is not None:
            # The server would give it to its own session twice.
            return self._held[2]
        await make_tables(self._server)
        connection = await self._server.connect()
        try:
            pid = await self._try(connection)
            if pid is not None:
                signed = json.dumps(holder.to_json())
                async with self._server.talking("locked") as run:
                    await run.execute(_SIGN, [*self._key, pid, signed])
        except BaseException:
            await connection.close()
            raise
        if pid is None:
            await connection.close()
            return await self.holder() or parse_holder(b"")
        self._held, self._lost = (connection, pid, holder), None
        return None

    async def beat(self) -> None:
        """Find out whether it is still ours; the server knows by itself that we are alive."""
        await self.check()

    async def check(self) -> None:
        """Make sure that it is still ours, before something is written.

        Raises:
            LockedError: the session that held it has ended.
        """
        if self._held is not None:
            connection, _, holder = self._held
            try:
                async with self._server.errors("locked"):
                    await connection.execute("SELECT 1")
            except StateError:
                self._held = None
                await connection.close()
                self._lost = await self._why(holder)
        if self._lost is not None:
            raise LockedError(
                "The lock was lost",
                f"{self.where}: {self._lost}",
                hint="nothing more was sent; once the other run has ended, run plan again",
            )

    async def release(self) -> None:
        """Let it go; see `Lock.release`."""
        if self._held is None:
            return
        (connection, pid, _), self._held = self._held, None
        # The name is a courtesy; the lock goes with the transaction.
        with suppress(StateError):
            async with self._server.talking("released") as run:
                await run.execute(_FORGET, [*self._key, pid])
        with suppress(StateError):
            async with self._server.errors("released"):
                await connection.rollback()
        await connection.close()

    async def holder(self) -> LockHolder | None:
        """Say who holds it now; see `Lock.holder`."""
        found = await self._holder()
        return found[1] if found is not None else None

    async def break_open(self, lock_id: str, reason: str) -> LockHolder:
        """End the session that holds it; see `Lock.break_open`."""
        found = await self._holder()
        if found is None:
            raise StateError("Nobody holds the state", self.where)
        pid, other = found
        if other.id != lock_id:
            raise StateError(
                "Not the lock that is held",
                f"{self.where}: held by {other}",
                hint=f"`lock release {other.id} --reason …` is the one that releases it",
            )
        async with self._server.talking("released") as run, run.transaction():
            await run.execute(_TELL, [f"released by hand: {reason}", *self._key, pid])
            try:
                await run.execute(_END, [pid])
            except errors.InsufficientPrivilege as error:
                raise StateError(
                    "The lock is another role's",
                    f"{self.where}: held by {other}; this role may not end its session",
                    hint=f"end that run, or let an administrator `SELECT "
                    f"pg_terminate_backend({pid})`",
                ) from error
        if await self._holder() == found:
            raise StateError(
                "The holder of the lock is alive",
                f"{self.where}: the session of {other} did not end",
                hint="try again, or end that run",
            )
        return other

    async def close(self) -> None:
        """End the session; the lock goes with it."""
        if self._held is not None:
            await self._held[0].close()
            self._held = None

    async def _try(self, connection: Connection) -> int | None:
        """Give the session that has the lock now; None when another one has."""
        async with self._server.errors("locked"):
            await connection.execute(_BEGIN)
            await connection.execute(_STAY)
            row = await (await connection.execute(_TAKE, [self._number])).fetchone()
        return int(row[1]) if row is not None and row[0] else None

    async def _holder(self) -> tuple[int, LockHolder] | None:
        async with self._server.talking("read") as run:
            try:
                row = await (await run.execute(_HELD, [*self._key, self._number])).fetchone()
            except (errors.UndefinedTable, errors.InvalidSchemaName):
                # Whoever takes it makes the tables before.
                return None
        return (int(row[0]), parse_holder(row[1] or b"")) if row is not None else None

    async def _why(self, holder: LockHolder) -> str:
        """Say what became of the lock that was this holder's."""
        with suppress(StateError):
            async with self._server.talking("read") as run:
                row = await (await run.execute(_READ, self._key)).fetchone()
            if row is not None and parse_holder(row[0]).id != holder.id:
                return f"taken over by {parse_holder(row[0])}"
            if row is not None and row[1] is not None:
                return str(row[1])
        return "the connection that held it has ended"


def _number(project: str, environment: str) -> int:
    """Give the lock's number among all advisory locks of the database."""
    name = f"assistants_sync\0{project}\0{environment}"
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
