"""A live object to what a definition of it says: no null, no secret, nothing only the server says.

Fields stand in the reference's order; below them, what says what an object is comes first, then
what is short. What is the user's own keeps its order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from assistants_sync.definitions.fields import is_declarable
from assistants_sync.definitions.yaml_text import Raw, Tag
from assistants_sync.model.live import LiveObject
from assistants_sync.model.project import Project
from assistants_sync.model.value import (
    Body,
    FieldPath,
    JsonValue,
    Lookup,
    Ref,
    Secret,
    Value,
    is_list,
)
from assistants_sync.resources.field_order import field_order
from assistants_sync.resources.kind import Kind

LeftOut: TypeAlias = Mapping[str, str]
"""Top-level fields that a definition does not declare, and why."""

_NONE: Final[Mapping[FieldPath, Tag]] = {}


@dataclass(frozen=True, slots=True)
class Declared:
    """The fields of a definition, and what of the live object is not among them."""

    fields: Mapping[str, Raw]
    left_out: LeftOut


def declared_of(
    kind: Kind, project: Project, live: LiveObject
) -> tuple[dict[str, JsonValue], LeftOut]:
    """Give the body a definition can hold that names no secret, and what it leaves out."""
    declared = declare(kind, project, live.body)
    return {key: _json(each) for key, each in declared.fields.items()}, declared.left_out


def declare(
    kind: Kind, project: Project, body: Body, tags: Mapping[FieldPath, Tag] = _NONE
) -> Declared:
    """Give what a definition says of a live body, with these tags in the place of values.

    A secret without a tag is left out.
    """
    order = field_order(kind)
    writer = _Writer(kind, tags)
    fields: dict[str, Raw] = {}
    left_out: dict[str, str] = {}
    for name in sorted(body, key=lambda each: (order.get(each, len(order)), each)):
        value = body[name]
        written = writer.write(value, (name,))
        says_nothing = isinstance(written, _Nothing) and not writer.holds_secret(value)
        if value is None or value == {} or says_nothing:
            continue
        if isinstance(written, _Nothing):
            left_out[name] = "a secret as a whole"
        elif not is_declarable(kind, name, _without_nulls(value), project):
            is_known = any(name in model.model_fields for model in kind.references.values())
            left_out[name] = "not as the reference wants it" if is_known else "in no reference"
        else:
            fields[name] = written
    return Declared(fields, left_out)


def is_open(kind: Kind, path: FieldPath) -> bool:
    """Say whether what stands here is no secret, though its neighbours may be."""
    return path[-1].lower() in kind.open_names


@dataclass(frozen=True, slots=True)
class _Nothing:
    """Stands for what is not written."""


_NOTHING: Final = _Nothing()


@dataclass(frozen=True, slots=True)
class _Writer:
    kind: Kind
    tags: Mapping[FieldPath, Tag]
    leading: Mapping[str, int] = field(init=False)

    def __post_init__(self) -> None:
        ranks = {name: rank for rank, name in enumerate(self.kind.leading)}
        object.__setattr__(self, "leading", ranks)

    def write(self, value: Value, path: FieldPath, *, in_list: bool = False) -> "Raw | _Nothing":
        """Give a value as it is written, or that it is not.

        A list is compared whole, so in one an object stays though nothing of it is written.
        """
        if path in self.tags:
            return self.tags[path]
        if path in self.kind.filled_in and self.kind.filled_in[path] == value:
            return _NOTHING
        match value:
            case Secret():
                return self._secret(value, path)
            case Ref() | Lookup():
                raise AssertionError("what is live has ids, no references")
            case Mapping():
                written = self._object(value, path, in_list=in_list)
                return written if written or in_list or not value else _NOTHING
            case str():
                return value
            case Sequence():
                return [self._item(item, (*path, str(index))) for index, item in enumerate(value)]
            case _:
                return value

    def holds_secret(self, value: Value) -> bool:
        """Say whether a value that comes to nothing does so for a secret's sake."""
        match value:
            case Secret():
                return True
            case Mapping():
                return any(map(self.holds_secret, value.values()))
            case _:
                return False

    def _item(self, item: Value, path: FieldPath) -> Raw:
        written = self.write(item, path, in_list=True)
        return None if isinstance(written, _Nothing) else written

    def _secret(self, secret: Secret, path: FieldPath) -> "Raw | _Nothing":
        plain = secret.reveal()
        if isinstance(plain, str) and (not plain or is_open(self.kind, path)):
            return plain
        return _NOTHING

    def _object(
        self, value: Mapping[str, Value], path: FieldPath, *, in_list: bool
    ) -> Mapping[str, Raw]:
        fields: dict[str, Raw] = {}
        for key, each in value.items():
            written = self.write(each, (*path, key), in_list=in_list)
            if each is not None and not isinstance(written, _Nothing):
                fields[key] = written
        if not self.kind.free_form.isdisjoint(path):
            return fields
        return {key: fields[key] for key in sorted(fields, key=lambda key: self._rank(key, value))}

    def _rank(self, key: str, siblings: Mapping[str, Value]) -> tuple[int, bool, str]:
        is_long = isinstance(siblings[key], Mapping) or is_list(siblings[key])
        return self.leading.get(key, len(self.leading)), is_long, key


def _json(value: Raw) -> JsonValue:
    match value:
        case Mapping():
            return {key: _json(each) for key, each in value.items()}
        case str() | bool() | int() | float() | None:
            return value
        case Sequence():
            return [_json(each) for each in value]
        case _:
            raise AssertionError("nothing is tagged without a tag")


def _without_nulls(value: Value) -> Value:
    match value:
        case Mapping():
            return {key: _without_nulls(each) for key, each in value.items() if each is not None}
        case _ if is_list(value):
            return [_without_nulls(each) for each in value]
        case _:
            return value
