"""One run at a time: the lock is taken, told, renewed, waited for, lost and let go everywhere."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from backends.locked import held, taken_by, taker
from backends.place import Place, holder
from backends.written import (
    begun,
    generation_of,
    read,
    recorded,
)
from fakes import FakeClock
from unit.state.samples import STATE

from assistants_sync.errors import LockedError, StateError
from assistants_sync.model.journal import Pinned

NEVER: Callable[[], bool] = bool


async def test_the_first_takes_it_and_nobody_else_does(place: Place) -> None:
    me = holder()
    await held(place, me)
    for _ in range(3):
        assert await taker(place) == me.id


async def test_anybody_is_told_who_holds_it(place: Place) -> None:
    me = holder("José 名 <ci@host> 'x'", "apply --auto-approve")
    await held(place, me)
    found = await place.backend().lock.holder()
    assert found is not None
    assert found.id == me.id
    # GitLab tells the name of the user alone, as it knows it.
    assert found == me or place.name == "gitlab"


async def test_nobody_holds_it_before_and_after(place: Place) -> None:
    assert await taken_by(place) is None
    lock = await held(place, holder())
    await lock.release()
    assert await taken_by(place) is None
    assert await lock.holder() is None


async def test_it_is_taken_again_once_it_is_released(place: Place) -> None:
    first = await held(place, holder())
    await first.release()
    you = holder("you")
    second = await held(place, you)
    assert await taken_by(place) == you.id
    await second.release()
    assert await first.take(holder()) is None


async def test_one_run_takes_it_many_times_in_turn(place: Place) -> None:
    lock = place.backend().lock
    for number in range(5):
        assert await lock.take(holder(f"me-{number}")) is None
        await lock.release()


async def test_letting_go_of_what_one_does_not_hold_frees_nobodys(place: Place) -> None:
    me = holder()
    await held(place, me)
    other = place.backend().lock
    await other.release()
    assert await other.take(holder("you")) is not None
    await other.release()
    assert await taken_by(place) == me.id


async def test_releasing_twice_does_no_harm(place: Place) -> None:
    lock = await held(place, holder())
    await lock.release()
    you = holder("you")
    await held(place, you)
    await lock.release()
    assert await taken_by(place) == you.id


async def test_two_environments_are_locked_apart(place: Place) -> None:
    assert await place.backend("one").lock.take(holder()) is None
    assert await place.backend("two").lock.take(holder("you")) is None


async def test_who_holds_it_writes(place: Place) -> None:
    backend = place.backend()
    assert await backend.lock.take(holder()) is None
    await backend.create(STATE)
    await backend.append([Pinned("org-7")])
    await backend.replace(replace(STATE, serial=4, org_id="org-7"))
    await backend.lock.release()
    assert (await read(place)).state == replace(STATE, serial=4, org_id="org-7")


async def test_who_only_reads_needs_no_lock(place: Place) -> None:
    await begun(place)
    await held(place, holder())
    assert (await read(place)).state == STATE
    assert await place.store().trash() == ()


async def test_of_eight_who_race_ten_times_exactly_one_wins(place: Place) -> None:
    locks = [place.backend().lock for _ in range(8)]
    for _ in range(10):
        holders = [holder(f"racer-{number}") for number in range(8)]
        answers = await asyncio.gather(
            *(lock.take(each) for lock, each in zip(locks, holders, strict=True))
        )
        winners = [number for number, other in enumerate(answers) if other is None]
        assert len(winners) == 1
        assert await taken_by(place) == holders[winners[0]].id
        await locks[winners[0]].release()


# --- renewing -------------------------------------------------------------------------------


async def test_a_beat_keeps_the_holder(place: Place) -> None:
    me = holder()
    lock = await held(place, me)
    for _ in range(3):
        await lock.beat()
    assert await taken_by(place) == me.id
    assert await taker(place) == me.id
    await lock.release()
    assert await taken_by(place) is None


async def test_a_beat_without_a_lock_does_nothing(place: Place) -> None:
    await place.backend().lock.beat()
    assert await taken_by(place) is None


async def test_writing_goes_on_after_beats_and_hours(place: Place) -> None:
    clock = FakeClock()
    backend = place.backend(clock=clock)
    assert await backend.lock.take(holder()) is None
    await backend.create(STATE)
    for number in range(3):
        clock.time += timedelta(seconds=40)
        await backend.append([recorded(number)])
        await backend.lock.beat()
    await backend.lock.release()
    assert (await generation_of(place)).journal == 3


# --- by hand --------------------------------------------------------------------------------


async def test_what_nobody_holds_is_not_released_by_hand(place: Place) -> None:
    with pytest.raises(StateError, match="Nobody holds the state"):
        await place.backend().lock.break_open("lock-x", "it died")


async def test_a_lock_is_not_released_by_hand_under_another_id(place: Place) -> None:
    me = holder()
    await held(place, me)
    with pytest.raises(StateError):
        await place.backend().lock.break_open("lock-x", "it died")
    assert await taken_by(place) == me.id


@pytest.mark.only_where(can_break=True)
async def test_a_lock_is_released_by_hand_under_its_id(place: Place) -> None:
    me = holder()
    await held(place, me)
    other = place.backend().lock
    assert (await other.break_open(me.id, "it died")).id == me.id
    assert await other.take(holder("you")) is None


@pytest.mark.only_where(can_break=False)
async def test_a_lock_whose_holder_is_known_to_live_is_not_released_by_hand(place: Place) -> None:
    me = holder()
    await held(place, me)
    with pytest.raises(StateError, match="The holder of the lock is alive"):
        await place.backend().lock.break_open(me.id, "it died")
    assert await taken_by(place) == me.id


@pytest.mark.only_where(can_break=True)
async def test_whose_lock_was_released_by_hand_cannot_write_on_anothers(place: Place) -> None:
    await begun(place)
    me, backend = holder(), place.backend()
    assert await backend.lock.take(me) is None
    await backend.load()
    other = place.backend()
    await other.lock.break_open(me.id, "it died")
    assert await other.lock.take(holder("you")) is None
    await other.load()
    await other.append([recorded(1)])
    with pytest.raises(StateError):
        await backend.append([recorded(2)])
    await backend.lock.release()
    found = await read(place)
    assert found.state is not None
    assert recorded(2).address not in found.state.owned
    assert await taken_by(place) is not None


@pytest.mark.only_where(on_death="lapses")
async def test_the_reason_is_told_to_the_run_whose_lock_was_released(place: Place) -> None:
    await begun(place)
    clock, me = FakeClock(), holder()
    backend = place.backend(clock=clock)
    assert await backend.lock.take(me) is None
    await backend.load()
    await place.backend().lock.break_open(me.id, "the runner was shut down")
    clock.time += timedelta(seconds=31)
    with pytest.raises(LockedError, match="the runner was shut down"):
        await backend.append([recorded(1)])
    assert (await generation_of(place)).journal == 0


@pytest.mark.only_where(on_death="lapses")
async def test_a_lock_whose_holder_is_silent_is_taken_over_with_a_notice(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    await begun(place)
    clock, me = FakeClock(), holder("a runner that died")
    backend = place.backend(clock=clock)
    assert await backend.lock.take(me) is None
    await backend.load()
    with monkeypatch.context() as patch:
        patch.setattr("assistants_sync.state.bucket.lease.LAPSES_AFTER", timedelta(0))
        you = holder("you")
        other = await held(place, you)
    assert place.talk == [each for each in place.talk if "a runner that died" in each] != []
    assert "took over the lock" in place.talk[0]
    clock.time += timedelta(seconds=31)
    with pytest.raises(LockedError, match="taken over by you"):
        await backend.append([recorded(1)])
    with pytest.raises(LockedError):
        await backend.replace(replace(STATE, serial=4))
    await backend.lock.release()
    assert await taken_by(place) == you.id
    await other.release()


async def test_a_beat_in_time_keeps_others_from_taking_over(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = holder()
    lock = await held(place, me)
    monkeypatch.setattr("assistants_sync.state.bucket.lease.LAPSES_AFTER", timedelta(seconds=5))
    await lock.beat()
    assert await taker(place) == me.id
