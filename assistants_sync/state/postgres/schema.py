"""The tables state is kept in; whoever writes first makes them.

`head` is a state without what it owns, `owned.body` one assistant, `journal.line` a line as in a
journal file, `versions.document` a whole state file, `kept.document` a backup or a run. Every key
begins with project, environment.
"""

from typing import Final, LiteralString

from assistants_sync.state.postgres.server import Connection, Server

_TABLES: Final = (
    """CREATE TABLE assistants_sync.state (
        project text, environment text, lineage text NOT NULL, serial bigint NOT NULL,
        head json NOT NULL, written_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (project, environment))""",
    """CREATE TABLE assistants_sync.owned (
        project text, environment text, address text, body json NOT NULL,
        PRIMARY KEY (project, environment, address))""",
    """CREATE TABLE assistants_sync.journal (
        project text, environment text, serial bigint, position bigint,
        lineage text NOT NULL, line text NOT NULL,
        PRIMARY KEY (project, environment, serial, position))""",
    """CREATE TABLE assistants_sync.versions (
        project text, environment text, lineage text, serial bigint, document json NOT NULL,
        kept_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (project, environment, lineage, serial))""",
    """CREATE TABLE assistants_sync.kept (
        project text, environment text, shelf text, name text, document json NOT NULL,
        PRIMARY KEY (project, environment, shelf, name))""",
    """CREATE TABLE assistants_sync.lock (
        project text, environment text, pid integer NOT NULL, holder text NOT NULL, released text,
        PRIMARY KEY (project, environment))""",
)
# One transaction makes them all: where one is, all are.
# Read from the catalog itself: what a session has looked up by name, it remembers as missing.
_ARE_THERE: Final = """
    SELECT EXISTS (SELECT FROM pg_tables
                   WHERE schemaname = 'assistants_sync' AND tablename = 'state')
"""
_HAS_SCHEMA: Final = "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'assistants_sync')"
_ONE_AT_A_TIME: Final = "SELECT pg_advisory_xact_lock(hashtext('assistants_sync'))"


async def make_tables(server: Server) -> None:
    """Make the tables where there are none.

    Raises:
        StateError: the role may not, or the server did not answer.
    """
    async with server.talking("prepared") as connection:
        if await _is(_ARE_THERE, connection):
            return
        async with connection.transaction():
            # Two that find none would both make them, and one of them fail.
            await connection.execute(_ONE_AT_A_TIME)
            if await _is(_ARE_THERE, connection):
                return
            # Asked for even where it is there, it needs a right that only its maker has.
            if not await _is(_HAS_SCHEMA, connection):
                await connection.execute("CREATE SCHEMA assistants_sync")
            for table in _TABLES:
                await connection.execute(table)


async def _is(question: LiteralString, connection: Connection) -> bool:
    found = await connection.execute(question)
    return await found.fetchone() == (True,)
