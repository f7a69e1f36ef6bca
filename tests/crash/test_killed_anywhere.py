"""`kill -9` at every point of an apply: the next one heals it.

All points a kill can tell apart are tried; with ASSISTANTS_SYNC_CRASH=full, simply all, and a
second kill inside the recovery far more often.
"""

import signal
from collections.abc import Callable
from pathlib import Path

from crash.scene import IS_FULL, Nursery, check, copy, deletions_left, heal, live
from crash.tally import Tally
from shell import Shell

_KILLED = -signal.SIGKILL
_NEVER = -1


def test_an_apply_killed_at_any_point_is_healed_by_the_next(
    stage: Path,
    nursery: Nursery,
    shell_in: Callable[[Path], Shell],
    tmp_path: Path,
    tally: Tally,
) -> None:
    before, points = live(stage), 0
    unhealed: list[str] = []
    while True:
        shell = shell_in(copy(stage, tmp_path / str(points)))
        broken = nursery.apply(shell.folder, "killed", points)
        if broken.code != _KILLED:
            break
        try:
            heal(shell, before)
        except AssertionError as error:
            unhealed.append(f"point {points}, {broken.points[-1]}: {error}")
        points += 1
    assert broken.code == 0, broken.told
    check(shell, before)
    whole = nursery.apply(copy(stage, tmp_path / "whole"), "killed", _NEVER, every=True)
    healed = points - len(unhealed)
    tally("killed at a point", tried=points, of=len(whole.points), healed=healed)
    assert not unhealed, "\n\n".join(unhealed)
    assert points > 60


def test_an_apply_killed_again_in_its_recovery_is_healed_by_the_third(
    stage: Path,
    nursery: Nursery,
    shell_in: Callable[[Path], Shell],
    tmp_path: Path,
    tally: Tally,
) -> None:
    before, pairs, first = live(stage), 0, 3
    first_step, second_step = (11, 17) if IS_FULL else (19, 23)
    while True:
        second = 3
        while True:
            shell = shell_in(copy(stage, tmp_path / f"{first}-{second}"))
            if nursery.apply(shell.folder, "killed", first).code != _KILLED:
                tally("killed again in its recovery", tried=pairs, healed=pairs)
                assert pairs > 5
                return
            again = nursery.apply(shell.folder, "killed", second, deletions_left(shell))
            if again.code != _KILLED:
                assert again.code == 0, again.told
                break
            heal(shell, before)
            pairs += 1
            second += second_step
        first += first_step


def test_a_backup_torn_by_a_kill_hides_no_other_backup(
    stage: Path, nursery: Nursery, shell_in: Callable[[Path], Shell], tmp_path: Path
) -> None:
    whole = nursery.apply(copy(stage, tmp_path / "whole"), "killed", _NEVER)
    torn = next(
        index
        for index, name in enumerate(whole.points)
        if name.startswith("inside write") and "-gone-1-" in name
    )
    shell = shell_in(copy(stage, tmp_path / "torn"))
    broken = nursery.apply(shell.folder, "killed", torn)
    assert (broken.code, broken.points[-1].split()[0]) == (_KILLED, "inside")
    heal(shell, live(stage))
    listed = shell("trash", "list")
    assert listed.code == 0, listed.err
    assert "gone-1" in listed.out
    assert "gone-2" in listed.out
