"""What only happens on a terminal: questions, a progress bar, Ctrl-C."""

import asyncio
import io
import os
import pty
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from shell import Shell

from assistants_sync.cli.clock import SystemClock
from assistants_sync.cli.console import Console
from assistants_sync.cli.interrupt import interruptible
from assistants_sync.cli.progress import ProgressReport
from assistants_sync.cli.settings import Settings
from assistants_sync.model.address import Address, RemoteId
from assistants_sync.model.event import ApplyFinished, ChangeApplied, ChangeStarted, PlanAccepted
from assistants_sync.model.plan import Action

ROOT = Path(__file__).parents[2]
DESK = Address("assistant.desk")


def _on_a_terminal(folder: Path, answer: str, *argv: str) -> tuple[int, str]:
    """Run a command on a terminal of its own and type an answer when it asks."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "assistants_sync", "--chdir", str(folder), "--emulator", *argv],
        cwd=ROOT,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        told, has_answered = "", False
        while select.select([ours], [], [], 30)[0]:
            try:
                told += os.read(ours, 65536).decode(errors="replace")
            except OSError:
                break
            if not has_answered and ("deletions to go on:" in told or "goes on:" in told):
                has_answered = True
                if answer == "^C":
                    process.send_signal(signal.SIGINT)
                else:
                    os.write(ours, answer.encode() + b"\n")
        else:
            process.kill()
        code = process.wait(30)
    os.close(ours)
    return code, told


def test_an_apply_asks_and_only_yes_goes_on(shell: Shell) -> None:
    shell.copy_example("quickstart")
    for answer in ("y", "no", ""):
        code, told = _on_a_terminal(shell.folder, answer, "apply")
        assert (code, "nothing was sent" in told) == (130, True)
    assert shell("state", "list").out == ""
    code, told = _on_a_terminal(shell.folder, "yes", "apply")
    assert (code, "3 created" in told) == (0, True)


def test_a_deletion_is_agreed_to_by_its_number(shell: Shell) -> None:
    shell.copy_example("quickstart")
    shell("--emulator", "apply", "--auto-approve")
    (shell.folder / "assistants" / "booking.yaml").unlink()
    code, _ = _on_a_terminal(shell.folder, "yes", "apply")
    assert (code, len(shell("state", "list").out.splitlines())) == (130, 3)
    code, told = _on_a_terminal(shell.folder, "1", "apply")
    assert (code, "1 deleted" in told) == (0, True)
    code, told = _on_a_terminal(shell.folder, "unasked", "apply")
    assert (code, "No changes" in told) == (0, True)


def test_a_refused_plan_is_not_asked_about(shell: Shell) -> None:
    shell.copy_example("quickstart")
    shell("--emulator", "apply", "--auto-approve")
    for each in (shell.folder / "assistants").iterdir():
        each.unlink()
    code, _ = _on_a_terminal(shell.folder, "3", "apply")
    assert code == 3
    assert len(shell("state", "list").out.splitlines()) == 3


def test_ctrl_c_at_the_question_sends_nothing(shell: Shell) -> None:
    shell.copy_example("quickstart")
    code, _ = _on_a_terminal(shell.folder, "^C", "apply")
    assert code == 130
    assert shell("state", "list").out == ""
    assert shell("lock", "show").out == "Nobody holds it.\n"


def test_the_first_signal_drains_and_the_second_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    stopped: list[int] = []
    monkeypatch.setattr(os, "_exit", stopped.append)

    async def run() -> tuple[bool, bool]:
        told = asyncio.Event()
        with interruptible(lambda _text: told.set()) as interrupt:
            before = interrupt()
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.wait_for(told.wait(), 10)
            after = interrupt()
            interrupt.notify()
        return before, after

    assert asyncio.run(run()) == (False, True)
    assert stopped == [130]


def test_the_systems_clock_tells_utc_and_waits() -> None:
    clock = SystemClock()
    before = clock.now()
    asyncio.run(clock.sleep(0))
    assert clock.now() >= before
    assert before.utcoffset() is not None


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


_EVENTS = (
    PlanAccepted(((DESK, Action.CREATE),)),
    ChangeStarted(DESK, Action.CREATE),
    ChangeApplied(DESK, Action.CREATE, RemoteId("id-1")),
    ApplyFinished(applied={"create": 1}),
)


def test_a_terminal_shows_a_bar_with_the_events_above_it(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = _Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    settings = Settings(root=Path())
    with ProgressReport(Console(settings), settings) as report:
        for event in _EVENTS:
            report(event)
    assert "assistant.desk: created (id-1)" in terminal.getvalue()
    assert "1/1" in terminal.getvalue()


def test_a_display_that_breaks_does_not_stop_an_apply(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(io.StringIO):
        def write(self, _text: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stderr", Gone())
    settings = Settings(root=Path())
    with ProgressReport(Console(settings), settings) as report:
        for event in _EVENTS:
            report(event)
