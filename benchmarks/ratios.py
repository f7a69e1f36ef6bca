"""What a job took by what its floor took, and the ratios of the last release, in a file.

A ratio holds on any machine, and less is better.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, assert_never

from pydantic import BaseModel, ConfigDict


@dataclass(frozen=True, slots=True)
class Measured:
    """What a job took, and its floor, both in `unit`."""

    job: str
    floor: float
    ours: float
    unit: str = "s"

    @property
    def ratio(self) -> float:
        """What we took by what the floor took."""
        return self.ours / self.floor


@dataclass(frozen=True, slots=True)
class NotMeasured:
    """A job that cannot be done on this machine, and why."""

    job: str
    why: str


Found: TypeAlias = Measured | NotMeasured


class Stored(BaseModel):
    """What is stored of a job: the ratio of the last release, and the share one may be worse by.

    `at_most` is the target of the ratio, `ours_at_most` one of what we take.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    ratio: float | None = None
    margin: float = 0.25
    at_most: float | None = None
    ours_at_most: float | None = None


class Book(BaseModel):
    """The stored jobs of each group, and the versions they were measured with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    measured_with: Mapping[str, str] = {}
    groups: Mapping[str, Mapping[str, Stored]] = {}


def store(book: Book, group: str, found: Iterable[Found]) -> Book:
    """Give the book with what a group found as its ratios.

    Targets and margins stay as they are; a job that is no longer there goes, one that could not be
    measured stays.
    """
    old = book.groups.get(group, {})
    new: dict[str, Stored] = {}
    for each in found:
        known = old.get(each.job, Stored())
        match each:
            case Measured():
                new[each.job] = known.model_copy(update={"ratio": round(each.ratio, 4)})
            case NotMeasured(job):
                new[job] = known
            case _:
                assert_never(each)
    return book.model_copy(update={"groups": {**book.groups, group: new}})


def stamp(book: Book, versions: Mapping[str, str]) -> Book:
    """Give the book with what it was measured with."""
    return book.model_copy(update={"measured_with": versions})


def read(path: Path) -> Book:
    """Read a book."""
    return Book.model_validate_json(path.read_bytes())


def write(path: Path, book: Book) -> None:
    """Write a book with a line for each job, as a reviewer reads it."""
    groups = ",\n".join(
        f"    {json.dumps(name)}: {{\n{_lines(jobs)}\n    }}" for name, jobs in book.groups.items()
    )
    with_ = json.dumps(dict(book.measured_with))
    path.write_text(f'{{\n  "measured_with": {with_},\n  "groups": {{\n{groups}\n  }}\n}}\n')


def _lines(jobs: Mapping[str, Stored]) -> str:
    return ",\n".join(
        f"      {json.dumps(job)}: {stored.model_dump_json(exclude_none=True)}"
        for job, stored in jobs.items()
    )
