"""A PostgreSQL server: whether it may be trusted, connections to it, and why it refuses.

The door to psycopg, and so to libpq: what the URL leaves open comes from PGPASSWORD, PGPASSFILE,
PGSERVICE and the other variables every PostgreSQL client reads.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final, TypeAlias

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow

from assistants_sync.errors import AccessError, StateError, UsageError
from assistants_sync.state.hosts import is_loopback

Connection: TypeAlias = psycopg.AsyncConnection[TupleRow]
"""One connection; each statement on it commits by itself unless a transaction is open."""

_PATIENCE_SECONDS: Final = 60
_LONGEST_MESSAGE: Final = 300
_PLAIN: Final = frozenset({"disable", "allow", "prefer"})
_FOR_ANYBODY: Final = frozenset({"user", "host", "port", "dbname"})
_DEFAULTS: Final = {
    "connect_timeout": "10",
    "keepalives_idle": "20",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
    "application_name": "assistants-sync",
    "client_encoding": "UTF8",
}
# What is written before a request goes out must outlive the server's crash, and a run that waits
# for the API must keep its session, whatever the server's settings are.
_SETTLE: Final = """
    SELECT set_config(name, CASE name WHEN 'synchronous_commit' THEN 'on' ELSE '0' END, false)
    FROM pg_settings
    WHERE name = 'idle_session_timeout' OR name = 'synchronous_commit' AND setting = 'off'
"""


class Server:
    """One database, and the connection on which a run reads and writes there, once it does."""

    def __init__(self, where: str, parameters: Mapping[str, str]) -> None:
        """`parameters` are libpq's; `where` must not show the password among them."""
        self.where: Final = where
        self._parameters: Final = parameters
        self._connection: Connection | None = None
        self._turn: Final = asyncio.Lock()

    async def connect(self) -> Connection:
        """Open a connection of its own; who asks for it closes it.

        Raises:
            StateError: the server is away or refuses us.
        """
        async with self.errors("reached"):
            connection = await psycopg.AsyncConnection.connect(
                make_conninfo(**self._parameters),
                autocommit=True,
                # A pooler may give the next statement to a session that never saw this one.
                prepare_threshold=None,
            )
            try:
                if (encoding := connection.info.parameter_status("server_encoding")) != "UTF8":
                    raise StateError(
                        "The database cannot hold every text",
                        f"{self.where}: its encoding is {encoding}",
                        hint="use one made with `createdb -E UTF8 -T template0`",
                    )
                await connection.set_isolation_level(psycopg.IsolationLevel.READ_COMMITTED)
                await connection.execute(_SETTLE)
            except BaseException:
                await connection.close()
                raise
        return connection

    @asynccontextmanager
    async def talking(self, verb: str) -> AsyncIterator[Connection]:
        """Give the run's own connection, to one at a time; see `errors`."""
        async with self._turn:
            if self._connection is None or self._connection.closed:
                self._connection = await self.connect()
            async with self.errors(verb):
                yield self._connection

    @asynccontextmanager
    async def errors(self, verb: str) -> AsyncIterator[None]:
        """Say what could not be done when the server refuses, goes away, or is silent.

        Raises:
            StateError: one of these.
        """
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                yield
        except psycopg.Error as error:
            raise self._failed(verb, self._said(error), _hint(error)) from error
        except TimeoutError as error:
            raise self._failed(verb, "it did not answer in time", _hint(error)) from error

    async def close(self) -> None:
        """Let the run's connection go."""
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    def _failed(self, verb: str, why: str, hint: str) -> StateError:
        return StateError(
            "The database did not do what we asked",
            f"{self.where}: it could not be {verb}: {why}",
            hint=hint,
        )

    def _said(self, error: psycopg.Error) -> str:
        """Give the first line of what it said; whoever wrote it, it shows no password."""
        said = error.diag.message_primary or str(error)
        first = (said.strip().splitlines() or [type(error).__name__])[0]
        if password := self._parameters.get("password"):
            first = first.replace(password, "…")
        return first[:_LONGEST_MESSAGE]


def parse_server(
    url: str, environ: Mapping[str, str], allowed_hosts: frozenset[str], *, is_trusted: bool
) -> Server:
    """Read a URL; a trusted one comes from whoever runs us, any other from a repository's file.

    A host that only a file names must be allowed: it would be sent the password of the one meant.
    Without TLS only this machine is spoken to, and hosts that are allowed.

    Raises:
        UsageError: it is none that libpq reads.
        AccessError: it leads to a host that nobody allowed, or without TLS to another machine.
    """
    said = _read(url)
    where = _shown(said, environ)
    hosts = {each for key in ("host", "hostaddr") for each in said.get(key, "").split(",") if each}
    if not is_trusted:
        _check_hosts(hosts - allowed_hosts, environ.get("PGHOST"))
        if strange := said.keys() - _FOR_ANYBODY:
            raise AccessError(
                "Not for a file to decide",
                f"{where}: `{min(strange)}` may come from the environment alone",
                hint="leave it to the PG… variables, or set ASSISTANTS_SYNC_STATE_URL",
            )
    reached = hosts or {each for each in environ.get("PGHOST", "").split(",") if each}
    parameters = _DEFAULTS | said
    if not all(_is_here(host) for host in reached - allowed_hosts):
        parameters |= _encrypted(said, environ, where)
    return Server(where, parameters)


def _read(url: str) -> dict[str, str]:
    try:
        said = {key: str(value) for key, value in conninfo_to_dict(url).items() if value}
        ports = said.get("port", "").replace(",", "")
        # An unescaped @ or / makes a part of the password one of the host, the port or the name.
        is_torn = "@" in said.get("host", "")[1:] + said.get("dbname", "")
        if is_torn or not (ports.isdecimal() or not ports):
            raise ValueError("a part is no such part")
    except (psycopg.Error, ValueError):
        # What is said of it may quote the password.
        raise UsageError(
            "The URL of the state does not parse",
            "it is not postgres://HOST[:PORT]/DATABASE",
            hint="write `%40` for an @ in a name or a password, `%2F` for a /",
        ) from None
    return said


def _check_hosts(hosts: set[str], ours: str | None) -> None:
    for host in sorted(hosts):
        if not _is_here(host) and host != ours:
            raise AccessError(
                "A database nobody allowed",
                f"{host} is named by the project file alone; your password would go there",
                hint=f"--allow-host {host}, ASSISTANTS_SYNC_ALLOW_HOST={host} or PGHOST={host}",
            )


def _encrypted(
    said: Mapping[str, str], environ: Mapping[str, str], where: str
) -> Mapping[str, str]:
    mode = said.get("sslmode") or environ.get("PGSSLMODE")
    if mode in _PLAIN:
        raise AccessError(
            "State without encryption",
            f"{where}: sslmode={mode} would show credentials to whoever is on the way",
            hint="use sslmode=require or better, or allow this host: --allow-host HOST",
        )
    # A service is the user's own file; what we say would take the place of what stands there.
    has_service = "service" in said or "PGSERVICE" in environ
    return {} if mode or has_service else {"sslmode": "require"}


def _is_here(host: str) -> bool:
    """Say whether a host is this machine; one that starts with / or @ is a socket."""
    return host.startswith(("/", "@")) or is_loopback(host)


def _shown(said: Mapping[str, str], environ: Mapping[str, str]) -> str:
    host = said.get("host") or said.get("hostaddr") or environ.get("PGHOST", "")
    port = said.get("port") or environ.get("PGPORT", "")
    name = said.get("dbname") or environ.get("PGDATABASE", "")
    return f"postgres://{host}{':' if port else ''}{port}/{name}"


def _hint(error: Exception) -> str:
    match error:
        case errors.InsufficientPrivilege():
            return (
                "this role may not do that: it needs CREATE on the database once, or the tables "
                "of the schema assistants_sync with SELECT, INSERT, UPDATE and DELETE on them"
            )
        case errors.ReadOnlySqlTransaction():
            return "this server only reads: name the primary, or set PGTARGETSESSIONATTRS"
        case _:
            return "check its name, the credentials in the environment and the network"
