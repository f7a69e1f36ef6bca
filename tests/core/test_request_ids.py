"""The record of a run names the writes of each change as the server does, failed ones included."""

from pathlib import Path

import httpx
import pytest
from naming import NamingStandIn
from stand_in_faults import Answers, Breaks, status, throttled
from stand_in_wire import Reply, Request, refusal
from world import World, address, body

from assistants_sync.model.event import ChangeApplied
from assistants_sync.model.history import RunChange, RunRecord
from assistants_sync.model.value import Ref, Value
from assistants_sync.state import runs


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.server = NamingStandIn(now=made.clock.now)
    made.define("front", body())
    return made


def last_run(world: World) -> RunRecord:
    kept = (world.folder / "state" / "default.runs").iterdir()
    return max((runs.decode(each.read_bytes(), each.name) for each in kept), key=lambda run: run.id)


def names(world: World, key: str = "front") -> list[str]:
    """Give the methods of what the last run wrote for an address, each checked to be a write."""
    (change,) = [each for each in last_run(world).changes if each.address == address(key)]
    for name in change.request_ids:
        method, number = name.split("-")
        assert world.server.requests[int(number) - 1].method == method
    return [name.split("-")[0] for name in change.request_ids]


def test_each_change_is_recorded_with_the_request_that_made_it(world: World) -> None:
    world.define("gone", body("Gone"))
    world.apply()
    assert (names(world, "front"), names(world, "gone")) == (["POST"], ["POST"])
    world.define("front", body("Other"))
    world.undefine("gone")
    world.apply()
    assert (names(world, "front"), names(world, "gone")) == (["PATCH"], ["DELETE"])


def test_two_creates_at_a_time_do_not_take_each_others_names(world: World) -> None:
    for number in range(6):
        world.define(f"desk-{number}", body(f"Desk {number}"))
    world.apply()
    told = {each.address: each.request_ids for each in last_run(world).changes}
    asked = {name: world.server.requests[int(name.split("-")[1]) - 1] for (name,) in told.values()}
    sent_for = {asked[name].body["metadata"]["assistants-sync"]["key"] for (name,) in told.values()}
    assert len(sent_for) == len(told) == 7
    for at, (name,) in told.items():
        assert address(asked[name].body["metadata"]["assistants-sync"]["key"]) == at


def test_a_write_that_was_sent_twice_has_two_names_in_order(world: World) -> None:
    world.server.fail("POST", "/assistant", throttled("1"))
    world.apply()
    assert names(world) == ["POST", "POST"]
    first, second = last_run(world).changes[0].request_ids
    assert int(first.split("-")[1]) < int(second.split("-")[1])


def test_a_write_that_was_refused_is_named_too(world: World) -> None:
    world.apply()
    world.server.fail("PATCH", "/assistant", status(400))
    world.define("front", body("Other"))
    world.apply()
    (change,) = last_run(world).changes
    assert (change.outcome, names(world)) == ("failed", ["PATCH"])


def test_a_write_without_an_answer_has_no_name_and_the_next_one_has(world: World) -> None:
    world.apply()
    world.server.fail("PATCH", "/assistant", Breaks(httpx.ReadTimeout))
    world.define("front", body("Other"))
    world.apply()
    assert names(world) == ["PATCH"]


def test_what_became_stale_after_a_write_still_names_it(world: World) -> None:
    world.apply()
    (remote_id,) = world.server.objects

    def _overtaken(_request: Request, _reply: Reply | None) -> Reply:
        world.server.edit(remote_id, name="Theirs")
        return refusal(503, "scripted")

    world.server.fail("PATCH", "/assistant", Answers(_overtaken))
    world.define("front", body("Other"))
    world.apply()
    (change,) = last_run(world).changes
    assert (change.outcome, names(world)) == ("skipped", ["PATCH"])


def test_a_create_in_two_halves_has_the_names_of_both(world: World) -> None:
    world.undefine("front")
    for key, target in (("day", "night"), ("night", "day")):
        destination: Value = {"type": "assistant", "assistantId": Ref(address(target))}
        tool: Value = {"type": "handoff", "destinations": [destination]}
        world.define(key, {"name": key, "model": {"provider": "openai", "tools": [tool]}})
    world.apply()
    assert sorted([names(world, "day"), names(world, "night")]) == [["POST"], ["POST", "PATCH"]]


def test_the_events_name_them_as_the_record_does(world: World) -> None:
    world.apply()
    (applied,) = [each for each in world.events if isinstance(each, ChangeApplied)]
    assert applied.request_ids == last_run(world).changes[0].request_ids != ()


def test_a_server_that_names_nothing_leaves_the_record_without_names(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.define("front", body())
    world.apply()
    assert last_run(world).changes[0].request_ids == ()


def test_a_record_of_before_there_were_names_is_read() -> None:
    old = RunRecord(
        "id-1", "apply", "anna", "t", "t", "0.1.0", "shop", "default", "sha256:x", 1,
        (RunChange(address("front"), "create", "new", "applied"),),
    )  # fmt: skip
    text = runs.encode(old).decode()
    without = text.replace(',\n   "request_ids": []', "")
    assert without != text
    assert runs.decode(without.encode(), "it") == old


def test_every_run_has_its_own_id_in_the_record(world: World) -> None:
    world.apply()
    first = last_run(world).id
    world.define("front", body("Other"))
    world.apply()
    assert (first, last_run(world).id) == ("run-0001", "run-0002")
