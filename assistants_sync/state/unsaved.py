"""The emergency file: what the server did and the state could not be told.

The intents of these writes are in the journal, so the next apply finds out by itself; the file
tells at once, and `state recover` takes it back.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from assistants_sync.errors import StateError
from assistants_sync.model.journal import Done, Entry, Failed
from assistants_sync.state import codec
from assistants_sync.state.local import durable


class Unsaved:
    """Collects outcomes that were not saved, in the first of `folders` that can be written."""

    def __init__(self, folders: Sequence[Path], environment: str, at: datetime) -> None:
        self._paths = [
            folder / f"{_name(environment)}{at:%Y%m%dT%H%M%S}.journal" for folder in folders
        ]
        self._entries: list[Entry] = []

    def keep(self, lineage: str, serial: int, entries: Sequence[Entry]) -> Path | None:
        """Keep outcomes, along with those kept before; None when there were none, or no disk."""
        self._entries += [each for each in entries if isinstance(each, Done | Failed)]
        if not self._entries:
            return None
        data = codec.encode_header(lineage, serial) + codec.encode_entries(self._entries)
        for path in self._paths:
            try:
                durable.replace_file(path, data)
            except StateError:
                continue
            return path
        return None


def read_unsaved(path: Path) -> tuple[str, tuple[Entry, ...]]:
    """Give the lineage and the outcomes of an emergency file.

    Raises:
        StateError: it is not there or none.
    """
    data = durable.read_if_there(path)
    if data is None:
        raise StateError("No such file", str(path))
    journal, whole = codec.decode_journal(data, str(path))
    if whole != len(data) or not journal.lineage:
        raise StateError("Not an emergency file", str(path))
    return journal.lineage, journal.entries


def find_unsaved(folders: Sequence[Path], environment: str, lineage: str) -> tuple[Path, ...]:
    """Give the emergency files of this state that lie there; one folder serves many projects."""
    pattern = f"{_name(environment)}????????T??????.journal"
    found = (path for folder in folders for path in sorted(folder.glob(pattern)))
    return tuple(path for path in found if _is_of(path, lineage))


def _is_of(path: Path, lineage: str) -> bool:
    try:
        return read_unsaved(path)[0] == lineage
    except StateError:
        return False


def _name(environment: str) -> str:
    return f"assistants-sync-unsaved-{environment}-"
