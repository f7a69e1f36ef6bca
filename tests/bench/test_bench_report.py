"""What of a benchmark may pass, and what fails."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import ratios
from hypothesis import given
from hypothesis import strategies as st
from ratios import Book, Found, Measured, NotMeasured, Stored
from report import Line, compare, tell

PLAN = "no-op plan"
VERSIONS = {"python": "3.11"}


def judged(found: Found, stored: Stored | None, *, is_alike: bool = True) -> Line:
    (line,) = compare([found], {} if stored is None else {PLAN: stored}, is_alike=is_alike)
    return line


def ran(ratio: float) -> Measured:
    return Measured(PLAN, 2.0, 2.0 * ratio)


def test_a_ratio_worse_by_more_than_its_margin_fails() -> None:
    line = judged(ran(1.26), Stored(ratio=1.0, margin=0.25))
    assert line.is_bad
    assert "WORSE by 26.0%, allowed is 25%" in str(line)


@pytest.mark.parametrize("ratio", [1.24, 1.0, 0.5])
def test_a_ratio_within_its_margin_or_better_passes(ratio: float) -> None:
    assert not judged(ran(ratio), Stored(ratio=1.0, margin=0.25)).is_bad


@pytest.mark.parametrize(("stored", "now"), [(0, 1), (510, 511), (249, 250)])
def test_a_count_without_a_margin_fails_when_it_grows_by_one(stored: int, now: int) -> None:
    book = ratios.store(Book(), "counts", [Measured(PLAN, 250, stored)])
    kept = book.groups["counts"][PLAN].model_copy(update={"margin": 0.0})
    assert not judged(Measured(PLAN, 250, stored), kept).is_bad
    assert judged(Measured(PLAN, 250, now), kept).is_bad


def test_a_job_that_is_stored_and_no_longer_measured_fails() -> None:
    (line,) = compare([], {PLAN: Stored(ratio=1.0)})
    assert line.is_bad
    assert "MISSING" in str(line)


def test_a_job_that_this_machine_cannot_do_passes_and_says_why() -> None:
    line = judged(NotMeasured(PLAN, "not installed"), Stored(ratio=1.0))
    assert not line.is_bad
    assert "not measured: not installed" in str(line)


def test_a_job_that_nobody_stored_fails() -> None:
    assert judged(ran(1.0), None).is_bad


@pytest.mark.parametrize("stored", [Stored(ratio=3, at_most=2), Stored(ratio=3, ours_at_most=5)])
def test_a_missed_target_is_starred_and_passes(stored: Stored) -> None:
    missed, met = judged(ran(3.0), stored), judged(ran(1.9), stored)
    assert (missed.is_starred, missed.is_bad) == (True, False)
    assert str(missed).startswith("* ")
    assert not met.is_starred


def test_figures_of_other_versions_are_not_compared() -> None:
    line = judged(ran(9.0), Stored(ratio=1.0), is_alike=False)
    assert not line.is_bad
    assert "not compared" in str(line)


def test_a_target_the_release_met_is_to_be_met_on_other_versions_too() -> None:
    assert judged(ran(4.1), Stored(ratio=3.9, at_most=4), is_alike=False).is_bad
    assert not judged(ran(4.1), Stored(ratio=4.2, at_most=4), is_alike=False).is_bad
    assert not judged(ran(3.9), Stored(ratio=2.0, at_most=4), is_alike=False).is_bad


@given(st.floats(0, 1e6), st.floats(1e-3, 1e6))
def test_what_was_stored_passes_when_it_is_measured_again(ours: float, floor: float) -> None:
    found = Measured(PLAN, floor, ours)
    stored = ratios.store(Book(), "plans", [found]).groups["plans"][PLAN]
    assert not judged(found, stored.model_copy(update={"margin": 0.0})).is_bad


def test_a_release_stores_ratios_and_leaves_targets_and_margins(tmp_path: Path) -> None:
    path = tmp_path / "ratios.json"
    old = {PLAN: Stored(ratio=1.0, margin=0.1, at_most=2), "gone": Stored(ratio=1.0)}
    ratios.write(path, Book(groups={"plans": old, "start": {PLAN: Stored(ratio=7.0)}}))

    def measure() -> Iterator[Found]:
        yield ran(1.5)
        yield NotMeasured("postgres", "not installed")

    assert tell({"plans": measure}, path) == 1
    assert tell({"plans": measure}, path, stores=True, versions=VERSIONS) == 0
    kept = ratios.read(path)
    assert kept.groups["plans"] == {
        PLAN: Stored(ratio=1.5, margin=0.1, at_most=2),
        "postgres": Stored(),
    }
    assert kept.groups["start"] == {PLAN: Stored(ratio=7.0)}
    assert tell({"plans": measure}, path, versions=VERSIONS) == 0


def test_other_versions_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "work.json"
    ratios.write(path, Book(measured_with=VERSIONS, groups={"start": {PLAN: Stored(ratio=1.0)}}))
    assert tell({"start": lambda: [ran(9.0)]}, path, versions={"python": "3.13"}) == 0
    assert "stored with python 3.11; here is python 3.13" in capsys.readouterr().out
    assert tell({"start": lambda: [ran(9.0)]}, path, versions=VERSIONS) == 1


@pytest.mark.parametrize("stores", [True, False])
def test_a_group_that_cannot_be_measured_fails_and_the_others_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], *, stores: bool
) -> None:
    path, kept = tmp_path / "ratios.json", {PLAN: Stored(ratio=1.0)}
    ratios.write(path, Book(groups={"plans": kept, "start": kept}))

    def measure() -> Iterator[Found]:
        yield ran(1.1)
        raise RuntimeError("the plan failed")

    assert tell({"plans": measure, "start": lambda: [ran(1.2)]}, path, stores=stores) == 1
    said = capsys.readouterr().out
    assert "plans FAILED: the plan failed" in said
    assert "+20%" in said
    assert ratios.read(path).groups["plans"] == kept
