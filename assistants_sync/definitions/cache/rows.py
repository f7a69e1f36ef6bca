"""The rows of the cache: one SQLite file, read and written in one transaction.

It may be lost at any time, be damaged, or be held by another run. None of that is an error: then it
has no rows, or keeps none.
"""

import sqlite3
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeAlias

Row: TypeAlias = tuple[str, str, bytes, str]
"""Of one file: under which key, what it holds, where in it, and the digest of these two."""

_TABLE: Final = """CREATE TABLE IF NOT EXISTS files (name TEXT PRIMARY KEY, key TEXT NOT NULL,
content TEXT NOT NULL, places BLOB NOT NULL, digest TEXT NOT NULL)"""
_FIND: Final = "SELECT key, content, places, digest FROM files WHERE name = ?"


class Rows:
    """What one SQLite file holds, by the name of the definition file."""

    def __init__(self, path: Path) -> None:
        self._open: sqlite3.Connection | None = None
        with suppress(sqlite3.Error):
            self._open = _opened(path)

    def get(self, name: str) -> Row | None:
        """Give the row of a file; None when there is none of this form."""
        with suppress(sqlite3.Error):
            if self._open is not None:
                match self._open.execute(_FIND, [name]).fetchone():
                    case (str(key), str(content), bytes(places), str(digest)):
                        return key, content, places, digest
        return None

    def keep(self, rows: dict[str, Row | None], present: Collection[str]) -> None:
        """Put rows in, or take them out (None), and take out those of files that are gone."""
        with suppress(sqlite3.Error):
            if self._open is None:
                return
            kept = {name for (name,) in self._open.execute("SELECT name FROM files")}
            gone = [*(kept - set(present)), *(name for name, row in rows.items() if row is None)]
            self._open.executemany("DELETE FROM files WHERE name = ?", [[name] for name in gone])
            self._open.executemany(
                "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)",
                [(name, *row) for name, row in rows.items() if row is not None],
            )
            self._open.execute("COMMIT")

    def close(self) -> None:
        """Close it; what was not kept is as it was."""
        if self._open is not None:
            self._open.close()


def _opened(path: Path) -> sqlite3.Connection:
    """Open it, all in one transaction; one that is damaged is made anew."""
    for is_last in (False, True):
        opened = sqlite3.connect(path, timeout=0, isolation_level=None)
        try:
            # What is written needs not be on the disk when we end.
            opened.execute("PRAGMA synchronous = OFF")
            opened.execute("BEGIN")
            opened.execute(_TABLE)
        except sqlite3.DatabaseError as error:
            opened.close()
            if is_last or isinstance(error, sqlite3.OperationalError):
                raise
            path.unlink(missing_ok=True)
        else:
            return opened
    raise AssertionError("the last attempt returns or raises")
