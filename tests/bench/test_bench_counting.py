"""What counts work counts it, and what times a command runs it as often as it says."""

import json
import os
import sys
from collections import Counter
from pathlib import Path

import project
import pytest
import timing
from counted import DEEPDIFFS, YAML_TEXTS, counting
from timing import Took

ROOT = Path(__file__).parents[2]


def test_each_call_is_counted_and_answered() -> None:
    counts = Counter({"lengths": 0})
    length = counting(counts, "lengths", len)
    assert [length("ab"), length([1])] == [2, 1]
    assert counts == {"lengths": 2}


def counted(folder: Path, definitions: int) -> dict[str, int]:
    """Give what `validate` of so many definitions does."""
    folder.mkdir()
    project.write_project(folder, definitions)
    counts = folder / "counts.json"
    argv = [sys.executable, str(ROOT / "benchmarks" / "counted.py"), str(counts)]
    environ = project.environ("http://127.0.0.1:9", folder / "cache")
    timing.run([*argv, "--chdir", str(folder), "validate"], environ | {"PYTHONPATH": str(ROOT)})
    found: dict[str, int] = json.loads(counts.read_text())
    return found


def test_a_command_that_is_counted_tells_each_file_it_read(tmp_path: Path) -> None:
    one, three = counted(tmp_path / "one", 1), counted(tmp_path / "three", 3)
    assert three[YAML_TEXTS] == one[YAML_TEXTS] + 2
    assert three[DEEPDIFFS] == 0


def test_the_first_round_is_not_counted_and_the_median_is() -> None:
    spent = iter([90.0, 1.0, 5.0, 2.0])
    order: list[str] = []

    def ours() -> Took:
        order.append("ours")
        cpu = next(spent)
        return Took(cpu, cpu * 2, cpu * 3)

    def floor() -> Took:
        order.append("floor")
        return Took(1.0, 1.0, 1.0)

    assert timing.in_turns(3, floor, ours) == [Took(1.0, 1.0, 1.0), Took(2.0, 4.0, 6.0)]
    assert order == ["floor", "ours"] * 4


def test_the_cost_of_a_command_is_its_own() -> None:
    idle = timing.run([sys.executable, "-c", "pass"], {})
    # A child begins at the peak of its parent, which is as large as the tests before this one.
    size = int((idle.megabytes + 200) * 1e6)
    busy = timing.run([sys.executable, "-c", f"b'x' * {size}; sum(range(3_000_000))"], {})
    assert busy.cpu > idle.cpu
    assert busy.megabytes > idle.megabytes + 100


def test_a_command_that_fails_is_no_measurement() -> None:
    with pytest.raises(RuntimeError, match="no such thing"):
        timing.run([sys.executable, "-c", "raise SystemExit('no such thing')"], dict(os.environ))  # noqa: TID251 -- a child has ours
