"""Colour and detail as arguments: the same words in every colour, more of them in more detail."""

from dataclasses import dataclass
from enum import Enum


class Paint(Enum):
    """A meaning, by its ANSI code."""

    ADD = "32"
    CHANGE = "33"
    REMOVE = "31"
    DANGER = "1;31"
    FAINT = "2"
    BOLD = "1"


class Detail(Enum):
    """How much is told: a line for each address, what people read, or everything."""

    SUMMARY = "summary"
    NORMAL = "normal"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Look:
    """How a view is drawn. `prompt_rows` is the most a prompt's difference takes."""

    colour: bool = False
    detail: Detail = Detail.NORMAL
    prompt_rows: int = 24

    @property
    def is_full(self) -> bool:
        """Whether nothing may be shortened."""
        return self.detail is Detail.FULL

    def painted(self, text: str, paint: Paint) -> str:
        """Give the text in a colour, or as it is."""
        return painted(text, paint, colour=self.colour)


def painted(text: str, paint: Paint, *, colour: bool) -> str:
    """Give the text in a colour, or as it is."""
    return f"\x1b[{paint.value}m{text}\x1b[0m" if colour and text.strip() else text
