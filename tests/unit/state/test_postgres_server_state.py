"""Which databases are spoken to, how, and what is said of those that are not; nothing is sent."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import psycopg
import pytest
from fakes import FakeClock
from psycopg.conninfo import conninfo_to_dict

from assistants_sync.errors import AccessError, StateError, SyncError, UsageError
from assistants_sync.state.locations import Location, Surroundings, open_backend
from assistants_sync.state.postgres.server import parse_server

CANARY = "canary-secret"
REMOTE = "postgres://db.example.com/team"


def _parameters(
    monkeypatch: pytest.MonkeyPatch,
    url: str,
    environ: Mapping[str, str] | None = None,
    allowed: frozenset[str] = frozenset(),
    *,
    is_trusted: bool = False,
) -> dict[str, str]:
    """Give what libpq would be told."""
    told: dict[str, str] = {}

    async def _connect(conninfo: str, **_: object) -> None:
        told.update({key: str(value) for key, value in conninfo_to_dict(conninfo).items()})
        raise psycopg.OperationalError("far away")

    monkeypatch.setattr(psycopg.AsyncConnection, "connect", _connect)
    server = parse_server(url, environ or {}, allowed, is_trusted=is_trusted)
    with pytest.raises(StateError, match="could not be reached: far away"):
        asyncio.run(server.connect())
    return told


def test_a_host_that_only_the_project_file_names_is_not_given_a_password() -> None:
    with pytest.raises(AccessError, match="named by the project file alone") as caught:
        parse_server(REMOTE, {"PGPASSWORD": CANARY}, frozenset(), is_trusted=False)
    assert "--allow-host db.example.com" in str(caught.value.diagnostic.hint)
    assert CANARY not in repr(caught.value)


@pytest.mark.parametrize(
    ("environ", "allowed", "is_trusted"),
    [
        ({"PGHOST": "db.example.com"}, frozenset(), False),
        ({}, frozenset({"db.example.com"}), False),
        ({}, frozenset(), True),
    ],
)
def test_a_host_that_whoever_runs_us_names_is_spoken_to(
    monkeypatch: pytest.MonkeyPatch,
    environ: Mapping[str, str],
    allowed: frozenset[str],
    is_trusted: bool,  # noqa: FBT001 -- a parameter of the cases
) -> None:
    told = _parameters(monkeypatch, REMOTE, environ, allowed, is_trusted=is_trusted)
    assert told["host"] == "db.example.com"


def test_each_of_several_hosts_must_be_allowed() -> None:
    url = "postgres://127.0.0.1,evil.example.com/team"
    with pytest.raises(AccessError, match=r"nobody allowed: evil\.example\.com is"):
        parse_server(url, {}, frozenset(), is_trusted=False)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "%2Fvar%2Frun", ""])
def test_this_machine_is_spoken_to_without_being_asked_for_encryption(
    monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    assert "sslmode" not in _parameters(monkeypatch, f"postgres://{host}/team")


@pytest.mark.parametrize("url", [REMOTE, "postgres:///team", "postgres://?hostaddr=192.0.2.1"])
def test_another_machine_is_spoken_to_with_encryption(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    told = _parameters(monkeypatch, url, {"PGHOST": "db.example.com"}, is_trusted=True)
    assert told["sslmode"] == "require"


def test_a_better_encryption_that_is_asked_for_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"{REMOTE}?sslmode=verify-full"
    assert _parameters(monkeypatch, url, is_trusted=True)["sslmode"] == "verify-full"
    for environ in ({"PGSSLMODE": "verify-ca"}, {"PGSERVICE": "team"}):
        assert "sslmode" not in _parameters(monkeypatch, REMOTE, environ, is_trusted=True)


def test_no_encryption_is_for_hosts_that_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"{REMOTE}?sslmode=disable"
    with pytest.raises(AccessError, match="State without encryption"):
        parse_server(url, {}, frozenset(), is_trusted=True)
    with pytest.raises(AccessError, match="State without encryption"):
        parse_server(REMOTE, {"PGSSLMODE": "prefer"}, frozenset(), is_trusted=True)
    allowed = frozenset({"db.example.com"})
    assert _parameters(monkeypatch, url, {}, allowed, is_trusted=True)["sslmode"] == "disable"


@pytest.mark.parametrize("what", ["passfile=x", "servicefile=x", "options=x", "sslkey=x"])
def test_a_file_of_the_repository_decides_no_more_than_where(what: str) -> None:
    with pytest.raises((AccessError, UsageError)):
        parse_server(f"postgres://localhost/team?{what}", {}, frozenset(), is_trusted=False)


@pytest.mark.parametrize(
    "url",
    [
        f"postgres://user:{CANARY}@host:port/team",
        f"postgres://user:{CANARY}@[::1/team",
        f"postgres://user:{CANARY}/2@host/team",
        f"postgres://user:12/{CANARY}@host/team",
        f"postgres://user:p@{CANARY}@host/team",
        f"postgres://user:{CANARY}%zz@host/team",
        f"postgres://host/team?password={CANARY}&what=this",
    ],
)
def test_a_password_shows_in_no_message(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    for is_trusted in (True, False):
        with pytest.raises(SyncError) as caught:
            _parameters(monkeypatch, url, is_trusted=is_trusted)
        assert CANARY not in f"{caught.value!r} {caught.value.diagnostics}"


def test_a_password_in_what_the_server_says_is_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    async def _connect(conninfo: str, **_: object) -> None:
        raise psycopg.OperationalError(f"cannot use {conninfo_to_dict(conninfo)['password']}")

    monkeypatch.setattr(psycopg.AsyncConnection, "connect", _connect)
    url = f"postgres://me:{CANARY}@localhost/team"
    around = Surroundings(FakeClock(), print)
    location = Location("shop", "default", Path(), url, is_trusted=True)
    backend = open_backend(location, around)
    with pytest.raises(StateError, match="cannot use …") as caught:
        asyncio.run(backend.load())
    assert CANARY not in f"{caught.value!r} {backend.where} {backend!r} {backend.lock.where}"
