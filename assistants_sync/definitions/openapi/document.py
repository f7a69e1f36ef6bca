"""An OpenAPI document to the part that definitions are held against, and its one written form."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Self

from assistants_sync.definitions.openapi.schema_parts import (
    UNIONS,
    Schema,
    as_list,
    as_schema,
    name_of,
    parts_of,
)
from assistants_sync.model.value import JsonValue
from assistants_sync.resources import KINDS

FILE_NAME: Final = "assistants-sync.openapi.json"
"""Beside the project file, and committed with it: everybody checks against the same."""

SOURCE: Final = "https://api.vapi.ai/api-json"
"""Source: VapiAI/docs at 2026-08-20 (`openapi.mdx`, `generators.yml`)."""

MOST_BYTES: Final = 32 * 1024 * 1024

_PATHS: Final = (*(kind.path for kind in KINDS.values()), "/tool")
"""Whose bodies are kept: what definitions define, and tools, which assistants share."""

_KEPT: Final = (
    *("type", "nullable", "enum", "const", "format", "pattern", "$ref", "discriminator"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    *("minLength", "maxLength", "minItems", "maxItems", "uniqueItems", "required"),
)
"""Keywords that say what is allowed. The rest of a document is prose, which is not ours to keep."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a document came from, on which day, and a digest of all of it."""

    source: str
    date: str
    sha256: str


def body_of(document: JsonValue, path: str) -> Schema | None:
    """Give the schema of what is posted to a path; None when the document has none."""
    here = document
    for part in ("paths", path, "post", "requestBody", "content", "application/json", "schema"):
        here = as_schema(here).get(part)
    return as_schema(here) or None


def schemas_of(document: JsonValue) -> Mapping[str, JsonValue]:
    """Give the named schemas of a document."""
    return as_schema(as_schema(as_schema(document).get("components")).get("schemas"))


def keep(document: JsonValue, origin: Origin) -> dict[str, JsonValue]:
    """Give the part of a document that says what may be posted, as a smaller OpenAPI document.

    Raises:
        ValueError: it does not say what an assistant is.
    """
    bodies = {path: body for path in _PATHS if (body := body_of(document, path))}
    for kind in KINDS.values():
        if kind.path not in bodies:
            raise ValueError(f"it does not say what is posted to {kind.path}")
    schemas = schemas_of(document)
    names = sorted(_reached(bodies.values(), schemas))
    return {
        "openapi": as_schema(document).get("openapi"),
        "info": {"title": "What assistants-sync keeps of an API document", "version": "1"},
        "x-origin": {"source": origin.source, "date": origin.date, "sha256": origin.sha256},
        "paths": {path: _posted(_kept(body)) for path, body in bodies.items()},
        "components": {"schemas": {name: _kept(as_schema(schemas[name])) for name in names}},
    }


def render(kept: Mapping[str, JsonValue]) -> str:
    """Give the text of what is kept, a schema to a line; equal documents give equal bytes."""
    head = _lines({key: value for key, value in kept.items() if key != "components"})
    return f'{{{head},\n"components": {{"schemas": {{\n{_lines(schemas_of(kept))}\n}}}}}}\n'


@dataclass(frozen=True, slots=True)
class Difference:
    """How many named schemas came, went and changed from one document to another."""

    added: int
    removed: int
    changed: int

    @classmethod
    def between(cls, old: JsonValue, new: JsonValue) -> Self:
        """Compare what is kept of two documents."""
        before, after = schemas_of(old), schemas_of(new)
        both = before.keys() & after.keys()
        changed = sum(before[name] != after[name] for name in both)
        return cls(len(after) - len(both), len(before) - len(both), changed)


def digest(data: bytes) -> str:
    """Give the SHA-256 of a document as it was read."""
    return hashlib.sha256(data).hexdigest()


def _reached(bodies: Iterable[Schema], schemas: Mapping[str, JsonValue]) -> set[str]:
    found: set[str] = set()
    waiting = list(bodies)
    while waiting:
        schema = waiting.pop()
        waiting += parts_of(schema)
        name = name_of(schema)
        if name is not None and name in schemas and name not in found:
            found.add(name)
            waiting.append(as_schema(schemas[name]))
    return found


def _posted(schema: JsonValue) -> JsonValue:
    return {"post": {"requestBody": {"content": {"application/json": {"schema": schema}}}}}


def _kept(schema: Schema) -> dict[str, JsonValue]:
    kept: dict[str, JsonValue] = {key: schema[key] for key in _KEPT if key in schema}
    if "properties" in schema:
        parts = as_schema(schema["properties"])
        kept["properties"] = {name: _kept(as_schema(parts[name])) for name in sorted(parts)}
    for key in ("items", "additionalProperties", "not"):
        if key in schema:
            value = schema[key]
            kept[key] = value if isinstance(value, bool) else _kept(as_schema(value))
    for key in (*UNIONS, "allOf"):
        if key in schema:
            kept[key] = [_kept(as_schema(each)) for each in as_list(schema[key])]
    return kept


def _lines(parts: Mapping[str, JsonValue]) -> str:
    return ",\n".join(f"{_compact(key)}: {_compact(value)}" for key, value in parts.items())


def _compact(value: JsonValue) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
