"""Requests and replies get lost on the way: what is written is known all the same."""

from collections.abc import Awaitable, Callable

import pytest
from backends.place import Place, holder
from backends.relay import Fault, Relay, Request
from backends.written import (
    BACKUP,
    begun,
    generation_of,
    read,
    recorded,
    state_of,
)
from unit.state.samples import STATE

from assistants_sync.errors import StateError
from assistants_sync.model.journal import Pinned

FAULTS = pytest.mark.parametrize("fault", list(Fault), ids=lambda fault: fault.name.lower())
HAPPENED = {Fault.LOSE_REPLY, Fault.REFUSE_DONE}


def writes(request: Request) -> bool:
    """Say whether a request may change something."""
    return request.writes


def nth_write(number: int) -> Callable[[Request], bool]:
    """Give what picks one write, counted from 0."""
    count = 0

    def picks(request: Request) -> bool:
        nonlocal count
        count += request.writes
        return request.writes and count == number + 1

    return picks


async def succeeds(doing: Awaitable[object]) -> bool:
    """Say whether it did; a fault must be one of ours."""
    try:
        await doing
    except StateError:
        return False
    return True


@FAULTS
async def test_a_first_state_is_written_or_refused(
    place: Place, far: Place, relay: Relay, fault: Fault
) -> None:
    store = far.store()
    await store.read()
    with relay.spoils(fault, writes):
        done = await succeeds(store.begin(STATE))
    assert done or fault not in HAPPENED
    if not done:
        assert (await read(place)).state is None
        await begun(far)
    assert (await read(place)).state == STATE


@FAULTS
async def test_an_append_is_kept_once_or_refused(
    place: Place, far: Place, relay: Relay, fault: Fault
) -> None:
    store = await begun(far)
    await store.append([Pinned("org-1")])
    with relay.spoils(fault, writes):
        done = await succeeds(store.append([Pinned("org-2")]))
    assert done == ((await state_of(place)).org_id == "org-2")
    assert done or fault not in HAPPENED
    again = far.store()
    await again.read()
    await again.append([Pinned("org-3")])
    assert (await generation_of(place)).journal == 2 + done


@FAULTS
@pytest.mark.parametrize("number", range(4))
async def test_a_fold_is_done_or_can_be_done_again(
    place: Place, far: Place, relay: Relay, fault: Fault, number: int
) -> None:
    store = await begun(far)
    await store.append([recorded(1)])
    with relay.spoils(fault, nth_write(number), must=False):
        done = await succeeds(store.compact())
    assert recorded(1).address in (await state_of(place)).owned
    assert not done or (await generation_of(place)).serial == 4
    again = far.store()
    await again.read()
    await again.append([recorded(2)])
    await again.compact()
    assert {recorded(1).address, recorded(2).address} <= {*(await state_of(place)).owned}
    assert (await generation_of(place)).journal == 0


@FAULTS
async def test_a_lock_is_ours_or_anybody_may_take_it(
    place: Place, far: Place, relay: Relay, fault: Fault
) -> None:
    lock, me = far.backend().lock, holder()
    assert await lock.take(holder()) is None
    await lock.release()
    with relay.spoils(fault, writes):
        done = await succeeds(lock.take(me))
    there = await place.backend().lock.holder()
    if done:
        assert there is not None
        assert there.id == me.id
        await lock.release()
    else:
        assert fault not in HAPPENED
        assert there is None
    assert await place.backend().lock.take(holder()) is None


@FAULTS
async def test_a_lock_that_cannot_be_let_go_is_the_only_thing_left(
    place: Place, far: Place, relay: Relay, fault: Fault
) -> None:
    lock, me = far.backend().lock, holder()
    assert await lock.take(me) is None
    with relay.spoils(fault, writes):
        done = await succeeds(lock.release())
    there = await place.backend().lock.holder()
    if fault in HAPPENED or (done and place.on_death == "lapses"):
        assert there is None
    if there is not None:
        assert there.id == me.id
        await place.backend().lock.break_open(me.id, "the network was down")
    assert await place.backend().lock.take(holder()) is None


@FAULTS
async def test_a_backup_is_kept_once_or_refused(
    place: Place, far: Place, relay: Relay, fault: Fault
) -> None:
    store = await begun(far)
    with relay.spoils(fault, writes):
        done = await succeeds(store.back_up("one", BACKUP))
    kept = [each.file for each in await place.store().trash()]
    assert kept == (["one"] if done else [])
    assert done or fault not in HAPPENED


async def test_a_lost_reply_does_not_hide_that_another_was_faster(
    place: Place, far: Place, relay: Relay
) -> None:
    await begun(place)
    mine, other = far.store(), place.store()
    await mine.read()
    await other.read()
    await other.append([recorded(1)])
    with relay.spoils(Fault.LOSE_REPLY, writes, must=False):
        assert not await succeeds(mine.append([recorded(2)]))
    found = await state_of(place)
    assert recorded(2).address not in found.owned


async def test_a_beat_whose_reply_is_lost_keeps_the_lock(
    place: Place, far: Place, relay: Relay
) -> None:
    lock, me = far.backend().lock, holder()
    assert await lock.take(me) is None
    with relay.spoils(Fault.LOSE_REPLY, writes, must=False):
        await lock.beat()
    await lock.beat()
    found = await place.backend().lock.holder()
    assert found is not None
    assert found.id == me.id
    await lock.release()
    assert await place.backend().lock.holder() is None


async def test_reads_are_repeated(place: Place, far: Place, relay: Relay) -> None:
    await begun(place)
    with relay.spoils(Fault.REFUSE, lambda request: not request.writes, times=2):
        assert (await read(far)).state == STATE


async def test_a_server_that_is_away_is_told_without_a_password(
    place: Place, far: Place, relay: Relay
) -> None:
    relay.stop()
    with pytest.raises(StateError) as caught:
        await far.store().read()
    told = str(caught.value) + str(caught.value.diagnostic)
    assert caught.value.exit_code == 1
    assert caught.value.diagnostic.hint
    for name, value in place.environ.items():
        if "KEY" in name or "PASSWORD" in name:
            assert value not in told
