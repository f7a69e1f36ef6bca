"""What two sequences share, in order: Myers' greedy algorithm, given up when it gets dear.

difflib finds such runs too, but takes cubic time on texts made to be slow, and anybody may write
a prompt.
"""

from array import array
from collections.abc import Sequence
from typing import Final, TypeAlias

Run: TypeAlias = tuple[int, int, int]
"""Where a shared run starts in the one and in the other, and how long it is."""

_WORK_PER_ITEM: Final = 16
_WORK_AT_LEAST: Final = 20_000


def shared_runs(before: Sequence[str], after: Sequence[str]) -> tuple[Run, ...]:
    """Give the runs of items both have, in order; what stands between two of them differs.

    Takes time linear in the number of items. Where a shortest edit is not found in that time,
    only the common beginning and end are given.
    """
    head = _common(before, after)
    rest, other = before[head:], after[head:]
    tail = _common(rest[::-1], other[::-1])
    rest, other = rest[: len(rest) - tail], other[: len(other) - tail]
    inner = _walk_back(_reaches(rest, other), len(rest), len(other)) if rest and other else []
    return (
        *([(0, 0, head)] if head else []),
        *((head + x, head + y, length) for x, y, length in inner),
        *([(len(before) - tail, len(after) - tail, tail)] if tail else []),
    )


def _common(before: Sequence[str], after: Sequence[str]) -> int:
    shortest = min(len(before), len(after))
    return next((at for at in range(shortest) if before[at] != after[at]), shortest)


def _reaches(before: Sequence[str], after: Sequence[str]) -> list["array[int]"]:
    """For each number of edits, how far into `before` each diagonal gets; [] when given up.

    Source: E. W. Myers, An O(ND) Difference Algorithm and Its Variations, 1986.
    """
    size, other = len(before), len(after)
    work = max(_WORK_PER_ITEM * (size + other), _WORK_AT_LEAST)
    rows: list[array[int]] = []
    last = [0]
    while work > 0:
        edits = len(rows)
        row: list[int] = []
        for at in range(edits + 1):
            # As `_step` has it: this is the innermost loop of every diff.
            if at == 0 or (at < edits and last[at - 1] < last[at]):
                x = start = last[at]
            else:
                x = start = last[at - 1] + 1
            y = x - (2 * at - edits)
            while x < size and y < other and before[x] == after[y]:
                x, y = x + 1, y + 1
            row.append(x)
            work -= 1 + x - start
            if x >= size and y >= other:
                return [*rows, array("l", row)]
        rows.append(array("l", row))
        last = row
    return []


def _step(last: "array[int]", at: int) -> int:
    """Where a diagonal starts with one edit more: an item added, or one removed."""
    return last[at] if _is_added(last, at) else last[at - 1] + 1


def _is_added(last: "array[int]", at: int) -> bool:
    return at == 0 or (at < len(last) and last[at - 1] < last[at])


def _walk_back(rows: list["array[int]"], x: int, y: int) -> list[Run]:
    runs = []
    for edits in range(len(rows) - 1, 0, -1):
        last, at = rows[edits - 1], (x - y + edits) // 2
        start = _step(last, at)
        if x > start:
            runs.append((start, y - (x - start), x - start))
        y -= x - start
        if _is_added(last, at):
            x, y = start, y - 1
        else:
            x = start - 1
    if rows and x:
        runs.append((0, 0, x))
    return runs[::-1]
