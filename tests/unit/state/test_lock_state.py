"""One run at a time: the second one is told who is first, and waits as long as it was asked."""

import asyncio
import errno
import fcntl
import os
import stat
import subprocess
import sys
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from fakes import FakeClock

from assistants_sync.errors import LockedError, StateError
from assistants_sync.state.backend import LockHolder
from assistants_sync.state.local.lock import FileLock
from assistants_sync.state.lock import Patience, holding

ANNA = LockHolder("a1", "anna@laptop", "apply", "2026-11-21T09:00:00Z")
BERT = LockHolder("b2", "bert@ci", "plan", "2026-11-21T09:01:00Z")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "default.lock"


def locked(
    path: Path, holder: LockHolder, clock: FakeClock | None = None, timeout_seconds: float = 0.0
) -> AbstractAsyncContextManager[None]:
    return holding(FileLock(path), holder, clock or FakeClock(), Patience(timeout_seconds))


def read_holder(path: Path) -> LockHolder | None:
    return asyncio.run(FileLock(path).holder())


def take(path: Path, holder: LockHolder = ANNA) -> None:
    async def run() -> None:
        async with locked(path, holder):
            assert await FileLock(path).holder() == holder

    asyncio.run(run())


def test_a_lock_names_its_holder_while_it_is_held_and_nobody_afterwards(path: Path) -> None:
    assert read_holder(path) is None
    take(path)
    assert read_holder(path) is None
    assert path.read_bytes() == b""
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    take(path, BERT)


def test_a_second_run_is_told_who_holds_the_state(path: Path) -> None:
    async def run() -> None:
        async with locked(path, ANNA), locked(path, BERT):
            pass

    with pytest.raises(LockedError) as caught:
        asyncio.run(run())
    fault = caught.value.diagnostic
    assert caught.value.exit_code == 5
    assert fault.summary == "Another run holds the state"
    assert "held by anna@laptop, running `apply` since 2026-11-21T09:00:00Z" in fault.detail
    assert "--lock-timeout" in str(fault.hint)
    take(path, BERT)


def test_a_second_run_waits_as_long_as_it_was_asked(path: Path) -> None:
    clock = FakeClock()

    async def run() -> None:
        async with locked(path, ANNA, clock), locked(path, BERT, clock, timeout_seconds=2.0):
            pass

    with pytest.raises(LockedError):
        asyncio.run(run())
    assert sum(clock.slept) == 2.0


def test_a_second_run_goes_on_once_the_first_one_is_done(path: Path) -> None:
    first = FileLock(path)

    class EndsTheFirst(FakeClock):
        async def sleep(self, seconds: float) -> None:
            await super().sleep(seconds)
            if len(self.slept) == 3:
                await first.release()

    clock = EndsTheFirst()

    async def run() -> None:
        assert await first.take(ANNA) is None
        async with locked(path, BERT, clock, timeout_seconds=60.0):
            assert await first.holder() == BERT

    asyncio.run(run())
    assert clock.slept == [0.5] * 3


def test_a_lock_is_let_go_when_the_run_fails(path: Path) -> None:
    async def run() -> None:
        async with locked(path, ANNA):
            raise ArithmeticError

    with pytest.raises(ArithmeticError):
        asyncio.run(run())
    take(path, BERT)


def test_letting_go_of_what_was_never_held_does_nothing(path: Path) -> None:
    asyncio.run(FileLock(path).release())
    assert not path.exists()


def test_a_lock_left_by_a_run_that_died_is_free(path: Path) -> None:
    path.parent.mkdir()
    script = (
        "import fcntl, os, sys\n"
        "fd = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT, 0o600)\n"
        "fcntl.flock(fd, fcntl.LOCK_EX)\n"
        'os.write(fd, b\'{"who": "ghost", "command": "apply", "since": "then"}\')\n'
        "os.kill(os.getpid(), 9)\n"
    )
    died = subprocess.run([sys.executable, "-c", script, path], check=False)
    assert died.returncode == -9
    assert b"ghost" in path.read_bytes()
    assert read_holder(path) is None
    take(path)


def test_a_name_longer_than_ours_leaves_nothing_behind(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"x" * 4000)
    take(path)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"who": "x"}', b"\xff", b"7"])
def test_a_lock_whose_note_cannot_be_read_is_held_all_the_same(path: Path, data: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(data)
    descriptor = os.open(path, os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        assert read_holder(path) == LockHolder("?", "a run that left no name", "?", "?")
        with pytest.raises(LockedError, match="held by a run that left no name"):
            take(path)
    finally:
        os.close(descriptor)


def test_a_link_is_no_lock(path: Path) -> None:
    path.parent.mkdir()
    victim = path.with_name("victim")
    victim.write_bytes(b"precious")
    path.symlink_to(victim)
    with pytest.raises(StateError, match="State cannot be locked"):
        take(path)
    assert read_holder(path) is None
    assert victim.read_bytes() == b"precious"


def test_a_lock_that_cannot_be_made_says_where_and_why(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StateError) as caught:
        take(tmp_path / "file" / "default.lock")
    assert caught.value.diagnostic.summary == "State cannot be locked"
    assert "check the disk and the folder's permissions" in str(caught.value.diagnostic.hint)


def test_a_full_disk_does_not_let_a_lock_be_taken(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "pwrite", full_disk)
    with pytest.raises(StateError):
        take(path)


def test_a_fifo_is_no_lock(path: Path) -> None:
    path.parent.mkdir()
    os.mkfifo(path)
    with pytest.raises(StateError):
        take(path)
