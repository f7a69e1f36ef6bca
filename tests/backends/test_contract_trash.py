"""Backups and runs are kept whole, never one over another, and only removed when asked."""

import asyncio
from dataclasses import replace

import pytest
from backends.place import PROJECT, Place
from backends.written import (
    BACKUP,
    STRANGE,
    begun,
    generation_of,
    read,
    recorded,
)
from pydantic import JsonValue
from unit.state.samples import DESK, STATE

from assistants_sync.model.address import RemoteId
from assistants_sync.model.history import RunChange, RunRecord
from assistants_sync.state import journaled


async def test_a_backup_is_read_back_whole(place: Place) -> None:
    store = await begun(place)
    await store.back_up("one", BACKUP)
    (found,) = await place.store().trash()
    assert found == replace(BACKUP, file=found.file)
    assert found.file == "one"


async def test_a_backup_keeps_strange_characters(place: Place) -> None:
    body: dict[str, JsonValue] = {
        "name": STRANGE,
        "quotes": "\"'`",
        "nested": [{"a/b~c": [None, True, 1, 0.25, ""]}],
    }
    await place.store().back_up("one", replace(BACKUP, body=body))
    (found,) = await place.store().trash()
    assert found.body == body


async def test_a_backup_of_a_megabyte_is_kept(place: Place) -> None:
    await place.store().back_up("one", replace(BACKUP, body={"name": "x" * 1_000_000}))
    (found,) = await place.store().trash()
    assert len(str(found.body["name"])) == 1_000_000


async def test_a_backup_is_kept_before_there_is_a_state(place: Place) -> None:
    await place.store().back_up("one", BACKUP)
    assert len(await place.store().trash()) == 1
    await begun(place)
    assert (await read(place)).state == STATE
    assert len(await place.store().trash()) == 1


async def test_no_backup_is_written_over_another(place: Place) -> None:
    store = await begun(place)
    for number in range(3):
        await store.back_up("one", replace(BACKUP, id=RemoteId(str(number))))
    found = await place.store().trash()
    assert {each.file: each.id for each in found} == {"one": "0", "one-2": "1", "one-3": "2"}


async def test_backups_under_one_name_at_once_are_all_kept(place: Place) -> None:
    await begun(place)
    await asyncio.gather(
        *(
            place.store().back_up("one", replace(BACKUP, id=RemoteId(str(number))))
            for number in range(4)
        )
    )
    assert {each.id for each in await place.store().trash()} == {"0", "1", "2", "3"}


async def test_backups_are_given_in_the_order_of_their_deletion(place: Place) -> None:
    store = await begun(place)
    times = ["2026-11-21T09:00:02", "2026-11-21T09:00:00", "2026-11-21T09:00:01"]
    for number, at in enumerate(times):
        await store.back_up(f"n{number}", replace(BACKUP, deleted_at=at))
    assert [each.file for each in await place.store().trash()] == ["n1", "n2", "n0"]


async def test_only_what_is_purged_is_gone(place: Place) -> None:
    store = await begun(place)
    for name in ("a", "b", "c"):
        await store.back_up(name, BACKUP)
    await store.purge(("a", "c"))
    assert [each.file for each in await place.store().trash()] == ["b"]


async def test_purging_what_is_not_there_does_no_harm(place: Place) -> None:
    store = await begun(place)
    await store.back_up("a", BACKUP)
    await store.purge(())
    await store.purge(("nobody",))
    await store.purge(("a",))
    await store.purge(("a",))
    assert await place.store().trash() == ()


async def test_backups_do_not_change_the_state_and_outlive_its_folding(place: Place) -> None:
    store = await begun(place)
    await store.append([recorded(1)])
    await store.back_up("one", BACKUP)
    await store.append([recorded(2)])
    await store.compact()
    await store.back_up("two", BACKUP)
    await store.append([recorded(3)])
    assert [each.file for each in await place.store().trash()] == ["one", "two"]
    assert (await generation_of(place)).journal == 1


async def test_two_environments_have_trash_of_their_own(place: Place) -> None:
    await place.store("one").back_up("x", BACKUP)
    assert await place.store("two").trash() == ()
    assert len(await place.store("one").trash()) == 1


async def test_fifty_backups_are_kept(place: Place) -> None:
    store = await begun(place)
    for number in range(50):
        await store.back_up(f"n{number:02}", replace(BACKUP, id=RemoteId(str(number))))
    assert [each.id for each in await place.store().trash()] == [str(each) for each in range(50)]


RUN = RunRecord(
    id="run-1",
    command="apply",
    who="anna@laptop",
    started_at="2026-11-21T09:00:00+00:00",
    ended_at="2026-11-21T09:00:05+00:00",
    tool_version="0.0.0",
    project=PROJECT,
    environment="default",
    digest="sha256:00",
    serial=3,
    changes=(
        RunChange(DESK, "update", "drifted", "applied", prior={"firstMessage": "ü — 名\u0000"}),
        RunChange(DESK, "create", "new", "failed", error="refused"),
    ),
)


async def test_what_an_apply_did_is_read_back_whole(place: Place) -> None:
    await place.store().record(RUN)
    await place.store().record(replace(RUN, id="run-2", started_at="2026-11-21T08:00:00+00:00"))
    earlier, later = await place.store().history()
    assert (earlier.id, later) == ("run-2", RUN)
    assert await place.store().trash() == ()


async def test_the_oldest_runs_go(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journaled, "RUNS_KEPT", 2)
    for number in range(4):
        await place.store().record(replace(RUN, id=f"run-{number}"))
    assert [each.id for each in await place.store().history()] == ["run-2", "run-3"]
