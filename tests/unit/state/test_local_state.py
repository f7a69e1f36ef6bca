"""State in local files: what was read is what is written on, or the run stops."""

import asyncio
import errno
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from unit.state.samples import DESK, ENTRIES, STATE
from unit.state.stores import begun, opened, read

from assistants_sync.errors import StateError
from assistants_sync.model.journal import Dropped, Failed, Pinned, replay
from assistants_sync.model.state import Generation, Snapshot
from assistants_sync.state.codec import encode_entries, encode_header, encode_state
from assistants_sync.state.local.files import StatePaths


def refused(folder: Path, project: str = "shop", environment: str = "default") -> StateError:
    before = {path: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(StateError) as caught:
        asyncio.run(opened(folder, project, environment).read())
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    return caught.value


# --- reading --------------------------------------------------------------------------------


def test_there_is_no_state_before_the_first_apply(tmp_path: Path) -> None:
    assert read(tmp_path) == Snapshot()
    assert read(tmp_path / "no folder") == Snapshot()
    assert list(tmp_path.iterdir()) == []


def test_every_file_of_an_environment_bears_its_name(tmp_path: Path) -> None:
    paths = StatePaths.beside(tmp_path, "eu")
    assert [paths.state.name, paths.journal.name, paths.backup.name] == [
        "eu.json",
        "eu.journal",
        "eu.json.backup",
    ]
    assert [paths.lock.name, paths.trash.name] == ["eu.lock", "eu.trash"]


def test_what_was_begun_is_read(tmp_path: Path) -> None:
    begun(tmp_path)
    assert read(tmp_path) == Snapshot(STATE, Generation(3, 0))
    assert stat.S_IMODE((tmp_path / "default.json").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("project", "environment"), [("shop", "eu"), ("other", "default"), ("other", "eu")]
)
def test_the_state_of_another_project_is_refused(
    tmp_path: Path, project: str, environment: str
) -> None:
    begun(tmp_path)
    fault = refused(tmp_path, project, environment).diagnostic
    assert fault.summary == "The state belongs to another project"
    assert "is of project `shop`, environment `default`" in fault.detail
    assert f"this is `{project}`, `{environment}`" in fault.detail


def test_a_state_file_that_does_not_parse_is_left_as_it_is(tmp_path: Path) -> None:
    data = encode_state(STATE)
    (tmp_path / "default.json").write_bytes(data[: len(data) // 2])
    assert refused(tmp_path).diagnostic.summary == "The state file does not parse"


def test_a_journal_that_is_damaged_is_left_as_it_is(tmp_path: Path) -> None:
    begun(tmp_path)
    data = encode_header("lineage-1", 3) + b"00000000 {}\n" + encode_entries([Dropped(DESK)])
    (tmp_path / "default.journal").write_bytes(data)
    assert refused(tmp_path).diagnostic.summary == "The journal is damaged"


def test_a_journal_without_its_state_is_refused(tmp_path: Path) -> None:
    (tmp_path / "default.journal").write_bytes(encode_header("lineage-1", 3))
    fault = refused(tmp_path).diagnostic
    assert fault.summary == "A journal without its state"
    assert "its backup is default.json.backup" in str(fault.hint)


def test_an_empty_journal_without_a_state_is_nothing(tmp_path: Path) -> None:
    (tmp_path / "default.journal").write_bytes(b"")
    assert read(tmp_path) == Snapshot()


def test_an_entry_that_does_not_fit_the_state_is_refused(tmp_path: Path) -> None:
    begun(tmp_path)
    data = encode_header("lineage-1", 3) + encode_entries([Failed("nobody")])
    (tmp_path / "default.journal").write_bytes(data)
    fault = refused(tmp_path).diagnostic
    assert fault.summary == "The journal does not fit the state"
    assert fault.detail.endswith("no open intent nobody")


@pytest.mark.parametrize(
    ("lineage", "serial"), [("lineage-1", 4), ("lineage-2", 3), ("lineage-2", 2)]
)
def test_a_journal_that_continues_another_state_is_refused(
    tmp_path: Path, lineage: str, serial: int
) -> None:
    begun(tmp_path)
    (tmp_path / "default.journal").write_bytes(encode_header(lineage, serial))
    fault = refused(tmp_path).diagnostic
    assert fault.summary == "The journal continues another state"
    assert "an older state file was put back" in str(fault.hint)


def test_a_journal_already_folded_in_is_ignored_and_then_written_over(tmp_path: Path) -> None:
    begun(tmp_path)
    journal = tmp_path / "default.journal"
    journal.write_bytes(encode_header("lineage-1", 2) + encode_entries([Failed("nobody")]))
    store = opened(tmp_path)
    assert asyncio.run(store.read()) == Snapshot(STATE, Generation(3, 0))
    asyncio.run(store.append([Pinned("org-7")]))
    assert journal.read_bytes() == encode_header("lineage-1", 3) + encode_entries([Pinned("org-7")])


# --- beginning and appending ----------------------------------------------------------------


def test_a_state_is_begun_once(tmp_path: Path) -> None:
    begun(tmp_path)
    with pytest.raises(StateError, match="There is a state already"):
        asyncio.run(opened(tmp_path).begin(replace(STATE, lineage="lineage-2")))
    assert read(tmp_path).state == STATE


def test_nothing_is_appended_to_no_state(tmp_path: Path) -> None:
    store = opened(tmp_path)
    asyncio.run(store.read())
    with pytest.raises(StateError, match="There is no state yet"):
        asyncio.run(store.append([Dropped(DESK)]))
    with pytest.raises(StateError, match="There is no state yet"):
        asyncio.run(store.compact())
    assert list(tmp_path.iterdir()) == []


def test_an_entry_is_read_back_at_once_and_the_journal_is_for_its_owner_only(
    tmp_path: Path,
) -> None:
    asyncio.run(begun(tmp_path).append([Pinned("org-7")]))
    assert read(tmp_path) == Snapshot(replace(STATE, org_id="org-7"), Generation(3, 1))
    assert stat.S_IMODE((tmp_path / "default.journal").stat().st_mode) == 0o600


def test_entries_one_by_one_with_reads_between_are_entries_all_at_once(tmp_path: Path) -> None:
    begun(tmp_path)
    for count, entry in enumerate(ENTRIES, start=1):
        store = opened(tmp_path)
        asyncio.run(store.read())
        asyncio.run(store.append([entry]))
        assert read(tmp_path) == Snapshot(replay(STATE, ENTRIES[:count]), Generation(3, count))


def test_a_torn_end_is_dropped_by_the_next_append(tmp_path: Path) -> None:
    asyncio.run(begun(tmp_path).append([Pinned("org-7")]))
    journal = tmp_path / "default.journal"
    journal.write_bytes(journal.read_bytes() + encode_entries([Dropped(DESK)])[:-3])
    store = opened(tmp_path)
    assert asyncio.run(store.read()).generation == Generation(3, 1)
    asyncio.run(store.append([Pinned("org-8")]))
    assert read(tmp_path) == Snapshot(replace(STATE, org_id="org-8"), Generation(3, 2))


def test_an_append_that_failed_half_way_can_be_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, write = begun(tmp_path), os.write
    asyncio.run(store.append([Pinned("org-7")]))

    def half(descriptor: int, data: memoryview) -> int:
        write(descriptor, data[: len(data) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", half)
        with pytest.raises(StateError, match="No space left on device"):
            asyncio.run(store.append([Pinned("org-8")]))
    assert read(tmp_path) == Snapshot(replace(STATE, org_id="org-7"), Generation(3, 1))
    asyncio.run(store.append([Pinned("org-9")]))
    assert read(tmp_path) == Snapshot(replace(STATE, org_id="org-9"), Generation(3, 2))


def test_nothing_is_written_on_a_state_somebody_else_replaced(tmp_path: Path) -> None:
    store = begun(tmp_path)
    asyncio.run(store.append([Pinned("org-7")]))
    other = opened(tmp_path)
    asyncio.run(other.read())
    asyncio.run(other.compact())
    data = (tmp_path / "default.json").read_bytes()
    with pytest.raises(StateError, match="The state was changed by somebody else"):
        asyncio.run(store.append([Pinned("org-8")]))
    with pytest.raises(StateError, match="The state was changed by somebody else"):
        asyncio.run(store.compact())
    assert (tmp_path / "default.json").read_bytes() == data
    assert not (tmp_path / "default.journal").exists()


def test_nothing_is_written_on_a_state_somebody_else_removed(tmp_path: Path) -> None:
    store = begun(tmp_path)
    (tmp_path / "default.json").unlink()
    with pytest.raises(StateError, match="The state was changed by somebody else"):
        asyncio.run(store.append([Pinned("org-8")]))


def test_nothing_is_written_on_a_journal_somebody_else_cut(tmp_path: Path) -> None:
    store = begun(tmp_path)
    asyncio.run(store.append([Pinned("org-7")]))
    (tmp_path / "default.journal").write_bytes(b"")
    with pytest.raises(StateError, match="The state was changed by somebody else"):
        asyncio.run(store.append([Pinned("org-8")]))


def test_nothing_is_written_on_a_journal_somebody_else_wrote_on(tmp_path: Path) -> None:
    first, second = begun(tmp_path), opened(tmp_path)
    asyncio.run(second.read())
    asyncio.run(first.append([Pinned("org-7")]))
    with pytest.raises(StateError):
        asyncio.run(second.append([Pinned("org-8")]))
