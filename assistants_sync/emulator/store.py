"""Where assistants live: one SQLite file that outlasts the process, other kinds beside them."""

import json
from pathlib import Path
from typing import Final, Self

from assistants_sync.emulator.query import ListQuery
from assistants_sync.emulator.record import Record, patched, record_of
from assistants_sync.emulator.shelf import Shelf
from assistants_sync.emulator.store_file import StoreFile
from assistants_sync.emulator.wire import Body

_COLUMNS_OF: Final = "SELECT id, created_ms, updated_ms, body FROM assistant WHERE id = ?"
_LISTED: Final = """
SELECT id, created_ms, updated_ms, body FROM assistant
WHERE created_ms BETWEEN ? AND ? AND updated_ms BETWEEN ? AND ?
ORDER BY created_ms DESC LIMIT ?
"""


class Store:
    """Keeps assistants, and other kinds in `others`; each write commits before it returns.

    No two writes of one file share a time: on a tie the later one is a millisecond on, so that a
    test may tell them apart. `path` is a file, made when missing, or `:memory:`.

    Raises:
        sqlite3.Error: the file is no store, or cannot be opened.
    """

    def __init__(self, path: Path | str) -> None:
        self._file = StoreFile(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file; closing twice is fine."""
        self._file.close()

    def reset(self) -> None:
        """Forget every object of every kind; times still go on from the last write."""
        with self._file.transaction():
            self._file.execute("DELETE FROM assistant")
            self._file.execute("DELETE FROM other")

    def others(self, kind: str) -> Shelf:
        """Give the objects of another kind, named by its path."""
        return Shelf(self._file, kind)

    def insert(self, assistant_id: str, body: Body, now_ms: int) -> Record:
        """Keep a new assistant."""
        with self._file.transaction():
            stamp = self._file.stamp(now_ms)
            record = Record(assistant_id, stamp, stamp, body)
            self._file.execute(
                "INSERT INTO assistant VALUES (?, ?, ?, ?)",
                (assistant_id, stamp, stamp, json.dumps(body)),
            )
        return record

    def get(self, assistant_id: str) -> Record | None:
        """Give one assistant."""
        row = self._file.execute(_COLUMNS_OF, (assistant_id,)).fetchone()
        return record_of(row) if row else None

    def update(self, assistant_id: str, changes: Body, now_ms: int) -> Record | None:
        """Replace each key of `changes` whole, drop those that are null; None if there is none."""
        with self._file.transaction():
            before = self.get(assistant_id)
            if before is None:
                return None
            body = patched(before.body, changes)
            record = Record(assistant_id, before.created_ms, self._file.stamp(now_ms), body)
            self._file.execute(
                "UPDATE assistant SET updated_ms = ?, body = ? WHERE id = ?",
                (record.updated_ms, json.dumps(body), assistant_id),
            )
        return record

    def delete(self, assistant_id: str) -> Record | None:
        """Forget one assistant and give what it was; None if there is none."""
        with self._file.transaction():
            before = self.get(assistant_id)
            self._file.execute("DELETE FROM assistant WHERE id = ?", (assistant_id,))
        return before

    def newest(self, query: ListQuery) -> list[Record]:
        """Give the assistants a query asks for, newest first."""
        created, updated = query.created, query.updated
        bounds = (created.low, created.high, updated.low, updated.high, query.limit)
        return [record_of(row) for row in self._file.execute(_LISTED, bounds)]
