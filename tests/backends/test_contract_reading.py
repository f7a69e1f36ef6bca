"""What is written is what the next run reads, whole and in order, wherever it is kept."""

from dataclasses import replace

import pytest
from backends.place import Place
from backends.written import ENTRIES, STRANGE, begun, read, recorded, state_of
from unit.state.samples import DESK, OWNED, STATE

from assistants_sync.errors import StateError
from assistants_sync.model.address import Address, RemoteId
from assistants_sync.model.journal import Pinned, Recorded, replay
from assistants_sync.model.state import Generation, Leaf, Snapshot
from assistants_sync.state.journaled import JournaledState

# --- beginning ------------------------------------------------------------------------------


async def test_nothing_is_read_where_nothing_was_written(place: Place) -> None:
    assert await read(place) == Snapshot()


async def test_there_is_no_trash_and_no_lock_where_nothing_was_written(place: Place) -> None:
    backend = place.backend()
    assert await backend.kept("trash") == await backend.kept("runs") == ()
    assert await backend.lock.holder() is None


async def test_what_was_begun_is_read_whole(place: Place) -> None:
    await begun(place)
    assert await read(place) == Snapshot(STATE, Generation(3, 0))


async def test_a_state_is_begun_once(place: Place) -> None:
    store = await begun(place)
    for each in (store, place.store()):
        with pytest.raises(StateError, match="There is a state already"):
            await each.begin(replace(STATE, lineage="lineage-2"))
    assert (await read(place)).state == STATE


async def test_nothing_is_appended_or_folded_where_there_is_no_state(place: Place) -> None:
    store = place.store()
    await store.read()
    with pytest.raises(StateError, match="There is no state yet"):
        await store.append([Pinned("org-7")])
    with pytest.raises(StateError, match="There is no state yet"):
        await store.compact()
    assert await read(place) == Snapshot()


async def test_the_state_of_another_project_is_refused(place: Place) -> None:
    await begun(place)
    with pytest.raises(StateError, match="belongs to another project"):
        await JournaledState(place.backend(), "another", "default").read()


async def test_two_environments_of_one_place_do_not_meet(place: Place) -> None:
    await begun(place)
    other = replace(STATE, lineage="lineage-eu", environment="eu")
    eu = place.store("eu")
    assert await eu.read() == Snapshot()
    await eu.begin(other)
    await eu.append([Pinned("org-eu")])
    await eu.compact()
    assert await read(place) == Snapshot(STATE, Generation(3, 0))
    found = (await place.store("eu").read()).state
    assert found == replace(other, serial=4, org_id="org-eu")


async def test_an_environment_whose_name_continues_another_is_apart(place: Place) -> None:
    first, second = place.store("eu"), place.store("eu-west")
    await first.begin(replace(STATE, environment="eu"))
    await second.begin(replace(STATE, environment="eu-west"))
    await second.append([Pinned("org-west")])
    assert (await place.store("eu").read()).generation == Generation(3, 0)
    assert (await place.store("eu-west").read()).generation == Generation(3, 1)


# --- appending ------------------------------------------------------------------------------


async def test_an_entry_is_read_by_the_next_run_as_soon_as_it_is_appended(place: Place) -> None:
    store = await begun(place)
    await store.append([Pinned("org-7")])
    assert await read(place) == Snapshot(replace(STATE, org_id="org-7"), Generation(3, 1))


async def test_every_kind_of_entry_is_read_back(place: Place) -> None:
    store = await begun(place)
    for count, _ in enumerate(ENTRIES, start=1):
        await store.append([ENTRIES[count - 1]])
        assert await read(place) == Snapshot(replay(STATE, ENTRIES[:count]), Generation(3, count))


async def test_entries_appended_together_are_kept_in_order(place: Place) -> None:
    store = await begun(place)
    await store.append(ENTRIES)
    assert await read(place) == Snapshot(replay(STATE, ENTRIES), Generation(3, len(ENTRIES)))


async def test_fifty_appends_are_read_in_order(place: Place) -> None:
    store = await begun(place)
    for number in range(50):
        await store.append([Pinned(f"org-{number}"), recorded(number)])
    found = await read(place)
    assert found.generation == Generation(3, 100)
    assert found.state is not None
    assert found.state.org_id == "org-49"
    assert len(found.state.owned) == 51


async def test_a_thousand_entries_are_appended_at_once(place: Place) -> None:
    store = await begun(place)
    await store.append([recorded(number) for number in range(1000)])
    assert (await read(place)).generation == Generation(3, 1000)


async def test_appending_nothing_changes_nothing(place: Place) -> None:
    store = await begun(place)
    await store.append([])
    await store.append([Pinned("org-7")])
    await store.append([])
    assert await read(place) == Snapshot(replace(STATE, org_id="org-7"), Generation(3, 1))


async def test_strange_characters_are_kept(place: Place) -> None:
    store = place.store()
    owned = replace(OWNED, leaves={STRANGE: Leaf(STRANGE, STRANGE)})
    state = replace(STATE, org_id=STRANGE, owned={DESK: owned})
    await store.begin(state)
    assert (await read(place)).state == state
    await store.append([Recorded(Address("assistant.x"), replace(owned, id=RemoteId(STRANGE)))])
    await store.compact()
    found = await state_of(place)
    assert found.org_id == STRANGE
    assert {each.id for each in found.owned.values()} == {OWNED.id, STRANGE}
    assert all(each.leaves == owned.leaves for each in found.owned.values())


async def test_an_entry_of_a_megabyte_is_kept(place: Place) -> None:
    store = await begun(place)
    entry = Recorded(DESK, replace(OWNED, leaves={"/name": Leaf("x" * 1_000_000, "o")}))
    await store.append([entry])
    found = await state_of(place)
    assert found.owned[DESK] == entry.owned
