"""The SQLite file that outlasts the process, and the order of the writes to it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS assistant (
    id TEXT PRIMARY KEY,
    created_ms INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS assistant_created ON assistant (created_ms);
CREATE TABLE IF NOT EXISTS other (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (kind, id)
);
CREATE TABLE IF NOT EXISTS last_write (only INTEGER PRIMARY KEY CHECK (only = 1), ms INTEGER);
INSERT OR IGNORE INTO last_write VALUES (1, 0);
"""


class StoreFile:
    """One file of objects, open; `path` is a file, made when missing, or `:memory:`.

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

    def close(self) -> None:
        """Let go of the file; closing twice is fine."""
        self._connection.close()

    def execute(self, statement: str, values: tuple[str | int, ...] = ()) -> sqlite3.Cursor:
        """Run one statement."""
        return self._connection.execute(statement, values)

    def stamp(self, now_ms: int) -> int:
        """Give a time for a write: now, or a millisecond after the last one if that is later."""
        row = self.execute(
            "UPDATE last_write SET ms = max(ms + 1, ?) RETURNING ms", (now_ms,)
        ).fetchone()
        return int(row[0])

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit what is run inside, or nothing of it."""
        # Immediate: another process may serve the same file, and we read before we write.
        self.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.execute("ROLLBACK")
            raise
        self.execute("COMMIT")
