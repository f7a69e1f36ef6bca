"""What every reader of a schema asks of it: its parts, whatever they turn out to be."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from assistants_sync.model.value import JsonValue

Schema: TypeAlias = Mapping[str, JsonValue]

UNIONS: Final = ("oneOf", "anyOf")
REFERENCE: Final = "#/components/schemas/"


def as_schema(value: JsonValue) -> Schema:
    """Give a value that should be an object; anything else is an empty one, forbidding nothing."""
    return value if isinstance(value, Mapping) else {}


def as_list(value: JsonValue) -> list[JsonValue]:
    """Give a value that should be a list; anything else is an empty one."""
    return [] if isinstance(value, str) or not isinstance(value, Sequence) else list(value)


def name_of(schema: Schema) -> str | None:
    """Give the name of the schema that this one refers to, if it refers to one of the document."""
    target = schema.get("$ref")
    if isinstance(target, str) and target.startswith(REFERENCE):
        return target.removeprefix(REFERENCE)
    return None


def parts_of(schema: Schema) -> Iterator[Schema]:
    """Give every schema that stands directly in this one."""
    yield from (as_schema(each) for each in as_schema(schema.get("properties")).values())
    for key in ("items", "additionalProperties", "not"):
        if isinstance(schema.get(key), Mapping):
            yield as_schema(schema[key])
    for key in (*UNIONS, "allOf"):
        yield from (as_schema(each) for each in as_list(schema.get(key)))
