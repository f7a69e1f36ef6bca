"""One stored object, and what a PATCH makes of it."""

import json
from dataclasses import dataclass
from typing import TypeAlias

from assistants_sync.emulator.wire import Body

Row: TypeAlias = tuple[str, int, int, str]
"""An object as a table holds it: id, created, updated, body as JSON."""


@dataclass(frozen=True, slots=True)
class Record:
    """One object as stored, its secrets in it; times are milliseconds since 1970."""

    id: str
    created_ms: int
    updated_ms: int
    body: Body


def record_of(row: Row) -> Record:
    """Give the object a row holds."""
    object_id, created_ms, updated_ms, body = row
    return Record(object_id, created_ms, updated_ms, json.loads(body))


def patched(body: Body, changes: Body) -> Body:
    """Replace each key of `changes` whole, and drop those that are null."""
    return {name: value for name, value in {**body, **changes}.items() if value is not None}
