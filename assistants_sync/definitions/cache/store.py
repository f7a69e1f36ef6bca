"""Where the cache lies: one SQLite file for each project folder and environment, a row a file."""

import os
import sqlite3
import stat
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from assistants_sync import __version__
from assistants_sync.definitions.cache.codec import Known, decode, digest_of, encode
from assistants_sync.model.address import Address
from assistants_sync.model.project import Project

_FORMAT: Final = 1
_READS: Final = ("definitions", "model", "resources")
"""The parts of this tool that what is read depends on."""
_TABLE: Final = """CREATE TABLE IF NOT EXISTS files (name TEXT PRIMARY KEY, key TEXT NOT NULL,
content TEXT NOT NULL, places BLOB NOT NULL, digest TEXT NOT NULL)"""


class DefinitionCache:
    """What is known of the files of one project; a context manager that keeps what was learnt.

    Nothing it cannot do is an error: without a folder, or with one that others may write to, it
    knows nothing and keeps nothing.
    """

    def __init__(self, folder: Path | None, root: Path, project: Project) -> None:
        self._scope = digest_of(_tool(), repr(project))
        name = f"{digest_of(str(_FORMAT), str(root), project.environment.name)}.sqlite"
        self._path = folder / name if folder and _is_ours_alone(folder) else None
        self._rows: sqlite3.Connection | None = None
        self._missed: dict[str, tuple[str, tuple[Address, ...]]] = {}
        self._learnt: dict[Address, Known] = {}
        self._seen: set[str] = set()

    def __enter__(self) -> Self:
        """Open it."""
        if self._path is not None:
            with suppress(sqlite3.Error):
                self._rows = _opened(self._path)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Keep what was learnt, and close it."""
        if self._rows is None:
            return
        with suppress(sqlite3.Error):
            self._keep(self._rows)
        self._rows.close()

    def get(
        self, name: str, text: str, text_of: Callable[[str], str | None]
    ) -> tuple[Known, ...] | None:
        """Give what a file of this text holds; None when that is not known.

        `text_of` gives the text of an included file, None where it has none.
        """
        if self._rows is None:
            return None
        self._seen.add(name)
        try:
            row = self._rows.execute("SELECT * FROM files WHERE name = ?", [name]).fetchone()
        except sqlite3.Error:
            return None
        if row is None or row[1] != digest_of(self._scope, text):
            return None
        # What somebody else wrote there may be of any form.
        with suppress(ValueError, TypeError, LookupError, AttributeError):
            _, _, content, places, digest = row
            if digest == digest_of(content, places):
                return decode(content, places, text_of)
        return None

    def missed(self, name: str, text: str, addresses: Iterable[Address]) -> None:
        """Note that a file was read, and what it defines."""
        self._missed[name] = digest_of(self._scope, text), tuple(addresses)

    def learn(self, known: Known) -> None:
        """Note what was read of one definition, which is without a fault."""
        self._learnt[known.definition.address] = known

    def _keep(self, rows: sqlite3.Connection) -> None:
        """Keep each file whose every definition was learnt, and none that is gone."""
        if not self._missed:
            return
        for name, (key, addresses) in self._missed.items():
            learnt = [self._learnt[each] for each in addresses if each in self._learnt]
            # Of an address that two files define, only one is learnt.
            found = {each.definition.address: each for each in learnt if each.where.file == name}
            encoded = encode(list(found.values())) if len(found) == len(addresses) else None
            if encoded is None:
                rows.execute("DELETE FROM files WHERE name = ?", [name])
            else:
                row = [name, key, *encoded, digest_of(*encoded)]
                rows.execute("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)", row)
        kept = {name for (name,) in rows.execute("SELECT name FROM files")}
        rows.executemany("DELETE FROM files WHERE name = ?", [[each] for each in kept - self._seen])
        rows.execute("COMMIT")


def _opened(path: Path) -> sqlite3.Connection:
    """Open it, all in one transaction; one that is damaged is made anew."""
    for is_last in (False, True):
        rows = sqlite3.connect(path, timeout=0, isolation_level=None)
        try:
            # It may be lost at any time: what is written needs not be on the disk.
            rows.execute("PRAGMA synchronous = OFF")
            rows.execute("BEGIN")
            rows.execute(_TABLE)
        except sqlite3.DatabaseError as error:
            rows.close()
            if is_last or isinstance(error, sqlite3.OperationalError):
                raise
            path.unlink(missing_ok=True)
        else:
            return rows
    raise AssertionError("the last attempt returns or raises")


def _is_ours_alone(folder: Path) -> bool:
    """Make the folder, and say whether nobody else may write to it: what lies there is believed."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.stat()
    except OSError:
        return False
    others = stat.S_IWGRP | stat.S_IWOTH
    return found.st_uid == os.getuid() and not found.st_mode & others


@cache
def _tool() -> str:
    """Give a text that another version of this tool, or of Python, does not give.

    A checkout changes without its version: the times of its files count, too.
    """
    package = Path(__file__).parents[2]
    read = (each for part in _READS for each in sorted((package / part).rglob("*.py")))
    times = (f"{each}:{each.stat().st_mtime_ns}" for each in read)
    return digest_of(__version__, sys.version, *times)
