"""Files of a project written anew: whole or not at all, and only while nobody else wrote them."""

import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from assistants_sync.definitions.files import read_text
from assistants_sync.errors import SyncError
from assistants_sync.model.source import SourceRef

_MARK: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Opened:
    """A file as it was read: `path` is behind every link, `text` has single newlines.

    `newline` is how its first line ends, and how it is written; `name` is relative to the project.
    """

    path: Path
    name: str
    text: str
    data: bytes
    newline: str

    def with_text(self, text: str) -> bytes:
        """Give the bytes of another text in this file's line ends, without a byte order mark."""
        return text.replace("\n", self.newline).encode()


def open_text(root: Path, path: Path) -> Opened:
    """Read a file that may be written anew. `root` is resolved.

    Raises:
        DefinitionError: it is missing, outside `root`, not regular, too large, or not text.
    """
    name = path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
    text = read_text(root, path, SourceRef(name))
    inside = path.resolve()
    data = inside.read_bytes()
    first = data.partition(b"\n")[0]
    return Opened(inside, name, text, data, "\r\n" if first.endswith(b"\r") else "\n")


def replace_bytes(opened: Opened, data: bytes) -> None:
    """Write something else in place of what was read, at once; the file keeps its mode.

    A link stays one: what it leads to is written.

    Raises:
        SyncError: it was changed meanwhile, or cannot be written; the old file stands.
    """
    path = opened.path
    temporary: str | None = None
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), path.stat().st_mode & 0o7777)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if path.read_bytes() != opened.data:
            raise SyncError(
                "A file was changed meanwhile", opened.name, hint="nothing was lost; run it again"
            )
        os.replace(temporary, path)  # noqa: PTH105 -- the name that mkstemp gave
        temporary = None
    except OSError as error:
        raise SyncError(
            "A file could not be written", f"{opened.name}: {error.strerror or error}"
        ) from error
    finally:
        if temporary is not None:
            with suppress(OSError):
                os.unlink(temporary)  # noqa: PTH108 -- as above
