"""JSON Schemas as data: one inside another, loosened for variables, and told in words."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from assistants_sync.model.value import JsonValue

NULL: Final[JsonValue] = {"type": "null"}

_VARIABLE: Final[JsonValue] = {"type": "string", "pattern": r"\$\{var\."}
_ATTRIBUTES: Final = frozenset({"title", "default", "description"})
_CEILINGS: Final = ("maximum", "maxLength")
_FLOORS: Final = ("minimum", "minLength")


def branches_of(schema: JsonValue) -> Sequence[JsonValue]:
    """Give what a schema lets pass besides null, each of them a schema."""
    branches = as_map(schema).get("anyOf")
    found = branches if isinstance(branches, list) else [schema]
    return [each for each in found if each != NULL]


def is_within(inner: JsonValue, outer: JsonValue) -> bool:
    """Say whether what the inner schema lets pass is all let pass by the outer one."""
    if not (isinstance(inner, Mapping) and isinstance(outer, Mapping)):
        return inner == outer
    bounds = {*_CEILINGS, *_FLOORS}
    if {*outer} - {*inner} or any(key not in outer for key in {*inner} - bounds):
        return False
    return all(_holds_within(key, inner[key], limit) for key, limit in outer.items())


def _holds_within(key: str, value: JsonValue, limit: JsonValue) -> bool:
    match value, limit:
        case (int() | float(), int() | float()) if key in _CEILINGS:
            return value <= limit
        case (int() | float(), int() | float()) if key in _FLOORS:
            return value >= limit
        case list(), list() if key == "enum":
            return all(each in limit for each in value)
        case _:
            return is_within(value, limit)


def loosened(schema: JsonValue) -> Iterator[JsonValue]:
    """Give the schema, and beside it what lets a variable pass where text is bound to a rule."""
    if not isinstance(schema, Mapping):
        yield schema
    elif "items" in schema:
        yield {**schema, "items": {"anyOf": distinct(loosened(schema["items"]))}}
    else:
        yield schema
        if schema.get("type") == "string" and len(schema) > 1:
            yield _VARIABLE


def distinct(schemas: Iterable[JsonValue]) -> list[JsonValue]:
    """Give each schema once, in order."""
    found: list[JsonValue] = []
    for each in schemas:
        if each not in found:
            found.append(each)
    return found


def plain(schema: JsonValue) -> JsonValue:
    """Give a schema without what the library says of its own classes; what it names is closed."""
    match schema:
        case Mapping():
            kept = {
                key: {name: plain(inner) for name, inner in each.items()}
                if key in ("properties", "$defs") and isinstance(each, Mapping)
                else plain(each)
                for key, each in schema.items()
                if key not in _ATTRIBUTES
            }
            closed: dict[str, JsonValue] = {"additionalProperties": False}
            return {**kept, **closed} if "patternProperties" in kept else kept
        case str():
            return schema
        case Sequence():
            return [plain(each) for each in schema]
        case _:
            return schema


def described(schema: JsonValue, words: Mapping[str, str]) -> JsonValue:
    """Give a schema with what each key of it is for."""
    match schema:
        case Mapping():
            told = {key: described(each, words) for key, each in schema.items()}
            properties = told.get("properties")
            if isinstance(properties, Mapping):
                told["properties"] = {
                    key: {**words_of(words.get(key, "")), **as_map(each)}
                    for key, each in properties.items()
                }
            return told
        case str():
            return schema
        case Sequence():
            return [described(each, words) for each in schema]
        case _:
            return schema


def words_of(text: str) -> dict[str, JsonValue]:
    """Give a description; with code in it a second time, for editors that would escape the first.

    Source: yaml-language-server 1.25 shows `markdownDescription` as it is (tried 2026-11-21).
    """
    return {"description": text, **({"markdownDescription": text} if "`" in text else {})}


def as_map(value: JsonValue) -> dict[str, JsonValue]:
    """Give a schema that is known to be an object."""
    if not isinstance(value, Mapping):
        raise TypeError("a schema is an object")
    return dict(value)
