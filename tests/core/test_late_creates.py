"""A create whose request the network holds back while we pause: it must not be made twice."""

from datetime import timedelta
from pathlib import Path

import pytest
from core.watched import Household, is_crash
from crashing import CrashError
from stand_in_faults import throttled
from world import address, body

_LATE_SECONDS = 110.0  # within timeout and settle time, counted from when it was sent


@pytest.fixture
def world(tmp_path: Path) -> Household:
    """Give a household that owns one assistant and wants a second."""
    world = Household(tmp_path)
    world.define("a", body("a"))
    world.apply()
    world.define("b", body("b"))
    return world


def _names(world: Household) -> list[str]:
    world.clock.time += timedelta(hours=1)
    world.watched.deliver()
    return sorted(str(each["name"]) for each in world.server.objects.values())


def _die(world: Household) -> None:
    world.case.dies_after = "POST"
    try:
        world.apply()
    except (CrashError, BaseExceptionGroup) as error:
        assert is_crash(error)  # noqa: PT017 -- pytest.raises takes no group of unknown depth
    world.rewire()


def test_a_create_that_arrives_after_a_crash_is_not_made_twice(world: Household) -> None:
    world.watched.hold_back("POST", _LATE_SECONDS)
    _die(world)
    world.apply()
    assert _names(world) == ["a", "b"]
    assert world.owned[address("b")].id in world.server.objects


def test_a_clock_set_on_after_a_crash_does_not_shorten_the_wait(world: Household) -> None:
    world.watched.hold_back("POST", _LATE_SECONDS)
    _die(world)
    world.clock.time += timedelta(hours=1)
    world.ahead -= timedelta(hours=1)
    world.apply()
    assert _names(world) == ["a", "b"]


def test_a_create_sent_after_long_thought_is_not_made_twice(world: Household) -> None:
    world.watched.hold_back("POST", _LATE_SECONDS)
    world.thinks = timedelta(seconds=1000)
    _die(world)
    world.thinks = timedelta()
    world.apply()
    assert _names(world) == ["a", "b"]


def test_a_create_sent_after_a_rate_limit_is_not_made_twice(world: Household) -> None:
    world.server.fail("POST", "/assistant", throttled("50"))
    world.watched.hold_back("POST", _LATE_SECONDS)
    world.apply()
    assert _names(world) == ["a", "b"]
