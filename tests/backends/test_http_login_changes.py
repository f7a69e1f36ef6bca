"""A login that is taken away in the middle of an apply: nothing is lost, nothing is doubled."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from backends.http_scene import LOGIN, begun, is_write, opened
from backends.http_state_server import PASSWORD, Asked, GitLabServer, Said
from crash import runs
from unit.state.samples import ENTRIES, STATE

from assistants_sync.errors import AccessError
from assistants_sync.model.journal import replay

_APPLY = ("apply", "--auto-approve")
# As it stands in the document: a line of the journal is a text there.
IS_DONE = rb"\"done\""


@pytest.fixture
def gitlab() -> Iterator[GitLabServer]:
    with GitLabServer() as server:
        yield server


@pytest.fixture
def machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gitlab: GitLabServer
) -> Iterator[runs.Place]:
    """Give a machine whose state is on that server, with one definition."""
    told = {**LOGIN, "ASSISTANTS_SYNC_STATE_URL": gitlab.url("ours"), "VAPI_API_KEY": "canary-key"}
    for variable, value in told.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.delenv("VAPI_BASE_URL", raising=False)
    with runs.place(tmp_path / "here") as here:
        here.define("desk")
        yield here


class _Revoked:
    """Lets nobody in from the first write on that says this."""

    def __init__(self, words: bytes) -> None:
        self._words, self._is_revoked = words, False

    def __call__(self, asked: Asked) -> Said | None:
        self._is_revoked = self._is_revoked or (is_write(asked) and self._words in asked.body)
        return Said(401) if self._is_revoked else None


async def test_a_run_whose_login_is_taken_away_is_told_and_another_goes_on(
    gitlab: GitLabServer,
) -> None:
    store = await begun(gitlab)
    await store.append(ENTRIES[:1])
    gitlab.spoil = lambda _asked: Said(401)
    with pytest.raises(AccessError, match="wants a login"):
        await store.append(ENTRIES[1:])
    gitlab.spoil = lambda _asked: None
    other = opened(gitlab)
    assert (await other.read()).state == replay(STATE, ENTRIES[:1])
    await other.append(ENTRIES[1:])
    assert (await opened(gitlab).read()).state == replay(STATE, ENTRIES)


def _released(machine: runs.Place, gitlab: GitLabServer) -> None:
    """Let everybody in again, and release what the run could not."""
    gitlab.spoil = lambda _asked: None
    lock_id = machine("lock", "show").out.split("Its id: ")[1].strip()
    assert machine("lock", "release", lock_id, "--reason", "its login was taken away").code == 0


def test_the_next_apply_makes_nothing_twice(machine: runs.Place, gitlab: GitLabServer) -> None:
    gitlab.spoil = _Revoked(IS_DONE)
    ended = machine(*_APPLY)
    assert ended.code not in {0, 130}
    assert "Traceback" not in ended.err
    assert "wants a login" in ended.err
    assert PASSWORD not in ended.err
    _released(machine, gitlab)
    assert machine(*_APPLY).code == 0
    assert machine.live() == ["desk"]
    assert machine.server.count("POST") == 1
    assert machine("plan", "--detailed-exitcode").code == 0


def test_what_the_server_did_is_kept(machine: runs.Place, gitlab: GitLabServer) -> None:
    gitlab.spoil = _Revoked(IS_DONE)
    ended = machine(*_APPLY)
    (left,) = machine.folder.glob("assistants-sync-unsaved-default-*.journal")
    assert f"state recover {left.name}" in ended.err
    _released(machine, gitlab)
    assert machine("state", "recover", left.name).out.startswith("Told the state 1 of 1")
    assert machine("plan", "--detailed-exitcode").code == 0
