"""Reading files we did not write: regular, small, inside the project, and text."""

import os
import stat
from pathlib import Path
from typing import Final

from assistants_sync.definitions.faults import error
from assistants_sync.model.source import SourceRef

MAX_BYTES: Final = 1024 * 1024


def read_text(root: Path, path: Path, where: SourceRef, most_bytes: int = MAX_BYTES) -> str:
    """Give the text of a file, line ends as a single newline, without a byte order mark.

    `root` is resolved already; `where` is the place a fault is reported at.

    Raises:
        DefinitionError: the file is missing, outside `root`, not regular, too large, or not text.
    """
    try:
        data = _read(_inside(root, path, where), where, most_bytes)
    except FileNotFoundError as missing:
        raise error("File not found", f"`{_shown(root, path)}` does not exist", where) from missing
    except (OSError, RuntimeError, ValueError) as failure:
        reason = failure.strerror if isinstance(failure, OSError) else "not a usable path"
        raise error("File cannot be read", f"`{_shown(root, path)}`: {reason}", where) from failure
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as failure:
        raise error(
            "File is not UTF-8",
            f"byte {failure.start} of `{_shown(root, path)}` is not UTF-8 text",
            where,
            hint="save the file as UTF-8",
        ) from failure
    if "\0" in text:
        raise error("File is not text", f"`{_shown(root, path)}` holds NUL bytes", where)
    return text.replace("\r\n", "\n")


def _inside(root: Path, path: Path, where: SourceRef) -> str:
    resolved = os.path.realpath(path, strict=True)
    # Texts, here and below: this is asked of every file, and a path object costs more than a read.
    if not f"{resolved}/".startswith(f"{str(root).rstrip('/')}/"):
        raise error(
            "File outside the project",
            f"`{_shown(root, path)}` leads out of the project folder",
            where,
            hint="copy it into the project",
        )
    return resolved


def _read(path: str, where: SourceRef, most_bytes: int) -> bytes:
    name = path.rpartition("/")[2]
    # Looked at before it is opened: opening a FIFO would wait for a writer.
    found = os.stat(path)  # noqa: PTH116 -- as above
    if not stat.S_ISREG(found.st_mode):
        raise error("Not a regular file", f"`{name}` is a folder or a device", where)
    if found.st_size > most_bytes:
        detail = f"`{name}` has {found.st_size} bytes; at most {most_bytes}"
        raise error("File too large", detail, where)
    with open(path, "rb") as file:  # noqa: PTH123 -- as above
        # As much as it has, and not the bound: memory for that costs more than the read.
        data = file.read(found.st_size + 1)
        if len(data) > found.st_size:
            data += file.read(most_bytes + 1 - len(data))
    if len(data) > most_bytes:
        raise error("File too large", f"`{name}` has more than {most_bytes} bytes", where)
    return data


def _shown(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
