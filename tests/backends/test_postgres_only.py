"""What only PostgreSQL does: rows, roles, sessions that end, poolers between."""

import asyncio
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from backends.child import Child
from backends.place import Place, holder
from backends.place_postgres import PASSWORD, Postgres
from fakes import FakeClock
from ports import free_ports
from unit.state.samples import DESK, ENTRIES, OWNED, STATE

from assistants_sync.errors import LockedError, StateError
from assistants_sync.model.address import Address, RemoteId
from assistants_sync.model.journal import Pinned, replay
from assistants_sync.model.trash import Trashed
from assistants_sync.state import codec, trash
from assistants_sync.state.locations import Location, Surroundings, open_backend
from assistants_sync.state.postgres.rows import VERSIONS_KEPT
from assistants_sync.state.postgres.server import parse_server

pytestmark = pytest.mark.xdist_group("postgres")

TRASHED = Trashed(
    DESK, RemoteId("id-1"), "shop", "default", "2026-11-21T09:00:00Z", {"name": "Front \0 desk"}
)
# The session of a lock has a transaction open, that of a run has none.
END_THE_LOCKS = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND state = 'idle in transaction'
"""
END_THE_OTHERS = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND state = 'idle'
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """Give a cluster that these tests may also restart."""
    found = Postgres()
    try:
        found.start(tmp_path_factory.mktemp("postgres"))
        yield found
    finally:
        found.stop()


@pytest.fixture
def database(server: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Give a database of this test alone."""
    new = server.place(f"only-{uuid.uuid4().hex[:12]}", tmp_path)
    for variable, value in new.environ.items():
        monkeypatch.setenv(variable, value)
    return new


def _name(database: Place) -> str:
    assert database.url is not None
    return database.url.rpartition("/")[2]


def _as_role(server: Postgres, monkeypatch: pytest.MonkeyPatch, role: str, *grants: str) -> None:
    server.run(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'")
    for each in grants:
        database, _, grant = each.partition(": ")
        server.run(f"GRANT {grant} TO {role}", database=database)
    monkeypatch.setenv("PGUSER", role)


async def test_a_compaction_touches_only_the_rows_that_changed(
    database: Place, server: Postgres
) -> None:
    other = Address("assistant.other")
    store = database.store()
    await store.begin(
        replace(STATE, owned={DESK: OWNED, other: replace(OWNED, id=RemoteId("other"))})
    )
    rows = "SELECT address, xmin, body->>'id' FROM assistants_sync.owned ORDER BY address"
    before = server.run(rows, database=_name(database))
    await store.append(ENTRIES)
    await store.compact()
    after = server.run(rows, database=_name(database))
    assert [row for row in after if row in before] == [row for row in before if row[0] == other]
    assert {row[0] for row in after} == {"assistant.lobby", other, "assistant.sales"}


async def test_an_entry_is_one_row(database: Place, server: Postgres) -> None:
    store = database.store()
    await store.begin(STATE)
    await store.append(ENTRIES)
    rows = server.run(
        "SELECT serial, position, line FROM assistants_sync.journal ORDER BY position",
        database=_name(database),
    )
    assert [row[:2] for row in rows] == [("3", str(number)) for number in range(len(ENTRIES))]
    assert all("{" in row[2] for row in rows)


async def test_the_last_states_are_kept_as_state_files(database: Place, server: Postgres) -> None:
    store = database.store()
    await store.begin(STATE)
    for number in range(VERSIONS_KEPT + 3):
        await store.append([Pinned(f"org-{number}")])
        await store.compact()
    rows = server.run(
        "SELECT serial, document FROM assistants_sync.versions ORDER BY serial",
        database=_name(database),
    )
    last = STATE.serial + VERSIONS_KEPT + 2
    assert [int(row[0]) for row in rows] == [*range(last - VERSIONS_KEPT + 1, last + 1)]
    newest = server.run(
        "SELECT document::text FROM assistants_sync.versions ORDER BY serial DESC",
        database=_name(database),
    )
    read = codec.decode_state(newest[0][0].encode(), "newest")
    assert read == replace(STATE, serial=last, org_id=f"org-{VERSIONS_KEPT + 1}")


@pytest.mark.parametrize("isolation", ["read committed", "serializable"])
async def test_an_append_that_waits_for_a_compaction_is_refused(
    database: Place, server: Postgres, isolation: str
) -> None:
    default = f"SET default_transaction_isolation = '{isolation}'"
    server.run(f'ALTER DATABASE "{_name(database)}" {default}')
    stale = database.store()
    await stale.begin(STATE)
    async with asyncio.timeout(30):
        # The other compaction is half done: its row is written, and not yet committed.
        connection = await psycopg.AsyncConnection.connect(database.url or "")
        await connection.execute("UPDATE assistants_sync.state SET serial = 4")
        waiting = asyncio.create_task(stale.append([Pinned("late")]))
        waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        for _ in range(1000):
            await asyncio.sleep(0)
            if server.run(waits) == [("1",)]:
                break
        await connection.commit()
        await connection.close()
        with pytest.raises(StateError, match="changed by somebody else"):
            await waiting
    assert server.run("SELECT * FROM assistants_sync.journal", database=_name(database)) == []


async def test_a_compaction_of_a_generation_that_is_gone_is_refused(database: Place) -> None:
    stale, other = database.backend(), database.backend()
    await stale.create(STATE)
    await other.load()
    await other.replace(replace(STATE, serial=4))
    with pytest.raises(StateError, match="changed by somebody else"):
        await stale.replace(replace(STATE, serial=5))
    stored = await database.backend().load()
    assert stored.state == replace(STATE, serial=4)


async def test_what_is_appended_is_on_disk_whatever_the_server_is_set_to(
    database: Place, server: Postgres
) -> None:
    server.run(f'ALTER DATABASE "{_name(database)}" SET synchronous_commit = off')
    assert database.url is not None
    opened = parse_server(database.url, {}, frozenset(), is_trusted=False)
    async with await opened.connect() as connection:
        told = await connection.execute("SHOW synchronous_commit")
        assert await told.fetchone() == ("on",)


async def test_backups_kept_while_a_compaction_is_refused_stay(database: Place) -> None:
    store, stale = database.store(), database.backend()
    await store.begin(STATE)
    await stale.load()
    await store.append([Pinned("org-2")])
    kept = [stale.keep("trash", f"name-{number}", trash.encode(TRASHED)) for number in range(20)]
    done = await asyncio.gather(
        *kept[:10], stale.replace(replace(STATE, serial=4)), *kept[10:], return_exceptions=True
    )
    assert ["changed by somebody else" in str(each) for each in done if each] == [True]
    assert len(await store.trash()) == 20


async def test_a_session_that_is_ended_stops_the_run_before_its_next_write(
    database: Place, server: Postgres
) -> None:
    store = database.store()
    assert await store.lock.take(holder()) is None
    await store.begin(STATE)
    server.run(END_THE_LOCKS, database=_name(database))
    with pytest.raises(LockedError, match="the connection that held it has ended"):
        await store.append(ENTRIES)
    assert await database.store().lock.take(holder("next")) is None
    with pytest.raises(LockedError, match="lost"):
        await store.append(ENTRIES)
    assert (await database.store().read()).state == STATE


async def test_who_lost_the_lock_is_told_who_took_it(database: Place, server: Postgres) -> None:
    store = database.store()
    await store.lock.take(holder())
    await store.begin(STATE)
    server.run(END_THE_LOCKS, database=_name(database))
    await database.store().lock.take(holder("somebody"))
    with pytest.raises(LockedError, match="taken over by somebody"):
        await store.append(ENTRIES)


async def test_a_write_after_its_own_session_ended_goes_over_a_new_one(
    database: Place, server: Postgres
) -> None:
    store = database.store()
    await store.begin(STATE)
    server.run(END_THE_OTHERS, database=_name(database))
    with pytest.raises(StateError, match="did not do what we asked"):
        await store.append(ENTRIES)
    await store.append(ENTRIES)
    assert (await database.store().read()).state == replay(STATE, ENTRIES)


async def test_the_lock_of_a_killed_process_is_free(database: Place, server: Postgres) -> None:
    code = (
        "import asyncio\n"
        "from assistants_sync.state.postgres.lock import AdvisoryLock\n"
        "from assistants_sync.state.postgres.server import parse_server\n"
        "from assistants_sync.state.backend import LockHolder\n"
        "async def run():\n"
        f"    server = parse_server({database.url!r}, {{}}, frozenset(), is_trusted=True)\n"
        "    lock = AdvisoryLock(server, 'shop', 'default')\n"
        "    await lock.take(LockHolder('id-1', 'victim', 'apply', 'now'))\n"
        "    print('taken', flush=True)\n"
        "    await asyncio.Event().wait()\n"
        "asyncio.run(run())\n"
    )
    with subprocess.Popen(  # noqa: ASYNC220 -- it is waited for at once
        [sys.executable, "-c", code], stdout=subprocess.PIPE
    ) as victim:
        assert victim.stdout is not None
        assert victim.stdout.readline() == b"taken\n"
        lock = database.backend().lock
        other = await lock.holder()
        assert other is not None
        assert other.who == "victim"
        assert await lock.take(holder()) == other
        victim.send_signal(signal.SIGKILL)
    _until(server, database, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'", "0")
    assert await lock.take(holder()) is None


async def test_a_held_lock_keeps_nothing_from_being_cleaned_and_outlives_an_idle_limit(
    database: Place, server: Postgres
) -> None:
    server.run(
        f'ALTER DATABASE "{_name(database)}" SET idle_in_transaction_session_timeout = 100',
        f'ALTER DATABASE "{_name(database)}" SET default_transaction_isolation = serializable',
        f'ALTER DATABASE "{_name(database)}" SET idle_session_timeout = 100',
    )
    store = database.store()
    await store.lock.take(holder())
    await store.begin(STATE)
    server.run("SELECT pg_sleep(0.4)")
    holds = server.run(
        "SELECT backend_xid IS NULL AND backend_xmin IS NULL FROM pg_stat_activity "
        "WHERE state = 'idle in transaction'"
    )
    assert holds == [("True",)]
    await store.append(ENTRIES)
    await store.compact()
    assert (await database.store().read()).state == replace(replay(STATE, ENTRIES), serial=4)


async def test_a_crash_of_the_server_loses_nothing_that_was_appended(
    database: Place, server: Postgres
) -> None:
    store = database.store()
    await store.lock.take(holder())
    await store.begin(STATE)
    await store.append(ENTRIES)
    server.restart()
    with pytest.raises(LockedError, match="lost"):
        await store.append(ENTRIES)
    found = database.store()
    assert await found.lock.holder() is None
    assert (await found.read()).state == replay(STATE, ENTRIES)


async def test_eight_that_find_no_tables_make_them_once(database: Place) -> None:
    stores = [database.store() for _ in range(8)]
    begun = await asyncio.gather(*(each.begin(STATE) for each in stores), return_exceptions=True)
    refused = [each for each in begun if each is not None]
    assert len(refused) == 7
    assert {str(each).partition(":")[0] for each in refused} == {"There is a state already"}


async def test_a_role_that_only_reads_reads_and_is_told_what_it_lacks(
    database: Place, server: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    await database.store().begin(STATE)
    name = _name(database)
    grants = "USAGE ON SCHEMA assistants_sync", "SELECT ON ALL TABLES IN SCHEMA assistants_sync"
    _as_role(server, monkeypatch, "reader", *(f"{name}: {each}" for each in grants))
    store = database.store()
    assert (await store.read()).state == STATE
    assert await store.lock.holder() is None
    for writes in (store.lock.take(holder()), store.append(ENTRIES)):
        with pytest.raises(StateError, match="permission denied") as caught:
            await writes
        assert "INSERT, UPDATE and DELETE" in str(caught.value.diagnostic.hint)


@pytest.mark.parametrize("code", ["disk_full", "out_of_memory", "too_many_connections"])
async def test_a_server_without_room_is_told_and_nothing_is_lost(
    database: Place, server: Postgres, code: str
) -> None:
    store = database.store()
    await store.begin(STATE)
    await store.append(ENTRIES[:1])
    server.run(
        "CREATE FUNCTION full_up() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$BEGIN RAISE EXCEPTION 'no room is left' USING ERRCODE = '{code}'; END$$",
        "CREATE TRIGGER full_up BEFORE INSERT ON assistants_sync.journal "
        "FOR EACH ROW EXECUTE FUNCTION full_up()",
        database=_name(database),
    )
    with pytest.raises(StateError, match="no room is left") as caught:
        await store.append(ENTRIES[1:])
    assert caught.value.diagnostic.hint
    server.run("DROP FUNCTION full_up CASCADE", database=_name(database))
    assert (await database.store().read()).state == replay(STATE, ENTRIES[:1])
    await store.append(ENTRIES[1:])
    assert (await database.store().read()).state == replay(STATE, ENTRIES)


async def test_a_role_that_may_make_nothing_is_told_so(
    database: Place, server: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    _as_role(server, monkeypatch, "stranger")
    assert (await database.store().read()).state is None
    with pytest.raises(StateError, match="permission denied for database") as caught:
        await database.store().begin(STATE)
    assert "CREATE on the database" in str(caught.value.diagnostic.hint)


async def test_tables_made_by_an_administrator_are_enough(
    database: Place, server: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    await database.store("another").begin(STATE)
    name = _name(database)
    rights = "SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA assistants_sync"
    grants = "USAGE ON SCHEMA assistants_sync", rights
    _as_role(server, monkeypatch, "writer", *(f"{name}: {each}" for each in grants))
    store = database.store()
    assert await store.lock.take(holder()) is None
    await store.begin(STATE)
    await store.append(ENTRIES)
    await store.compact()
    await store.lock.release()
    assert (await database.store().read()).state == replace(replay(STATE, ENTRIES), serial=4)


async def test_another_roles_lock_is_not_broken_open(
    database: Place, server: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, ours = database.store(), holder()
    await store.lock.take(ours)
    await store.begin(STATE)
    name = _name(database)
    rights = "ALL ON ALL TABLES IN SCHEMA assistants_sync"
    grants = "USAGE ON SCHEMA assistants_sync", rights
    _as_role(server, monkeypatch, "other", *(f"{name}: {each}" for each in grants))
    with pytest.raises(StateError, match="another role's") as caught:
        await database.store().lock.break_open(ours.id, "no reason")
    assert "pg_terminate_backend(" in str(caught.value.diagnostic.hint)
    await store.append(ENTRIES)


async def test_two_projects_share_a_database(database: Place) -> None:
    around = Surroundings(FakeClock(), database.talk.append)
    found = [
        open_backend(Location(name, "default", database.folder, database.url), around)
        for name in ("shop", "bank")
    ]
    database.opened.extend(found)
    for each in found:
        assert await each.lock.take(holder()) is None
        await each.create(STATE)
        await each.keep("trash", "name", trash.encode(TRASHED))
    assert len(await found[0].kept("trash")) == 1


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ("DELETE FROM assistants_sync.journal WHERE position = 1", "The journal is damaged"),
        ("UPDATE assistants_sync.journal SET line = line || ' '", "The journal is damaged"),
        ("UPDATE assistants_sync.journal SET lineage = 'x'", "The journal continues another"),
        ("UPDATE assistants_sync.state SET head = '[]'", "The state file is not a state"),
        ("DELETE FROM assistants_sync.state", "A journal without its state"),
        ("UPDATE assistants_sync.owned SET body = '{}'", "A row of the state cannot be read"),
    ],
)
async def test_damage_by_hand_is_found(
    database: Place, server: Postgres, damage: str, message: str
) -> None:
    store = database.store()
    await store.begin(STATE)
    await store.append(ENTRIES)
    server.run(damage, database=_name(database))
    with pytest.raises(StateError, match=message):
        await database.store().read()


async def test_a_server_that_only_reads_is_told_from_one_that_is_away(
    database: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    await database.store().begin(STATE)
    monkeypatch.setenv("PGOPTIONS", "-c default_transaction_read_only=on")
    store = database.store()
    await store.read()
    with pytest.raises(StateError, match="read-only transaction") as caught:
        await store.append(ENTRIES)
    assert "name the primary" in str(caught.value.diagnostic.hint)


async def test_a_password_shows_in_no_error(
    database: Place, server: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    (port,) = free_ports(1)
    canary = "canary-secret"
    monkeypatch.setenv("PGPASSWORD", canary)
    written = server.url("postgres").replace("://", f"://postgres:{canary}@")
    for url in (database.url, server.url("none", port), written, f"{written}?port={port}"):
        around = Surroundings(FakeClock(), database.talk.append)
        location = Location("shop", "default", database.folder, url, is_trusted=True)
        backend = open_backend(location, around)
        with pytest.raises(StateError, match="could not be reached") as caught:
            await backend.load()
        assert canary not in f"{caught.value!r} {caught.value.__cause__!r} {backend.where}"


async def test_a_database_that_cannot_hold_every_text_is_refused(
    server: Postgres, tmp_path: Path, database: Place
) -> None:
    server.run("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
    latin = replace(database, url=server.url("latin"), folder=tmp_path)
    with pytest.raises(StateError, match="its encoding is LATIN1"):
        await latin.store().begin(STATE)


async def test_ten_thousand_are_read_back(database: Place) -> None:
    owned = {
        Address(f"assistant.a{number}"): replace(OWNED, id=RemoteId(f"id-{number}"))
        for number in range(10_000)
    }
    state = replace(STATE, owned=owned)
    store = database.store()
    await store.begin(state)
    await store.append([Pinned("org-2")])
    await store.compact()
    assert (await database.store().read()).state == replace(state, serial=4, org_id="org-2")


@pytest.fixture
def pooled(database: Place, server: Postgres) -> Iterator[Place]:
    """Give the same database behind a pooler that gives sessions out by the transaction."""
    folder = server.folder / "pooler"
    folder.mkdir()
    (port,) = free_ports(1)
    (folder / "pgbouncer.ini").write_text(
        f"[databases]\n* = host=127.0.0.1 port={server.port} user=postgres "
        f"password='{PASSWORD}'\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n"
        "unix_socket_dir =\nauth_type = any\npool_mode = transaction\ndefault_pool_size = 5\n"
    )
    found = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/bin")
    assert found is not None, "apt-get install pgbouncer"
    child = Child(server.command(found, str(folder / "pgbouncer.ini")), folder)
    try:
        child.wait_until(lambda: bool(server.run("SELECT 1", port=port)))
        yield replace(database, url=server.url(_name(database), port), opened=[])
    finally:
        child.end()
        shutil.rmtree(folder)


async def test_behind_a_pooler_of_transactions_the_lock_holds_and_is_freed(
    pooled: Place, database: Place, server: Postgres
) -> None:
    first, second, direct = pooled.store(), pooled.store(), database.store()
    ours = holder()
    assert await first.lock.take(ours) is None
    assert await second.lock.take(holder()) == ours
    assert await direct.lock.take(holder()) == ours
    await first.begin(STATE)
    await second.read()
    await first.append(ENTRIES)
    with pytest.raises(StateError, match="changed by somebody else"):
        await second.append(ENTRIES)
    await first.compact()
    await first.lock.release()
    _until(server, database, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'", "0")
    assert await second.lock.take(holder()) is None
    assert (await direct.read()).state == replace(replay(STATE, ENTRIES), serial=4)


def _until(server: Postgres, database: Place, query: str, value: str) -> None:
    for _ in range(1000):
        if server.run(query, database=_name(database)) == [(value,)]:
            return
    raise AssertionError(f"{query} did not become {value}")
