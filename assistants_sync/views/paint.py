"""Colour as an argument: the same words with it and without."""

from enum import Enum


class Paint(Enum):
    """A meaning, by its ANSI code."""

    ADD = "32"
    CHANGE = "33"
    REMOVE = "31"
    DANGER = "1;31"
    FAINT = "2"
    BOLD = "1"


def painted(text: str, paint: Paint, *, colour: bool) -> str:
    """Give the text in a colour, or as it is."""
    return f"\x1b[{paint.value}m{text}\x1b[0m" if colour else text
