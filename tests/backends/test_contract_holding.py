"""A command holds the lock to its very end: it waits, renews it all the time, and lets it go."""

import asyncio
from collections.abc import Callable

import pytest
from backends.locked import held, taken_by
from backends.place import Place, holder
from fakes import FakeClock

from assistants_sync.errors import InterruptedRunError, LockedError, StateError
from assistants_sync.state.lock import Patience, holding

NEVER: Callable[[], bool] = bool


# --- holding --------------------------------------------------------------------------------


async def test_holding_takes_it_and_lets_it_go(place: Place) -> None:
    me = holder()
    async with holding(place.backend().lock, me, FakeClock()):
        assert await taken_by(place) == me.id
    assert await taken_by(place) is None


async def test_holding_lets_it_go_after_a_fault(place: Place) -> None:
    with pytest.raises(StateError, match="a fault inside"):
        async with holding(place.backend().lock, holder(), FakeClock()):
            raise StateError("a fault inside")
    assert await taken_by(place) is None


async def test_who_may_not_wait_is_told_who_holds_it(place: Place) -> None:
    await held(place, holder("the first", "apply"))
    clock = FakeClock()
    with pytest.raises(LockedError, match=r"held by .*, running `") as caught:
        async with holding(place.backend().lock, holder("you"), clock):
            raise AssertionError
    assert caught.value.exit_code == 5
    assert sum(clock.slept) <= 4


async def test_who_waits_long_enough_gets_it(place: Place) -> None:
    first = await held(place, holder())

    class _Clock(FakeClock):
        async def sleep(self, seconds: float) -> None:
            await super().sleep(seconds)
            if len(self.slept) == 3:
                await first.release()

    clock = _Clock()
    async with holding(place.backend().lock, holder("you"), clock, Patience(60)):
        pass
    assert len(clock.slept) == 3


async def test_who_waited_in_vain_is_told_so(place: Place) -> None:
    me = holder()
    lock = await held(place, me)
    clock = FakeClock()
    with pytest.raises(LockedError):
        async with holding(place.backend().lock, holder("you"), clock, Patience(7)):
            raise AssertionError
    assert sum(clock.slept) >= 7
    assert await taken_by(place) == me.id
    await lock.release()


async def test_who_waits_may_be_stopped(place: Place) -> None:
    await held(place, holder())
    clock = FakeClock()
    with pytest.raises(InterruptedRunError):
        async with holding(
            place.backend().lock, holder("you"), clock, Patience(60, lambda: len(clock.slept) > 1)
        ):
            raise AssertionError
    assert len(clock.slept) == 2


async def test_who_holds_it_says_so_all_the_time(place: Place) -> None:
    inner, beats = place.backend().lock, list[int]()
    enough = asyncio.Event()

    class _Quick:
        where, poll_seconds, beat_seconds = inner.where, inner.poll_seconds, 0.01
        take, release = inner.take, inner.release
        holder, break_open = inner.holder, inner.break_open

        async def beat(self) -> None:
            await inner.beat()
            beats.append(1)
            if len(beats) == 3:
                enough.set()

    async with holding(_Quick(), holder(), FakeClock()):
        await asyncio.wait_for(enough.wait(), 10)
    assert await taken_by(place) is None


async def test_a_beat_that_fails_ends_nothing_by_itself(place: Place) -> None:
    inner, failed = place.backend().lock, asyncio.Event()

    class _Lost:
        where, poll_seconds, beat_seconds = inner.where, inner.poll_seconds, 0.01
        take, release = inner.take, inner.release
        holder, break_open = inner.holder, inner.break_open

        async def beat(self) -> None:
            failed.set()
            raise LockedError("The lock was lost")

    async with holding(_Lost(), holder(), FakeClock()):
        await asyncio.wait_for(failed.wait(), 10)
    assert await taken_by(place) is None
