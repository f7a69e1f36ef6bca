"""Two stores on one local state, as when no lock holds: the one that comes late writes nothing."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from unit.state.stores import begun, opened, read

from assistants_sync.errors import StateError
from assistants_sync.model.address import Address
from assistants_sync.model.journal import Failed, Intended
from assistants_sync.model.state import Intent
from assistants_sync.state.journaled import JournaledState
from assistants_sync.state.local import durable

SENT = "2026-11-21T09:00:00+00:00"


def intended(number: int) -> Intended:
    return Intended(Intent(f"attempt-{number}", "create", Address("assistant.new"), SENT))


def opened_and_read(folder: Path) -> JournaledState:
    store = opened(folder)
    asyncio.run(store.read())
    return store


def open_intents(folder: Path) -> set[str]:
    state = read(folder).state
    assert state is not None
    return {each for each in state.intents if each.startswith("attempt-")}


def test_a_refused_append_stays_refused(tmp_path: Path) -> None:
    begun(tmp_path)
    late, early = opened_and_read(tmp_path), opened_and_read(tmp_path)
    asyncio.run(early.append([intended(1)]))
    for number in (2, 3):
        with pytest.raises(StateError):
            asyncio.run(late.append([intended(number)]))
    assert open_intents(tmp_path) == {"attempt-1"}


def test_a_late_compaction_does_not_drop_what_another_run_journaled(tmp_path: Path) -> None:
    begun(tmp_path)
    late = opened_and_read(tmp_path)
    asyncio.run(late.append([intended(1)]))
    early = opened_and_read(tmp_path)
    asyncio.run(early.append([Failed("attempt-1", watch=True), intended(2)]))
    with pytest.raises(StateError):
        asyncio.run(late.compact())
    assert open_intents(tmp_path) == {"attempt-2"}


def test_a_compaction_does_not_remove_a_journal_begun_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun(tmp_path)
    first = opened_and_read(tmp_path)
    asyncio.run(first.append([intended(1)]))
    replace_file = durable.replace_file

    async def _another_run() -> None:
        second = opened(tmp_path)
        await second.read()
        await second.append([intended(2)])

    def replace_before_another_run_begins(path: Path, data: bytes) -> None:
        replace_file(path, data)
        if path.name == "default.json":
            with ThreadPoolExecutor() as thread:
                thread.submit(asyncio.run, _another_run()).result()

    monkeypatch.setattr(durable, "replace_file", replace_before_another_run_begins)
    asyncio.run(first.compact())
    assert open_intents(tmp_path) == {"attempt-1", "attempt-2"}
