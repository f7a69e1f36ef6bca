"""YAML text to plain values, each with its place: the only importer of yaml.

The parser's events are read one by one, and the values built from them: nothing is composed by the
C library, which crashes the process on deep nesting, so a bound holds before anything is built.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import yaml

from assistants_sync.definitions.faults import Faults, error
from assistants_sync.definitions.scalars import Scalar, read_plain
from assistants_sync.errors import DefinitionError
from assistants_sync.model.source import SourceRef
from assistants_sync.model.value import FieldPath, to_dotted

MAX_DEPTH: Final = 64
MAX_NODES: Final = 200_000

_CORE: Final = "tag:yaml.org,2002:"
_CORE_TYPES: Final[Mapping[str, type]] = {
    "bool": bool,
    "int": int,
    "float": float,
    "null": type(None),
}
_CONFLICT: Final = re.compile("^(<{7}|>{7}) ", re.MULTILINE)
_FORBIDDEN: Final = re.compile(
    "[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x84\\x86-\\x9f\\ud800-\\udfff\\ufffe\\uffff]"
)


@dataclass(frozen=True, slots=True)
class Tag:
    """A `!file`, `!secret` or `!ref` as written, not yet followed."""

    name: Literal["file", "secret", "ref"]
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """A `!lookup` as written, not yet answered."""

    fields: "Mapping[str, Raw]"


Raw: TypeAlias = "Scalar | Tag | Question | Sequence[Raw] | Mapping[str, Raw]"


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document: its value, where it starts, and the place of every path in it."""

    value: Raw
    where: SourceRef
    places: Mapping[FieldPath, SourceRef]

    def place(self, path: FieldPath) -> SourceRef:
        """Give the place of the nearest written ancestor of a path."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, self.where)


def parse_documents(text: str, file: str) -> tuple[Document, ...]:
    """Give the documents of a YAML text, in order, empty ones (no value at all) too.

    Raises:
        DefinitionError: it is not YAML, or uses more of it than a definition may.
    """
    _check_characters(text, file)
    reader = _Reader(text, file)
    try:
        documents = tuple(reader.documents())
    except yaml.YAMLError as failure:
        reader.faults.extend(_syntax_error(failure, text, file).diagnostics)
        raise DefinitionError(reader.faults.errors) from failure
    except DefinitionError as end:
        reader.faults.extend(end.diagnostics)
        raise DefinitionError(reader.faults.errors) from end
    reader.faults.check()
    return documents


def _check_characters(text: str, file: str) -> None:
    found = _FORBIDDEN.search(text)
    if found:
        line = text.count("\n", 0, found.start()) + 1
        column = found.start() - text.rfind("\n", 0, found.start())
        raise error(
            "Control character",
            f"U+{ord(found[0]):04X} cannot stand in YAML text",
            SourceRef(file, line, column),
            hint="remove it, or write it as an escape in double quotes",
        )


def _syntax_error(failure: yaml.YAMLError, text: str, file: str) -> DefinitionError:
    if not isinstance(failure, yaml.MarkedYAMLError):
        return error("YAML syntax error", "not readable as YAML", SourceRef(file))
    mark = failure.problem_mark or failure.context_mark
    if mark is None:
        return error("YAML syntax error", str(failure.problem), SourceRef(file))
    lines = text.split("\n")
    line = lines[mark.line] if mark.line < len(lines) else ""
    hint = None
    if "\t" in line[: len(line) - len(line.lstrip())] or line[mark.column :].startswith("\t"):
        hint = "YAML is indented with spaces: replace the tab"
    elif _CONFLICT.search(text):
        hint = "resolve the git conflict in this file"
    said = ", ".join(part for part in (failure.context, failure.problem) if part)
    return error(
        "YAML syntax error", said, SourceRef(file, mark.line + 1, mark.column + 1), hint=hint
    )


def _shared(what: str, where: SourceRef) -> DefinitionError:
    return error(
        "YAML alias",
        f"{what} is not allowed in a definition",
        where,
        hint="write the value out, or use `!file PATH` or `${var.NAME}`",
    )


class _Reader:
    """Builds values from parser events; what can be told without losing the thread is collected."""

    def __init__(self, text: str, file: str) -> None:
        self.faults = Faults()
        self._file = file
        self._events: Iterator[yaml.Event] = yaml.parse(text, Loader=yaml.CSafeLoader)
        self._nodes = 0
        self._places: dict[FieldPath, SourceRef] = {}

    def documents(self) -> Iterator[Document]:
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                self._places = {}
                root = next(self._events)
                value = self._node(root, ())
                yield Document(value, self._places[()], self._places)

    def _place(self, event: yaml.Event) -> SourceRef:
        mark = event.start_mark
        if mark is None:
            return SourceRef(self._file)
        return SourceRef(self._file, mark.line + 1, mark.column + 1)

    def _node(self, event: yaml.Event, path: FieldPath) -> Raw:
        self._check_bounds(event, path)
        self._places.setdefault(path, self._place(event))
        match event:
            case yaml.ScalarEvent():
                return self._scalar(event)
            case yaml.SequenceStartEvent():
                self._check_collection(event, "seq")
                return self._sequence(path)
            case yaml.MappingStartEvent(tag="!lookup"):
                return Question(self._mapping(path))
            case yaml.MappingStartEvent():
                self._check_collection(event, "map")
                return self._mapping(path)
            case _:
                return None

    def _check_bounds(self, event: yaml.Event, path: FieldPath) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise error("Too many values", f"at most {MAX_NODES} in a file", self._place(event))
        if len(path) > MAX_DEPTH:
            raise error("Nested too deeply", f"at most {MAX_DEPTH} levels", self._place(event))
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            raise _shared(f"the anchor or alias `{event.anchor}`", self._place(event))

    def _sequence(self, path: FieldPath) -> list[Raw]:
        items: list[Raw] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event, (*path, str(len(items)))))
        return items

    def _mapping(self, path: FieldPath) -> dict[str, Raw]:
        fields: dict[str, Raw] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event, path)
            if key is None:
                self._skip()
                continue
            inner = (*path, key)
            if key in fields:
                self.faults.add(
                    "Duplicate key",
                    f"`{to_dotted(inner)}` stands here and at {self._places[inner]}",
                    self._place(event),
                    hint="keep one of them",
                )
                self._skip()
                continue
            self._places[inner] = self._place(event)
            fields[key] = self._node(next(self._events), inner)
        return fields

    def _key(self, event: yaml.Event, path: FieldPath) -> str | None:
        self._check_bounds(event, path)
        if isinstance(event, yaml.ScalarEvent):
            key = self._scalar(event)
            if key == "<<" and event.implicit[0]:
                raise _shared("a merge key", self._place(event))
            if isinstance(key, str):
                return key
        else:
            self._drain(event)
        self.faults.add(
            "Key is not text",
            "a key is read as something other than text",
            self._place(event),
            hint="put the key in quotes",
        )
        return None

    def _skip(self) -> None:
        """Read over the next value, so that faults after it are found too."""
        self._drain(next(self._events))

    def _drain(self, event: yaml.Event) -> None:
        depth = 0
        while True:
            self._check_bounds(event, ())
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if not depth:
                return
            event = next(self._events)

    def _check_collection(self, event: yaml.CollectionStartEvent, core: str) -> None:
        if event.tag not in (None, _CORE + core):
            self._unknown_tag(event, str(event.tag))

    def _scalar(self, event: yaml.ScalarEvent) -> Scalar | Tag:
        text = event.value
        try:
            match event.tag:
                case None if event.implicit[0]:
                    return read_plain(text)
                case None | "tag:yaml.org,2002:str":
                    return text
                case "!file":
                    return Tag("file", text)
                case "!secret":
                    return Tag("secret", text)
                case "!ref":
                    return Tag("ref", text)
                case tag:
                    return self._core(event, str(tag))
        except ValueError as refused:
            self.faults.add("Not a JSON value", str(refused), self._place(event))
            return None

    def _core(self, event: yaml.ScalarEvent, tag: str) -> Scalar:
        """Read a scalar under an explicit core tag, which must agree with how it reads anyway."""
        wanted = _CORE_TYPES.get(tag.removeprefix(_CORE))
        if wanted is None:
            self._unknown_tag(event, tag)
            return None
        value = read_plain(event.value)
        if type(value) is not wanted:
            raise ValueError(f"the tag `!!{tag.removeprefix(_CORE)}` does not fit the value")
        return value

    def _unknown_tag(self, event: yaml.Event, tag: str) -> None:
        shown = tag.replace(_CORE, "!!")
        self.faults.add(
            "Unknown tag",
            f"`{shown}` is not a tag of a definition",
            self._place(event),
            hint="these are: `!file PATH`, `!secret NAME`, `!ref assistant.KEY` and "
            "`!lookup {kind: KIND, name: NAME}`",
        )
