"""A run may die before and after every call of its backend; the next one finishes it."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from backends.place import Place
from backends.place_world import ENDLESS, PlaceWorld
from world import body

from assistants_sync.model.definition import Lifecycle


def scene(folder: Path, place: Place) -> PlaceWorld:
    """Own three; then one is edited, one deleted, one forgotten, and one is new."""
    world = PlaceWorld(folder, place)
    world.define("edited", body("edited"))
    world.define("gone", body("gone"))
    world.define("let-go", body("let-go"), Lifecycle(on_delete="forget"))
    assert world.locked_apply()
    world.define("edited", body("edited", firstMessage="Good day"))
    world.define("fresh", body("fresh"))
    world.undefine("gone", "let-go")
    return world


def recover(world: PlaceWorld, monkeypatch: pytest.MonkeyPatch, fuse: int = ENDLESS) -> None:
    """Run the same again on another machine, once the lock may be taken."""
    if world.place.on_death == "stays":
        world.break_lock()
    with monkeypatch.context() as patch:
        patch.setattr("assistants_sync.state.bucket.lease.LAPSES_AFTER", timedelta(0))
        world.locked_apply(fuse)


def check(world: PlaceWorld, before: dict[str, str]) -> None:
    """See that nothing is there twice, nothing is lost, and nobody holds the lock."""
    live = {each["id"]: each["name"] for each in world.server.objects.values()}
    assert sorted(live.values()) == ["edited", "fresh", "let-go"]
    assert {key for key, name in before.items() if name != "gone"} <= live.keys()
    state = world.state
    assert {str(each.id) for each in state.owned.values()} == {
        key for key, name in live.items() if name != "let-go"
    }
    assert not state.intents
    gone = next(key for key, name in before.items() if name == "gone")
    assert set(world.trashed()) == {gone}
    assert not world.plan().has_changes
    assert world.is_free()


def points(folder: Path, place: Place) -> int:
    """Count where a run of the scene may die."""
    world = scene(folder, place)
    assert world.locked_apply()
    return world.burnt


def names(world: PlaceWorld) -> dict[str, str]:
    """Give the names of what is live by id."""
    return {each["id"]: each["name"] for each in world.server.objects.values()}


def test_a_run_killed_at_any_call_is_finished_by_the_next(
    tmp_path: Path,
    place: Place,
    new_place: Callable[[], Place],
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
) -> None:
    count = points(tmp_path, place)
    for at in range(count):
        world = scene(tmp_path, new_place())
        before = names(world)
        # How writes share an append may differ by one: then the last point is not reached.
        if not world.locked_apply(at):
            recover(world, monkeypatch)
        check(world, before)
    record_property("crash points", f"{place.name}: {count} points, killed at each")
    assert count >= 16


def test_a_run_that_recovers_may_be_killed_as_well(
    tmp_path: Path,
    place: Place,
    new_place: Callable[[], Place],
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
) -> None:
    count, pairs = points(tmp_path, place), 0
    for first in range(1, count, 5):
        for second in range(first % 4, count, 6):
            world = scene(tmp_path, new_place())
            before = names(world)
            if not world.locked_apply(first):
                recover(world, monkeypatch, second)
            recover(world, monkeypatch)
            check(world, before)
            pairs += 1
    record_property("crash points", f"{place.name}: {pairs} pairs of points")


def test_a_first_run_killed_at_any_call_is_finished_by_the_next(
    tmp_path: Path, new_place: Callable[[], Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    at, is_killed = 0, True
    while is_killed:
        world = PlaceWorld(tmp_path, new_place())
        world.define("desk", body("desk"))
        is_killed = not world.locked_apply(at)
        if is_killed:
            recover(world, monkeypatch)
        assert [each["name"] for each in world.server.objects.values()] == ["desk"]
        assert not world.plan().has_changes
        assert world.is_free()
        at += 1
    assert at >= 10
