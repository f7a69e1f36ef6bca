"""Files that survive a crash: whole or not at all, readable by their owner only."""

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from assistants_sync.errors import StateError

MOST_BYTES: Final = 256 << 20
"""A hundred times the state of 10,000 assistants."""
_OWNER_ONLY: Final = 0o600


def read_if_there(path: Path) -> bytes | None:
    """Give a file's bytes; None when there is none.

    Raises:
        StateError: it is a link or no regular file, or it cannot be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _cannot("read", path, error) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise StateError("A state file is no regular file", str(path))
    with os.fdopen(descriptor, "rb") as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise StateError("A state file is too large", f"{path}: more than {MOST_BYTES >> 20} MiB")
    return data


class Signature(NamedTuple):
    """What tells one version of a file from another."""

    inode: int
    size: int
    modified_ns: int


def signature(path: Path) -> Signature | None:
    """Tell one version of a file from another, without reading it; None when there is none."""
    try:
        found = path.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _cannot("read", path, error) from error
    return Signature(found.st_ino, found.st_size, found.st_mtime_ns)


def replace_file(path: Path, data: bytes) -> None:
    """Put `data` in place of the file at once: temporary file, fsync, rename, fsync of the folder.

    Raises:
        StateError: it could not be done; the old file stands.
    """
    temporary = path.with_name(path.name + ".tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.unlink(missing_ok=True)
        descriptor = _create(temporary)
        try:
            _write_all(descriptor, data)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise _cannot("write", path, error) from error


def make_private_folder(folder: Path) -> None:
    """Make a folder for its owner only, if it is not there.

    Raises:
        StateError: it could not be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise _cannot("write", folder, error) from error


def append(path: Path, data: bytes, *, at: int, at_most: int) -> None:
    """Append behind the first `at` bytes of a file, dropping a torn end behind them, durably.

    Raises:
        StateError: it is shorter than `at` or longer than `at_most`, so somebody else wrote it; or
            the bytes are not durable.
    """
    try:
        descriptor = os.open(
            path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, _OWNER_ONLY
        )
        try:
            size = os.fstat(descriptor).st_size
            if not at <= size <= at_most:
                raise StateError(
                    "The state was changed by somebody else",
                    f"{path} is not the file this run read",
                    hint="nothing more was sent; run plan again",
                )
            if size > at:
                os.ftruncate(descriptor, at)
            os.lseek(descriptor, at, os.SEEK_SET)
            _write_all(descriptor, data)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if at == 0:
            sync_folder(path.parent)
    except OSError as error:
        raise _cannot("write", path, error) from error


def remove(path: Path) -> None:
    """Remove a file, if it is there, durably.

    Raises:
        StateError: it could not be removed.
    """
    try:
        path.unlink(missing_ok=True)
        sync_folder(path.parent)
    except OSError as error:
        raise _cannot("remove", path, error) from error


def sync_folder(folder: Path) -> None:
    """Make renames and new names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _create(path: Path) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    return os.open(path, flags, _OWNER_ONLY)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _cannot(verb: str, path: Path, error: OSError) -> StateError:
    return StateError(
        f"State could not be {'read' if verb == 'read' else 'saved'}",
        f"cannot {verb} {path}: {error.strerror or error}",
        hint="check the disk and the folder's permissions",
    )
