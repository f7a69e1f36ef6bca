"""The branches of a union: of which type each one is, and what tells them apart."""

from collections.abc import Mapping, Sequence
from typing import Final

from assistants_sync.definitions.openapi.schema_parts import (
    Schema,
    as_list,
    as_schema,
    name_of,
)
from assistants_sync.model.value import JsonValue

_TELLING: Final = ("provider", "type", "on", "role")
"""Keys that tell branches apart, the likeliest first; others do so too."""
_NUMBERS: Final = {"integer": "number"}


class Named:
    """The named schemas of a document, followed where others refer to them."""

    def __init__(self, schemas: Mapping[str, JsonValue]) -> None:
        self._schemas = schemas

    def followed(self, schema: Schema) -> Schema:
        """Give what a schema refers to, itself where it refers to none."""
        seen: set[str] = set()
        while (name := name_of(schema)) is not None and name not in seen:
            seen.add(name)
            schema = as_schema(self._schemas.get(name))
        return schema

    def type_of(self, branch: Schema) -> str:
        """Give the JSON type of a branch; nothing where it may be of any."""
        followed = self.followed(branch)
        said = followed.get("type")
        if not isinstance(said, str):
            return "object" if "properties" in followed or "allOf" in followed else ""
        return _NUMBERS.get(said, said)

    def told_apart(
        self, branches: Sequence[Schema], mapping: Mapping[str, str]
    ) -> tuple[str, list[list[JsonValue]]]:
        """Give the key whose value says which branch is meant, and the values of each branch.

        At most one branch may take any other value. No key: nothing tells them apart.
        """
        followed = [as_schema(self.followed(each).get("properties")) for each in branches]
        shared = set.intersection(*(set(each) for each in followed))
        first = {key: at for at, key in enumerate(_TELLING)}
        for key in sorted(shared, key=lambda each: (first.get(each, len(first)), each)):
            values = [
                _choices(self.followed(as_schema(each[key]))) or _mapped(branch, mapping)
                for each, branch in zip(followed, branches, strict=True)
            ]
            flat = [repr(value) for each in values for value in each]
            if len(flat) == len(set(flat)) and sum(not each for each in values) <= 1:
                return key, values
        return "", []


def _choices(schema: Schema) -> list[JsonValue]:
    return [schema["const"]] if "const" in schema else as_list(schema.get("enum"))


def _mapped(branch: Schema, mapping: Mapping[str, str]) -> list[JsonValue]:
    name = name_of(branch)
    return [
        value for value, target in mapping.items() if name in (target, name_of({"$ref": target}))
    ]
