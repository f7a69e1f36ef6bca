"""The schemas of an OpenAPI document to one JSON Schema that says what it means.

What is mended, as found in the document of 2026-08-20: an enum on a list that is meant for its
items; an enum of texts on an `object`; patterns between slashes; `nullable`; siblings of a `$ref`;
unions in which one value fits several branches. A union of objects goes by the key that tells its
branches apart, so that a fault is about the one that was meant. An object that names its keys has
no others.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from assistants_sync.definitions.openapi.branches import Named
from assistants_sync.definitions.openapi.schema_parts import (
    UNIONS,
    Schema,
    as_list,
    as_schema,
    name_of,
)
from assistants_sync.model.value import JsonValue

_JSON = dict[str, JsonValue]

DEFINED: Final = "$defs"
_AS_IT_IS: Final = (
    *("const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    *("minLength", "maxLength", "minItems", "maxItems", "uniqueItems"),
)


class Mender:
    """Mends the schemas of one document; `is_pattern` says whether the checker can use one."""

    def __init__(self, schemas: Mapping[str, JsonValue], is_pattern: Callable[[str], bool]) -> None:
        self._schemas, self._is_pattern = schemas, is_pattern
        self._named = Named(schemas)

    def whole(self, roots: Mapping[str, Schema]) -> _JSON:
        """Give the schemas of all roots, and of all they refer to, under `$defs`."""
        named = {f"@{name}": self.mended(root) for name, root in roots.items()}
        rest = {name: self.mended(as_schema(each)) for name, each in self._schemas.items()}
        return {DEFINED: {**named, **rest}}

    def mended(self, schema: Schema) -> _JSON:
        """Give one schema, mended."""
        name = name_of(schema)
        if name is not None:
            return {"$ref": f"#/{DEFINED}/{_escaped(name)}"} if name in self._schemas else {}
        for key in UNIONS:
            if key in schema:
                branches = [as_schema(each) for each in as_list(schema[key])]
                return self._union(branches, _mapping(schema))
        if "allOf" in schema:
            return self._all_of(schema)
        return self._own(schema)

    def _own(self, schema: Schema) -> _JSON:
        mended: _JSON = {key: schema[key] for key in _AS_IT_IS if key in schema}
        type_, choices = schema.get("type"), as_list(schema.get("enum"))
        if choices and type_ == "object" and all(isinstance(each, str) for each in choices):
            type_ = "string"
        if type_ is not None:
            mended["type"] = type_
        items = as_schema(schema.get("items"))
        if choices and type_ == "array":
            items = items if items.get("enum") or name_of(items) else {**items, "enum": choices}
        elif choices:
            mended["enum"] = choices
        if items:
            mended["items"] = self.mended(items)
        pattern = _pattern(schema.get("pattern"))
        if pattern is not None and self._is_pattern(pattern):
            mended["pattern"] = pattern
        return {**mended, **self._keys(schema)}

    def _keys(self, schema: Schema) -> _JSON:
        properties = as_schema(schema.get("properties"))
        mended: _JSON = {}
        if properties:
            mended["properties"] = {
                name: self.mended(as_schema(each)) for name, each in properties.items()
            }
        needed = [
            name
            for name in as_list(schema.get("required"))
            if not self._may_be_null(properties, name)
        ]
        if needed:
            mended["required"] = needed
        rest = schema.get("additionalProperties")
        if isinstance(rest, Mapping):
            mended["additionalProperties"] = self.mended(rest)
        elif properties and rest is None:
            mended["additionalProperties"] = False
        return mended

    def _may_be_null(self, properties: Schema, name: JsonValue) -> bool:
        """Say whether a key may be null, which is the same as not being there."""
        schema = as_schema(properties.get(name)) if isinstance(name, str) else {}
        return True in (schema.get("nullable"), self._named.followed(schema).get("nullable"))

    def _all_of(self, schema: Schema) -> _JSON:
        """Give what all parts ask for together: an object of all their keys."""
        parts = [as_schema(each) for each in as_list(schema["allOf"])]
        rest = {key: each for key, each in schema.items() if key not in ("allOf", "nullable")}
        if len(parts) == 1 and not rest:
            return self.mended(parts[0])
        found = [*map(self._named.followed, parts), rest]
        if any(key in each for each in found for key in (*UNIONS, "allOf")):
            return {}  # each part would refuse the keys of the others
        return self._own(
            {
                **{key: each for part in found for key, each in part.items()},
                "properties": _united(as_schema(each.get("properties")) for each in found),
                "required": [name for each in found for name in as_list(each.get("required"))],
            }
        )

    def _union(self, branches: Sequence[Schema], mapping: Mapping[str, str]) -> _JSON:
        by_type: dict[str, list[Schema]] = {}
        for branch in branches:
            by_type.setdefault(self._named.type_of(branch), []).append(branch)
        if "" in by_type:  # one that may be of any type
            return {"anyOf": [self.mended(each) for each in branches]}
        each_type: dict[str, JsonValue] = {
            name: self._objects(those, mapping) if name == "object" else self._scalars(those)
            for name, those in by_type.items()
        }
        return {
            "type": list(each_type),
            "allOf": [{"if": {"type": name}, "then": mended} for name, mended in each_type.items()],
        }

    def _scalars(self, branches: Sequence[Schema]) -> _JSON:
        mended = [self.mended(each) for each in branches]
        if len(mended) == 1:
            return mended[0]
        if all({*each} == {"type", "enum"} for each in mended):
            return {"enum": [choice for each in mended for choice in as_list(each["enum"])]}
        return {"anyOf": mended}

    def _objects(self, branches: Sequence[Schema], mapping: Mapping[str, str]) -> _JSON:
        if len(branches) == 1:
            return self.mended(branches[0])
        key, values = self._named.told_apart(branches, mapping)
        if not key:
            return {"anyOf": [self.mended(each) for each in branches]}
        known = [value for each in values for value in each]
        cases: list[JsonValue] = [
            {
                "if": {"properties": {key: {"enum": own or known}}, "required": [key]},
                "then" if own else "else": self.mended(branch),
            }
            for branch, own in zip(branches, values, strict=True)
        ]
        is_open = not all(values)
        needed = all(
            key in as_list(self._named.followed(each).get("required")) for each in branches
        )
        return {
            **({"required": [key]} if needed else {}),
            **({} if is_open else {"properties": {key: {"enum": known}}}),
            "allOf": cases,
        }


def _mapping(schema: Schema) -> dict[str, str]:
    said = as_schema(as_schema(schema.get("discriminator")).get("mapping"))
    return {value: target for value, target in said.items() if isinstance(target, str)}


def _united(parts: Iterable[Schema]) -> _JSON:
    return {name: each for part in parts for name, each in part.items()}


def _pattern(text: JsonValue) -> str | None:
    """Give a pattern without the slashes and flags of a JavaScript literal."""
    if not isinstance(text, str):
        return None
    body, slash, flags = text[1:].rpartition("/")
    if not (text.startswith("/") and slash and set(flags) <= set("dgimsuvy")):
        return text
    return f"(?i){body}" if "i" in flags else body


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1").replace("%", "%25")
