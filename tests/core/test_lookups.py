"""The id of something we do not own, by its name: exactly one of that name, or an error."""

from pathlib import Path
from typing import Any

import pytest
from stand_in_faults import status
from world import World, body

from assistants_sync.errors import ApiError, DefinitionError
from assistants_sync.model.plan import FieldKind
from assistants_sync.model.value import Lookup, Value


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def with_tools(*ids: Value) -> dict[str, Value]:
    return {**body("Front"), "model": {"provider": "openai", "toolIds": list(ids)}}


def test_a_tool_is_found_by_its_name_and_by_what_a_model_calls_it(world: World) -> None:
    by_function = world.server.add_other("/tool", type="function", function={"name": "book"})
    by_name = world.server.add_other("/tool", type="mcp", name="search")
    world.server.add_other("/tool", type="function", function={"name": "book_slot"})
    world.define("a", with_tools(Lookup("tool", "book"), "literal", Lookup("tool", "search")))
    world.apply()
    assert world.live("a")["model"]["toolIds"] == [by_function, "literal", by_name]
    assert not world.plan().has_changes


@pytest.mark.parametrize(
    ("kind", "path", "field"),
    [
        ("credential", "/credential", "credentialIds"),
        ("structured-output", "/structured-output", "structuredOutputIds"),
    ],
)
def test_other_kinds_are_found_by_name(world: World, kind: str, path: str, field: str) -> None:
    wanted = world.server.add_other(path, name="The one")
    world.server.add_other(path, name="the one")
    holder: dict[str, Any] = {field: [Lookup(kind, "The one")]}
    declared = holder if field == "credentialIds" else {"artifactPlan": holder}
    world.define("a", {**body(), **declared})
    world.apply()
    live = world.live("a")
    assert (live if field == "credentialIds" else live["artifactPlan"])[field] == [wanted]


def test_another_assistant_that_nobody_manages_is_found(world: World) -> None:
    there = world.server.add(name="By hand")
    destination: Value = {"type": "assistant", "assistantId": Lookup("assistant", "By hand")}
    tools: Value = [{"type": "handoff", "destinations": [destination]}]
    world.define("a", {**body(), "model": {"provider": "openai", "tools": tools}})
    world.apply()
    assert world.live("a")["model"]["tools"][0]["destinations"][0]["assistantId"] == there


def test_each_kind_is_listed_once_and_only_when_asked_for(world: World) -> None:
    world.server.add_other("/tool", name="x")
    counts = []
    for key in "abc":
        world.define(key, with_tools(Lookup("tool", "x"), Lookup("tool", "x")))
        world.server.requests.clear()
        world.plan()
        counts.append(world.server.count("GET", "/tool"))
    assert len(set(counts)) == 1
    assert world.server.count("GET", "/credential") == 0


def test_every_name_that_fits_nothing_or_two_is_told_at_once(world: World) -> None:
    twins = sorted(world.server.add_other("/tool", name="twin") for _ in "12")
    world.define("a", with_tools(Lookup("tool", "none")))
    world.define("b", with_tools(Lookup("tool", "twin"), Lookup("tool", "None at all")))
    with pytest.raises(DefinitionError) as refused:
        world.plan()
    told = [(each.summary, each.address, each.where) for each in refused.value.diagnostics]
    assert [each[0] for each in told] == [
        "Nothing has this name",
        "More than one has this name",
        "Nothing has this name",
    ]
    assert all(where and where.file.endswith(".yaml") for _, _, where in told)
    assert f"{twins[0]}, {twins[1]}" in refused.value.diagnostics[1].detail


def test_a_list_that_cannot_be_read_ends_the_plan(world: World) -> None:
    world.define("a", with_tools(Lookup("tool", "x")))
    world.server.fail("GET", "/tool", status(400))
    with pytest.raises(ApiError):
        world.plan()


def test_a_thing_made_anew_under_the_same_name_is_a_change(world: World) -> None:
    old = world.server.add_other("/tool", name="x")
    world.define("a", with_tools(Lookup("tool", "x")))
    world.apply()
    del world.server.others["/tool"][old]
    new = world.server.add_other("/tool", name="x")
    (field,) = world.change("a").fields
    assert (field.kind, field.after) == (FieldKind.CHANGE, new)
    world.apply()
    assert world.live("a")["model"]["toolIds"] == [new]
