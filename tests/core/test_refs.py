"""One definition holds the id of another: made in order, in circles too, and never twice."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from crashing import CrashError, CrashingStore, CrashingWire, Fuse
from hypothesis import given
from hypothesis import strategies as st
from stand_in_faults import Fault, Meanwhile, lost_reply, lost_request, status
from world import EVERYTHING, World, address, body

from assistants_sync.model.plan import Action, FieldKind, PlanOptions
from assistants_sync.model.value import Ref, Value
from assistants_sync.planning.document import count_requests

_KEYS = "abcdef"


def handing_over(key: str, *targets: str) -> dict[str, Value]:
    """Give an assistant with a handoff tool to each of these, in order."""
    destinations: list[Value] = [
        {"type": "assistant", "assistantId": Ref(address(each))} for each in targets
    ]
    whole = body(key)
    model = whole["model"]
    assert isinstance(model, Mapping)
    tools: list[Value] = [{"type": "handoff", "destinations": destinations}]
    return {**whole, "model": {**model, "tools": tools}}


def wire_up(world: World, graph: Mapping[str, str]) -> None:
    for key, targets in graph.items():
        world.define(key, handing_over(key, *targets) if targets else body(key))


def leads_to(world: World, key: str) -> list[str]:
    """Give the keys of the assistants that this one hands over to, as the server holds it."""
    by_id = {owned.id: each.partition(".")[2] for each, owned in world.owned.items()}
    tools = world.live(key)["model"].get("tools", [])
    return [by_id[each["assistantId"]] for tool in tools for each in tool["destinations"]]


def is_as_drawn(world: World, graph: Mapping[str, str]) -> bool:
    return all(leads_to(world, key) == list(targets) for key, targets in graph.items())


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_what_is_referred_to_is_made_first(world: World) -> None:
    graph = {"a": "b", "b": "c", "c": ""}
    wire_up(world, graph)
    change = world.change("a")
    assert "(id of assistant.b, known after apply)" in str(change.after)
    assert change.notes == ("holds the id of assistant.b (known after apply)",)
    assert not change.later
    assert not world.change("c").notes
    assert world.apply().applied == {"create": 3}
    assert [each["name"] for each in world.server.objects.values()] == ["c", "b", "a"]
    assert is_as_drawn(world, graph)
    assert not world.plan().has_changes


def test_two_that_refer_to_each_other_are_made_in_two_steps(world: World) -> None:
    graph = {"a": "b", "b": "a"}
    wire_up(world, graph)
    plan = world.plan()
    first, second = plan.changes
    assert first.later == (("model", "tools"),)
    assert "made in two steps" in first.notes[0]
    assert not second.later
    world.server.requests.clear()
    finished = world.apply(saved=plan)
    assert (finished.applied, finished.failed) == ({"create": 2, "update": 1}, 0)
    planned = count_requests(plan)
    assert {each: world.server.count(each) for each in ("POST", "PATCH")} == {
        each: planned[each] for each in ("POST", "PATCH")
    }
    assert is_as_drawn(world, graph)
    assert not world.plan().has_changes
    assert {each.reason for each in world.plan().changes} == {"unchanged"}


def test_one_that_refers_to_itself_is_made_in_two_steps(world: World) -> None:
    wire_up(world, {"a": "a"})
    assert world.apply().applied == {"create": 1, "update": 1}
    assert is_as_drawn(world, {"a": "a"})
    assert not world.plan().has_changes


def test_a_new_target_is_made_before_the_update_that_needs_its_id(world: World) -> None:
    wire_up(world, {"a": ""})
    world.apply()
    wire_up(world, {"a": "b", "b": ""})
    (field,) = world.change("a").fields
    assert (field.kind, "known after apply" in str(field.after)) == (FieldKind.ADD, True)
    assert world.apply().applied == {"create": 1, "update": 1}
    assert is_as_drawn(world, {"a": "b", "b": ""})
    assert not world.plan().has_changes


def test_what_refers_to_one_that_is_made_again_gets_its_new_id(world: World) -> None:
    wire_up(world, {"a": "b", "b": "", "c": ""})
    world.apply()
    old = world.owned[address("b")].id
    world.server.remove(old)
    plan = world.plan()
    assert {each.address: each.action for each in plan.changes if each.fields} == {
        address("a"): Action.UPDATE,
        address("b"): Action.CREATE,
    }
    world.apply()
    assert is_as_drawn(world, {"a": "b"})
    assert world.owned[address("b")].id != old
    assert not world.plan().has_changes


def test_a_create_waits_in_vain_for_one_that_is_refused(world: World) -> None:
    graph = {"a": "b", "b": "c", "c": ""}
    wire_up(world, graph)
    world.server.fail("POST", "/assistant", status(400))
    finished = world.apply()
    assert (finished.failed, finished.skipped) == (1, 2)
    assert world.server.objects == {}
    assert world.apply().applied == {"create": 3}
    assert is_as_drawn(world, graph)


@pytest.mark.parametrize("fault", [lost_reply, lost_request])
def test_a_create_waits_for_one_whose_reply_was_lost(
    world: World, fault: Callable[[], Fault]
) -> None:
    graph = {"a": "b", "b": "c", "c": "", "d": "a"}
    wire_up(world, graph)
    world.server.fail("POST", "/assistant", fault())
    finished = world.apply()
    assert (finished.applied, finished.skipped) == ({"create": 4}, 0)
    assert is_as_drawn(world, graph)
    assert len(world.server.objects) == len(graph)


def test_an_update_waits_in_vain_for_one_that_is_refused(world: World) -> None:
    wire_up(world, {"a": ""})
    world.apply()
    wire_up(world, {"a": "b", "b": ""})
    world.server.fail("POST", "/assistant", status(400), times=1)
    finished = world.apply()
    assert (finished.failed, finished.skipped) == (1, 1)
    assert "tools" not in world.live("a")["model"]
    world.apply()
    assert is_as_drawn(world, {"a": "b", "b": ""})


def test_a_target_left_out_of_the_plan_blocks_what_needs_its_id(world: World) -> None:
    wire_up(world, {"a": "b", "b": ""})
    change = world.change("a", PlanOptions(targets=("assistant.a",)))
    assert [each.guard for each in change.blocked] == ["reference_unknown"]
    assert "--target assistant.b" in str(change.blocked[0].hint)
    world.apply(options=PlanOptions(targets=("assistant.a", "assistant.b")))
    assert is_as_drawn(world, {"a": "b", "b": ""})


def test_an_id_that_is_known_is_compared_as_the_id(world: World) -> None:
    wire_up(world, {"a": "b", "b": ""})
    world.apply()
    tools = [{"type": "handoff", "destinations": [{"type": "assistant", "assistantId": "other"}]}]
    world.edit("a", model={**world.live("a")["model"], "tools": tools})
    (field,) = world.change("a").fields
    assert (field.kind, field.before) == (FieldKind.DRIFT, "other")
    assert field.after == world.owned[address("b")].id
    world.apply()
    assert is_as_drawn(world, {"a": "b", "b": ""})


def test_an_edit_between_the_two_steps_is_not_written_over(world: World) -> None:
    wire_up(world, {"a": "b", "b": "a"})

    def _edit_a() -> None:
        (made,) = [each for each in world.server.objects.values() if each["name"] == "a"]
        world.server.edit(made["id"], model={"provider": "anthropic"})

    world.server.fail("GET", "/assistant/", Meanwhile(_edit_a))
    finished = world.apply()
    assert finished.stale == 1
    assert world.live("a")["model"]["provider"] == "anthropic"


def _is_crash(error: BaseException) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return all(map(_is_crash, error.exceptions))
    return isinstance(error, CrashError)


def _light(world: World, fuse: Fuse) -> None:
    world.wire = lambda way: CrashingWire(way, fuse)
    world.watch = lambda store: CrashingStore(store, fuse)


def test_a_crash_anywhere_in_a_circle_is_healed(tmp_path: Path) -> None:
    graph = {"a": "b", "b": "ac", "c": "a", "d": "c"}
    points = 0
    while True:
        world = World(tmp_path / str(points))
        wire_up(world, graph)
        _light(world, Fuse(points))
        try:
            world.apply()
        except BaseException as error:
            if not _is_crash(error):
                raise
        else:
            break
        world.wire, world.watch = (lambda way: way), (lambda store: store)
        world.apply()
        world.apply()
        assert is_as_drawn(world, graph), points
        assert len(world.server.objects) == len(graph), points
        assert not world.plan().has_changes
        points += 1
    assert points > 20


@given(
    graph=st.dictionaries(
        st.sampled_from(_KEYS), st.text(alphabet=_KEYS, max_size=3), min_size=1, max_size=6
    )
)
def test_any_web_of_references_is_made_and_then_rests(
    tmp_path_factory: pytest.TempPathFactory, graph: dict[str, str]
) -> None:
    drawn = {
        key: "".join(each for each in targets if each in graph) for key, targets in graph.items()
    }
    world = World(tmp_path_factory.mktemp("web"))
    wire_up(world, drawn)
    plan = world.plan()
    assert world.plan() == plan
    finished = world.apply(EVERYTHING, saved=plan)
    assert finished.applied["create"] == len(drawn)
    assert finished.failed == finished.skipped == finished.stale == 0
    assert is_as_drawn(world, drawn)
    assert not world.plan().has_changes
