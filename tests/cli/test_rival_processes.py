"""Two runs at once, as real processes: on one state, and on two copies of one state."""

import getpass
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest
from crash.runs import Place, place

_APPLY = ("apply", "--auto-approve")
_FREE = "Nobody holds it.\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """Give a project with one definition, and its server."""
    monkeypatch.setenv("VAPI_API_KEY", "canary-key")
    monkeypatch.delenv("VAPI_BASE_URL", raising=False)
    with place(tmp_path / "here") as made:
        made.define("desk")
        yield made


@pytest.fixture
def there(here: Place) -> Place:
    """Give a second machine: what was applied here, copied with its state."""
    assert here(*_APPLY).code == 0
    folder = here.folder.with_name("there")
    copytree(here.folder, folder)
    return here.beside(folder)


def test_of_two_applies_on_one_state_one_works_and_the_other_says_who_is_there(
    here: Place,
) -> None:
    here.held.hold("POST")
    with here.begun(*_APPLY) as first:
        here.held.wait_until_asked()
        sent = len(here.server.requests)
        second = here(*_APPLY)
        assert second.code == 5
        who = f"{getpass.getuser()}@{socket.gethostname()} (process {first.pid})"
        assert f"held by {who}, running `apply` since 20" in second.err
        assert who in here("lock", "show").out
        assert len(here.server.requests) == sent
        here.held.let_go()
        assert first.end().code == 0
    assert here("lock", "show").out == _FREE
    assert here.live() == ["desk"]


def test_a_plan_needs_no_lock(here: Place) -> None:
    here.held.hold("POST")
    with here.begun(*_APPLY) as first:
        here.held.wait_until_asked()
        assert here("plan").code == 0
        here.held.let_go()
        assert first.end().code == 0


def test_with_a_lock_timeout_the_second_waits_and_makes_nothing_twice(here: Place) -> None:
    here.held.hold("POST")
    with here.begun(*_APPLY) as first:
        here.held.wait_until_asked()
        with here.begun(*_APPLY, "--lock-timeout", "15s") as second:
            # The third starts later, and its end shows that the second is at the lock by now.
            assert here(*_APPLY).code == 5
            here.held.let_go()
            assert first.end().code == 0
            waited = second.end()
    assert waited.code == 0, waited.err
    assert "0 created" in waited.out
    assert (here.live(), here.server.count("POST")) == (["desk"], 1)


def test_a_run_that_waits_for_the_lock_stops_at_a_signal(here: Place) -> None:
    here.held.hold("POST")
    with here.begun(*_APPLY) as first:
        here.held.wait_until_asked()
        with here.begun(*_APPLY, "--lock-timeout", "4s") as second:
            assert here(*_APPLY).code == 5
            second.signal(signal.SIGTERM)
            ended = second.end()
        assert ended.code == 130, ended.err
        here.held.let_go()
        assert first.end().code == 0


def test_an_older_copy_of_the_state_stops_at_a_write_it_does_not_know(
    here: Place, there: Place
) -> None:
    here.define("desk", says="Written here")
    assert here(*_APPLY).code == 0
    there.define("desk", says="Written there")
    _is_refused(there, "rival_write", "PATCH")
    (live,) = here.server.objects.values()
    assert live["firstMessage"] == "Written here"


def test_a_copy_that_writes_at_the_same_time_stops_at_the_write_it_does_not_know(
    here: Place, there: Place
) -> None:
    here.define("desk", says="Written here")
    there.define("desk", says="Written there")
    here.held.hold("PATCH")
    with here.begun(*_APPLY) as first:
        here.held.wait_until_asked()
        _is_refused(there, "rival_write", "PATCH")
        here.held.let_go()
        assert first.end().code == 0


def test_a_copy_does_not_create_what_the_other_is_creating(here: Place, there: Place) -> None:
    here.define("fresh")
    there.define("fresh")
    here.held.hold("POST")
    with here.begun(*_APPLY) as first:
        here.held.wait_until_asked()
        _is_refused(there, "marked_elsewhere", "POST")
        here.held.let_go()
        assert first.end().code == 0
    assert here.live() == ["desk", "fresh"]


def test_a_copy_does_not_delete_what_the_other_has_written(here: Place, there: Place) -> None:
    here.define("desk", says="Written here")
    assert here(*_APPLY).code == 0
    there.define("other")
    (there.folder / "assistants" / "desk.yaml").unlink()
    _is_refused(there, "rival_write", "DELETE", "--allow-deletes", "1")
    assert here.live() == ["desk"]


def test_what_two_copies_made_in_the_same_moment_is_told_by_both(here: Place, there: Place) -> None:
    here.define("fresh")
    there.define("fresh")
    here.held.hold("POST", acts=False)
    here.write_project(timeout_seconds=3)
    # Both have read, and neither has written: nobody can keep this from happening.
    with here.begun(*_APPLY) as first:
        here.held.wait_until_asked()
        there.held.let_go()
        assert there(*_APPLY).code == 0
        assert first.end().code == 0
    assert here.live() == ["desk", "fresh", "fresh"]
    for each in (here, there):  # and either is told of it, ever after
        planned = each("plan")
        assert "1 live objects bear our marker under an id we do not know" in planned.out
        assert each("cleanup", "list", "--format", "json").out.count('"name": "fresh"') == 1


def _is_refused(copy: Place, guard: str, method: str, *more: str) -> None:
    """See that an apply ends with a refusal by this guard, with nothing written."""
    before = copy.server.count(method)
    planned = copy("plan", "--format", "json")
    assert (planned.code, f'"{guard}"' in planned.out) == (0, True)
    ended = copy(*_APPLY, *more)
    assert ended.code == 3, ended.err
    assert copy.server.count(method) == before
    assert copy("lock", "show").out == _FREE
