"""Two machines of a team, as real processes, on one state that is not in their folders."""

import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from backends.place import Place
from crash import runs
from shell import Ended

_APPLY = ("apply", "--auto-approve")
_FREE = "Nobody holds it.\n"


@dataclass(frozen=True)
class Team:
    """Two machines, one server to talk to, one state."""

    here: runs.Place
    there: runs.Place
    secrets: tuple[str, ...]

    def see(self, ended: Ended, code: int = 0) -> Ended:
        """See how a command ended, and that it told no secret."""
        assert ended.code == code, ended.out + ended.err
        told = ended.out + ended.err
        assert "Traceback" not in told
        assert not [each for each in self.secrets if each in told]
        return ended

    def lock_id(self) -> str:
        """Give the id of who holds the lock, as the other machine is told."""
        return self.see(self.there("lock", "show")).out.split("Its id: ")[1].strip()


@pytest.fixture
def machines(tmp_path: Path, place: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[Team]:
    """Give two machines with the same definitions, and an empty state."""
    assert place.url is not None
    monkeypatch.setenv("ASSISTANTS_SYNC_STATE_URL", place.url)
    monkeypatch.setenv("VAPI_API_KEY", "canary-key")
    monkeypatch.delenv("VAPI_BASE_URL", raising=False)
    secrets = [
        value
        for name, value in place.environ.items()
        if "SECRET" in name or "PASSWORD" in name or name.endswith("ACCOUNT_KEY")
    ]
    with runs.place(tmp_path / "here") as here:
        there = here.beside(tmp_path / "there")
        there.write_project()
        for machine in (here, there):
            machine.define("desk")
        yield Team(here, there, ("canary-key", *(each for each in secrets if each)))


def test_what_one_machine_applies_the_other_knows(machines: Team) -> None:
    applied = machines.see(machines.here(*_APPLY))
    assert "1 created" in applied.out
    machines.see(machines.there("plan", "--detailed-exitcode"))
    machines.there.define("desk", says="Good day")
    machines.see(machines.there("plan", "--detailed-exitcode"), 2)
    assert "1 updated" in machines.see(machines.there(*_APPLY)).out
    machines.see(machines.here("plan", "--detailed-exitcode"), 2)
    assert machines.here.live() == ["desk"]
    assert not (machines.here.folder / "state" / "default.json").exists()


def test_the_second_is_told_who_works_on_it(machines: Team) -> None:
    machines.here.held.hold("POST")
    with machines.here.begun(*_APPLY) as first:
        machines.here.held.wait_until_asked()
        sent = len(machines.here.server.requests)
        second = machines.see(machines.there(*_APPLY), 5)
        assert "Another run holds the state" in second.err
        assert "Held by " in machines.see(machines.there("lock", "show")).out
        machines.see(machines.there("plan"))
        assert machines.there.live() == ["desk"]
        assert not [each for each in machines.here.server.requests[sent:] if each.method != "GET"]
        machines.here.held.let_go()
        machines.see(first.end())
    assert machines.see(machines.there("lock", "show")).out == _FREE
    machines.see(machines.there("plan", "--detailed-exitcode"))


def test_a_machine_that_is_killed_in_the_middle_is_followed_by_another(
    machines: Team, place: Place
) -> None:
    machines.here.held.hold("POST")
    with machines.here.begun(*_APPLY) as first:
        machines.here.held.wait_until_asked()
        first.signal(signal.SIGKILL)
        assert first.end().code == -signal.SIGKILL
    machines.here.held.let_go()
    if place.on_death != "freed":
        machines.see(machines.there(*_APPLY), 5)
        lock_id = machines.lock_id()
        machines.see(machines.there("lock", "release", lock_id), 64)
        machines.see(machines.there("lock", "release", "lock-x", "--reason", "it died"), 1)
        machines.see(machines.there("lock", "release", lock_id, "--reason", "it died"))
    machines.see(machines.there(*_APPLY, "--lock-timeout", "15s"))
    assert machines.there.live() == ["desk"]
    assert machines.there.server.count("POST") == 1
    assert machines.see(machines.there("lock", "show")).out == _FREE
    machines.see(machines.there("plan", "--detailed-exitcode"))


def test_a_state_somebody_holds_is_not_moved(machines: Team) -> None:
    move = ("state", "migrate", "--to", "local")
    machines.here.held.hold("POST")
    with machines.here.begun(*_APPLY) as first:
        machines.here.held.wait_until_asked()
        refused = machines.see(machines.there(*move), 5)
        assert "Another run holds the state" in refused.err
        machines.here.held.let_go()
        machines.see(first.end())
    assert "Moved 1 owned" in machines.see(machines.there(*move)).out
    assert "The state has moved" in machines.see(machines.here("plan"), 1).err


def test_a_run_whose_lock_was_released_by_hand_makes_nothing_twice(machines: Team) -> None:
    machines.here.held.hold("POST")
    with machines.here.begun(*_APPLY) as first:
        machines.here.held.wait_until_asked()
        lock_id = machines.lock_id()
        machines.see(machines.there("lock", "release", lock_id, "--reason", "it hangs"))
        machines.see(machines.there(*_APPLY))
        machines.here.held.let_go()
        ended = first.end()
    assert ended.code not in {0, 130}, ended.out + ended.err
    assert "Traceback" not in ended.err
    assert machines.there.live() == ["desk"]
    machines.see(machines.there("plan", "--detailed-exitcode"))


def test_what_one_machine_deleted_the_other_brings_back(machines: Team) -> None:
    machines.here.define("gone")
    machines.see(machines.here(*_APPLY))
    (machines.here.folder / "assistants" / "gone.yaml").unlink()
    machines.see(machines.here(*_APPLY, "--allow-deletes", "1"))
    assert machines.here.live() == ["desk"]
    listed = machines.see(machines.there("trash", "list", "--format", "json")).out
    assert "assistant.gone" in listed
    machines.there.define("gone")
    remote_id = listed.split('"id": "')[1].split('"')[0]
    machines.see(machines.there("trash", "restore", remote_id, "--auto-approve"))
    assert machines.there.live() == ["desk", "gone"]
