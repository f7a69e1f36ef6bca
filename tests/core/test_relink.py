"""What refers to a doomed assistant is moved on, or let go, before anything is deleted."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from stand_in_faults import status
from stand_in_wire import Body
from world import World, address, body

from assistants_sync.errors import GuardError
from assistants_sync.model.definition import Lifecycle, Removal
from assistants_sync.model.event import ChangeApplied, PlanAccepted
from assistants_sync.model.plan import Action, Change, PlanOptions, Reason

_STAYS = "11111111-0000-4000-8000-000000000000"


_SUCCESSOR = Lifecycle(replace_with=address("b"))


_DETACH = PlanOptions(detach=("assistant.a",))


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    for key in "abcdef":
        world.define(key, body(f"Agent {key}"))
    world.define("a", body("Agent a"), _SUCCESSOR)
    world.apply()
    return world


def _id(world: World, key: str = "a") -> str:
    return world.owned[address(key)].id


def _without_successor(world: World) -> None:
    world.define("a", body("Agent a"))
    world.apply()


def _relinks(world: World, options: PlanOptions | None = None) -> list[Change]:
    return [
        each
        for each in world.plan(options).changes
        if each.reason in {Reason.REPLACED, Reason.DETACHED}
    ]


def _refused(world: World, options: PlanOptions | None = None) -> set[str]:
    with pytest.raises(GuardError) as caught:
        world.apply(options=options)
    assert set(world.sent) <= {"GET"}
    return {each.code for each in caught.value.diagnostics}


def _writes(world: World, since: int) -> list[str]:
    return [
        f"{each.method} {each.path}"
        for each in world.server.requests[since:]
        if each.method in {"PATCH", "DELETE", "POST"}
    ]


def _member(remote_id: str, **more: object) -> Body:
    return {"assistantId": remote_id, **more}


def _destination(**names_one: str) -> Body:
    return {"type": "assistant", **names_one}


def test_a_successor_kept_in_state_takes_over_after_the_file_is_gone(world: World) -> None:
    phone_id = world.server.add_other("/phone-number", name="Line", assistantId=_id(world))
    successor = _id(world, "b")
    world.undefine("a")
    (change,) = _relinks(world)
    assert (change.address, change.action, change.reason) == (
        f"phone-number.{phone_id}",
        Action.UPDATE,
        Reason.REPLACED,
    )
    assert (change.id, change.name) == (phone_id, "Line")
    assert [(each.path, each.before, each.after) for each in change.fields] == [
        (("assistantId",), _id(world), successor)
    ]
    assert not world.change("a").blocked
    assert world.apply().applied == {"update": 1, "delete": 1}
    assert world.server.others["/phone-number"][phone_id]["assistantId"] == successor
    assert not world.plan().has_changes


def test_a_removal_by_name_may_name_the_successor(world: World) -> None:
    """What `removed:` says now goes before what the definition said once."""
    phone_id = world.server.add_other("/phone-number", assistantId=_id(world))
    successor = _id(world, "c")
    world.undefine("a")
    world.removals = {
        address("a"): Removal(address("a"), "delete", replace_with=address("c")),
    }
    assert world.apply().applied == {"update": 1, "delete": 1}
    assert world.server.others["/phone-number"][phone_id]["assistantId"] == successor


def test_every_place_that_refers_is_moved_and_nothing_else_is(world: World) -> None:
    old, new = _id(world), _id(world, "b")
    members = [
        _member(_STAYS, assistantDestinations=[_destination(assistantName="Agent a", message="x")]),
        _member(old, assistantOverrides={"firstMessage": "Hello"}),
    ]
    squad_id = world.server.add_other("/squad", name="Team", members=members)
    tool_id = world.server.add_other(
        "/tool",
        type="handoff",
        function={"name": "hand_over"},
        destinations=[
            _destination(assistantName="Agent a"),
            _destination(assistantId=old),
            _destination(assistantName="Agent d"),
        ],
    )
    output_id = world.server.add_other("/structured-output", assistantIds=[_STAYS, old])
    card_id = world.server.add_other("/observability/scorecard", assistantIds=[old])
    suite_id = world.server.add_other(
        "/eval/simulation/suite", targetType="assistant", targetId=old
    )
    world.undefine("a")
    assert world.apply().applied == {"update": 5, "delete": 1}
    others = world.server.others
    assert others["/squad"][squad_id]["members"] == [
        _member(_STAYS, assistantDestinations=[_destination(assistantName="Agent b", message="x")]),
        _member(new, assistantOverrides={"firstMessage": "Hello"}),
    ]
    assert others["/tool"][tool_id]["destinations"] == [
        _destination(assistantName="Agent b"),
        _destination(assistantId=new),
        _destination(assistantName="Agent d"),
    ]
    assert others["/structured-output"][output_id]["assistantIds"] == [_STAYS, new]
    assert others["/observability/scorecard"][card_id]["assistantIds"] == [new]
    assert others["/eval/simulation/suite"][suite_id]["targetId"] == new


def test_one_thing_that_refers_twice_gets_one_patch(world: World) -> None:
    world.server.add_other(
        "/squad", members=[_member(_id(world)), _member(_STAYS), _member(_id(world))]
    )
    world.undefine("a")
    (change,) = _relinks(world)
    assert len(change.fields) == 2
    since = len(world.server.requests)
    world.apply()
    assert [each.split("/")[1] for each in _writes(world, since)] == ["squad", "assistant"]


def test_a_patch_says_no_more_than_it_must(world: World) -> None:
    """A squad's carries `members` always, a tool's never `type`; no other key is repeated."""
    squad_id = world.server.add_other(
        "/squad",
        name="Team",
        members=[_member(_STAYS)],
        membersOverrides={
            "tools:append": [{"destinations": [_destination(assistantId=_id(world))]}]
        },
    )
    tool_id = world.server.add_other(
        "/tool", type="handoff", destinations=[_destination(assistantId=_id(world))]
    )
    world.undefine("a")
    world.apply()
    sent = {each.path: each.body for each in world.server.requests if each.method == "PATCH"}
    assert sent[f"/squad/{squad_id}"].keys() == {"members", "membersOverrides"}
    assert sent[f"/squad/{squad_id}"]["members"] == [_member(_STAYS)]
    assert sent[f"/tool/{tool_id}"].keys() == {"destinations"}


def test_creates_and_updates_come_first_then_the_moves_then_the_deletions(world: World) -> None:
    phone_id = world.server.add_other("/phone-number", assistantId=_id(world))
    doomed = _id(world)
    world.undefine("a")
    world.define("g", body("Agent g"))
    world.define("c", body("Agent c", firstMessage="Hi"))
    since = len(world.server.requests)
    world.apply()
    assert _writes(world, since) == [
        "POST /assistant",
        f"PATCH /assistant/{_id(world, 'c')}",
        f"PATCH /phone-number/{phone_id}",
        f"DELETE /assistant/{doomed}",
    ]
    accepted = next(each for each in world.events if isinstance(each, PlanAccepted))
    assert (f"phone-number.{phone_id}", Action.UPDATE) in accepted.work


def test_a_successor_created_in_the_same_plan_takes_over(world: World) -> None:
    phone_id = world.server.add_other("/phone-number", assistantId=_id(world))
    tool_id = world.server.add_other("/tool", destinations=[_destination(assistantName="Agent a")])
    world.define("a", body("Agent a"), Lifecycle(replace_with=address("new")))
    world.apply()
    world.undefine("a")
    world.define("new", body("Agent new"))
    shown = {each.address: each.fields[0].after for each in _relinks(world)}
    assert shown == {
        f"phone-number.{phone_id}": "(known after apply)",
        f"tool.{tool_id}": "Agent new",
    }
    assert world.apply().applied == {"create": 1, "update": 2, "delete": 1}
    new_id = _id(world, "new")
    assert world.server.others["/phone-number"][phone_id]["assistantId"] == new_id
    destinations = world.server.others["/tool"][tool_id]["destinations"]
    assert destinations == [_destination(assistantName="Agent new")]


def test_a_successor_whose_create_fails_moves_and_deletes_nothing(world: World) -> None:
    phone_id = world.server.add_other("/phone-number", assistantId=_id(world))
    world.undefine("a")
    world.define("new", body("Agent new"))
    world.removals = {address("a"): Removal(address("a"), "delete", address("new"))}
    world.server.fail("POST", "/assistant", status(400))
    finished = world.apply()
    assert (finished.failed, world.sent["PATCH"], world.sent["DELETE"]) == (1, 0, 0)
    phone = world.server.others["/phone-number"][phone_id]
    assert phone["assistantId"] == _id(world)


def test_a_successor_that_is_renamed_in_the_same_plan_is_named_as_it_will_be(world: World) -> None:
    tool_id = world.server.add_other("/tool", destinations=[_destination(assistantName="Agent a")])
    world.undefine("a")
    world.define("b", body("Agent B, new"))
    world.apply()
    destinations = world.server.others["/tool"][tool_id]["destinations"]
    assert destinations == [_destination(assistantName="Agent B, new")]


def test_a_successor_that_is_gone_is_made_again_and_takes_over(world: World) -> None:
    phone_id = world.server.add_other("/phone-number", assistantId=_id(world))
    world.server.remove(_id(world, "b"))
    world.undefine("a")
    assert world.apply().applied == {"create": 1, "update": 1, "delete": 1}
    assert world.server.others["/phone-number"][phone_id]["assistantId"] == _id(world, "b")


@pytest.mark.parametrize("why", ["deleted", "gone", "forgotten", "never heard of"])
def test_a_successor_that_does_not_stay_blocks(world: World, why: str) -> None:
    world.server.add_other("/phone-number", assistantId=_id(world))
    for key in "ghijkl":
        world.define(key, body(f"Agent {key}"))
    if why == "forgotten":
        world.define("b", body("Agent b"), Lifecycle(on_delete="forget"))
    if why == "never heard of":
        world.define("a", body("Agent a"), Lifecycle(replace_with=address("nobody")))
    world.apply()
    if why == "gone":
        world.server.remove(_id(world, "b"))
    if why != "never heard of":
        world.undefine("b")
    world.undefine("a")
    guards = [block.guard for block in world.change("a").blocked]
    assert guards == ["replacement_unknown", "in_use"]
    assert _refused(world) == {"replacement_unknown", "in_use"}


@pytest.mark.parametrize("when", ["in this plan", "before"])
def test_a_successor_that_is_set_aside_does_not_take_over(world: World, when: str) -> None:
    world.server.add_other("/phone-number", assistantId=_id(world))
    world.define("b", body("Agent b"), Lifecycle(on_delete="quarantine"))
    world.apply()
    world.undefine("b")
    if when == "before":
        world.apply()
    world.undefine("a")
    assert "replacement_unknown" in {block.guard for block in world.change("a").blocked}


def test_a_successor_without_references_to_take_over_is_not_asked_for(world: World) -> None:
    world.define("a", body("Agent a"), Lifecycle(replace_with=address("nobody")))
    world.apply()
    world.undefine("a")
    assert world.apply().applied == {"delete": 1}


def test_detach_unlinks_a_phone_number_and_lets_a_squad_member_go(world: World) -> None:
    _without_successor(world)
    phone_id = world.server.add_other("/phone-number", assistantId=_id(world), name="Line")
    squad_id = world.server.add_other(
        "/squad", members=[_member(_STAYS), _member(_id(world)), _member(_id(world, "c"))]
    )
    output_id = world.server.add_other("/structured-output", assistantIds=[_id(world), _STAYS])
    card_id = world.server.add_other("/observability/scorecard", assistantIds=[_id(world)])
    world.undefine("a")
    assert _refused(world) == {"in_use"}
    assert {(each.reason, each.fields[0].after) for each in _relinks(world, _DETACH)} == {
        (Reason.DETACHED, None)
    }
    assert world.apply(options=_DETACH).applied == {"update": 4, "delete": 1}
    others = world.server.others
    assert others["/phone-number"][phone_id]["assistantId"] is None
    assert others["/phone-number"][phone_id]["name"] == "Line"
    assert others["/squad"][squad_id]["members"] == [_member(_STAYS), _member(_id(world, "c"))]
    assert others["/structured-output"][output_id]["assistantIds"] == [_STAYS]
    assert others["/observability/scorecard"][card_id]["assistantIds"] == []


def test_a_member_that_stands_in_a_squad_twice_goes_twice(world: World) -> None:
    _without_successor(world)
    squad_id = world.server.add_other(
        "/squad", members=[_member(_id(world)), _member(_STAYS), _member(_id(world))]
    )
    world.undefine("a")
    world.apply(options=_DETACH)
    assert world.server.others["/squad"][squad_id]["members"] == [_member(_STAYS)]


def test_the_last_member_of_a_squad_is_never_let_go(world: World) -> None:
    _without_successor(world)
    world.server.add_other("/squad", members=[_member(_id(world))])
    world.undefine("a")
    assert _refused(world, _DETACH) == {"in_use"}


def _pair(world: World) -> str:
    """A squad of two, both of them to be deleted."""
    for key in "ghijklmno":
        world.define(key, body(f"Agent {key}"))
    _without_successor(world)
    members = [_member(_id(world)), _member(_id(world, "c"))]
    world.undefine("a", "c")
    return world.server.add_other("/squad", members=members)


_DETACH_BOTH = PlanOptions(detach=("assistant.a", "assistant.c"))


def test_the_last_two_members_of_a_squad_are_not_let_go_together(world: World) -> None:
    squad_id = _pair(world)
    with suppress(GuardError):
        world.apply(options=_DETACH_BOTH)
    assert (world.sent["PATCH"], world.sent["DELETE"]) == (0, 0)
    assert len(world.server.others["/squad"][squad_id]["members"]) == 2


def test_a_plan_that_would_empty_a_squad_is_refused(world: World) -> None:
    _pair(world)
    assert _refused(world, _DETACH_BOTH) == {"in_use"}


def test_detach_is_for_the_named_one_only(world: World) -> None:
    _without_successor(world)
    world.server.add_other("/phone-number", assistantId=_id(world))
    world.undefine("a")
    assert _refused(world, PlanOptions(detach=("assistant.b",))) == {"in_use"}


def test_a_successor_goes_before_detach(world: World) -> None:
    phone_id = world.server.add_other("/phone-number", assistantId=_id(world))
    world.undefine("a")
    world.apply(options=_DETACH)
    assert world.server.others["/phone-number"][phone_id]["assistantId"] == _id(world, "b")


@pytest.mark.parametrize(
    ("path", "made"),
    [
        ("/campaign", lambda old: {"assistantId": old, "status": "scheduled"}),
        ("/v2/campaign", lambda old: {"assistantId": old, "status": "scheduled"}),
        ("/tool", lambda old: {"destinations": [_destination(assistantId=old)]}),
        ("/tool", lambda _old: {"destinations": [_destination(assistantName="Agent a")]}),
        ("/eval/simulation/suite", lambda old: {"targetType": "assistant", "targetId": old}),
        (
            "/squad",
            lambda _old: {
                "members": [
                    _member(_STAYS, assistantDestinations=[_destination(assistantName="Agent a")]),
                    _member(_STAYS),
                ]
            },
        ),
    ],
)
def test_what_cannot_be_detached_still_blocks(
    world: World, path: str, made: Callable[[str], Body]
) -> None:
    """And nothing beside it is let go: a refusal is of the whole apply."""
    _without_successor(world)
    phone_id = world.server.add_other("/phone-number", assistantId=_id(world))
    world.server.add_other(path, **made(_id(world)))
    world.undefine("a")
    assert _refused(world, _DETACH) == {"in_use"}
    assert world.server.others["/phone-number"][phone_id]["assistantId"] == _id(world)


@pytest.mark.parametrize("path", ["/campaign", "/v2/campaign"])
def test_a_campaign_is_not_moved_to_a_successor(world: World, path: str) -> None:
    """Who was promised a call by one assistant is not called by another."""
    world.server.add_other(path, assistantId=_id(world), status="in-progress")
    world.undefine("a")
    assert _refused(world) == {"in_use"}


def test_another_assistants_handoff_is_not_edited_for_it(world: World) -> None:
    """Assistants are written through their definitions only."""
    world.edit("c", model={"tools": [{"destinations": [_destination(assistantId=_id(world))]}]})
    world.options = PlanOptions(excludes=("assistant.c",))
    world.undefine("a")
    assert _refused(world) == {"in_use"}


def test_a_move_is_told_as_a_change_of_its_own(world: World) -> None:
    phone_id = world.server.add_other("/phone-number", assistantId=_id(world))
    doomed = _id(world)
    world.undefine("a")
    world.apply()
    assert [
        (each.address, each.action, each.id)
        for each in world.events
        if isinstance(each, ChangeApplied)
    ] == [
        (f"phone-number.{phone_id}", Action.UPDATE, phone_id),
        (address("a"), Action.DELETE, doomed),
    ]


def test_two_deletions_move_what_one_thing_refers_to_in_one_patch(world: World) -> None:
    for key in "ghijklmno":
        world.define(key, body(f"Agent {key}"))
    world.define("c", body("Agent c"), Lifecycle(replace_with=address("d")))
    world.apply()
    squad_id = world.server.add_other(
        "/squad", members=[_member(_id(world)), _member(_id(world, "c"))]
    )
    expected = [_member(_id(world, "b")), _member(_id(world, "d"))]
    world.undefine("a", "c")
    assert world.apply().applied == {"update": 1, "delete": 2}
    assert world.server.others["/squad"][squad_id]["members"] == expected
