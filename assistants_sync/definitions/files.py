"""Reading files we did not write: regular, small, inside the project, and text."""

import os
import stat
from codecs import BOM_UTF8
from pathlib import Path
from typing import Final

from assistants_sync.definitions.faults import error
from assistants_sync.model.source import SourceRef

MAX_BYTES: Final = 1024 * 1024


def read_text(root: Path, path: Path, where: SourceRef, most_bytes: int = MAX_BYTES) -> str:
    """Give the text of one file; see `Texts.read`. `root` is resolved already."""
    return Texts(root).read(str(path), where, most_bytes)


class Texts:
    """The texts of a project, read one after the other: that a folder is no link is asked once.

    `root` is resolved already. Paths are texts: a path object costs more than a read.
    """

    def __init__(self, root: Path) -> None:
        self._root = str(root)
        self._begins = f"{self._root.rstrip('/')}/"
        self._without_links: set[str] = set()

    def read(self, path: str, where: SourceRef, most_bytes: int = MAX_BYTES) -> str:
        """Give the text of a file, line ends as a single newline, without a byte order mark.

        A relative path starts at the root; `where` is the place a fault is reported at.

        Raises:
            DefinitionError: the file is missing, outside the root, not regular, too large, or not
                text.
        """
        path = os.path.join(self._root, path)  # noqa: PTH118 -- see above
        shown = f"`{path.removeprefix(self._begins)}`"
        try:
            data = _read(self._inside(path, shown, where), where, most_bytes)
        except FileNotFoundError as missing:
            raise error("File not found", f"{shown} does not exist", where) from missing
        except (OSError, RuntimeError, ValueError) as failure:
            reason = failure.strerror if isinstance(failure, OSError) else "not a usable path"
            raise error("File cannot be read", f"{shown}: {reason}", where) from failure
        try:
            text = data.removeprefix(BOM_UTF8).decode()
        except UnicodeDecodeError as failure:
            raise error(
                "File is not UTF-8",
                f"byte {failure.start} of {shown} is not UTF-8 text",
                where,
                hint="save the file as UTF-8",
            ) from failure
        if "\0" in text:
            raise error("File is not text", f"{shown} holds NUL bytes", where)
        return text.replace("\r\n", "\n")

    def _inside(self, path: str, shown: str, where: SourceRef) -> str:
        folder = path.rpartition("/")[0]
        if folder in self._without_links and not os.path.islink(path):  # noqa: PTH114 -- see above
            return path
        resolved = os.path.realpath(path, strict=True)
        if not f"{resolved}/".startswith(self._begins):
            raise error(
                "File outside the project",
                f"{shown} leads out of the project folder",
                where,
                hint="copy it into the project",
            )
        if resolved == path:
            self._without_links.add(folder)
        return resolved


def _read(path: str, where: SourceRef, most_bytes: int) -> bytes:
    name = path.rpartition("/")[2]
    # Looked at before it is opened: opening a FIFO would wait for a writer.
    found = os.stat(path)  # noqa: PTH116 -- see `Texts`
    if not stat.S_ISREG(found.st_mode):
        raise error("Not a regular file", f"`{name}` is a folder or a device", where)
    if found.st_size > most_bytes:
        detail = f"`{name}` has {found.st_size} bytes; at most {most_bytes}"
        raise error("File too large", detail, where)
    opened = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        # As much as it has, and not the bound: memory for that costs more than the read.
        data = more = os.read(opened, found.st_size + 1)
        while more and len(data) <= most_bytes:
            more = os.read(opened, found.st_size + 1)
            data += more
    finally:
        os.close(opened)
    if len(data) > most_bytes:
        raise error("File too large", f"`{name}` has more than {most_bytes} bytes", where)
    return data
