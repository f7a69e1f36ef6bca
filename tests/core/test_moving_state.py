"""A state that moves: copied whole, read back, closed where it was; and one that cannot be told."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from unit.state.samples import OWNED, SALES, STATE
from unit.state.test_trash_state import DESK as BACKUP

from assistants_sync.errors import StateError
from assistants_sync.model.address import RemoteId
from assistants_sync.model.history import RunRecord
from assistants_sync.model.journal import Pinned, Recorded
from assistants_sync.model.state import State
from assistants_sync.state.journaled import JournaledState
from assistants_sync.state.local.files import LocalFiles, StatePaths
from assistants_sync.workflow.migrate import Migrated, run_migrate

RUN = RunRecord(
    id="run-1",
    command="apply",
    who="anna@laptop",
    started_at="2026-11-21T09:00:00.000+00:00",
    ended_at="2026-11-21T09:00:05.000+00:00",
    tool_version="0.0.0",
    project="shop",
    environment="default",
    digest="sha256:00",
    serial=3,
    changes=(),
)
SETTLED = replace(STATE, intents={})


def at(folder: Path) -> JournaledState:
    return JournaledState(LocalFiles(StatePaths.beside(folder, "default")), "shop", "default")


@pytest.fixture
def old(tmp_path: Path) -> Path:
    folder = tmp_path / "old"
    store = at(folder)
    asyncio.run(store.begin(SETTLED))
    asyncio.run(store.back_up("one", BACKUP))
    return folder


@pytest.fixture
def new(tmp_path: Path) -> Path:
    return tmp_path / "new"


def migrate(source: Path, target: Path) -> Migrated:
    return asyncio.run(run_migrate(at(source), at(target), to=f"s3://{target.name}"))


def state_of(folder: Path) -> State:
    state = asyncio.run(at(folder).read()).state
    assert state is not None
    return state


def test_a_state_is_copied_with_its_backups_and_the_old_one_is_closed(old: Path, new: Path) -> None:
    assert migrate(old, new) == Migrated(owned=1, backups=1)
    assert state_of(new) == replace(SETTLED, serial=SETTLED.serial + 1)
    assert asyncio.run(at(new).trash()) == (BACKUP,)
    with pytest.raises(StateError) as caught:
        asyncio.run(at(old).read())
    assert caught.value.diagnostic.summary == "The state has moved"
    assert "s3://new" in str(caught.value.diagnostic.hint)
    kept = asyncio.run(at(old).peek())
    assert kept is not None
    assert kept.owned == SETTLED.owned


def test_history_moves_along_once(old: Path, new: Path) -> None:
    asyncio.run(at(old).record(RUN))
    migrate(old, new)
    assert asyncio.run(at(new).history()) == (RUN,)
    migrate(new, old)
    assert asyncio.run(at(old).history()) == (RUN,)


def test_a_journal_moves_along(old: Path, new: Path) -> None:
    store = at(old)
    asyncio.run(store.read())
    asyncio.run(store.append([Pinned("org-9"), Recorded(SALES, replace(OWNED, id=RemoteId("x")))]))
    assert migrate(old, new).owned == 2
    assert state_of(new).org_id == "org-9"


def test_a_state_moves_back_to_where_it_was(old: Path, new: Path) -> None:
    migrate(old, new)
    assert migrate(new, old) == Migrated(owned=1, backups=1)
    assert state_of(old).moved_to is None
    with pytest.raises(StateError, match="The state has moved"):
        state_of(new)


def test_nothing_is_moved_while_a_write_is_not_settled(old: Path, new: Path) -> None:
    unsettled = old.with_name("unsettled")
    asyncio.run(at(unsettled).begin(STATE))
    with pytest.raises(StateError, match="An operation is not settled"):
        migrate(unsettled, new)
    assert not new.exists()


def test_there_is_nothing_to_move_before_the_first_apply(new: Path, tmp_path: Path) -> None:
    with pytest.raises(StateError, match="There is no state yet"):
        migrate(tmp_path / "empty", new)


def test_another_state_is_not_overwritten(old: Path, new: Path) -> None:
    asyncio.run(at(new).begin(replace(SETTLED, lineage="lineage-2")))
    with pytest.raises(StateError, match="There is another state"):
        migrate(old, new)
    assert state_of(old) == SETTLED
    assert state_of(new).lineage == "lineage-2"


def test_a_newer_generation_is_not_overwritten(old: Path, new: Path) -> None:
    asyncio.run(at(new).begin(replace(SETTLED, serial=SETTLED.serial + 7)))
    with pytest.raises(StateError, match="The state there is newer"):
        migrate(old, new)
    assert state_of(old) == SETTLED


class _Dies(JournaledState):
    """Dies before the old state is closed."""

    async def append(self, entries: object) -> None:
        raise RuntimeError(entries)


def test_a_move_that_was_killed_goes_on_when_it_is_run_again(old: Path, new: Path) -> None:
    source = _Dies(LocalFiles(StatePaths.beside(old, "default")), "shop", "default")
    with pytest.raises(RuntimeError):
        asyncio.run(run_migrate(source, at(new), to="s3://new"))
    assert state_of(old) == SETTLED
    assert migrate(old, new) == Migrated(owned=1, backups=1)
    assert asyncio.run(at(new).trash()) == (BACKUP,)


class _Forgets(JournaledState):
    """Keeps no backup."""

    async def back_up(self, name: str, trashed: object) -> None:
        """Lose it."""


def test_a_copy_that_is_not_equal_closes_nothing(old: Path, new: Path) -> None:
    target = _Forgets(LocalFiles(StatePaths.beside(new, "default")), "shop", "default")
    with pytest.raises(StateError, match="The copy is not equal"):
        asyncio.run(run_migrate(at(old), target, to="s3://new"))
    assert state_of(old) == SETTLED
