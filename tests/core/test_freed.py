"""A reference that goes in the same plan holds nothing back: it is gone when the deletion comes."""

from dataclasses import replace
from pathlib import Path

import pytest
from stand_in_faults import status
from world import EVERYTHING, World, body

from assistants_sync.errors import GuardError
from assistants_sync.model.value import Value
from assistants_sync.planning.consent import Consent

_ALLOWED = replace(EVERYTHING, allow_destructive=1)
_ONE = replace(_ALLOWED, allow_deletes=1)


def desk(by: str, value: str, **more: Value) -> dict[str, Value]:
    tools: Value = [{"type": "handoff", "destinations": [{"type": "assistant", by: value}]}]
    return {"name": "Desk", "model": {"provider": "openai", "tools": tools}, **more}


def without_handoff(**more: Value) -> dict[str, Value]:
    tools: Value = [{"type": "endCall"}]
    return {"name": "Desk", "model": {"provider": "openai", "tools": tools}, **more}


@pytest.fixture(params=["assistantId", "assistantName"])
def world(tmp_path: Path, request: pytest.FixtureRequest) -> World:
    """Give a desk that hands over to a night line, and two that nobody refers to."""
    world = World(tmp_path)
    for key in ("night", "x", "y"):
        world.define(key, body(key))
    world.apply(_ALLOWED)
    by: str = request.param
    value = world.live("night")["id"] if by == "assistantId" else "night"
    world.define("desk", desk(by, value))
    world.apply(_ALLOWED)
    return world


def refused(world: World, consent: Consent = _ONE) -> set[str]:
    with pytest.raises(GuardError) as caught:
        world.apply(consent)
    return {each.code for each in caught.value.diagnostics}


def test_it_is_updated_first_and_then_deleted(world: World) -> None:
    world.undefine("night")
    assert refused(world) == {"in_use"}
    world.define("desk", without_handoff())
    change = world.change("night")
    assert not change.blocked
    assert not change.used_by
    assert 'no longer used after this plan by assistant "Desk"' in change.notes[0]
    assert world.apply(_ONE).applied == {"update": 1, "delete": 1}
    assert not world.plan().has_changes


def test_an_update_of_something_else_frees_nothing(world: World) -> None:
    world.undefine("night")
    definition = world.definitions[world.change("desk").address]
    world.define("desk", {**definition.body, "firstMessage": "Hello"})
    assert refused(world) == {"in_use"}


def test_an_update_that_leaves_one_of_two_references_frees_nothing(world: World) -> None:
    world.edit("desk", hooks=[{"do": [{"assistantName": "night"}]}])
    world.undefine("night")
    world.define("desk", without_handoff())
    assert refused(world) == {"in_use"}


def test_a_failed_update_stops_the_deletion(world: World) -> None:
    world.undefine("night")
    world.define("desk", without_handoff())
    world.server.fail("PATCH", "/assistant/", status(400))
    finished = world.apply(_ONE)
    assert (finished.failed, finished.applied) == (1, {})
    assert world.live("night")


def test_a_reference_nobody_takes_away_still_holds_it_back(world: World) -> None:
    world.server.add_other("/phone-number", assistantId=world.live("night")["id"])
    world.undefine("night")
    world.define("desk", without_handoff())
    change = world.change("night")
    assert [each.kind for each in change.used_by] == ["phone-number"]
    assert refused(world) == {"in_use"}
