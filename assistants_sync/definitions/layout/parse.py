"""YAML text to trees: the places that the parser gives, and the comments between them.

Only for texts that `yaml_text` has accepted: the bounds and the refusals are there.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import yaml

from assistants_sync.definitions.layout.tree import (
    Collection,
    Lines,
    Node,
    Scalar,
    Slot,
    Style,
    Tree,
)
from assistants_sync.definitions.scalars import read_plain
from assistants_sync.errors import SyncError

_TO_COLON: Final = re.compile(r"(?:[ \t\n]|#[^\n]*)*:")
_BEHIND: Final = re.compile(r"(?:[ \t]*,)?([ \t]*#[^\n]*)")
_BLOCK_HEAD: Final = re.compile(r"[|>](?P<how>[-+0-9]*)(?P<comment>[ \t]+#[^\n]*)?")
_EXPLICIT: Final = re.compile(r"\?[ \t]*\Z")
_COMMENT: Final = re.compile(r"#[^\n]*")
_BRACKET: Final = re.compile(r"(?:!\S*\s*)?[\[{]")
_TAG: Final = re.compile(r"(![^\s,]*)[ \t]*(?P<apart>[\n#])?")
_CORE_TAGS: Final = frozenset({"tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"})
_STYLES: Final[dict[str, Style]] = {"'": "'", '"': '"', "|": "|", ">": ">"}


class LayoutError(SyncError):
    """A file is left as it is: it cannot be laid out anew without changing its meaning."""

    code = "layout"


def parse_trees(text: str) -> tuple[Tree, ...]:
    """Give the documents of a text that our reader accepts; an empty one has no root.

    Raises:
        LayoutError: it has directives, lone carriage returns, or a document that is no object.
    """
    return tuple(_Reader(text).trees())


def comments_in(text: str) -> Iterator[str]:
    """Give every comment of a text, from its `#`, by looking at all that is no scalar.

    It shares nothing with the trees, so that it can tell what they lost.
    """
    at = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.ScalarEvent):
            yield from _COMMENT.findall(text[at : _start(event)])
            head = text[_start(event) : _end(event)].partition("\n")[0]
            if event.style in ("|", ">"):
                yield from _COMMENT.findall(head)
            at = max(at, _end(event))
    yield from _COMMENT.findall(text[at:])


class _Reader:
    """Goes through events and text together; what stands before `_at` belongs to somebody."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._events: Iterator[yaml.Event] = yaml.parse(text, Loader=yaml.CSafeLoader)
        self._at = 0

    def trees(self) -> Iterator[Tree]:
        if "\r" in self._text:
            raise LayoutError("Cannot be laid out", "a line of it ends in a carriage return alone")
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                if event.version or event.tags:
                    raise LayoutError("Cannot be laid out", "a line of it begins with `%`")
                yield self._tree(next(self._events))
        rest = self._lines_to(len(self._text))
        if any(rest):
            yield Tree(rest, None)

    def _tree(self, event: yaml.Event) -> Tree:
        if _says_nothing(event):
            head = self._lines_to(_start(event))
            self._at = max(self._at, _end(event))
            return Tree(head, None)
        if not isinstance(event, yaml.MappingStartEvent):
            raise LayoutError("Cannot be laid out", "a document of it is no object")
        above = self._lines_to(_start(event)) if event.flow_style else ()
        root = self._collection(event, -1)
        behind = self._behind().strip() if event.flow_style else ""
        if behind:
            root = replace(root, tail=(behind, *root.tail))
        if not root.slots:
            return Tree((*above, *root.tail), replace(root, tail=()))
        first = root.slots[0]
        above = (*above, *first.before)
        apart = max((at + 1 for at, line in enumerate(above) if not line), default=0)
        first = replace(first, before=above[apart:])
        return Tree(above[:apart], replace(root, slots=(first, *root.slots[1:])))

    def _value(self, event: yaml.Event, column: int) -> tuple[Node, str]:
        """Give a value and the comment behind it; `column` is that of what it stands in."""
        match event:
            case yaml.ScalarEvent():
                scalar, comment = self._scalar(event)
                return scalar, comment if scalar.style in ("|", ">") else self._behind()
            case yaml.CollectionStartEvent():
                collection = self._collection(event, column)
                return collection, self._behind() if event.flow_style else ""
            case _:
                raise AssertionError("our reader refuses an alias")

    def _collection(self, event: yaml.CollectionStartEvent, column: int) -> Collection:
        is_list, is_flow = isinstance(event, yaml.SequenceStartEvent), bool(event.flow_style)
        start = _start(event)
        # A pair in a list, `[key: value]`, has no brackets of its own.
        bracket = _BRACKET.match(self._text, start) if is_flow else None
        if bracket:
            self._at = bracket.end()
        own = column if is_flow else self._column(start)
        slots: list[Slot] = []
        inner: yaml.Event
        while not isinstance(inner := next(self._events), yaml.CollectionEndEvent):
            slots.append(self._item(inner, own) if is_list else self._field(inner, own))
        tag = event.tag if event.tag and event.tag not in _CORE_TAGS else ""
        end = slots[-1].end if slots else start
        tail: Lines = ()
        if bracket:
            end = _end(inner)
            tail = self._lines_to(end - 1)
            self._at = end
        elif not is_flow:
            if not is_list:
                own = self._column(slots[0].start)
            tail = self._tail(own + 1 if is_list and own == column else own)
            end = self._at if tail else end
        is_line = is_flow and "\n" not in self._text[start:end]
        return Collection(tuple(slots), is_list, is_line, tail, tag, start, end)

    def _item(self, event: yaml.Event, column: int) -> Slot:
        start, before = _start(event), self._above(event)
        value, after = self._value(event, column)
        return Slot(value, None, before, "", after, start, value_end(value))

    def _field(self, event: yaml.Event, column: int) -> Slot:
        if not isinstance(event, yaml.ScalarEvent):
            raise TypeError("our reader refuses a key that is no text")
        start = _start(event)
        explicit = _EXPLICIT.search(self._text, self._at, start)
        before = self._lines_to(start)
        key, comment = self._scalar(event)
        before += (comment.strip(),) if comment else ()
        head, colon = "", _TO_COLON.match(self._text, self._at)
        if colon:
            before += self._lines_to(colon.end())
            head = self._behind()
        event = next(self._events)
        before += self._above(event)
        value, after = self._value(event, column)
        end = max(value_end(value), colon.end() if colon else key.end)
        return Slot(value, key, before, head, after, explicit.start() if explicit else start, end)

    def _above(self, event: yaml.Event) -> Lines:
        """Give the lines above a value; those above a block are its first slot's."""
        is_block = isinstance(event, yaml.CollectionStartEvent) and not event.flow_style
        return () if is_block else self._lines_to(_start(event))

    def _scalar(self, event: yaml.ScalarEvent) -> tuple[Scalar, str]:
        """Give a scalar, and the comment in the head of a block."""
        start, end = _start(event), _end(event)
        raw, tag = self._text[start:end], ""
        found = _TAG.match(raw) if event.tag is not None else None
        if found and found["apart"]:
            raise LayoutError("Cannot be laid out", "a tag and its value stand on two lines")
        if found:
            raw, tag = raw[found.end() :], found[1]
        style = _STYLES.get(event.style or "", "")
        head = _BLOCK_HEAD.match(raw) if style in ("|", ">") else None
        comment = ""
        if head:
            comment = (head["comment"] or "").rstrip()
            kept = raw if "+" in head["how"] else _without_blank_end(raw, event.value)
            end -= len(raw) - len(kept)
            raw = kept
        self._at = max(self._at, end)
        return Scalar(raw, event.value, style, tag, start, end), comment

    def _behind(self) -> str:
        """Take the comment on the rest of this line, with the spaces before it."""
        found = _BEHIND.match(self._text, self._at)
        if not found:
            return ""
        self._at = found.end()
        return found[1].rstrip()

    def _lines_to(self, end: int) -> Lines:
        """Take what stands before `end`: comments, and at most one blank line at a time."""
        lines: list[str] = []
        *parts, last = self._text[self._at : end].split("\n")
        for number, part in enumerate((*parts, last)):
            comment = part.find("#")
            if comment >= 0:
                lines.append(part[comment:].rstrip())
            elif 0 < number < len(parts) and not part.strip() and lines[-1:] != [""]:
                lines.append("")
        self._at = max(self._at, end)
        return tuple(lines)

    def _tail(self, column: int) -> Lines:
        """Take the comments below that stand as far in as what they follow."""
        lines: list[str] = []
        taken: Lines = ()
        at = self._at if self._text[self._at - 1 : self._at] == "\n" else self._next_line(self._at)
        while 0 < at < len(self._text):
            below = self._next_line(at)
            line = self._text[at : below or None].rstrip()
            own = line.lstrip()
            if own and (own[0] != "#" or len(line) - len(own) < column):
                break
            if own or lines[-1:] != [""]:
                lines.append(own)
            if own:
                taken, self._at = tuple(lines), at + len(line)
            at = below
        return taken

    def _next_line(self, at: int) -> int:
        return self._text.find("\n", at) + 1

    def _column(self, at: int) -> int:
        return at - (self._text.rfind("\n", 0, at) + 1)


def _says_nothing(event: yaml.Event) -> bool:
    if not isinstance(event, yaml.ScalarEvent):
        return False
    return bool(event.implicit[0]) and read_plain(event.value) is None


def value_end(value: Node) -> int:
    """Give the offset behind a value that was read."""
    if isinstance(value, Scalar | Collection):
        return value.end
    raise AssertionError("what was read has a place")


def _without_blank_end(raw: str, text: str) -> str:
    lines = raw.split("\n")
    says_nothing = bool(text) and text != "\n" and not text.rstrip("\n").split("\n")[-1].strip()
    while len(lines) > 1 and not lines[-1].strip() and not (says_nothing and lines[-1]):
        lines.pop()
    return "\n".join(lines)


def _start(event: yaml.Event) -> int:
    return event.start_mark.index if event.start_mark else 0


def _end(event: yaml.Event) -> int:
    return event.end_mark.index if event.end_mark else 0
