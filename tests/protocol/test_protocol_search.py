"""The apply protocol, searched whole: every interleaving of lost, late, killed and tried again.

With ASSISTANTS_SYNC_CRASH=full the deeper worlds too.
"""

import re
from functools import cache
from typing import get_args

import pytest
from crash.scene import IS_FULL
from protocol.moment import Stage, Work
from protocol.premises import World
from protocol.protocol_check import row, summary
from protocol.search import Found, search
from protocol.worlds import DEEP, MUTATIONS, RESIDUES, SOUND

_SOUND = (*SOUND, *DEEP) if IS_FULL else SOUND
_searched = cache(search)


def _name(world: World) -> str:
    return world.name


@pytest.mark.parametrize("world", _SOUND, ids=_name)
def test_every_law_holds_in_every_moment_of_a_sound_world(world: World) -> None:
    found = _searched(world)
    assert not found.ways, row(found)
    assert found.states > found.ends > 0


@pytest.mark.parametrize("world", RESIDUES, ids=_name)
def test_a_residue_breaks_the_laws_it_is_documented_to_break_and_no_other(world: World) -> None:
    found = _searched(world)
    assert set(found.ways) == world.expected, row(found)


@pytest.mark.parametrize("world", MUTATIONS, ids=_name)
def test_a_protocol_without_one_of_its_rules_is_caught(world: World) -> None:
    found = _searched(world)
    assert world.expected
    assert set(found.ways) == world.expected, row(found)


def test_a_run_is_killed_at_every_stage_and_every_write_lost_in_every_way() -> None:
    labels = {re.sub(r" \d+", "", each) for each in _searched(SOUND[0]).labels}
    stages = set(get_args(Stage)) - {"idle", "clear"}  # nobody runs; a mutation
    assert labels >= {f"run is killed at {stage}" for stage in stages}
    ways = ("is lost", "takes effect", "takes effect, nobody waits", "takes effect, reply lost")
    for work in get_args(Work):
        assert f"run cannot send {work}" in labels
        assert labels >= {f"{work} {way}" for way in (*ways, "times out")}


def test_every_law_is_seen_to_fail_somewhere() -> None:
    caught = {law for world in (*RESIDUES, *MUTATIONS) for law in world.expected}
    assert len(caught) == 9


def test_the_search_says_what_it_covered() -> None:
    sound, residues, mutations = (
        _all(_SOUND),
        _all(RESIDUES),
        _all(MUTATIONS),
    )
    print(summary(sound, residues, mutations))  # noqa: T201 -- `-s` shows it
    assert sum(each.states for each in sound) > 100_000
    assert sum(each.ends for each in sound) > 1_000


def _all(worlds: tuple[World, ...]) -> list[Found]:
    return [_searched(world) for world in worlds]
