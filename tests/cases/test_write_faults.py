"""What else can befall a create, an update or a deletion: the numbered cases no other test had."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from stand_in import Habits, StandIn
from stand_in_faults import (
    DOUBTS,
    Answers,
    Fault,
    Meanwhile,
    html,
    lost_reply,
    lost_request,
    pinned,
    refused,
    status,
    throttled,
)
from stand_in_wire import Reply, Request, json_reply, lower_case
from world import EVERYTHING, World, address, body

from assistants_sync.model.event import ChangeFailed
from assistants_sync.workflow.apply import exit_code_of


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def _is_settled(world: World) -> bool:
    """Everything defined is live once and owned, nothing is open, and there is nothing to do."""
    plan = world.plan()
    return (
        not plan.has_changes
        and not plan.refusals
        and len(world.server.objects) == len(world.definitions)
        and {each.id for each in world.owned.values()} == set(world.server.objects)
        and not world.state.intents
    )


# --- create -------------------------------------------------------------------------------------


def test_a_server_that_is_never_reached_ends_the_run_and_leaves_nothing_open(world: World) -> None:
    world.define("a", body("a"))
    world.server.fail("POST", "/assistant", refused(), times=99)
    finished = world.apply()
    assert (finished.failed, exit_code_of(finished)) == (1, 6)
    assert not world.state.intents
    assert not world.server.objects
    world.server.forget_faults()
    world.apply()
    assert _is_settled(world)


def test_a_create_answered_with_an_id_that_is_no_text_is_found_by_its_marker(world: World) -> None:
    def numbered(_request: Request, reply: Reply | None) -> Reply:
        assert reply is not None
        return json_reply(201, {**json.loads(reply.content), "id": 4711})

    world.define("a", body("a"))
    world.server.fail("POST", "/assistant", Answers(numbered, acts=True))
    assert world.apply().applied == {"create": 1}
    assert _is_settled(world)


def test_an_id_of_another_form_is_taken_as_it_is(tmp_path: Path) -> None:
    world = World(tmp_path, Habits(new_id=lambda: "asst_01/Ü"))
    world.define("a", body("a"))
    world.apply()
    world.define("a", body("a", firstMessage="Hi"))
    world.apply()
    assert _is_settled(world)


@pytest.mark.parametrize("fault", [html(503), status(503)], ids=["page", "json"])
def test_a_create_met_by_503_is_made_once(world: World, fault: Fault) -> None:
    world.define("a", body("a"))
    world.server.fail("POST", "/assistant", fault)
    assert world.apply().applied == {"create": 1}
    assert world.sent["POST"] == 2
    assert _is_settled(world)


def test_a_refused_field_is_told_where_it_was_written_and_what_replaced_it(world: World) -> None:
    world.define("a", body("a", serverUrlSecret="x", firstMessage="Hi"))
    refusal = ["property serverUrlSecret should not exist"]
    world.server.fail("POST", "/assistant", status(400, refusal))
    world.apply()
    (failed,) = (each for each in world.events if isinstance(each, ChangeFailed))
    assert str(failed.diagnostic.where) == "assistants/a.yaml:7:3"
    assert "serverUrlSecret" in failed.diagnostic.detail
    assert "successor" in (failed.diagnostic.hint or "")
    assert not world.state.intents


def _a_copy_is_reported(world: World) -> None:
    """Two are live; one is owned, the other is told as a copy, and nothing is done to it."""
    plan = world.plan()
    assert len(world.server.objects) == 2
    assert not plan.has_changes
    assert set(plan.copies) == set(world.server.objects) - {world.owned[address("a")].id}
    world.apply()
    assert len(world.server.objects) == 2


def test_a_create_that_arrives_after_the_longest_wait_is_reported_and_left_alone(
    world: World,
) -> None:
    world.define("a", body("a"))
    world.server.fail("POST", "/assistant", lost_request())
    assert world.apply().applied == {"create": 1}
    late = next(each for each in world.server.requests if each.method == "POST")
    world.server.answer(late)
    _a_copy_is_reported(world)


def test_a_429_that_created_all_the_same_is_reported_as_a_copy(world: World) -> None:
    """Nobody can tell it from one that did not; the copy is shown, and never deleted unasked."""
    busy = throttled("1")
    assert isinstance(busy, Answers)
    world.define("a", body("a"))
    world.server.fail("POST", "/assistant", replace(busy, acts=True))
    assert world.apply().applied == {"create": 1}
    _a_copy_is_reported(world)


def test_a_plan_limit_fails_one_and_the_others_go_on(world: World) -> None:
    for key in "abc":
        world.define(key, body(key))
    world.server.fail("POST", "/assistant", status(402, "plan limit"), nth=2)
    finished = world.apply()
    assert (finished.applied, finished.failed, exit_code_of(finished)) == ({"create": 2}, 1, 6)
    failed = [each for each in world.events if isinstance(each, ChangeFailed)]
    assert [each.diagnostic.address for each in failed] == [
        each for each in world.definitions if each not in world.owned
    ]
    world.apply()
    assert _is_settled(world)


def test_a_list_that_lags_behind_makes_no_second_one(world: World) -> None:
    """The first look after the lost reply does not show what is there already."""
    stale = Answers(lambda _request, _reply: json_reply(200, []))
    world.define("a", body("a"))
    world.server.fail("POST", "/assistant", lost_reply())
    world.server.fail("GET", "/assistant", stale, nth=2)
    assert world.apply().applied == {"create": 1}
    assert world.server.count("POST") == 1
    assert _is_settled(world)


@pytest.mark.parametrize("ahead", [timedelta(hours=1), timedelta(hours=-1)], ids=["+1h", "-1h"])
@pytest.mark.parametrize("fault", DOUBTS)
def test_a_clock_that_is_wrong_by_an_hour_loses_no_create(
    world: World, ahead: timedelta, fault: Callable[[], Fault]
) -> None:
    world.server = StandIn(now=lambda: world.clock.now() + ahead)
    world.define("a", body("a"))
    world.server.fail("POST", "/assistant", fault())
    assert world.apply().applied == {"create": 1}
    assert _is_settled(world)


@pytest.mark.parametrize("habits", [Habits(silent_cap=37), Habits(order="oldest")])
def test_a_create_two_pages_down_is_found(tmp_path: Path, habits: Habits) -> None:
    world = World(tmp_path, habits)

    def crowd() -> None:
        for number in range(250):
            world.server.add(name=f"Stranger {number}")

    world.define("a", body("a"))
    world.server.fail("POST", "/assistant", lost_reply())
    world.server.fail("GET", "/assistant", Meanwhile(crowd), nth=2)
    assert world.apply().applied == {"create": 1}
    assert world.server.count("POST") == 1
    assert not world.plan().has_changes


def test_of_a_lost_create_and_its_copy_the_older_is_ours(world: World) -> None:
    def duplicate() -> None:
        (original,) = world.server.objects.values()
        shown = {name: each for name, each in original.items() if name not in {"id", "orgId"}}
        world.clock.time += timedelta(seconds=1)
        world.server.add(**shown)

    world.define("a", body("a"))
    world.server.fail("POST", "/assistant", lost_reply())
    world.server.fail("GET", "/assistant", Meanwhile(duplicate), nth=2)
    world.apply()
    assert world.owned[address("a")].id == next(iter(world.server.objects))
    _a_copy_is_reported(world)


# --- update -------------------------------------------------------------------------------------


def test_an_edit_of_another_key_between_get_and_patch_survives(world: World) -> None:
    world.define("a", body("a"))
    world.apply()
    world.define("a", body("b"))
    (remote_id,) = world.server.objects
    edit = Meanwhile(lambda: world.server.edit(remote_id, firstMessage="By hand"))
    world.server.fail("PATCH", "/assistant", edit)
    assert world.apply().applied == {"update": 1}
    assert world.live("a")["name"] == "b"
    assert world.live("a")["firstMessage"] == "By hand"
    assert _is_settled(world)


def test_an_edit_of_the_same_key_in_the_last_round_trip_loses(world: World) -> None:
    """The API has no precondition: what holds is that file and server agree afterwards."""
    world.define("a", body("a"))
    world.apply()
    world.define("a", body("b"))
    (remote_id,) = world.server.objects
    edit = Meanwhile(lambda: world.server.edit(remote_id, name="By hand"))
    world.server.fail("PATCH", "/assistant", edit)
    assert world.apply().applied == {"update": 1}
    assert world.live("a")["name"] == "b"
    assert _is_settled(world)


def test_one_deleted_between_get_and_patch_is_a_failure_and_then_a_create_to_consent_to(
    world: World,
) -> None:
    for key in "abcdef":
        world.define(key, body(key))
    world.apply()
    world.define("a", body("a", firstMessage="Hi"))
    gone = world.owned[address("a")].id
    world.server.fail("PATCH", "/assistant", Meanwhile(lambda: world.server.remove(gone)))
    finished = world.apply()
    assert (finished.failed, world.sent["POST"]) == (1, 0)
    assert world.change("a").action == "create"
    assert world.apply().applied == {"create": 1}
    assert _is_settled(world)


def test_what_a_person_adds_to_metadata_stays_beside_our_marker(world: World) -> None:
    world.define("a", body("a"))
    world.apply()
    marker = world.live("a")["metadata"]["assistants-sync"]
    world.edit("a", metadata={"assistants-sync": marker, "team": "front"})
    assert _is_settled(world)
    world.define("a", body("a", firstMessage="Hi"))
    world.apply()
    assert world.live("a")["metadata"]["team"] == "front"
    assert world.live("a")["metadata"]["assistants-sync"]["key"] == "a"


def test_a_marker_taken_off_by_hand_comes_back_with_the_next_update(world: World) -> None:
    world.define("a", body("a"))
    world.apply()
    world.edit("a", metadata=None)
    assert not world.plan().has_changes
    world.define("a", body("a", firstMessage="Hi"))
    assert world.apply().applied == {"update": 1}
    assert world.live("a")["metadata"]["assistants-sync"]["key"] == "a"


def test_a_pinned_update_is_told_and_the_others_go_on(world: World) -> None:
    for key in "abc":
        world.define(key, body(key))
    world.apply()
    for key in "abc":
        world.define(key, body(key, firstMessage="Hi"))
    world.server.fail("PATCH", "/assistant", pinned(), nth=2)
    finished = world.apply()
    assert (finished.applied, finished.failed, exit_code_of(finished)) == ({"update": 2}, 1, 6)
    world.apply()
    assert _is_settled(world)


@pytest.mark.parametrize("habits", [Habits(), Habits(rewrite=lower_case)], ids=["plain", "lower"])
def test_an_update_answered_with_the_old_body_is_settled_by_looking(
    tmp_path: Path, habits: Habits
) -> None:
    """The marker in the reply is of the write before: the reply is no baseline."""
    world = World(tmp_path, habits)
    world.define("a", body("a", firstMessage="Old"))
    world.apply()
    before = dict(world.live("a"))
    world.define("a", body("a", firstMessage="NEW"))
    stale = Answers(lambda _request, _reply: json_reply(200, before), acts=True)
    world.server.fail("PATCH", "/assistant", stale)
    assert world.apply().applied == {"update": 1}
    assert _is_settled(world)


# --- delete -------------------------------------------------------------------------------------


def test_a_pinned_assistant_stays_owned_and_the_run_says_so(world: World) -> None:
    for key in "abcdef":
        world.define(key, body(key))
    world.apply()
    world.undefine("a")
    world.server.fail("DELETE", "/assistant", pinned())
    finished = world.apply()
    assert (finished.applied, finished.failed, exit_code_of(finished)) == ({}, 1, 6)
    assert address("a") in world.owned
    (failed,) = (each for each in world.events if isinstance(each, ChangeFailed))
    assert "pins" in (failed.diagnostic.hint or "")
    assert world.apply().applied == {"delete": 1}


def test_one_edited_since_the_plan_is_not_deleted(world: World) -> None:
    for key in "abcdef":
        world.define(key, body(key))
    world.apply()
    world.undefine("a")
    remote_id = world.owned[address("a")].id
    edit = Meanwhile(lambda: world.server.edit(remote_id, firstMessage="Needed after all"))
    # The plan reads it in the list; the last look right before the deletion asks for it alone.
    world.server.fail("GET", f"/assistant/{remote_id}", edit)
    finished = world.apply(replace(EVERYTHING, allow_deletes=1))
    assert (finished.applied, world.sent["DELETE"]) == ({}, 0)
    assert address("a") in world.owned


# --- how a run ends -----------------------------------------------------------------------------


def test_a_part_that_fails_is_counted_named_and_left_for_the_next_run(world: World) -> None:
    keys = [f"k{number}" for number in range(12)]
    for key in keys:
        world.define(key, body(key))
    for _ in range(4):
        world.server.fail("POST", "/assistant", status(422, "no"), nth=2)
    finished = world.apply()
    assert (finished.applied, finished.failed, exit_code_of(finished)) == ({"create": 8}, 4, 6)
    failed = {each.address for each in world.events if isinstance(each, ChangeFailed)}
    assert failed == set(world.definitions) - set(world.owned)
    world.apply()
    assert _is_settled(world)


def test_many_creates_with_faults_of_every_kind_make_each_one_once(world: World) -> None:
    count = 300
    for number in range(count):
        world.define(f"n{number}", body(f"n{number}"))
    faults: list[Callable[[], Fault]] = [*DOUBTS, throttled, refused, lambda: status(422)]
    for position, fault in enumerate(faults):
        world.server.fail("POST", "/assistant", fault(), nth=15 + position)
    finished = world.apply()
    assert finished.applied["create"] + finished.failed == count
    world.server.forget_faults()
    world.apply()
    assert _is_settled(world)
    assert sorted(each["name"] for each in world.server.objects.values()) == sorted(
        f"n{number}" for number in range(count)
    )


def test_an_interrupt_does_not_sit_out_a_throttle(world: World) -> None:
    """First Ctrl-C: start nothing new, finish what is in flight; that must not take an hour."""
    world.define("a", body("a"))
    world.apply()
    world.define("a", body("a", firstMessage="Hi"))
    world.server.fail("PATCH", "/assistant", throttled("120"), times=25)
    world.should_stop = lambda: world.server.count("PATCH") > 0
    began = world.clock.now()
    world.apply()
    assert world.clock.now() - began <= timedelta(minutes=5)
