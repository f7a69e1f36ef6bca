"""What was read of the files of one project and environment, kept from run to run."""

import os
import stat
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from assistants_sync import __version__
from assistants_sync.definitions.cache.codec import Known, decode, digest_of, encode
from assistants_sync.model.address import Address
from assistants_sync.model.project import Project

if TYPE_CHECKING:
    from assistants_sync.definitions.cache.rows import Row, Rows

_FORMAT: Final = 1
_READS: Final = ("definitions", "model", "resources")
"""The parts of this tool that what is read depends on."""


class DefinitionCache:
    """What is known of the files of one project; a context manager that keeps what was learnt.

    Nothing it cannot do is an error: without a folder, or with one that others may write to, it
    knows nothing and keeps nothing.
    """

    def __init__(self, folder: Path | None, root: Path, project: Project) -> None:
        self._scope = digest_of(_tool(), repr(project))
        name = f"{digest_of(str(_FORMAT), str(root), project.environment.name)}.sqlite"
        self._path = folder / name if folder and _is_ours_alone(folder) else None
        self._rows: Rows | None = None
        self._missed: dict[str, tuple[str, tuple[Address, ...]]] = {}
        self._learnt: dict[Address, Known] = {}
        self._seen: set[str] = set()

    def __enter__(self) -> Self:
        """Open it."""
        if self._path is not None:
            # Some Pythons were built without SQLite; they have no cache.
            with suppress(ImportError):
                from assistants_sync.definitions.cache.rows import Rows

                self._rows = Rows(self._path)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Keep what was learnt, and close it."""
        if self._rows is not None:
            if self._missed:
                self._rows.keep({name: self._row(name) for name in self._missed}, self._seen)
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
        row = self._rows.get(name)
        if row is None or row[0] != digest_of(self._scope, text):
            return None
        _, content, places, digest = row
        # What somebody else wrote there may be anything.
        with suppress(ValueError, TypeError, LookupError, AttributeError):
            return (
                decode(content, places, text_of) if digest == digest_of(content, places) else None
            )
        return None

    def missed(self, name: str, text: str, addresses: Iterable[Address]) -> None:
        """Note that a file was read, and what it defines."""
        self._missed[name] = digest_of(self._scope, text), tuple(addresses)

    def learn(self, known: Known) -> None:
        """Note what was read of one definition, which is without a fault."""
        self._learnt[known.definition.address] = known

    def _row(self, name: str) -> "Row | None":
        """Give the row of a file whose every definition was learnt."""
        key, addresses = self._missed[name]
        learnt = [self._learnt[each] for each in addresses if each in self._learnt]
        # Of an address that two files define, only one is learnt.
        found = {each.definition.address: each for each in learnt if each.where.file == name}
        encoded = encode(list(found.values())) if len(found) == len(addresses) else None
        return (key, *encoded, digest_of(*encoded)) if encoded else None


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
