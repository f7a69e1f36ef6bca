"""Folding the journal into the state file, and the trash: nothing is lost, wherever it ends."""

import asyncio
import errno
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.state.samples import OWNED, STATE
from unit.state.stores import begun, read

from assistants_sync.errors import StateError
from assistants_sync.model.address import Address, RemoteId
from assistants_sync.model.journal import Dropped, Entry, Pinned, Recorded, replay
from assistants_sync.model.state import Generation, Owned, Snapshot
from assistants_sync.state.codec import encode_state
from assistants_sync.state.local import durable


def fitting(choices: list[tuple[int, str]]) -> list[Entry]:
    """Entries that always fit, made from what hypothesis chose."""
    made: list[Entry] = []
    for kind, name in choices:
        address = Address(f"assistant.{name}")
        options: tuple[Entry, ...] = (
            Recorded(address, Owned(RemoteId(name))),
            Dropped(address),
            Pinned(name),
        )
        made.append(options[kind])
    return made


STEPS = st.lists(
    st.tuples(st.tuples(st.integers(0, 2), st.sampled_from("abc")), st.booleans()), max_size=6
)


@given(STEPS)
@settings(deadline=None, max_examples=40)  # it waits for the disk
def test_folding_at_any_point_changes_nothing_but_the_serial(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[tuple[int, str], bool]]
) -> None:
    folder = tmp_path_factory.mktemp("state")
    store = begun(folder)
    for entry, (_, is_folded) in zip(fitting([each for each, _ in steps]), steps, strict=True):
        asyncio.run(store.append([entry]))
        if is_folded:
            asyncio.run(store.compact())
    found = read(folder).state
    expected = replay(STATE, fitting([each for each, _ in steps]))
    assert found == replace(expected, serial=STATE.serial + sum(folded for _, folded in steps))


# --- folding --------------------------------------------------------------------------------


def test_folding_makes_the_next_serial_keeps_the_old_file_and_ends_the_journal(
    tmp_path: Path,
) -> None:
    store = begun(tmp_path)
    asyncio.run(store.append([Pinned("org-7")]))
    asyncio.run(store.compact())
    assert read(tmp_path) == Snapshot(replace(STATE, org_id="org-7", serial=4), Generation(4, 0))
    assert (tmp_path / "default.json.backup").read_bytes() == encode_state(STATE)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "default.json",
        "default.json.backup",
    ]


def test_folding_nothing_writes_nothing(tmp_path: Path) -> None:
    asyncio.run(begun(tmp_path).compact())
    assert [path.name for path in tmp_path.iterdir()] == ["default.json"]
    assert read(tmp_path).generation == Generation(3, 0)


def test_a_store_goes_on_after_folding(tmp_path: Path) -> None:
    store = begun(tmp_path)
    for serial, org in enumerate(("org-7", "org-8"), start=4):
        asyncio.run(store.append([Pinned(org)]))
        asyncio.run(store.compact())
        assert read(tmp_path).state == replace(STATE, org_id=org, serial=serial)


@pytest.mark.parametrize("after", range(6))
def test_a_fold_that_ends_at_any_step_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """Each fsync in turn is the last thing that works; what is there then is read."""
    store, fsync, left = begun(tmp_path), os.fsync, [after]
    asyncio.run(store.append([Pinned("org-7")]))

    def until_it_dies(descriptor: int) -> None:
        if not left[0]:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        left[0] -= 1
        fsync(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", until_it_dies)
        with suppress(StateError):
            asyncio.run(store.compact())
    found = read(tmp_path)
    assert found.state is not None
    assert replace(found.state, serial=3) == replace(STATE, org_id="org-7")
    assert found.generation in (Generation(3, 1), Generation(4, 0))


@pytest.mark.parametrize("moment", ["signature", "read_if_there"])
def test_a_read_that_a_fold_overtakes_sees_the_folded_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """The journal is read, then another run folds it, then the state file is read."""
    store = begun(tmp_path)
    asyncio.run(store.append([Pinned("org-7")]))
    journal, state = tmp_path / "default.journal", tmp_path / "default.json"
    folded = encode_state(replace(STATE, org_id="org-7", serial=4))
    original: Callable[[Path], object] = getattr(durable, moment)

    def overtaken(path: Path) -> object:
        if path == state and journal.exists():
            journal.unlink()
            state.write_bytes(folded)
        return original(path)

    monkeypatch.setattr(durable, moment, overtaken)
    assert read(tmp_path) == Snapshot(replace(STATE, org_id="org-7", serial=4), Generation(4, 0))


# --- the trash ------------------------------------------------------------------------------


def test_owned_is_kept_whole(tmp_path: Path) -> None:
    store = begun(tmp_path)
    other = replace(OWNED, id=RemoteId("id-8"))
    asyncio.run(store.append([Recorded(Address("assistant.x"), other)]))
    asyncio.run(store.compact())
    state = read(tmp_path).state
    assert state is not None
    assert state.owned[Address("assistant.x")] == other
