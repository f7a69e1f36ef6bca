"""What the checker found, in our words: what the value is, what it should be, what was meant."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from jsonschema_rs import ValidationError
from jsonschema_rs import ValidationErrorKind as Kinds

from assistants_sync.definitions.faults import did_you_mean
from assistants_sync.definitions.openapi.schema_parts import Schema, as_list, as_schema
from assistants_sync.model.value import FieldPath, JsonValue, to_dotted

_TYPES: Final[Mapping[str, str]] = {
    "string": "text",
    "boolean": "true or false",
    "number": "a number",
    "integer": "a whole number",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
_MOST_NAMED: Final = 12
_LONGEST_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong at a path, in words: with a key, or with the type of its value."""

    path: FieldPath
    summary: str
    detail: str
    hint: str | None = None
    about: Literal["key", "type", "value"] = "key"


def findings_of(error: ValidationError, document: Schema) -> Iterator[Finding]:
    """Give what one error says; of a union whose branches nothing tells apart, the nearest one."""
    path = tuple(str(part) for part in error.instance_path)
    match error.kind:
        case Kinds.AnyOf(context) | Kinds.OneOfNotValid(context):
            for each in min(context, key=lambda branch: _distance(error, branch)):
                yield from findings_of(each, document)
        case Kinds.AdditionalProperties(unexpected):
            known = list(as_schema(_around(error, document).get("properties")))
            for key in unexpected:
                yield Finding(
                    (*path, key),
                    "Unknown field",
                    f"`{to_dotted((*path, key))}` is not a field the API's document has",
                    did_you_mean(key, known) or f"known here: {_named(known)}",
                )
        case Kinds.Required(name):
            said = as_schema(as_schema(_around(error, document).get("properties")).get(name))
            choices = as_list(said.get("enum"))
            yield Finding(
                (*path, name),
                "Missing field",
                f"`{to_dotted((*path, name))}` is required",
                f"one of: {_named(choices)}" if choices else None,
            )
        case kind:
            yield _refused(path, error.instance, kind)


def _distance(error: ValidationError, branch: Sequence[ValidationError]) -> tuple[bool, int, int]:
    """Tell branches of one union by what fits: the type, then the keys, then the rest."""
    is_other = any(
        each.instance_path == error.instance_path and isinstance(each.kind, Kinds.Type)
        for each in branch
    )
    strange = (each.kind for each in branch if isinstance(each.kind, Kinds.AdditionalProperties))
    return is_other, sum(len(each.unexpected) for each in strange), len(branch)


def _around(error: ValidationError, document: Schema) -> Schema:
    """Give the schema whose keyword was broken."""
    here: JsonValue = document
    for part in error.schema_path[:-1]:
        here = as_list(here)[part] if isinstance(part, int) else as_schema(here).get(part)
    return as_schema(here)


def _refused(path: FieldPath, value: object, kind: Kinds) -> Finding:
    name, hint = to_dotted(path), None
    match kind:
        case Kinds.Enum(options):
            choices = [each for each in options if isinstance(each, str)]
            is_long = len(options) > _MOST_NAMED
            wanted = f"one of {len(options)} words" if is_long else f"one of {_named(options)}"
            hint = did_you_mean(value, choices) if isinstance(value, str) else None
            if is_long and hint is None:
                hint = f"such as {_named(options)}; newer ones come with `schema pull`"
        case Kinds.Type(types):
            wanted = " or ".join(_TYPES.get(each, each) for each in types)
        case _:
            wanted = _rule(kind)
    detail = f"`{name}` {_actual(value, kind)}; {wanted}"
    about: Literal["type", "value"] = "type" if isinstance(kind, Kinds.Type) else "value"
    return Finding(path, "Invalid value", detail, hint, about)


def _rule(kind: Kinds) -> str:
    match kind:
        case Kinds.Minimum(limit) | Kinds.MinLength(limit) | Kinds.MinItems(limit):
            return f"at least {limit}"
        case Kinds.Maximum(limit) | Kinds.MaxLength(limit) | Kinds.MaxItems(limit):
            return f"at most {limit}"
        case Kinds.ExclusiveMinimum(limit):
            return f"more than {limit}"
        case Kinds.ExclusiveMaximum(limit):
            return f"less than {limit}"
        case Kinds.Pattern(pattern):
            return f"it must fit {pattern}"
        case Kinds.Constant(value):
            return f"it must be `{value}`"
        case Kinds.UniqueItems():
            return "no item twice"
        case _:
            return "the API's document has it otherwise"


def _actual(value: object, kind: Kinds) -> str:
    """Give what a value is. Text that should not be a word of a list may be secret: not shown."""
    match value, kind:
        case str(), Kinds.Enum() if len(value) <= _LONGEST_SHOWN:
            return f"is `{value}`"
        case str(), Kinds.MinLength() | Kinds.MaxLength():
            return f"has {len(value)} characters"
        case bool(), _:
            return f"is {str(value).lower()}"
        case ((int() | float()), _):
            return f"is {value}"
        case str(), _:
            return "is text"
        case Mapping(), _:
            return "is an object"
        case Sequence(), Kinds.MinItems() | Kinds.MaxItems():
            return f"has {len(value)} items"
        case Sequence(), _:
            return "is a list"
        case _:
            return "is null"


def _named(words: Sequence[object]) -> str:
    shown = ", ".join(str(each) for each in words[:_MOST_NAMED])
    return f"{shown}, …" if len(words) > _MOST_NAMED else shown
