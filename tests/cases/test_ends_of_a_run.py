"""Signals, closed pipes, a full disk behind the output: how a process ends, and what it left."""

import asyncio
import fcntl
import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from crash.failpoints import HurriedClock
from fakes import FakeClock
from shell import Shell
from stand_in import StandIn, serve_on_loopback
from stand_in_faults import Fault, Meanwhile, throttled

from assistants_sync.cli import progress, session
from assistants_sync.cli.console import Console
from assistants_sync.cli.progress import ProgressReport
from assistants_sync.cli.settings import Settings
from assistants_sync.model.address import Address
from assistants_sync.model.event import PlanAccepted
from assistants_sync.model.plan import Action

ROOT = Path(__file__).parents[2]
_KEYS = tuple(f"k{number}" for number in range(12))


@dataclass
class Child:
    """One command in a process of its own, against a server of this one."""

    folder: Path
    server: StandIn
    process: subprocess.Popen[str] | None = None

    def run(self, *argv: str, into: str = "") -> tuple[int, str]:
        """Run to its end; give its exit code (below 0: the signal) and stderr."""
        command = [sys.executable, "-m", "assistants_sync", "--chdir", str(self.folder), *argv]
        if into:
            command = ["bash", "-o", "pipefail", "-c", f'"$@" {into}', "bash", *command]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            text=True,
            errors="replace",
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        with self.process:
            _, told = self.process.communicate(timeout=60)
        return self.process.returncode, told

    def signalled(self, *numbers: signal.Signals) -> Fault:
        """Give what sends signals to the command just before the server acts."""

        def send() -> None:
            assert self.process is not None
            for number in numbers:
                self.process.send_signal(number)

        return Meanwhile(send)


@pytest.fixture
def child(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Iterator[Child]:
    """Give a command's surroundings; the runs that heal are in this process, and wait for nobody.

    The server's clock is theirs: what they sleep passes there too.
    """
    clock = HurriedClock()
    monkeypatch.setattr(session, "SystemClock", lambda: clock)
    shell.write("assistants-sync.yaml", "project: shop\n")
    for key in _KEYS:
        shell.write(f"assistants/{key}.yaml", f"name: {key}\n")
    child = Child(shell.folder, StandIn(now=clock.now))
    with serve_on_loopback(child.server.app) as base_url:
        shell.set({"VAPI_BASE_URL": base_url, "VAPI_API_KEY": "canary-key"})
        yield child


def _heals(child: Child, shell: Shell) -> None:
    """See that nobody holds the state, and that the next run makes each one exactly once."""
    assert shell("lock", "show").out == "Nobody holds it.\n"
    assert shell("apply", "--auto-approve").code == 0
    assert sorted(each["name"] for each in child.server.objects.values()) == sorted(_KEYS)
    assert "No changes. 12 owned" in shell("plan").out


def test_ctrl_c_in_a_plan_is_130_and_leaves_nothing(child: Child, shell: Shell) -> None:
    child.server.fail("GET", "/assistant", child.signalled(signal.SIGINT))
    child.server.fail("GET", "/assistant", throttled("60"), times=9)
    code, told = child.run("plan", "--out", "p.json")
    assert code == 130
    assert "Traceback" not in told
    assert not (child.folder / "p.json").exists()
    assert not (child.folder / "state").exists()
    child.server.forget_faults()
    _heals(child, shell)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_lets_what_is_in_flight_finish(
    child: Child, shell: Shell, number: signal.Signals
) -> None:
    child.server.fail("POST", "/assistant", child.signalled(number), nth=3)
    code, told = child.run("apply", "--auto-approve", "--parallelism", "1")
    assert code == 130
    assert "stopping" in told
    assert len(child.server.objects) < len(_KEYS)
    owned = set(shell("state", "list").out.split())
    assert child.server.objects.keys() <= owned
    _heals(child, shell)


def test_the_second_signal_stops_at_once_and_the_next_run_heals(child: Child, shell: Shell) -> None:
    child.server.fail("POST", "/assistant", child.signalled(signal.SIGINT, signal.SIGTERM), nth=3)
    code, _ = child.run("apply", "--auto-approve", "--parallelism", "4")
    assert code == 130
    assert (child.folder / "state" / "default.journal").exists()
    _heals(child, shell)


def test_ctrl_c_ends_the_wait_for_a_lock(project: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    class Impatient(FakeClock):
        async def sleep(self, seconds: float) -> None:
            if not self.slept:
                os.kill(os.getpid(), signal.SIGINT)
            await super().sleep(seconds)
            for _ in range(3):
                await asyncio.sleep(0)  # the signal is told to the loop between two steps

    clock = Impatient()
    monkeypatch.setattr(session, "SystemClock", lambda: clock)
    (project.folder / "state").mkdir()
    with (project.folder / "state" / "default.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        ended = project("--emulator", "apply", "--auto-approve", "--lock-timeout", "10m")
    assert ended.code == 130
    assert sum(clock.slept) < 5


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGHUP, 130), (signal.SIGTERM, 130), (signal.SIGKILL, -9)]
)
def test_after_a_signal_in_the_middle_the_next_run_finishes(
    child: Child, shell: Shell, number: signal.Signals, code: int
) -> None:
    child.server.fail("POST", "/assistant", child.signalled(number), nth=3)
    assert child.run("apply", "--auto-approve")[0] == code
    _heals(child, shell)


def test_a_run_that_was_stopped_for_a_while_still_holds_its_lock(
    child: Child, shell: Shell
) -> None:
    codes: list[int] = []

    def stop_and_go_on() -> None:
        assert child.process is not None
        child.process.send_signal(signal.SIGSTOP)
        rival = Child(child.folder, child.server)
        codes.append(rival.run("--emulator", "apply", "--auto-approve")[0])
        child.process.send_signal(signal.SIGCONT)

    child.server.fail("POST", "/assistant", Meanwhile(stop_and_go_on), nth=3)
    code, _ = child.run("apply", "--auto-approve")
    assert (code, codes) == (0, [5])
    assert "No changes. 12 owned" in shell("plan").out


@pytest.mark.parametrize("command", [["plan"], ["apply", "--auto-approve"]])
@pytest.mark.parametrize("form", ["human", "json"])
def test_a_reader_that_goes_away_is_met_quietly(
    child: Child, shell: Shell, command: list[str], form: str
) -> None:
    _, told = child.run(*command, "--format", form, into="| true")
    assert "Traceback" not in told
    assert "Exception ignored" not in told
    assert "bug" not in told
    _heals(child, shell)


@pytest.mark.parametrize("form", ["human", "json"])
def test_a_full_disk_behind_a_plan_is_told_and_is_no_bug_of_ours(child: Child, form: str) -> None:
    code, told = child.run("plan", "--format", form, into="> /dev/full")
    assert code == 1
    assert "Traceback" not in told
    assert "No space left" in told


@pytest.mark.parametrize("form", ["human", "json"])
def test_a_full_disk_behind_an_apply_loses_nothing(child: Child, shell: Shell, form: str) -> None:
    code, told = child.run("apply", "--auto-approve", "--format", form, into="> /dev/full")
    assert code != 70
    assert "Traceback" not in told
    _heals(child, shell)


@pytest.mark.parametrize("where", ["2> /dev/full", "2>&1 >/dev/null | true"])
def test_an_apply_is_carried_out_though_nobody_can_hear_of_it(
    child: Child, shell: Shell, where: str
) -> None:
    """What is said on stderr is a courtesy; an apply that began must not stop for it."""
    child.server.fail("POST", "/assistant", throttled("3"), nth=5)
    code, _ = child.run("apply", "--auto-approve", into=where)
    assert sorted(each["name"] for each in child.server.objects.values()) == sorted(_KEYS)
    assert "No changes. 12 owned" in shell("plan").out
    assert code == 0


@pytest.mark.parametrize(
    ("closed", "codes"), [("<&-", {0}), ("2>&-", {0}), (">&-", {0, 1}), ("<&- >&- 2>&-", {0, 1})]
)
def test_a_run_without_its_streams_is_no_bug_of_ours(
    child: Child, shell: Shell, closed: str, codes: set[int]
) -> None:
    """Some who start us close what they do not need; without stdout a plan cannot be shown."""
    code, told = child.run("apply", "--auto-approve", into=closed)
    assert "Traceback" not in told
    assert code in codes
    _heals(child, shell)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_name_the_output_cannot_spell_is_no_error(
    child: Child, shell: Shell, encoding: str
) -> None:
    shell.write("assistants/k0.yaml", "name: Grüße 名 \U0001f600\n")
    shell.set({"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"})
    code, told = child.run("apply", "--auto-approve")
    assert (code, "Traceback" in told) == (0, False)
    assert len(child.server.objects) == len(_KEYS)


class _Broken(io.StringIO):
    def write(self, _text: str) -> int:
        raise BrokenPipeError


def test_a_remark_nobody_can_hear_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", _Broken())
    console = Console(Settings(root=Path()))
    console.talk("waiting 3 s: the server asked for a pause")


def test_a_view_that_fails_does_not_end_an_apply(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_seen: object, **_more: object) -> str:
        raise KeyError("a bug in a view")

    monkeypatch.setattr(progress, "render_event", broken)
    settings = Settings(root=Path())
    with ProgressReport(Console(settings), settings) as report:
        report(PlanAccepted(((Address("assistant.desk"), Action.CREATE),)))
