"""The journal while many changes are under way: what they record at one moment is one write.

A durable write takes longer than what goes over the wire in the same time, so one for each entry
would keep requests waiting that could be under way.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from assistants_sync.model.journal import Entry


class Journal(Protocol):
    """What can append to a journal, one write at a time."""

    async def append(self, entries: Sequence[Entry]) -> None:
        """Make entries durable; see `StateStore.append`."""
        ...


@dataclass(slots=True)
class _Batch:
    """Entries that become durable together, or not."""

    entries: list[Entry] = field(default_factory=list)
    is_tried: bool = False
    error: BaseException | None = None


class JournalWriter:
    """Appends to the journal for every change of one apply, one write at a time."""

    def __init__(self, store: Journal) -> None:
        self._store = store
        self._writing = asyncio.Lock()
        self._next = _Batch()

    async def append(self, entries: Sequence[Entry]) -> None:
        """Make entries durable, along with others asked for meanwhile; see `StateStore.append`."""
        batch = self._next
        batch.entries += entries
        async with self._writing:
            if not batch.is_tried:
                await self._write(batch)
        if batch.error is not None:
            raise batch.error

    async def _write(self, batch: _Batch) -> None:
        # Whoever is ready to record something gets to say so before the write begins.
        await asyncio.sleep(0)
        self._next = _Batch()
        batch.is_tried = True
        try:
            await self._store.append(batch.entries)
        except BaseException as error:
            # All that were waiting must know, whatever ended it: none of theirs is durable.
            batch.error = error
            raise
