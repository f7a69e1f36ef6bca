"""Whatever a run did, rolling it back leaves what was there before; whatever dies on the way."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from core.rolling import Rolling
from crashing import CrashError, CrashingStore, CrashingWire, Fuse
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st
from stand_in_wire import Body
from world import body

from assistants_sync.model.plan import PlanOptions
from assistants_sync.model.value import Value

Folders = pytest.TempPathFactory
_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)
_SCALAR = st.booleans() | st.integers(-9, 9) | _TEXT
_JSON: st.SearchStrategy[Value] = st.recursive(
    st.none() | _SCALAR,
    # An object that declares nothing but nulls, put where another value was, takes nothing away.
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.builds(
            lambda said, more: {**more, **said},
            st.dictionaries(st.sampled_from(["a", "b"]), _SCALAR, max_size=1),
            st.dictionaries(st.sampled_from(["b", "c/d", "0"]), inner, max_size=2),
        ).filter(lambda made: not made or any(each is not None for each in made.values()))
    ),
    max_leaves=6,
)
_BODY: st.SearchStrategy[dict[str, Value]] = st.fixed_dictionaries(
    {"name": st.sampled_from(["One", "Two", "Three"])},
    optional={
        "model": st.dictionaries(st.sampled_from(["provider", "messages", "x"]), _JSON),
        "voice": _JSON,
        "firstMessage": _TEXT,
        "metadata": st.dictionaries(st.sampled_from(["team", "x"]), _JSON),
    },
)
_KEYS = st.sampled_from(["a", "b", "c", "d"])
_DEFINITIONS = st.dictionaries(_KEYS, _BODY, min_size=1)
_LATER = st.lists(_DEFINITIONS, min_size=1, max_size=3)
_SETTINGS = settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
_CALM = PlanOptions(allow_same_name=True)


def _define(world: Rolling, definitions: Mapping[str, Mapping[str, Value]]) -> None:
    world.definitions.clear()
    for key, declared in definitions.items():
        world.define(key, declared)


def _said(value: object) -> object:
    """What a value says: null and an empty object say nothing, at any depth."""
    if isinstance(value, list):
        return [_said(each) for each in value]
    if not isinstance(value, dict):
        return value
    said = {key: _said(inner) for key, inner in value.items()}
    return {key: each for key, each in said.items() if each is not None and each != {}}


def _seen(world: Rolling) -> dict[str, object]:
    """What the user can see of everything owned: all but what the server and the marker say."""
    ours = ("id", "orgId", "createdAt", "updatedAt", "latestVersion", "assistants-sync")
    found: dict[str, object] = {}
    for address, remote_id in world.ids().items():
        stored: Body = dict(world.server.objects[remote_id])
        stored["metadata"] = {
            key: value for key, value in stored.get("metadata", {}).items() if key not in ours
        }
        found[address] = _said({key: each for key, each in stored.items() if key not in ours})
    return found


@_SETTINGS
@given(first=_DEFINITIONS, later=_LATER)
def test_rolled_back_everything_managed_is_as_before(
    tmp_path_factory: Folders,
    first: dict[str, dict[str, Value]],
    later: list[dict[str, dict[str, Value]]],
) -> None:
    world = Rolling(tmp_path_factory.mktemp("world"))
    world.options = _CALM
    _define(world, first)
    world.run()
    before, known = _seen(world), len(world.runs())
    for definitions in later:
        _define(world, definitions)
        world.run()
    if len(world.runs()) == known:
        event("no run changed anything")
        return
    run = world.runs()[known].id
    world.roll_back(run)
    assert _seen(world) == before
    again = world.plan_back(run)
    assert not again.has_changes
    assert not again.refusals
    # The definitions of that time mean the same still, but for how they say nothing.
    _define(world, first)
    world.run()
    assert _seen(world) == before


@_SETTINGS
@given(first=_DEFINITIONS, second=_DEFINITIONS)
@example(
    first={"a": {"name": "One", "metadata": {"team": {"a": False}}}},
    second={"a": {"name": "One", "metadata": {"team": []}}},
)
def test_a_rollback_of_a_rollback_gives_what_was_undone(
    tmp_path_factory: Folders,
    first: dict[str, dict[str, Value]],
    second: dict[str, dict[str, Value]],
) -> None:
    world = Rolling(tmp_path_factory.mktemp("world"))
    world.options = _CALM
    _define(world, first)
    world.run()
    known = len(world.runs())
    _define(world, second)
    world.run()
    after = _seen(world)
    for _ in range(2):
        if len(world.runs()) > known:
            run = world.runs()[-1].id
            world.roll_back(run)
    if len(world.runs()) == known + 3:
        assert _seen(world) == after


def _changed(folder: Path) -> tuple[Rolling, str, dict[str, object]]:
    """A world in which a run changed one, deleted one that is used, and created one."""
    world = Rolling(folder)
    for key in "abcd":
        world.define(key, body(f"Agent {key}"))
    world.run()
    world.server.add_other("/phone-number", assistantId=world.ids()["assistant.b"])
    before = _seen(world)
    world.define("a", body("Agent A", 0.9, firstMessage="Hello"))
    world.undefine("b")
    world.define("g", body("Agent g"))
    return world, world.run(PlanOptions(detach=("assistant.b",))), before


def _is_crash(error: BaseException) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return all(map(_is_crash, error.exceptions))
    return isinstance(error, CrashError)


def _dies(world: Rolling, run: str, length: int) -> bool:
    plan = world.plan_back(run)
    fuse = Fuse(length)
    world.wire = lambda way: CrashingWire(way, fuse)
    world.watch = lambda store: CrashingStore(store, fuse)
    try:
        world.carry_out(plan, plan.options, saved=plan)
    except BaseException as error:
        if not _is_crash(error):
            raise
        return True
    finally:
        world.wire = lambda way: way
        world.watch = lambda store: store
    return False


def test_a_crash_at_any_point_is_healed_by_the_same_rollback(tmp_path: Path) -> None:
    points = 0
    while True:
        world, run, before = _changed(tmp_path / str(points))
        if not _dies(world, run, points):
            break
        world.roll_back(run)
        assert _seen(world) == before
        (phone,) = world.server.others["/phone-number"].values()
        assert phone["assistantId"] == world.ids()["assistant.b"]
        assert len(world.server.objects) == 4
        assert not world.plan_back(run).has_changes
        points += 1
    assert points > 20
