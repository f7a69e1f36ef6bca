"""What the reference pages are put together from: tables, and JSON Schemas in words."""

import json
from collections.abc import Iterable, Mapping

from assistants_sync.definitions.json_schema import as_map, branches_of
from assistants_sync.model.value import JsonValue


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Give a table in Markdown, with a blank line after it."""
    names = tuple(head)
    lines = [names, ("---",) * len(names), *map(tuple, rows)]
    return "".join(f"| {' | '.join(map(_cell, line))} |\n" for line in lines) + "\n"


def _cell(text: str) -> str:
    """Keep a cell in its row, and words in angle brackets visible."""
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")


def shape(schema: JsonValue, parts: Mapping[str, JsonValue]) -> str:
    """Tell a JSON Schema in a few words."""
    return " or ".join(_branch(as_map(each), parts) for each in branches_of(schema))


def _branch(schema: Mapping[str, JsonValue], parts: Mapping[str, JsonValue]) -> str:
    match schema:
        case {"$ref": str(name)}:
            found = as_map(parts[name.rpartition("/")[2]])
            return shape(found, parts) if "properties" not in found else "an object, see below"
        case {"const": value}:
            return f"`{json.dumps(value)}`"
        case {"enum": list(words)}:
            return "one of " + ", ".join(dict.fromkeys(f"`{each}`" for each in words))
        case {"type": "array", "items": inner}:
            return f"a list: {shape(inner, parts)}"
        case {"type": "object", "additionalProperties": dict(inner)} if inner:
            return f"an object of: {shape(inner, parts)}"
        case {"type": "string"}:
            return "text" + _length(schema)
        case {"type": "number" | "integer" as kind}:
            word = "number" if kind == "number" else "whole number"
            return f"a {word}" + _bounds(schema, "minimum", "maximum", "")
        case {"type": list(kinds)}:
            return " or ".join(_branch({"type": each}, parts) for each in kinds if each != "null")
        case {"type": "boolean"}:
            return "true or false"
        case _:
            return "an object"


def _length(schema: Mapping[str, JsonValue]) -> str:
    is_some = schema.get("minLength") == 1 and "maxLength" not in schema
    return ", not empty" if is_some else _bounds(schema, "minLength", "maxLength", " characters")


def _bounds(schema: Mapping[str, JsonValue], low: str, high: str, unit: str) -> str:
    floor, ceiling = schema.get(low), schema.get(high)
    if floor is not None and ceiling is not None:
        return f", {floor} to {ceiling}{unit}"
    if ceiling is not None:
        return f", at most {ceiling}{unit}"
    return f", at least {floor}{unit}" if floor is not None else ""
