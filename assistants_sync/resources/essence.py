"""A server's raw object to the part worth comparing: the one place where bodies are read.

What comes out holds no server-owned key, no marker, and no secret that is not a `Secret`.
"""

import json
from collections.abc import Collection, Mapping, Sequence

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistants_sync.model.address import RemoteId
from assistants_sync.model.live import LiveObject
from assistants_sync.model.marker import MARKER_KEY, parse_marker
from assistants_sync.model.text import shared
from assistants_sync.model.value import (
    Body,
    FieldPath,
    JsonValue,
    Lookup,
    Ref,
    Secret,
    Value,
    from_pointer,
)
from assistants_sync.resources.kind import Kind


class Envelope(BaseModel):
    """What every live object carries; anything else passes, known to us or not.

    Source: both 2024 reference pages (GET and DELETE answer with the same 30 fields, these four
    required) and the OpenAPI document of 2026-08-20.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    id: str = Field(min_length=1)
    orgId: str | None = None  # noqa: N815 -- the API's own name
    createdAt: str | None = None  # noqa: N815 -- as above
    updatedAt: str | None = None  # noqa: N815 -- as above
    name: object = None
    metadata: object = None


def observe(kind: Kind, raw: JsonValue, known_secrets: Collection[str] = ()) -> LiveObject:
    """Read one object as the server returned it.

    Raises:
        ValueError: it is not an object with an `id`.
    """
    try:
        envelope = Envelope.model_validate(raw)
    except ValidationError as error:
        raise ValueError(f"not a live {kind.name}: no usable `id` and times") from error
    body = dict(raw) if isinstance(raw, Mapping) else {}
    metadata = body.get("metadata")
    marker = None
    if isinstance(metadata, Mapping) and MARKER_KEY in metadata:
        marker = parse_marker(metadata[MARKER_KEY])
        body["metadata"] = {key: each for key, each in metadata.items() if key != MARKER_KEY}
    return LiveObject(
        id=RemoteId(envelope.id),
        body=seal(
            kind,
            {key: each for key, each in body.items() if key not in kind.server_owned},
            known_secrets,
        ),
        org_id=envelope.orgId,
        name=envelope.name if isinstance(envelope.name, str) else None,
        created_at=envelope.createdAt,
        updated_at=envelope.updatedAt,
        marker=marker,
        flags={flag: body.get(flag) is True for flag in kind.flags},
    )


def seal(kind: Kind, body: Body, known_secrets: Collection[str] = ()) -> dict[str, Value]:
    """Give the body with every secret as `Secret`: by its path, or because we know its value."""
    return {key: _seal(kind, value, (key,), known_secrets) for key, value in body.items()}


def _seal(kind: Kind, value: Value, path: FieldPath, known: Collection[str]) -> Value:
    match value:
        case None | Secret():
            return value
        case _ if kind.secrets.fit(path):
            return Secret(_plain(value))
        case str():
            is_secret = kind.secret_texts.fit(path) or any(text in value for text in known)
            return Secret(value) if is_secret else shared(value)
        case int() | float() | Ref() | Lookup():
            return value
        case Mapping():
            return {key: _seal(kind, each, (*path, key), known) for key, each in value.items()}
        case _:
            return [
                _seal(kind, each, (*path, str(index)), known) for index, each in enumerate(value)
            ]


def seal_at(body: Body, pointers: Collection[str]) -> dict[str, Value]:
    """Seal what stands at these JSON Pointers, `*` for any list index: it was sent as a secret."""
    sealed: dict[str, Value] = dict(body)
    for pointer in pointers:
        head, *rest = from_pointer(pointer)
        if head in sealed:
            sealed[head] = _seal_below(sealed[head], tuple(rest))
    return sealed


def seal_exactly(body: Body, paths: Collection[FieldPath]) -> dict[str, Value]:
    """Seal what stands at these paths, through lists too: a definition says it is a secret."""
    return {key: _seal_exactly(value, (key,), paths) for key, value in body.items()}


def _seal_exactly(value: Value, path: FieldPath, paths: Collection[FieldPath]) -> Value:
    match value:
        case None | Secret():
            return value
        case _ if path in paths:
            return Secret(_plain(value))
        case Mapping():
            return {key: _seal_exactly(each, (*path, key), paths) for key, each in value.items()}
        case str():
            return value
        case Sequence():
            return [
                _seal_exactly(each, (*path, str(index)), paths) for index, each in enumerate(value)
            ]
        case _:
            return value


def _seal_below(value: Value, path: FieldPath) -> Value:
    if not path:
        return value if value is None or isinstance(value, Secret) else Secret(_plain(value))
    head, rest = path[0], path[1:]
    match value:
        case Mapping() if head == "*":  # a key of digits looks like a list index
            return {key: _seal_below(each, rest) for key, each in value.items()}
        case Mapping() if head in value:
            return {**value, head: _seal_below(value[head], rest)}
        case Mapping() | str():
            return value
        case Sequence():
            return [_seal_below(each, rest) for each in value]
        case _:
            return value


def _plain(value: Value) -> JsonValue:
    match value:
        case str() | int() | float() | None:
            return value
        case Secret():
            return value.reveal()
        case Ref() | Lookup():
            return str(value)
        case Mapping():
            return {key: _plain(each) for key, each in value.items()}
        case _:
            return [_plain(each) for each in value]


def canonical(kind: Kind, value: JsonValue, path: FieldPath) -> JsonValue:
    """Give the one form of all values we call equal: numbers, nulls and set-like lists settled.

    20.0 becomes 20, a null in an object goes (null means absent), a set-like list is sorted.
    """
    match value:
        case str() | int() | None:
            return value
        case float():
            return int(value) if value.is_integer() else value
        case Mapping():
            return {
                key: canonical(kind, each, (*path, key))
                for key, each in value.items()
                if each is not None
            }
        case _:
            items = [canonical(kind, each, (*path, str(index))) for index, each in enumerate(value)]
            return sorted(items, key=_order) if kind.sets.fit(path) else items


def _order(value: JsonValue) -> str:
    return json.dumps(value, sort_keys=True)
