"""The same long part twice in one text, found in time linear in the text."""

import re
from dataclasses import dataclass
from typing import Final

_SHORT: Final = 50_000
"""Up to here, looking for every such part at once is quicker, though its time is quadratic."""
_WORD: Final = re.compile(r"\b\w\w")


@dataclass(frozen=True, slots=True)
class Repetition:
    """Where a part stands first, where it stands again, and how long it is, in characters."""

    first: int
    again: int
    length: int


def repetition(text: str, at_least: int) -> Repetition | None:
    """Give the first part of so many characters (2 or more) that begins a word and comes again.

    A word has two letters at least. The two do not overlap. Time and memory are linear: a hash
    for each word, and no text.
    """
    if len(text) <= _SHORT and not _may_repeat(text, at_least):
        return None
    seen: dict[int, int] = {}
    for match in _WORD.finditer(text, 0, max(0, len(text) - at_least + 2)):
        again = match.start()
        part = text[again : again + at_least]
        first = seen.setdefault(hash(part), again)
        if first + at_least <= again and text.startswith(part, first):
            return Repetition(first, again, _alike(text, first, again))
    return None


def _may_repeat(text: str, at_least: int) -> bool:
    """Say whether some part of half the length comes again: the first of two alike covers one."""
    half = at_least // 2
    starts = range(0, len(text) - half, half)
    return any(text.find(text[start : start + half], start + 1) != -1 for start in starts)


def _alike(text: str, first: int, again: int) -> int:
    ends = range(min(again - first, len(text) - again))
    return next((at for at in ends if text[first + at] != text[again + at]), len(ends))
