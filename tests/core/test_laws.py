"""Laws that hold for any definitions and any edits, found by hypothesis."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from world import World

from assistants_sync.model.plan import PlanOptions
from assistants_sync.model.value import Value
from assistants_sync.planning.document import render_plan
from assistants_sync.planning.loading import load_plan
from assistants_sync.views.human import render_human
from assistants_sync.views.plan_json import render_plan_json

Folders = pytest.TempPathFactory
_TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
_NUMBER = st.integers(-1000, 1000) | st.floats(-100, 100).map(lambda number: round(number, 3))
_JSON: st.SearchStrategy[Value] = st.recursive(
    st.none() | st.booleans() | _NUMBER | _TEXT,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b", "c/d", "e~f", "0"]), inner, max_size=3)
    ),
    max_leaves=8,
)
_BODY = st.fixed_dictionaries(
    {"name": st.sampled_from(["One", "Two", "Three"])},
    optional={
        "model": st.dictionaries(st.sampled_from(["provider", "messages", "x"]), _JSON),
        "voice": _JSON,
        "firstMessage": _TEXT,
        "metadata": st.dictionaries(st.sampled_from(["team", "x"]), _JSON),
        "toolIds": st.lists(_TEXT, max_size=3),
    },
)
_KEYS = st.sampled_from(["a", "b", "c"])
_DEFINITIONS = st.dictionaries(_KEYS, _BODY, min_size=1)
_SETTINGS = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
_CALM = PlanOptions(allow_same_name=True)


def _world(folders: Folders, definitions: dict[str, dict[str, Value]]) -> World:
    world = World(folders.mktemp("world"))
    world.options = _CALM
    for key, declared in definitions.items():
        world.define(key, declared)
    return world


@_SETTINGS
@given(_DEFINITIONS)
def test_apply_then_plan_is_empty(
    tmp_path_factory: Folders, definitions: dict[str, dict[str, Value]]
) -> None:
    world = _world(tmp_path_factory, definitions)
    world.apply()
    plan = world.plan()
    assert not plan.has_changes
    assert not plan.refusals


@_SETTINGS
@given(_DEFINITIONS, _DEFINITIONS)
def test_any_edit_converges_in_one_apply(
    tmp_path_factory: Folders,
    before: dict[str, dict[str, Value]],
    after: dict[str, dict[str, Value]],
) -> None:
    world = _world(tmp_path_factory, before)
    world.apply()
    for key, declared in after.items():
        world.define(key, declared)
    plan = world.plan()
    if any(change.destructive for change in plan.changes):
        return
    world.apply()
    assert not world.plan().has_changes


@_SETTINGS
@given(_DEFINITIONS, _KEYS, st.sampled_from(["model", "voice", "firstMessage", "name"]), _JSON)
def test_any_edit_in_the_dashboard_is_put_back_or_not_ours(
    tmp_path_factory: Folders,
    definitions: dict[str, dict[str, Value]],
    key: str,
    field: str,
    value: Value,
) -> None:
    world = _world(tmp_path_factory, definitions)
    world.apply()
    if key not in definitions:
        return
    world.edit(key, **{field: value})
    plan = world.plan()
    if any(change.destructive for change in plan.changes):
        return
    world.apply()
    assert not world.plan().has_changes


@_SETTINGS
@given(_DEFINITIONS)
def test_equal_inputs_give_equal_bytes(
    tmp_path_factory: Folders, definitions: dict[str, dict[str, Value]]
) -> None:
    world = _world(tmp_path_factory, definitions)
    first = world.plan()
    world.clock.time = world.clock.time.replace(year=2031)
    again = world.plan()
    assert render_plan_json(first) == render_plan_json(again)
    assert render_human(first) == render_human(again)
    shuffled = _world(tmp_path_factory, dict(reversed(definitions.items())))
    assert render_plan_json(shuffled.plan()) == render_plan_json(first)


@_SETTINGS
@given(_DEFINITIONS, _DEFINITIONS)
def test_a_plan_survives_being_saved(
    tmp_path_factory: Folders,
    before: dict[str, dict[str, Value]],
    after: dict[str, dict[str, Value]],
) -> None:
    world = _world(tmp_path_factory, before)
    world.apply()
    for key, declared in after.items():
        world.define(key, declared)
    plan = world.plan()
    read = load_plan(json.dumps(render_plan(plan)), "plan.json")
    assert render_plan_json(read) == render_plan_json(plan)
    if not any(change.destructive for change in plan.changes):
        world.apply(saved=read)
        assert not world.plan().has_changes
