"""Replies get lost, processes die: the next run converges, nothing twice and nothing lost."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from crashing import CrashError, CrashingStore, CrashingWire, Fuse
from stand_in import Habits
from stand_in_faults import (
    DOUBTS,
    Breaks,
    Fault,
    echoed,
    lost_reply,
    lost_request,
    refused,
    status,
    throttled,
)
from world import EVERYTHING, KEY, World, address, body

from assistants_sync.errors import ApplyError, StateError
from assistants_sync.model.journal import Entry, Recorded
from assistants_sync.model.plan import Action
from assistants_sync.model.value import Secret
from assistants_sync.planning.consent import Consent
from assistants_sync.workflow.apply import exit_code_of


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def _names(world: World) -> list[str]:
    return sorted(str(each["name"]) for each in world.server.objects.values())


def _is_settled(world: World) -> bool:
    """Everything defined is live once and owned, nothing else is, and there is nothing to do."""
    plan = world.plan()
    ids = {each.id for each in world.owned.values()}
    return (
        not plan.has_changes
        and not plan.refusals
        and ids == set(world.server.objects)
        and set(world.owned) == set(world.definitions)
        and not world.state.intents
    )


@pytest.mark.parametrize("fault", DOUBTS)
@pytest.mark.parametrize("habits", [Habits(), Habits(sends_date=False)], ids=["date", "no date"])
def test_a_create_without_a_usable_answer_is_found_or_made_once(
    tmp_path: Path, fault: Callable[[], Fault], habits: Habits
) -> None:
    world = World(tmp_path, habits)
    for key in "abc":
        world.define(key, body(key))
    world.server.fail("POST", "/assistant", fault(), nth=2)
    finished = world.apply()
    assert (finished.applied, finished.failed) == ({"create": 3}, 0)
    assert _names(world) == ["a", "b", "c"]
    assert _is_settled(world)


def test_a_create_that_never_happens_is_tried_twice_and_stays_open(world: World) -> None:
    world.define("a", body("a"))
    world.server.fail("POST", "/assistant", lost_request(), times=2)
    finished = world.apply()
    assert (finished.applied, finished.failed, exit_code_of(finished)) == ({}, 1, 6)
    assert world.sent["POST"] == 2
    assert [each.guard for _, each in world.plan().refusals] == ["unresolved_create"]
    world.apply()
    assert _is_settled(world)
    assert len(world.server.objects) == 1


def test_a_request_that_arrives_late_is_not_made_twice(world: World) -> None:
    """The POST is lost for a minute, then takes effect while we wait for it."""
    world.define("a", body("a"))
    world.server.fail("POST", "/assistant", lost_request())
    sleep, done = world.clock.sleep, list[bool]()

    async def sleep_and_arrive(seconds: float) -> None:
        await sleep(seconds)
        if not done and len(world.clock.slept) > 50:
            done.append(True)
            post = next(each for each in world.server.requests if each.method == "POST")
            world.server.answer(post)

    world.clock.sleep = sleep_and_arrive  # type: ignore[method-assign]  # the clock is a fake
    assert world.apply().applied == {"create": 1}
    assert _names(world) == ["a"]
    assert _is_settled(world)


def test_a_create_that_was_never_sent_is_tried_again_at_once(world: World) -> None:
    world.define("a", body("a"))
    world.server.fail("POST", "/assistant", refused(), times=2)
    assert world.apply().applied == {"create": 1}
    assert sum(world.clock.slept) < 10
    assert _is_settled(world)


@pytest.mark.parametrize("retry_after", ["3", None, "soon"])
def test_a_throttled_create_waits_and_is_made_once(world: World, retry_after: str | None) -> None:
    world.define("a", body("a"))
    world.server.fail("POST", "/assistant", throttled(retry_after), times=4)
    assert world.apply().applied == {"create": 1}
    assert world.sent["POST"] == 5
    assert _is_settled(world)


@pytest.mark.parametrize("code", [400, 402, 404, 422])
def test_a_refused_create_fails_once_and_leaves_nothing_open(world: World, code: int) -> None:
    world.define("a", body("a"))
    world.server.fail("POST", "/assistant", status(code))
    finished = world.apply()
    assert (finished.failed, exit_code_of(finished)) == (1, 6)
    assert world.sent["POST"] == 1
    assert not world.state.intents
    world.apply()
    assert _is_settled(world)


def test_a_409_on_create_is_looked_up_and_not_repeated(world: World) -> None:
    world.define("a", body("a"))
    world.server.fail("POST", "/assistant", status(409, "conflict"))
    assert world.apply().failed == 1
    assert world.sent["POST"] == 1


@pytest.mark.parametrize("code", [401, 403])
def test_a_key_refused_in_the_middle_starts_nothing_more(world: World, code: int) -> None:
    for key in "abcdefghijklmnopqrst":
        world.define(key, body(key))
    world.server.fail("POST", "/assistant", status(code), nth=3, times=99)
    finished = world.apply()
    assert finished.applied["create"] == 2
    assert finished.skipped > 0
    world.server.forget_faults()
    world.apply()
    assert _is_settled(world)


@pytest.mark.parametrize("fault", DOUBTS)
def test_an_update_without_a_usable_answer_is_settled_by_looking(
    world: World, fault: Callable[[], Fault]
) -> None:
    world.define("a", body("a"))
    world.apply()
    world.define("a", body("a", firstMessage="Hi"))
    world.server.fail("PATCH", "/assistant", fault())
    assert world.apply().applied == {"update": 1}
    assert world.live("a")["firstMessage"] == "Hi"
    assert _is_settled(world)


@pytest.mark.parametrize("fault", DOUBTS)
def test_a_deletion_without_a_usable_answer_is_settled_by_asking(
    world: World, fault: Callable[[], Fault]
) -> None:
    for key in "abcdef":
        world.define(key, body(key))
    world.apply()
    world.undefine("a")
    world.server.fail("DELETE", "/assistant", fault())
    assert world.apply().applied == {"delete": 1}
    assert _is_settled(world)


def test_an_error_that_echoes_key_and_secret_shows_neither(world: World) -> None:
    secret = Secret("canary-hook", name="HOOK")
    world.define("a", body(server={"url": "https://a.example", "secret": secret}))
    world.server.fail("POST", "/assistant", echoed())
    world.apply()
    told = repr(world.events) + world.files()
    assert "cannot accept" in told
    assert "canary-hook" not in told
    assert KEY not in told


def _light(world: World, length: int) -> Fuse:
    fuse = Fuse(length)
    world.wire = lambda way: CrashingWire(way, fuse)
    world.watch = lambda store: CrashingStore(store, fuse)
    return fuse


def _put_out(world: World) -> None:
    world.wire = lambda way: way
    world.watch = lambda store: store


def _crash_once(world: World, length: int) -> bool:
    """Apply until the fuse burns down; say whether it did before the end."""
    consent = _exact(world)
    _light(world, length)
    try:
        world.apply(consent)
    except BaseException as error:
        if not _is_crash(error):
            raise
        return True
    finally:
        _put_out(world)
    return False


def _is_crash(error: BaseException) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return all(map(_is_crash, error.exceptions))
    return isinstance(error, CrashError)


def _start(folder: Path) -> World:
    """Six owned; now one is new, one is edited, two are gone from the files."""
    world = World(folder)
    for key in "abcdef":
        world.define(key, body(key))
    world.apply()
    world.undefine("a", "b")
    world.define("c", body("c", firstMessage="Hi"))
    world.define("g", body("g"))
    return world


def test_a_crash_at_any_point_is_healed_by_the_next_run(tmp_path: Path) -> None:
    points = 0
    while True:
        world = _start(tmp_path / str(points))
        if not _crash_once(world, points):
            break
        _heal(world)
        points += 1
    assert points > 30


def test_a_crash_inside_the_recovery_is_healed_too(tmp_path: Path) -> None:
    first = 0
    while True:
        second = 0
        while True:
            world = _start(tmp_path / f"{first}-{second}")
            if not _crash_once(world, first):
                return
            if not _crash_once(world, second):
                break
            _heal(world)
            second += 7
        first += 5


def _exact(world: World) -> Consent:
    """Consent to exactly the deletions that are left: some may be done already."""
    return replace(EVERYTHING, allow_deletes=len(world.plan().of(Action.DELETE)))


def _heal(world: World) -> None:
    world.apply(_exact(world))
    assert _names(world) == ["c", "d", "e", "f", "g"]
    assert _is_settled(world)


def test_a_first_apply_that_crashes_anywhere_makes_nothing_twice(tmp_path: Path) -> None:
    points = 0
    while True:
        world = World(tmp_path / str(points))
        for key in "abc":
            world.define(key, body(key))
        if not _crash_once(world, points):
            break
        world.apply()
        assert _names(world) == ["a", "b", "c"]
        assert _is_settled(world)
        points += 1
    assert points > 12


def test_a_state_that_cannot_be_saved_stops_the_run_and_names_what_it_made(world: World) -> None:
    for key in "abcdefghijklmnopqrst":
        world.define(key, body(key))

    class Full(CrashingStore):
        async def append(self, entries: Sequence[Entry]) -> None:
            if any(entry.type == "done" for entry in entries):
                raise StateError("State could not be saved", "no space left on device")
            await super().append(entries)

    world.watch = lambda store: Full(store, Fuse(10_000))
    finished = world.apply()
    assert exit_code_of(finished) == 6
    told = repr(world.events)
    for remote_id in world.server.objects:
        assert remote_id in told
    assert len(world.server.objects) <= 8
    _put_out(world)
    world.apply()
    assert _is_settled(world)


def test_a_state_file_that_cannot_be_renewed_is_told_and_nothing_is_lost(world: World) -> None:
    class Stuck(CrashingStore):
        async def compact(self) -> None:
            raise StateError("State could not be saved", "read-only")

    world.define("a", body("a"))
    world.watch = lambda store: Stuck(store, Fuse(10_000))
    with pytest.raises(ApplyError) as caught:
        world.apply()
    assert caught.value.exit_code == 6
    _put_out(world)
    world.apply()
    assert _is_settled(world)


def test_a_lost_create_is_watched_for_a_day(world: World) -> None:
    world.define("a", body("a"))
    world.server.fail("POST", "/assistant", lost_request())
    world.apply()
    assert [each.address for each in world.state.watch.values()] == [address("a")]
    world.clock.time += timedelta(hours=25)
    world.define("b", body("b"))
    world.apply()
    assert not world.state.watch


def test_two_applies_of_one_state_cannot_both_write(world: World) -> None:
    world.define("a", body("a"))
    world.apply()
    slow, quick = world.store(), world.store()
    asyncio.run(slow.read())
    asyncio.run(quick.read())
    owned = world.owned[address("a")]
    asyncio.run(quick.append([Recorded(address("a"), owned)]))
    asyncio.run(quick.compact())
    with pytest.raises(StateError, match="changed by somebody else"):
        asyncio.run(slow.append([Recorded(address("a"), owned)]))


def test_a_broken_answer_to_the_look_up_leaves_the_create_open(world: World) -> None:
    world.define("a", body("a"))
    world.server.fail("POST", "/assistant", lost_reply())
    world.server.fail("GET", "/assistant", Breaks(httpx.ReadError), nth=2, times=99)
    finished = world.apply()
    assert finished.failed == 1
    world.server.forget_faults()
    world.apply()
    assert _names(world) == ["a"]
    assert _is_settled(world)
