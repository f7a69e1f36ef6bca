"""Where assistants live: one SQLite file that outlasts the process."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from assistants_sync.emulator.query import ListQuery
from assistants_sync.emulator.wire import Body

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS assistant (
    id TEXT PRIMARY KEY,
    created_ms INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS assistant_created ON assistant (created_ms);
CREATE TABLE IF NOT EXISTS last_write (only INTEGER PRIMARY KEY CHECK (only = 1), ms INTEGER);
INSERT OR IGNORE INTO last_write VALUES (1, 0);
"""
_COLUMNS_OF: Final = "SELECT id, created_ms, updated_ms, body FROM assistant WHERE id = ?"
_LISTED: Final = """
SELECT id, created_ms, updated_ms, body FROM assistant
WHERE created_ms BETWEEN ? AND ? AND updated_ms BETWEEN ? AND ?
ORDER BY created_ms DESC LIMIT ?
"""


@dataclass(frozen=True, slots=True)
class Record:
    """One assistant as stored, its secrets in it; times are milliseconds since 1970."""

    id: str
    created_ms: int
    updated_ms: int
    body: Body


class Store:
    """Keeps assistants; each write commits before it returns.

    No two writes of one file share a time: on a tie the later one is a millisecond on, so that a
    test may tell them apart. `path` is a file, made when missing, or `:memory:`.

    Raises:
        sqlite3.Error: the file is no store, or cannot be opened.
    """

    def __init__(self, path: Path | str) -> None:
        if str(path) != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(path).touch(mode=0o600)  # a body may hold secrets
        # The event loop that serves may run in another thread than the one that opened the file.
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            self._connection.execute("PRAGMA synchronous = OFF")
            self._connection.executescript(_TABLES)
        except sqlite3.Error:
            self._connection.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file; closing twice is fine."""
        self._connection.close()

    def reset(self) -> None:
        """Forget every assistant; times still go on from the last write."""
        with self._transaction():
            self._connection.execute("DELETE FROM assistant")

    def insert(self, assistant_id: str, body: Body, now_ms: int) -> Record:
        """Keep a new assistant."""
        with self._transaction():
            stamp = self._stamp(now_ms)
            record = Record(assistant_id, stamp, stamp, body)
            self._connection.execute(
                "INSERT INTO assistant VALUES (?, ?, ?, ?)",
                (assistant_id, stamp, stamp, json.dumps(body)),
            )
        return record

    def get(self, assistant_id: str) -> Record | None:
        """Give one assistant."""
        row = self._connection.execute(_COLUMNS_OF, (assistant_id,)).fetchone()
        return _record(row) if row else None

    def update(self, assistant_id: str, changes: Body, now_ms: int) -> Record | None:
        """Replace each key of `changes` whole, drop those that are null; None if there is none."""
        with self._transaction():
            before = self.get(assistant_id)
            if before is None:
                return None
            merged = {**before.body, **changes}
            body: Body = {name: value for name, value in merged.items() if value is not None}
            record = Record(assistant_id, before.created_ms, self._stamp(now_ms), body)
            self._connection.execute(
                "UPDATE assistant SET updated_ms = ?, body = ? WHERE id = ?",
                (record.updated_ms, json.dumps(body), assistant_id),
            )
        return record

    def delete(self, assistant_id: str) -> Record | None:
        """Forget one assistant and give what it was; None if there is none."""
        with self._transaction():
            before = self.get(assistant_id)
            self._connection.execute("DELETE FROM assistant WHERE id = ?", (assistant_id,))
        return before

    def newest(self, query: ListQuery) -> list[Record]:
        """Give the assistants a query asks for, newest first."""
        created, updated = query.created, query.updated
        bounds = (created.low, created.high, updated.low, updated.high, query.limit)
        return [_record(row) for row in self._connection.execute(_LISTED, bounds)]

    def _stamp(self, now_ms: int) -> int:
        row = self._connection.execute(
            "UPDATE last_write SET ms = max(ms + 1, ?) RETURNING ms", (now_ms,)
        ).fetchone()
        return int(row[0])

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        # Immediate: another process may serve the same file, and we read before we write.
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")


def _record(row: tuple[str, int, int, str]) -> Record:
    assistant_id, created_ms, updated_ms, body = row
    return Record(assistant_id, created_ms, updated_ms, json.loads(body))
