"""The definitions of one file to text and back; what is read back equals what was written."""

import hashlib
import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from pydantic_core import from_json

from assistants_sync.model.address import Address
from assistants_sync.model.definition import Definition, Lifecycle
from assistants_sync.model.diagnostic import Diagnostic
from assistants_sync.model.source import SourceRef
from assistants_sync.model.text import shared
from assistants_sync.model.value import (
    FieldPath,
    JsonValue,
    Lookup,
    Ref,
    Secret,
    Value,
    from_pointer,
    to_pointer,
)

_Mark = tuple[FieldPath, str, list[str]]
"""A value that is not written out: where it stands, of which sort it is, what it is made of."""


@dataclass(frozen=True, slots=True)
class Known:
    """A definition as it was read, what was told of it, and the text of each `!file` in it."""

    definition: Definition
    warnings: tuple[Diagnostic, ...] = ()
    included: Mapping[str, str] = field(default_factory=dict)

    @property
    def where(self) -> SourceRef:
        """Where it was written."""
        return self.definition.where


def encode(known: Sequence[Known]) -> tuple[str, bytes] | None:
    """Give what one file holds, and where in it; None where it holds a secret itself."""
    if any(has_written_secret(each.definition) for each in known):
        return None
    text = json.dumps([_encoded(each) for each in known], separators=(",", ":"))
    places = [
        [(to_pointer(path), *_place(where)[1:]) for path, where in each.definition.places.items()]
        for each in known
    ]
    return text, zlib.compress(json.dumps(places).encode())


def decode(
    text: str, places: bytes, text_of: Callable[[str], str | None]
) -> tuple[Known, ...] | None:
    """Read what `encode` gave; None when an included file, which `text_of` gives, has changed."""
    documents = from_json(text)
    included: dict[str, str] = {}
    for name, digest in (each for document in documents for each in document["included"].items()):
        found = text_of(name)
        if found is None or digest_of(found) != digest:
            return None
        included[name] = shared(found)
    return tuple(
        _decoded(each, included, Places(each["where"][0], places, number))
        for number, each in enumerate(documents)
    )


def digest_of(*parts: str | bytes) -> str:
    """Give one short text for some texts, and for no others."""
    hashed = hashlib.blake2b(digest_size=16)
    for part in parts:
        data = part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")
        hashed.update(b"%d:" % len(data) + data)
    return hashed.hexdigest()


def has_written_secret(definition: Definition) -> bool:
    """Say whether a secret stands in a definition itself, not just the name of one."""
    return any(not each.is_unknown for _, each in definition.secrets)


def _encoded(known: Known) -> dict[str, object]:
    definition = known.definition
    marks: list[_Mark] = []
    names = {text: name for name, text in known.included.items()}
    return {
        "address": definition.address,
        "body": _plain(definition.body, (), marks, names),
        "marks": marks,
        "where": _place(definition.where),
        "lifecycle": asdict(definition.lifecycle),
        "warnings": [
            asdict(each) | {"where": _place(each.where) if each.where else None}
            for each in known.warnings
        ],
        "included": {name: digest_of(text) for name, text in known.included.items()},
    }


def _decoded(document: Mapping[str, Any], included: Mapping[str, str], places: "Places") -> Known:
    body = document["body"]
    for path, kind, made_of in document["marks"]:
        _put(body, path, _made(kind, made_of, included))
    where, lifecycle = SourceRef(*document["where"]), document["lifecycle"]
    return Known(
        Definition(
            Address(document["address"]),
            body,
            where,
            Lifecycle(**{**lifecycle, "ignore_changes": tuple(lifecycle["ignore_changes"])}),
            places,
        ),
        tuple(
            Diagnostic(**{**each, "where": SourceRef(*each["where"]) if each["where"] else None})
            for each in document["warnings"]
        ),
        {name: included[name] for name in document["included"]},
    )


def _place(where: SourceRef) -> tuple[str, int, int]:
    return where.file, where.line, where.column


def _plain(
    value: Value, path: FieldPath, marks: list[_Mark], names: Mapping[str, str]
) -> JsonValue:
    match value:
        case str() if value in names:
            marks.append((path, "file", [names[value]]))
        case str() | int() | float() | None:
            return value
        case Secret(name=name):
            marks.append((path, "secret", [str(name)]))
        case Ref(address):
            marks.append((path, "ref", [address]))
        case Lookup(kind, name):
            marks.append((path, "lookup", [kind, name]))
        case Mapping():
            return {key: _plain(each, (*path, key), marks, names) for key, each in value.items()}
        case _:
            return [_plain(each, (*path, str(at)), marks, names) for at, each in enumerate(value)]
    return None


def _made(kind: str, made_of: Sequence[str], included: Mapping[str, str]) -> Value:
    match kind:
        case "file":
            return included[made_of[0]]
        case "secret":
            return Secret(name=made_of[0])
        case "ref":
            return Ref(Address(made_of[0]))
        case _:
            return Lookup(*made_of)


def _put(body: Any, path: Sequence[str], value: Value) -> None:  # noqa: ANN401 -- as JSON gives it
    *above, last = path
    for part in above:
        body = body[int(part)] if isinstance(body, list) else body[part]
    body[int(last) if isinstance(body, list) else last] = value


class Places(Mapping[FieldPath, SourceRef]):
    """Where each path of one definition was written; unpacked when somebody first asks."""

    __slots__ = ("_file", "_number", "_packed", "_read")

    def __init__(self, file: str, packed: bytes, number: int) -> None:
        self._file, self._packed, self._number = file, packed, number
        self._read: dict[FieldPath, SourceRef] | None = None

    def __getitem__(self, path: FieldPath) -> SourceRef:
        """Give the place of a path."""
        return self._all()[path]

    def __iter__(self) -> Iterator[FieldPath]:
        """Give every path, in the order they were noted."""
        return iter(self._all())

    def __len__(self) -> int:
        """Say how many paths there are."""
        return len(self._all())

    def _all(self) -> dict[FieldPath, SourceRef]:
        if self._read is None:
            self._read = {
                from_pointer(pointer): SourceRef(self._file, line, column)
                for pointer, line, column in from_json(zlib.decompress(self._packed))[self._number]
            }
        return self._read
