"""The store: what outlasts the process."""

import itertools
import sqlite3
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_sync.emulator.query import ListQuery, Window
from assistants_sync.emulator.store import Store
from assistants_sync.emulator.wire import Body


def test_what_was_written_is_there_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "emulator.db"
    with Store(path) as store:
        written = store.insert("a", {"name": "Front desk"}, 1000)
    with Store(path) as store:
        assert store.get("a") == written
        assert store.insert("b", {}, 5).created_ms == 1001


def test_two_processes_may_share_a_file(tmp_path: Path) -> None:
    with Store(tmp_path / "emulator.db") as one, Store(tmp_path / "emulator.db") as two:
        one.insert("a", {}, 1000)
        assert two.update("a", {"name": "x"}, 1000) == one.get("a")
        assert two.insert("b", {}, 1000).created_ms == 1002


def test_only_its_owner_may_read_the_file(tmp_path: Path) -> None:
    with Store(tmp_path / "emulator.db"):
        assert stat.S_IMODE((tmp_path / "emulator.db").stat().st_mode) == 0o600


def test_a_file_that_is_no_store_is_refused_and_let_go(tmp_path: Path) -> None:
    path = tmp_path / "emulator.db"
    path.write_text("this is no database, whatever its name says")
    with pytest.raises(sqlite3.DatabaseError):
        Store(path)


@given(st.lists(st.integers(0, 10), min_size=1, max_size=8))
def test_no_two_writes_share_a_time_whatever_the_clock_says(times: list[int]) -> None:
    with Store(":memory:") as store:
        stamps = [store.insert("first", {}, 0).created_ms]
        for number, now_ms in enumerate(times):
            stamps.append(store.insert(f"{number}", {}, now_ms).created_ms)
            updated = store.update("first", {}, now_ms)
            assert updated is not None
            stamps.append(updated.updated_ms)
            store.delete(f"{number}")
    assert all(earlier < later for earlier, later in itertools.pairwise(stamps))


_BODIES = st.dictionaries(
    st.sampled_from(["name", "model", "voice"]),
    st.none() | st.integers() | st.text(max_size=3) | st.lists(st.integers(), max_size=2),
)


@given(before=_BODIES, changes=_BODIES)
def test_an_update_replaces_what_it_names_and_drops_nulls(before: Body, changes: Body) -> None:
    with Store(":memory:") as store:
        store.insert("a", before, 0)
        updated = store.update("a", changes, 0)
    merged: Body = {**before, **changes}
    assert updated is not None
    assert updated.body == {name: value for name, value in merged.items() if value is not None}


def test_an_unknown_id_is_none_everywhere() -> None:
    with Store(":memory:") as store:
        assert store.get("x") is None
        assert store.update("x", {"name": "x"}, 0) is None
        assert store.delete("x") is None


def test_a_failed_write_leaves_nothing_behind() -> None:
    with Store(":memory:") as store:
        first = store.insert("a", {"name": "first"}, 0)
        with pytest.raises(sqlite3.IntegrityError):
            store.insert("a", {"name": "second"}, 0)
        assert store.get("a") == first
        assert store.insert("b", {}, 0).created_ms == first.created_ms + 1


def test_a_query_bounds_both_times_and_the_count() -> None:
    with Store(":memory:") as store:
        for number in range(1, 6):
            store.insert(f"{number}", {}, number)
        store.update("2", {}, 10)
        created = store.newest(ListQuery(created=Window(2, 4)))
        assert [each.id for each in created] == ["4", "3", "2"]
        updated = store.newest(ListQuery(created=Window(2, 4), updated=Window(10)))
        assert [each.id for each in updated] == ["2"]
        assert [each.id for each in store.newest(ListQuery(limit=2))] == ["5", "4"]


def test_a_reset_forgets_all_but_the_time() -> None:
    with Store(":memory:") as store:
        store.insert("a", {}, 7)
        store.reset()
        assert store.newest(ListQuery()) == []
        assert store.insert("b", {}, 0).created_ms == 8
