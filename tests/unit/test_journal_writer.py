"""What changes under way at one moment record is one write, durable for all of them or for none."""

import asyncio
from collections.abc import Sequence
from itertools import chain

import pytest

from assistants_sync.apply.journal import JournalWriter
from assistants_sync.errors import StateError
from assistants_sync.model.journal import Entry, Failed


class _Journal:
    """Takes each write in as many turns of the loop as it holds; fails those it is told to."""

    def __init__(self, failing: frozenset[int] = frozenset()) -> None:
        self.writes: list[list[Entry]] = []
        self.durable: list[Entry] = []
        self.begun = asyncio.Event()
        self._failing, self._is_writing = failing, False

    async def append(self, entries: Sequence[Entry]) -> None:
        assert not self._is_writing
        self._is_writing = True
        self.begun.set()
        self.writes.append(list(entries))
        for _ in entries:
            await asyncio.sleep(0)
        self._is_writing = False
        if len(self.writes) in self._failing:
            raise StateError("State could not be saved", "the disk is full")
        self.durable += entries


def _entries(count: int) -> list[Entry]:
    return [Failed(f"id-{number}") for number in range(count)]


def test_what_is_asked_for_at_one_moment_is_one_write_in_order() -> None:
    async def _run() -> None:
        journal = _Journal()
        writer = JournalWriter(journal)
        await asyncio.gather(*(writer.append([entry]) for entry in _entries(20)))
        assert journal.writes == [_entries(20)]

    asyncio.run(_run())


def test_what_is_asked_for_during_a_write_is_the_next_one() -> None:
    async def _run() -> None:
        journal = _Journal()
        writer = JournalWriter(journal)
        first, *rest = _entries(9)

        async def _later(entry: Entry) -> None:
            await journal.begun.wait()
            await writer.append([entry])
            assert entry in journal.durable

        await asyncio.gather(writer.append([first]), *map(_later, rest))
        assert len(journal.writes) == 2
        assert list(chain(*journal.writes)) == [first, *rest]

    asyncio.run(_run())


def test_a_write_that_fails_is_told_to_all_it_carried_and_to_no_other() -> None:
    async def _run() -> None:
        journal = _Journal(failing=frozenset({1}))
        writer = JournalWriter(journal)
        together = (writer.append([entry]) for entry in _entries(5))
        answers = await asyncio.gather(*together, return_exceptions=True)
        assert [type(answer) for answer in answers] == [StateError] * 5
        await writer.append(_entries(1))
        assert journal.durable == _entries(1)

    asyncio.run(_run())


def test_one_that_is_cancelled_leaves_the_others_their_write() -> None:
    async def _run() -> None:
        journal = _Journal()
        writer = JournalWriter(journal)
        first, second = (asyncio.create_task(writer.append([each])) for each in _entries(2))
        await asyncio.sleep(0)
        first.cancel()
        await second
        with pytest.raises(asyncio.CancelledError):
            await first
        assert _entries(2)[1] in journal.durable

    asyncio.run(_run())
