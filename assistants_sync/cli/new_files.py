"""New files in a project: all of them or none, and never in the place of an old one."""

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from assistants_sync.errors import GuardError, SyncError
from assistants_sync.model.diagnostic import Diagnostic


def write_new(texts: Mapping[Path, str], undone: str = "nothing was imported") -> list[Path]:
    """Write every file, so that it outlasts a power cut; give the folders that were made.

    They are given the deepest first. `undone` is what people are told when no file is left.

    Raises:
        GuardError: files are in the way, each of them told of; nothing was written.
        SyncError: one cannot be written; none is left.
    """
    in_the_way = [path for path in texts if os.path.lexists(path)]
    if in_the_way:
        raise GuardError([_in_the_way(path) for path in in_the_way])
    written: list[Path] = []
    folders = _missing_folders(texts)
    try:
        for path, text in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                written.append(path)
                file.write(text.encode())
                file.flush()
                os.fsync(file.fileno())
        for folder in {path.parent for path in texts}:
            _sync_folder(folder)
    except OSError as error:
        remove(written, folders)
        raise SyncError(
            "A file could not be written",
            f"{error.filename or written[-1]}: {error.strerror}; {undone}",
        ) from error
    except BaseException:
        remove(written, folders)
        raise
    return folders


def remove(paths: Iterable[Path], folders: Iterable[Path] = ()) -> None:
    """Take back files that were written just now, and folders, deepest first, if they are empty."""
    for path in paths:
        with suppress(OSError):
            path.unlink()
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


def _missing_folders(paths: Iterable[Path]) -> list[Path]:
    """Give the folders that have to be made for these files, the deepest first."""
    missing = {each for path in paths for each in path.parents if not each.exists()}
    return sorted(missing, key=lambda each: len(each.parts), reverse=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _in_the_way(path: Path) -> Diagnostic:
    return Diagnostic(
        GuardError.code,
        "A file is in the way",
        f"{path}; nothing was imported",
        hint="move it away, or import that one under another key: `import assistant.KEY ID`",
    )
