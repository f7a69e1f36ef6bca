"""Who writes on what another has changed is refused, before anything else happens."""

import asyncio
from contextlib import suppress
from dataclasses import replace

import pytest
from backends.place import Place
from backends.written import (
    begun,
    read,
    recorded,
    state_of,
)
from unit.state.samples import STATE

from assistants_sync.errors import LockedError, StateError
from assistants_sync.model.journal import Pinned
from assistants_sync.model.state import Generation, Snapshot
from assistants_sync.state.journaled import JournaledState


async def two(place: Place) -> tuple[JournaledState, JournaledState]:
    """Give two runs that both read the state with one entry in its journal."""
    store = await begun(place)
    await store.append([recorded(0)])
    first, second = place.store(), place.store()
    await first.read()
    await second.read()
    return first, second


def addresses(snapshot: Snapshot) -> set[str]:
    """Give the numbered addresses that are owned."""
    assert snapshot.state is not None
    return {each for each in snapshot.state.owned if each.startswith("assistant.n")}


async def test_an_append_behind_anothers_append_is_refused(place: Place) -> None:
    first, second = await two(place)
    await first.append([recorded(1)])
    with pytest.raises(StateError):
        await second.append([recorded(2)])
    assert addresses(await read(place)) == {"assistant.n0", "assistant.n1"}


async def test_an_append_behind_anothers_fold_is_refused(place: Place) -> None:
    first, second = await two(place)
    await first.compact()
    with pytest.raises(StateError):
        await second.append([recorded(2)])
    assert (await read(place)).generation == Generation(4, 0)


async def test_an_append_behind_anothers_fold_and_append_is_refused(place: Place) -> None:
    first, second = await two(place)
    await first.compact()
    await first.append([recorded(1)])
    with pytest.raises(StateError):
        await second.append([recorded(2)])
    assert addresses(await read(place)) == {"assistant.n0", "assistant.n1"}


async def test_an_append_behind_many_generations_is_refused(place: Place) -> None:
    first, second = await two(place)
    for number in range(1, 4):
        await first.append([recorded(number)])
        await first.compact()
    with pytest.raises(StateError):
        await second.append([recorded(9)])
    assert "assistant.n9" not in addresses(await read(place))


async def test_a_fold_behind_anothers_append_is_refused(place: Place) -> None:
    first, second = await two(place)
    await first.append([recorded(1)])
    with pytest.raises(StateError):
        await second.compact()
    assert addresses(await read(place)) == {"assistant.n0", "assistant.n1"}


async def test_a_fold_behind_anothers_fold_is_refused(place: Place) -> None:
    first, second = await two(place)
    await first.compact()
    with pytest.raises(StateError):
        await second.compact()
    assert (await read(place)).generation == Generation(4, 0)


async def test_a_first_state_behind_anothers_is_refused(place: Place) -> None:
    first, second = place.store(), place.store()
    assert (await first.read()).state is None
    assert (await second.read()).state is None
    await first.begin(STATE)
    with pytest.raises(StateError):
        await second.begin(replace(STATE, lineage="lineage-2"))
    assert (await read(place)).state == STATE


async def test_who_began_second_cannot_append(place: Place) -> None:
    first, second = place.store(), place.store()
    await second.read()
    await first.begin(STATE)
    with pytest.raises(StateError):
        await second.begin(replace(STATE, lineage="lineage-2"))
    with pytest.raises(StateError):
        await second.append([recorded(2)])
    assert (await read(place)).generation == Generation(3, 0)


async def test_a_refused_append_stays_refused(place: Place) -> None:
    first, second = await two(place)
    await first.append([recorded(1)])
    for _ in range(3):
        with pytest.raises(StateError):
            await second.append([recorded(2)])
    with pytest.raises(StateError):
        await second.compact()
    assert addresses(await read(place)) == {"assistant.n0", "assistant.n1"}


async def test_a_refusal_says_what_to_do(place: Place) -> None:
    first, second = await two(place)
    await first.append([recorded(1)])
    with pytest.raises(StateError) as caught:
        await second.append([recorded(2)])
    assert caught.value.diagnostic.summary
    assert caught.value.diagnostic.detail
    assert caught.value.exit_code == 1
    assert not isinstance(caught.value, LockedError)


async def test_who_was_refused_goes_on_after_reading_again(place: Place) -> None:
    first, second = await two(place)
    await first.append([recorded(1)])
    with pytest.raises(StateError):
        await second.append([recorded(2)])
    await second.read()
    await second.append([recorded(2)])
    await second.compact()
    assert addresses(await read(place)) == {"assistant.n0", "assistant.n1", "assistant.n2"}


async def test_a_reader_hinders_nobody(place: Place) -> None:
    first, second = await two(place)
    await second.read()
    await first.append([recorded(1)])
    await second.read()
    await first.compact()
    assert (await second.read()).generation == Generation(4, 0)


async def test_writers_of_two_environments_do_not_refuse_each_other(place: Place) -> None:
    first, second = place.store("one"), place.store("two")
    await first.begin(replace(STATE, environment="one"))
    await second.begin(replace(STATE, environment="two"))
    for store in (first, second) * 3:
        await store.append([Pinned("org")])
        await store.compact()
    assert (await place.store("one").read()).generation == Generation(6, 0)


async def test_of_eight_who_begin_at_once_one_does(place: Place) -> None:
    async def _begin(number: int) -> bool:
        try:
            await place.backend().create(replace(STATE, lineage=f"lineage-{number}"))
        except StateError:
            return False
        return True

    won = await asyncio.gather(*map(_begin, range(8)))
    assert sum(won) == 1
    state = await state_of(place)
    assert state.lineage == f"lineage-{won.index(True)}"


async def test_of_four_who_fold_at_once_one_does(place: Place) -> None:
    await two(place)
    stores = [place.store() for _ in range(4)]
    for store in stores:
        await store.read()

    async def _fold(number: int) -> bool:
        try:
            await stores[number].compact()
        except StateError:
            return False
        return True

    won = await asyncio.gather(*map(_fold, range(4)))
    assert sum(won) <= 1
    assert (await read(place)).generation == (Generation(4, 0) if any(won) else Generation(3, 1))


async def test_of_four_who_append_twenty_five_times_nothing_is_lost(place: Place) -> None:
    await begun(place)

    async def _append(writer: int) -> None:
        store = place.store()
        await store.read()
        for number in range(25):
            while True:
                try:
                    await store.append([recorded(writer * 100 + number)])
                    break
                except StateError:
                    await store.read()

    await asyncio.gather(*map(_append, range(4)))
    expected = {
        f"assistant.n{writer * 100 + number}" for writer in range(4) for number in range(25)
    }
    assert addresses(await read(place)) == expected


async def test_an_append_that_meets_a_fold_is_kept_or_refused(place: Place) -> None:
    await begun(place)
    kept = set[str]()
    for round_ in range(10):
        folds, appends = place.store(), place.store()
        await folds.read()
        await folds.append([Pinned(f"org-{round_}")])
        await appends.read()

        async def _fold(store: JournaledState = folds) -> None:
            with suppress(StateError):
                await store.compact()

        async def _append(number: int, store: JournaledState = appends) -> None:
            with suppress(StateError):
                await store.append([recorded(number)])
                kept.add(recorded(number).address)

        await asyncio.gather(_fold(), _append(round_))
    assert kept <= addresses(await read(place))
