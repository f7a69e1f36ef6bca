"""The table of what was measured against what is stored: one line a job, and the exit code."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias, assert_never

import ratios
from ratios import Found, Measured, NotMeasured, Stored

Groups: TypeAlias = Mapping[str, Callable[[], Iterable[Found]]]
"""What measures, by the name of its group."""

_JOB_WIDTH: Final = 52
_WIDTHS: Final = (14, 14, 9, 9, 9)
_EMPTY: Final = ("",) * len(_WIDTHS)
_EXACT_FROM: Final = 100
_ROUNDING: Final = 1e-4
"""Stored ratios have four decimals."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table; a starred one misses its target, a bad one must not pass."""

    text: str
    is_starred: bool = False
    is_bad: bool = False

    def __str__(self) -> str:
        return f"{'*' if self.is_starred else ' '} {self.text}"


def _row(job: str, cells: Sequence[str], verdict: str) -> str:
    told = "".join(cell.rjust(width) for cell, width in zip(cells, _WIDTHS, strict=True))
    return f"{job:<{_JOB_WIDTH}}{told}  {verdict}"


HEAD: Final = Line(_row("job", ("floor", "ours", "ratio", "target", "stored"), "verdict"))


def compare(
    found: Iterable[Found], stored: Mapping[str, Stored], *, is_alike: bool = True
) -> Iterator[Line]:
    """Give a line for each job as it is found, then one for each that is stored and was not.

    Where figures are not alike to those that are stored, only targets are compared.
    """
    left = dict(stored)
    for each in found:
        known = left.pop(each.job, None)
        match each:
            case Measured():
                yield _judge(each, known, is_alike=is_alike)
            case NotMeasured(job, why):
                yield Line(_row(job, _EMPTY, f"not measured: {why}"))
            case _:
                assert_never(each)
    for job in left:
        told = _row(job, _EMPTY, "MISSING: stored, and no longer measured")
        yield Line(told, is_bad=True)


def _judge(found: Measured, known: Stored | None, *, is_alike: bool) -> Line:
    stored = known or Stored()
    targets = ((found.ratio, stored.at_most), (found.ours, stored.ours_at_most))
    is_starred = any(most is not None and value > most for value, most in targets)
    if known is None:
        is_bad, verdict = True, "NOT STORED: --store adds it"
    elif is_alike:
        is_bad, verdict = _by_release(found.ratio, stored)
    else:
        is_bad, verdict = _by_target(stored, is_starred=is_starred)
    cells = (
        *(f"{_spell(each)} {found.unit}" for each in (found.floor, found.ours)),
        f"{found.ratio:.2f}",
        _target(stored, found.unit),
        "" if stored.ratio is None else f"{stored.ratio:.2f}",
    )
    return Line(_row(found.job, cells, verdict), is_starred, is_bad)


def _target(stored: Stored, unit: str) -> str:
    if stored.ours_at_most is not None:
        return f"{_spell(stored.ours_at_most)} {unit}"
    return "" if stored.at_most is None else f"{stored.at_most:.2f}"


def _by_release(ratio: float, stored: Stored) -> tuple[bool, str]:
    if stored.ratio is None:
        return False, "nothing stored"
    by = ratio / stored.ratio - 1 if stored.ratio else ratio
    if ratio > stored.ratio * (1 + stored.margin) + _ROUNDING:
        return True, f"WORSE by {by:.1%}, allowed is {stored.margin:.0%}"
    return False, f"{by:+.0%}"


def _by_target(stored: Stored, *, is_starred: bool) -> tuple[bool, str]:
    was_met = stored.ratio is not None and stored.ratio <= (stored.at_most or 0)
    if is_starred and was_met:
        return True, "MISSES the target, which the release met"
    return False, "not compared"


def _spell(number: float) -> str:
    return f"{number:,.0f}" if number >= _EXACT_FROM else f"{number:.3g}"


def tell(
    groups: Groups, path: Path, *, stores: bool = False, versions: Mapping[str, str] | None = None
) -> int:
    """Measure each group, print a line for each job as it is found, and give the exit code.

    `stores` writes what was found to the file at `path`; no ratio fails then. With `versions`
    figures are compared only to those that were stored with the same. A group that cannot be
    measured fails, and the others go on.
    """
    book, is_bad = ratios.read(path), False
    is_alike = versions is None or versions == book.measured_with
    print(HEAD)
    if not is_alike:
        print(f"  stored with {_list(book.measured_with)}; here is {_list(versions or {})}")
    for name, measure in groups.items():
        found: list[Found] = []
        jobs = compare(_noting(measure(), found), book.groups.get(name, {}), is_alike=is_alike)
        try:
            for line in jobs:
                print(line, flush=True)
                is_bad |= line.is_bad and not stores
        except RuntimeError as error:
            # The others are worth their minutes all the same.
            print(f"  {name} FAILED: {error}", flush=True)
            is_bad = True
        else:
            book = ratios.store(book, name, found)
    if stores:
        ratios.write(path, book if versions is None else ratios.stamp(book, versions))
    return int(is_bad)


def _list(versions: Mapping[str, str]) -> str:
    return ", ".join(" ".join(each) for each in versions.items())


def _noting(jobs: Iterable[Found], found: list[Found]) -> Iterator[Found]:
    for each in jobs:
        found.append(each)
        yield each
