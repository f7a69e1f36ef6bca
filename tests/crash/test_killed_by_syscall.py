"""`kill -9` at every system call that touches the state or the emulator's store, by strace.

Here the command line is the plain one, with nothing wrapped: it shows that the points of the other
tests are all there are. Collected only with ASSISTANTS_SYNC_CRASH=full; fails without strace.
"""

import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from crash.scene import ROOT, apply_of, copy, heal, live
from crash.tally import Tally
from shell import Shell

_CALLS = (
    "write,pwrite64,fsync,fdatasync,rename,renameat,renameat2,openat,unlink,unlinkat,ftruncate,"
    "mkdir,mkdirat"
)
_NAMES = (
    "",
    "default.json",
    "default.json.tmp",
    "default.json.backup",
    "default.json.backup.tmp",
    "default.journal",
    "default.lock",
    "default.trash",
    "default.emulator.sqlite",
    "default.emulator.sqlite-journal",
)


def test_an_apply_killed_at_any_system_call_is_healed_by_the_next(
    stage: Path, shell_in: Callable[[Path], Shell], tmp_path: Path, tally: Tally
) -> None:
    before = live(stage)
    traced = tmp_path / "trace"
    assert _apply(copy(stage, tmp_path / "whole"), "-o", str(traced)) == 0
    counts = Counter(re.findall(r"^\d+ +(\w+)\(", traced.read_text(), re.MULTILINE))
    unhealed: list[str] = []
    for call, count in counts.items():
        for nth in range(1, count + 1):
            shell = shell_in(copy(stage, tmp_path / f"{call}-{nth}"))
            inject = f"inject={call}:signal=SIGKILL:when={nth}"
            assert _apply(shell.folder, "-o", str(traced), "-e", inject) == -signal.SIGKILL
            try:
                heal(shell, before)
            except AssertionError as error:
                unhealed.append(f"{call} {nth}: {error}")
    healed = counts.total() - len(unhealed)
    tally("killed at a system call", tried=counts.total(), of=counts.total(), healed=healed)
    assert not unhealed, "\n\n".join(unhealed)
    assert counts.total() > 100


def _apply(folder: Path, *flags: str) -> int:
    strace = shutil.which("strace")
    if strace is None:
        pytest.fail("the full crash test needs strace")
    paths = [word for name in _NAMES for word in ("-P", str(folder / "state" / name))]
    command = [strace, "-f", "-qq", *paths, "-e", f"trace={_CALLS}", *flags]
    argv = ["-m", "assistants_sync", "--chdir", str(folder), *apply_of(2)]
    ended = subprocess.run(
        [*command, sys.executable, *argv], cwd=ROOT, check=False, capture_output=True
    )
    return ended.returncode
