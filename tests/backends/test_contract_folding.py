"""Folding the journal in gives what was read before, and who reads meanwhile sees old or new."""

import asyncio
from dataclasses import replace

from backends.place import Place
from backends.written import ENTRIES, begun, read, recorded, state_of
from unit.state.samples import DESK, STATE

from assistants_sync.model.journal import Dropped, Entry, Pinned
from assistants_sync.model.state import Generation, Snapshot

# --- folding --------------------------------------------------------------------------------


async def test_folding_raises_the_serial_by_one_and_keeps_the_lineage(place: Place) -> None:
    store = await begun(place)
    await store.append([Pinned("org-7")])
    await store.compact()
    expected = replace(STATE, serial=4, org_id="org-7")
    assert await read(place) == Snapshot(expected, Generation(4, 0))
    assert await store.read() == Snapshot(expected, Generation(4, 0))


async def test_folding_without_entries_changes_nothing(place: Place) -> None:
    store = await begun(place)
    await store.compact()
    await store.compact()
    assert await read(place) == Snapshot(STATE, Generation(3, 0))


async def test_folding_every_kind_of_entry_reads_as_before(place: Place) -> None:
    store = await begun(place)
    await store.append(ENTRIES)
    before = (await read(place)).state
    await store.compact()
    after = (await read(place)).state
    assert before is not None
    assert after == replace(before, serial=4)


async def test_a_run_goes_on_after_it_folded(place: Place) -> None:
    store = await begun(place)
    for number in range(3):
        await store.append([recorded(number)])
        await store.compact()
        await store.append([Pinned(f"org-{number}")])
    found = await read(place)
    assert found.generation == Generation(6, 1)
    assert found.state is not None
    assert found.state.org_id == "org-2"


async def test_the_next_run_goes_on_where_one_that_died_stopped(place: Place) -> None:
    store = await begun(place)
    await store.append([recorded(1)])
    second = place.store()
    await second.read()
    await second.append([recorded(2)])
    third = place.store()
    assert (await third.read()).generation == Generation(3, 2)
    await third.compact()
    found = await state_of(place)
    assert {DESK, recorded(1).address, recorded(2).address} == {*found.owned}


async def test_thirty_generations_are_written_and_the_last_is_read(place: Place) -> None:
    store = await begun(place)
    for number in range(30):
        await store.append([Pinned(f"org-{number}")])
        await store.compact()
    assert await read(place) == Snapshot(
        replace(STATE, serial=33, org_id="org-29"), Generation(33, 0)
    )


async def test_what_is_dropped_is_gone_after_folding(place: Place) -> None:
    store = await begun(place)
    await store.append([recorded(number) for number in range(20)])
    await store.compact()
    await store.append([Dropped(recorded(number).address) for number in range(10)])
    await store.append([recorded(15, "new")])
    await store.compact()
    found = await state_of(place)
    assert len(found.owned) == 11
    assert found.owned[recorded(15).address].id == "new-15"


async def test_ten_thousand_are_owned(place: Place) -> None:
    store = place.store()
    owned = {each.address: each.owned for each in map(recorded, range(10_000))}
    await store.begin(replace(STATE, owned=owned))
    entries: list[Entry] = [recorded(7, "new"), recorded(10_001)]
    await store.append(entries)
    await store.compact()
    found = await state_of(place)
    assert len(found.owned) == 10_001
    assert found.owned[recorded(7).address].id == "new-7"


# --- reading --------------------------------------------------------------------------------


async def test_reading_twice_gives_the_same(place: Place) -> None:
    store = await begun(place)
    await store.append(ENTRIES)
    assert await store.read() == await store.read() == await read(place)


async def test_reading_alone_writes_nothing(place: Place) -> None:
    store = await begun(place)
    await store.append([Pinned("org-7")])
    for _ in range(3):
        await read(place)
    await store.append([Pinned("org-8")])
    assert (await read(place)).generation == Generation(3, 2)


async def test_who_reads_while_another_writes_sees_the_old_or_the_new(place: Place) -> None:
    store = await begun(place)
    seen: list[int] = []

    async def _write() -> None:
        for number in range(12):
            await store.append([Pinned(f"org-{number}"), recorded(0, f"id-{number}")])
            if number % 3 == 2:
                await store.compact()

    async def _read() -> None:
        reader = place.store()
        while not writing.done():
            state = (await reader.read()).state
            assert state is not None
            if state.org_id != STATE.org_id:
                seen.append(int(str(state.org_id).removeprefix("org-")))
                assert state.owned[recorded(0).address].id == f"id-{seen[-1]}-0"
            await asyncio.sleep(0)

    writing = asyncio.create_task(_write())
    await asyncio.gather(writing, _read())
    assert seen == sorted(seen)


async def test_messages_name_the_place(place: Place) -> None:
    backend = place.backend()
    assert backend.where
    assert backend.previous
    assert backend.lock.where
    for secret in place.environ.values():
        for told in (backend.where, backend.previous, backend.lock.where):
            assert secret not in told or secret in str(place.url)
