"""Lines no wider than a terminal; colour takes no column, and a wide letter takes two."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

WIDTH: Final = 80

_CODE: Final = r"\x1b\[[0-9;]*m"
_CODES: Final = re.compile(_CODE)
_CELL: Final = re.compile(rf"{_CODE}|[^\x1b]")
_WORD: Final = re.compile(rf"(\s*)((?:{_CODE}|[^\s\x1b])+)")
_COMMAND: Final = re.compile(rf"^((?:{_CODE})*):(?=:)")


def cells(text: str) -> int:
    """Give how many columns a text takes."""
    shown = _CODES.sub("", text) if "\x1b" in text else text
    return len(shown) if shown.isascii() else sum(map(_cells, shown))


def _cells(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def folded(text: str, first: str, hanging: str, *, may_split: bool = False) -> Iterator[str]:
    """Give escaped text on lines of at most 80 columns, behind `first` and then behind `hanging`.

    Spaces where a line ends are left out. A word wider than a line stays whole, unless it may be
    split.
    """
    line, used, is_fresh = first, cells(first), True
    if used + cells(text) <= WIDTH:
        yield (first + text).rstrip()
        return
    indent = cells(hanging)
    widest = WIDTH - max(used, indent)
    for gap, word in _words(text, widest if may_split else None):
        size, room = cells(word), cells(gap)
        wide = used + room + size > WIDTH
        if wide and is_fresh:
            line, used = line + word, used + size
        elif wide:
            yield line
            line, used = hanging + _COMMAND.sub(r"\1\\x3a", word), indent + size
        else:
            line, used = line + gap + word, used + room + size
        is_fresh = False
    yield line.rstrip()


def _words(text: str, widest: int | None) -> Iterator[tuple[str, str]]:
    for gap, word in _WORD.findall(text):
        if widest is None or cells(word) <= widest:
            yield gap, word
            continue
        start = gap
        for part in _split(word, widest):
            yield start, part
            start = ""


def _split(word: str, widest: int) -> Iterator[str]:
    part, used = "", 0
    for cell in _CELL.findall(word):
        size = cells(cell)
        if used + size > widest:
            yield part
            part, used = "", 0
        part, used = part + cell, used + size
    yield part
