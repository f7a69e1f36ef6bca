"""What only a state server does: its lock, whom it lets in, and real Terraform beside us."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from backends.http_scene import (
    LOGIN,
    NOTICES,
    SERVERS,
    begun,
    done_but,
    is_lock,
    is_unlock,
    is_write,
    once,
    opened,
)
from backends.http_state_server import (
    JOB_TOKEN,
    PASSWORD,
    USER,
    GitLabServer,
    PlainServer,
    Said,
)
from backends.place import holder
from fakes import FakeClock
from unit.state.samples import ENTRIES, STATE

from assistants_sync.errors import AccessError, LockedError, StateError
from assistants_sync.model.journal import replay
from assistants_sync.state.locations import Location, Surroundings, open_backend


@pytest.fixture(params=list(SERVERS.values()), ids=list(SERVERS))
def server(request: pytest.FixtureRequest) -> Iterator[PlainServer]:
    with request.param() as server:
        NOTICES.clear()
        yield server


@pytest.fixture
def gitlab() -> Iterator[GitLabServer]:
    with GitLabServer() as server:
        yield server


@pytest.fixture
def plain() -> Iterator[PlainServer]:
    with PlainServer() as server:
        yield server


@pytest.mark.parametrize("status", [0, 500, 503])
async def test_a_grant_nobody_heard_is_told_by_our_own_id(server: PlainServer, status: int) -> None:
    store = opened(server)
    server.spoil = once(is_lock, done_but(server, status))
    assert await store.lock.take(holder()) is None
    await store.begin(STATE)


@pytest.mark.parametrize("status", [0, 500])
async def test_a_lock_given_back_unheard_is_given_back(server: PlainServer, status: int) -> None:
    store = opened(server)
    assert await store.lock.take(holder()) is None
    server.spoil = once(is_unlock, done_but(server, status))
    await store.lock.release()
    assert server.is_free
    assert NOTICES == []


async def test_who_cannot_give_it_back_says_how_others_can(server: PlainServer) -> None:
    store, mine = opened(server), holder()
    await store.lock.take(mine)
    server.spoil = lambda asked: Said(500) if is_unlock(asked) else None
    await store.lock.release()
    (notice,) = NOTICES
    assert f"lock release {mine.id} --reason" in notice


@pytest.mark.parametrize("status", [404, 405, 400, 501])
async def test_a_server_without_a_lock_is_refused(server: PlainServer, status: int) -> None:
    server.spoil = lambda asked: Said(status) if is_lock(asked) else None
    with pytest.raises(StateError, match="This state server has no lock"):
        await opened(server).lock.take(holder())


async def test_a_server_that_gives_its_lock_to_two_is_refused(plain: PlainServer) -> None:
    plain.is_exclusive = False
    with pytest.raises(StateError, match="gives its lock to two"):
        await opened(plain).lock.take(holder())
    assert plain.is_free


async def test_a_server_that_is_away_cannot_lock(server: PlainServer) -> None:
    server.spoil = lambda _asked: Said(0)
    with pytest.raises(StateError, match="State cannot be locked"):
        await opened(server).lock.take(holder())


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"me"', b"\xff", b'{"ID": null}'])
async def test_a_holder_that_cannot_be_read_is_one_without_a_name(
    server: PlainServer, body: bytes
) -> None:
    server.spoil = lambda asked: Said(423, body) if is_lock(asked) else None
    other = await opened(server).lock.take(holder())
    assert other is not None
    assert other.id == "?"


async def test_gitlab_names_the_holder_and_not_what_the_holder_runs(gitlab: GitLabServer) -> None:
    first, mine = opened(gitlab), holder(command="apply")
    assert await first.lock.take(mine) is None
    other = await opened(gitlab).lock.take(holder(command="cleanup"))
    assert other is not None
    assert (other.id, other.who, other.command) == (mine.id, "alice", "?")


async def test_a_plain_server_tells_what_the_holder_runs(plain: PlainServer) -> None:
    mine = holder(command="apply")
    await opened(plain).lock.take(mine)
    assert await opened(plain).lock.holder() == mine


async def test_lock_info_is_what_terraform_sends(server: PlainServer) -> None:
    await opened(server).lock.take(holder())
    (asked, *_) = (each for each in server.asked if is_lock(each))
    assert json.loads(asked.body).keys() == {
        *("ID", "Operation", "Info", "Who", "Version", "Created", "Path")
    }


async def test_whose_lock_was_broken_open_writes_no_more(server: PlainServer) -> None:
    store, mine = await begun(server), holder()
    assert await store.lock.take(mine) is None
    await opened(server).lock.break_open(mine.id, "its runner is gone")
    assert await opened(server).lock.take(holder()) is None
    with pytest.raises(LockedError, match="The lock was lost"):
        await store.append(ENTRIES)


async def test_whose_lock_a_careless_server_gave_away_is_stopped_by_the_serial(
    plain: PlainServer,
) -> None:
    plain.heeds_lock = False
    store, mine, theirs = await begun(plain), holder(), opened(plain)
    assert await store.lock.take(mine) is None
    await theirs.lock.break_open(mine.id, "its runner is gone")
    await theirs.read()
    await theirs.append(ENTRIES[:1])
    with pytest.raises(StateError, match="changed by somebody else"):
        await store.append(ENTRIES)
    assert (await opened(plain).read()).state == replay(STATE, ENTRIES[:1])


async def test_a_write_without_the_lock_takes_it_for_itself(server: PlainServer) -> None:
    await begun(server)
    writes = [each for each in server.asked if is_write(each)]
    assert all(each.lock_id for each in writes)
    assert server.is_free


async def test_a_write_without_the_lock_waits_for_who_holds_it_and_gives_up(
    server: PlainServer,
) -> None:
    store = await begun(server)
    await opened(server).lock.take(holder())
    with pytest.raises(LockedError, match="Another run holds the state"):
        await store.append(ENTRIES)


async def test_a_wrong_password_is_told_as_such(gitlab: GitLabServer) -> None:
    store = opened(gitlab, TF_HTTP_USERNAME=USER, TF_HTTP_PASSWORD="wrong-canary")
    with pytest.raises(AccessError, match="wants a login") as refused:
        await store.lock.take(holder())
    assert "wrong-canary" not in str(refused.value.diagnostic)


async def test_a_login_may_stand_in_the_url_and_is_never_shown(gitlab: GitLabServer) -> None:
    url = gitlab.url("ours").replace("://", f"://{USER}:{PASSWORD}@")
    store = opened(gitlab, url, ASSISTANTS_SYNC_STATE_URL=url)
    await store.begin(STATE)
    assert PASSWORD not in store.lock.where


async def test_a_job_of_gitlab_needs_no_login_of_its_own(gitlab: GitLabServer) -> None:
    store = opened(gitlab, CI_JOB_TOKEN=JOB_TOKEN, CI_SERVER_HOST="127.0.0.1")
    await store.begin(STATE)
    assert (await store.read()).state == STATE


async def test_the_project_file_says_how_a_server_of_another_kind_locks(
    gitlab: GitLabServer,
) -> None:
    location = Location("shop", "default", Path(), gitlab.url("ours"))
    other = replace(location.http, lock_method="LOCK", lock_url=f"{gitlab.url('ours')}/lock")
    around = Surroundings(FakeClock(), NOTICES.append, environ=LOGIN)
    backend = open_backend(replace(location, http=other), around)
    with pytest.raises(StateError, match="404 to LOCK"):
        await backend.lock.take(holder())


TERRAFORM = shutil.which("terraform") or shutil.which("tofu")
with_terraform = pytest.mark.skipif(TERRAFORM is None, reason="Terraform is not installed")


def terraform(server: PlainServer, folder: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    """Run it on `theirs`, with the variables a job would set."""
    (folder / "main.tf").write_text('terraform {\n  backend "http" {}\n}\n' + _RESOURCE)
    url, is_gitlab = server.url("theirs"), isinstance(server, GitLabServer)
    lock = f"{url}/lock" if is_gitlab else url
    environ = {
        **LOGIN,
        "TF_HTTP_ADDRESS": url,
        "TF_HTTP_LOCK_ADDRESS": lock,
        "TF_HTTP_UNLOCK_ADDRESS": lock,
        "TF_HTTP_LOCK_METHOD": "POST" if is_gitlab else "LOCK",
        "TF_HTTP_UNLOCK_METHOD": "DELETE" if is_gitlab else "UNLOCK",
        "TF_IN_AUTOMATION": "1",
        "CHECKPOINT_DISABLE": "1",
        "HOME": str(folder),
        "PATH": "/usr/bin:/bin",
    }
    return subprocess.run(
        [TERRAFORM or "", *argv, "-no-color"],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


_RESOURCE = 'resource "terraform_data" "desk" {\n  input = "front"\n}\n'


@with_terraform
def test_real_terraform_works_with_the_server_that_stands_in_for_the_real_ones(
    server: PlainServer, tmp_path: Path
) -> None:
    assert terraform(server, tmp_path, "init", "-input=false").returncode == 0
    applied = terraform(server, tmp_path, "apply", "-auto-approve", "-input=false")
    assert applied.returncode == 0, applied.stderr
    again = terraform(server, tmp_path, "plan", "-detailed-exitcode", "-input=false")
    assert again.returncode == 0, again.stdout
    assert server.is_free


@with_terraform
def test_real_terraform_is_told_that_we_hold_the_lock(server: PlainServer, tmp_path: Path) -> None:
    assert terraform(server, tmp_path, "init", "-input=false").returncode == 0
    mine = holder()
    assert asyncio.run(opened(server, server.url("theirs")).lock.take(mine)) is None
    refused = terraform(server, tmp_path, "apply", "-auto-approve", "-input=false")
    assert refused.returncode == 1
    assert mine.id in refused.stderr


@with_terraform
def test_we_never_take_what_real_terraform_wrote(server: PlainServer, tmp_path: Path) -> None:
    assert terraform(server, tmp_path, "init", "-input=false").returncode == 0
    assert terraform(server, tmp_path, "apply", "-auto-approve", "-input=false").returncode == 0
    store = opened(server, server.url("theirs"))
    with pytest.raises(StateError, match="This state is not ours"):
        asyncio.run(store.begin(STATE))
