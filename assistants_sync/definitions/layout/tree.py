"""A YAML text as it was written: every value with its place, every comment with its owner."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from assistants_sync.model.value import JsonValue

Style: TypeAlias = Literal["", "'", '"', "|", ">"]
"""How a scalar is written; the empty one is plain."""

Lines: TypeAlias = tuple[str, ...]
"""Comments as lines, each from its `#`; an empty one is a blank line."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """One scalar: `raw` is its source without the tag, `text` what it says.

    `start` and `end` are offsets into the text; for a block, `end` is that of its last line that
    says anything.
    """

    raw: str
    text: str
    style: Style = ""
    tag: str = ""
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Fresh:
    """A scalar or an empty collection that is not in the text yet, to be written `like` another."""

    value: JsonValue
    like: Style = ""


@dataclass(frozen=True, slots=True)
class Collection:
    """An object or a list. `is_flow`: in brackets, on one line. `tail` stands before its end."""

    slots: "tuple[Slot, ...]"
    is_list: bool
    is_flow: bool = False
    tail: Lines = ()
    tag: str = ""
    start: int = 0
    end: int = 0


Node: TypeAlias = "Scalar | Fresh | Collection"


@dataclass(frozen=True, slots=True)
class Slot:
    """A field (with a key) or an item, with what belongs to it.

    `before` stands above it; `head` behind its colon and `after` behind its value, each with the
    spaces before its `#`.
    """

    value: Node
    key: Scalar | None = None
    before: Lines = ()
    head: str = ""
    after: str = ""
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Tree:
    """One document, empty without a `root`; a blank line stands between `head` and its fields."""

    head: Lines
    root: Collection | None
