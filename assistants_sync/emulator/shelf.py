"""Where one of the other kinds lives: its share of the store's file."""

import json
from dataclasses import dataclass
from typing import Final

from assistants_sync.emulator.query import ListQuery
from assistants_sync.emulator.record import Record, patched, record_of
from assistants_sync.emulator.store_file import StoreFile
from assistants_sync.emulator.wire import Body

_ONE: Final = "SELECT id, created_ms, updated_ms, body FROM other WHERE kind = ? AND id = ?"
_LISTED: Final = """
SELECT id, created_ms, updated_ms, body FROM other
WHERE kind = ? AND created_ms BETWEEN ? AND ? AND updated_ms BETWEEN ? AND ?
AND NOT EXISTS (
    SELECT 1 FROM json_each(?) AS asked
    WHERE json_extract(other.body, '$.' || asked.key) IS NOT asked.value
)
ORDER BY created_ms DESC
"""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, and how many objects the whole list has."""

    records: list[Record]
    total: int


class Shelf:
    """Keeps the objects of one kind; each write commits before it returns."""

    def __init__(self, file: StoreFile, kind: str) -> None:
        self._file = file
        self._kind = kind

    def insert(self, object_id: str, body: Body, now_ms: int) -> Record:
        """Keep a new object."""
        with self._file.transaction():
            stamp = self._file.stamp(now_ms)
            record = Record(object_id, stamp, stamp, body)
            self._file.execute(
                "INSERT INTO other VALUES (?, ?, ?, ?, ?)",
                (self._kind, object_id, stamp, stamp, json.dumps(body)),
            )
        return record

    def get(self, object_id: str) -> Record | None:
        """Give one object."""
        row = self._file.execute(_ONE, (self._kind, object_id)).fetchone()
        return record_of(row) if row else None

    def update(self, object_id: str, changes: Body, now_ms: int) -> Record | None:
        """Replace each key of `changes` whole, drop those that are null; None if there is none."""
        with self._file.transaction():
            before = self.get(object_id)
            if before is None:
                return None
            body = patched(before.body, changes)
            record = Record(object_id, before.created_ms, self._file.stamp(now_ms), body)
            self._file.execute(
                "UPDATE other SET updated_ms = ?, body = ? WHERE kind = ? AND id = ?",
                (record.updated_ms, json.dumps(body), self._kind, object_id),
            )
        return record

    def delete(self, object_id: str) -> Record | None:
        """Forget one object and give what it was; None if there is none."""
        with self._file.transaction():
            before = self.get(object_id)
            self._file.execute(
                "DELETE FROM other WHERE kind = ? AND id = ?", (self._kind, object_id)
            )
        return before

    def newest(self, query: ListQuery) -> Page:
        """Give the page a query asks for, newest first."""
        created, updated = query.created, query.updated
        bounds = (created.low, created.high, updated.low, updated.high)
        equal = json.dumps(dict(query.equal))
        rows = self._file.execute(_LISTED, (self._kind, *bounds, equal)).fetchall()
        start = (query.page - 1) * query.limit
        page = rows[start : start + query.limit]
        return Page([record_of(row) for row in page], len(rows))
