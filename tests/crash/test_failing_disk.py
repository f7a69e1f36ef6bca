"""A disk that is full, cannot sync or turns read-only at any point: a clean end, then healed.

Every third point is tried; with ASSISTANTS_SYNC_CRASH=full, every one.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from crash.failpoints import Fault
from crash.scene import IS_FULL, Broken, Nursery, check, copy, heal, live
from crash.tally import Tally
from shell import Shell


@pytest.mark.parametrize("fault", ["full", "unsynced", "read-only"])
def test_a_disk_that_fails_at_any_point_ends_the_run_cleanly_and_loses_nothing(
    fault: Fault,
    stage: Path,
    nursery: Nursery,
    shell_in: Callable[[Path], Shell],
    tmp_path: Path,
    tally: Tally,
) -> None:
    before, points, tried = live(stage), 0, 0
    faults: list[str] = []
    while True:
        shell = shell_in(copy(stage, tmp_path / str(points)))
        broken = nursery.apply(shell.folder, fault, points)
        if len(broken.points) <= points:
            break
        try:
            _ended_cleanly(shell, broken, set(before))
            heal(shell, before)
        except AssertionError as error:
            faults.append(f"point {points}, {broken.points[points]}: {error}")
        points += 1 if IS_FULL else 3
        tried += 1
    assert broken.code == 0, broken.told
    healed = tried - len(faults)
    tally(f"a disk that is {fault}", tried=tried, of=len(broken.points), healed=healed)
    assert not faults, "\n\n".join(faults)
    assert tried > 5


def test_a_lock_file_that_cannot_be_emptied_at_the_end_does_not_hide_how_the_run_ended(
    stage: Path, nursery: Nursery, shell_in: Callable[[Path], Shell], tmp_path: Path
) -> None:
    shell = shell_in(copy(stage, tmp_path / "project"))
    broken = nursery.apply(shell.folder, "untruncated", 1)
    assert broken.points == ["ftruncate default.lock"] * 2
    check(shell, live(stage))
    assert broken.code == 0, broken.told


def _ended_cleanly(shell: Shell, broken: Broken, before: set[str]) -> None:
    """See that it failed, said so as an error of the disk, and named every id nobody recorded."""
    assert broken.code in {1, 6}, f"exit {broken.code}: {broken.told}"
    assert "Traceback" not in broken.told
    assert "error: " in broken.told
    kept = "".join(
        path.read_text() for path in (shell.folder / "state").glob("default.j*") if path.is_file()
    )
    for remote_id in live(shell.folder).keys() - before:
        assert remote_id in kept or remote_id in broken.told
