"""Signals and lost outputs, as real processes: a run ends as it says, and the next one goes on."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from crash.runs import Place, place
from shell import Ended
from stand_in_faults import throttled

_APPLY = ("apply", "--auto-approve", "--parallelism", "1")
_KEYS = ("first", "second", "third")
_FULL: Final = Path("/dev/full")
_needs_full = pytest.mark.skipif(not _FULL.exists(), reason="only Linux has /dev/full")
_STOPPING = "stopping: what is in flight is finished and saved"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """Give a project with three definitions, and its server."""
    monkeypatch.setenv("VAPI_API_KEY", "canary-key")
    monkeypatch.delenv("VAPI_BASE_URL", raising=False)
    with place(tmp_path / "here") as made:
        made.define(*_KEYS)
        yield made


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_one_signal_finishes_what_is_in_flight_and_lists_what_is_left(
    here: Place, number: int
) -> None:
    here.held.hold("POST")
    with here.begun(*_APPLY) as run:
        here.held.wait_until_asked()
        run.signal(number)
        run.says(_STOPPING)
        here.held.let_go()
        ended = run.end()
    assert ended.code == 130
    assert "Interrupted: 1 created, 0 updated, 0 deleted, 0 forgot; 2 skipped." in ended.out
    assert "assistant.first: created" in ended.err
    for key in ("second", "third"):
        assert f"assistant.{key}: create skipped: interrupted" in ended.err
    assert (here.live(), here("lock", "show").out) == (["first"], "Nobody holds it.\n")
    _goes_on(here, created=2)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_two_signals_stop_at_once_and_the_next_run_finds_what_was_made(
    here: Place, number: int
) -> None:
    here.held.hold("POST")
    with here.begun(*_APPLY) as run:
        here.held.wait_until_asked()
        run.signal(number)
        run.says(_STOPPING)
        run.signal(number)
        assert run.end().code == 130  # while the server still keeps its answer
    here.held.let_go()
    assert here("lock", "show").out == "Nobody holds it.\n"
    _goes_on(here, created=2)


@pytest.mark.parametrize("acts", [True, False])
def test_a_cancelled_job_whose_server_never_answers_leaves_nothing_twice(
    here: Place, *, acts: bool
) -> None:
    here.write_project(timeout_seconds=2.5, settle_seconds=0.5)
    here.held.hold("POST", acts=acts)
    with here.begun(*_APPLY) as run:
        here.held.wait_until_asked()
        run.signal(signal.SIGTERM)
        run.says(_STOPPING)
        run.signal(signal.SIGKILL)
        assert run.end().code == -signal.SIGKILL
    here.held.let_go()
    assert here("lock", "show").out == "Nobody holds it.\n"
    _goes_on(here, created=2 if acts else 3)


def test_a_signal_while_the_list_is_read_sends_no_write(here: Place) -> None:
    here.held.hold("GET")
    with here.begun(*_APPLY) as run:
        here.held.wait_until_asked()
        run.signal(signal.SIGTERM)
        run.says(_STOPPING)
        here.held.let_go()
        ended = run.end()
    assert (ended.code, "nothing was sent" in ended.err) == (130, True)
    assert here.server.count("POST") == 0
    _goes_on(here, created=3)


def test_a_signal_while_the_server_is_mute_starts_no_other_request(here: Place) -> None:
    here.write_project(timeout_seconds=0.7)
    here.held.hold("GET", acts=False)
    with here.begun(*_APPLY) as run:
        here.held.wait_until_asked()
        here.held.let_go()
        run.signal(signal.SIGTERM)
        run.says(_STOPPING)
        ended = run.end()
    assert (ended.code, here.server.count("POST")) == (130, 0)
    assert here.server.count("GET") == 0, "the mute one is not counted"


def test_ctrl_c_in_a_plan_ends_it(here: Place) -> None:
    here.held.hold("GET")
    with here.begun("plan") as run:
        here.held.wait_until_asked()
        run.signal(signal.SIGINT)
        ended = run.end()
    assert (ended.code, ended.err) == (130, "interrupted; nothing more was sent\n")
    assert not (here.folder / "state").exists()


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_a_reader_that_goes_away_ends_a_run_quietly_before_anything_is_sent(
    here: Place, command: str
) -> None:
    argv = _APPLY if command == "apply" else ("plan",)
    ended = _into_head(here, 0, *argv)
    assert (ended.code, "error" in ended.err, "Traceback" in ended.err) == (1, False, False)
    assert here.server.count("POST") == 0
    _goes_on(here, created=3)


def test_a_reader_that_goes_away_in_the_middle_does_not_stop_the_work(here: Place) -> None:
    ended = _into_head(here, 1, *_APPLY, "--format", "json")
    assert json.loads(ended.out)["type"] == "plan_accepted"
    assert "Traceback" not in ended.err
    assert here.live() == sorted(_KEYS)
    _goes_on(here, created=0)


@_needs_full
def test_a_full_output_does_not_stop_the_work(here: Place) -> None:
    with _FULL.open("w") as full, here.begun(*_APPLY, "--format", "json", out=full) as run:
        assert "Traceback" not in run.end().err
    assert here.live() == sorted(_KEYS)
    _goes_on(here, created=0)


@_needs_full
@pytest.mark.parametrize("command", ["plan", "apply", "validate"])
def test_a_full_output_is_an_error_of_the_machine_and_no_bug_of_ours(
    here: Place, command: str
) -> None:
    argv = _APPLY if command == "apply" else (command,)
    with _FULL.open("w") as full, here.begun(*argv, out=full) as run:
        ended = run.end()
    assert here.server.count("POST") == 0
    assert (ended.code, "A bug in" in ended.err) == (1, False), ended.err
    assert "No space left on device" in ended.err


@_needs_full
def test_a_full_error_output_changes_neither_the_result_nor_the_exit_code(here: Place) -> None:
    with _FULL.open("w") as full, here.begun(*_APPLY, err=full) as run:
        ended = run.end()
    assert here.live() == sorted(_KEYS)
    assert (ended.code, "Applied: 3 created" in ended.out) == (0, True)
    _goes_on(here, created=0)


@_needs_full
def test_a_full_error_output_does_not_end_an_apply_in_its_middle(here: Place) -> None:
    here.server.fail("POST", "/assistant", throttled("2"), nth=2)
    with _FULL.open("w") as full, here.begun(*_APPLY, err=full) as run:
        run.end()
    assert here.live() == sorted(_KEYS)


def _into_head(here: Place, lines: int, *argv: str) -> Ended:
    """Run a command into something that reads so many lines and goes away."""
    here.held.hold("GET" if lines == 0 else "POST")
    with here.begun(*argv) as run:
        told = run.reads(lines)
        here.held.wait_until_asked()
        here.held.let_go()
        ended = run.end()
    return Ended(ended.code, told, ended.err)


def _goes_on(here: Place, *, created: int) -> None:
    """See that the next apply makes just what is missing, and then nothing is left to do."""
    ended = here("apply", "--auto-approve")
    assert (ended.code, f"{created} created" in ended.out) == (0, True), ended.out + ended.err
    assert here.live() == sorted(_KEYS)
    assert here("plan", "--detailed-exitcode").code == 0
