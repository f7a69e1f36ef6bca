"""Nobody is cut off in the middle of a call: calls that are not over keep their assistant."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from stand_in_faults import Meanwhile, status
from world import EVERYTHING, World, address, body

from assistants_sync.errors import GuardError
from assistants_sync.model.event import ChangeSkipped, Event, Waiting
from assistants_sync.model.plan import PlanOptions
from assistants_sync.vapi.client import VapiClient
from assistants_sync.workflow.writers import Writers

_LIVE = ["queued", "ringing", "in-progress", "forwarding"]


class PatientWorld(World):
    """A world whose apply waits for calls, and where something may happen at every pause."""

    patience: float = 0.0
    meanwhile: Callable[[float], None] = staticmethod(lambda _seconds: None)

    def writers(self, api: VapiClient) -> Writers:
        """Give the doors of one run that waits."""
        return replace(super().writers(api), wait_for_calls_seconds=self.patience, emit=self._emit)

    def _emit(self, event: Event) -> None:
        self.events.append(event)
        if isinstance(event, Waiting):
            self.meanwhile(event.seconds)

    @property
    def waits(self) -> list[float]:
        """How long each announced wait was, in seconds."""
        return [each.seconds for each in self.events if isinstance(each, Waiting)]


@pytest.fixture
def world(tmp_path: Path) -> PatientWorld:
    world = PatientWorld(tmp_path)
    for key in "abcdef":
        world.define(key, body(key))
    world.apply()
    return world


def _id(world: World, key: str = "a") -> str:
    return world.owned[address(key)].id


def _call(world: World, state: str, key: str = "a", **more: object) -> str:
    return _begin(world, _id(world, key), state, **more)


def _begin(world: World, remote_id: str, state: str, **more: object) -> str:
    """Let a call begin, also in the middle of a run, where state may not be read."""
    return world.server.add_other("/call", assistantId=remote_id, status=state, **more)


def _guards(world: World, options: PlanOptions | None = None) -> list[str]:
    return [block.guard for block in world.change("a", options).blocked]


def _refused(world: World, options: PlanOptions | None = None) -> set[str]:
    with pytest.raises(GuardError) as caught:
        world.apply(options=options)
    assert set(world.sent) <= {"GET"}
    return {each.code for each in caught.value.diagnostics}


@pytest.mark.parametrize("state", _LIVE)
def test_a_call_that_is_under_way_blocks(world: World, state: str) -> None:
    call_id = _call(world, state)
    world.undefine("a")
    (block,) = world.change("a").blocked
    assert (block.guard, block.message) == (
        "live_calls",
        f"1 call is under way: {call_id} ({state})",
    )
    assert block.hint == "wait for them: --wait-for-calls 15m"
    assert _refused(world) == {"live_calls"}


def test_a_scheduled_call_blocks_and_shows_its_time(world: World) -> None:
    when = "2026-12-01T09:00:00.000Z"
    call_id = _call(world, "scheduled", schedulePlan={"earliestAt": when})
    world.undefine("a")
    (block,) = world.change("a").blocked
    assert block.guard == "scheduled_calls"
    assert f"{call_id} (scheduled for {when})" in block.message
    assert _refused(world) == {"scheduled_calls"}


def test_live_and_scheduled_calls_are_told_apart(world: World) -> None:
    _call(world, "ringing")
    _call(world, "scheduled")
    world.undefine("a")
    assert _guards(world) == ["live_calls", "scheduled_calls"]


def test_a_call_that_is_over_does_not_block(world: World) -> None:
    for _ in range(3):
        _call(world, "ended")
    world.undefine("a")
    assert world.apply().applied == {"delete": 1}


def test_a_live_call_behind_a_page_of_ended_ones_blocks(world: World) -> None:
    call_id = _call(world, "in-progress")
    for _ in range(130):
        _call(world, "ended")
    world.undefine("a")
    assert call_id in world.change("a").blocked[0].message


def test_a_call_of_another_assistant_does_not_block(world: World) -> None:
    _call(world, "in-progress", "b")
    world.undefine("a")
    assert world.apply().applied == {"delete": 1}


def test_a_server_that_ignores_the_filter_does_not_mix_up_assistants(world: World) -> None:
    """The filter is asked for, and what comes is looked at all the same."""
    _call(world, "in-progress", "b")
    world.server.add_other("/call", status="in-progress", assistantId=None)
    world.undefine("a")
    world.plan()
    asked = [each.query for each in world.server.requests if each.path == "/call"]
    assert all(each["assistantId"] == _id(world) for each in asked)
    assert not world.change("a").blocked


def test_a_call_without_a_status_blocks(world: World) -> None:
    world.server.add_other("/call", assistantId=_id(world))
    world.undefine("a")
    assert _refused(world) == {"live_calls"}


@pytest.mark.parametrize("state", ["on-hold", "transferring", "ENDED?"])
def test_a_call_of_a_status_nobody_knows_blocks(world: World, state: str) -> None:
    """Only `ended` says that a call is over."""
    _call(world, state)
    world.undefine("a")
    assert _guards(world)
    assert len(_refused(world)) == 1


@pytest.mark.parametrize("state", [*_LIVE, "scheduled"])
def test_a_call_that_begins_after_the_plan_is_seen_before_the_delete(
    world: World, state: str
) -> None:
    remote_id = _id(world)
    world.undefine("a")
    world.server.fail(
        "GET", f"/assistant/{remote_id}", Meanwhile(lambda: _begin(world, remote_id, state))
    )
    finished = world.apply()
    assert (finished.stale, finished.applied, world.sent["DELETE"]) == (1, {}, 0)
    (skipped,) = [each for each in world.events if isinstance(each, ChangeSkipped)]
    assert skipped.reason.startswith("a call began: ")
    assert remote_id in world.server.objects
    assert address("a") in world.owned


def test_the_last_look_asks_only_for_calls_since_the_plan(world: World) -> None:
    """A busy line has thousands of calls; those the plan saw end need no second reading."""
    for _ in range(220):
        _call(world, "ended")
    world.clock.time = world.clock.time.replace(hour=10)
    world.undefine("a")
    assert world.apply().applied == {"delete": 1}
    asked = [each.query for each in world.server.requests if each.path == "/call"]
    assert asked[-1]["createdAtGe"].startswith("2026-11-21T09:59:00")
    assert "createdAtGe" not in asked[0]


def test_a_call_that_begins_stops_the_deletions_after_it_too(world: World) -> None:
    for key in "ghijklmno":
        world.define(key, body(key))
    world.apply()
    first = _id(world)
    world.undefine("a", "b")
    world.server.fail(
        "GET", f"/assistant/{first}", Meanwhile(lambda: _begin(world, first, "ringing"))
    )
    finished = world.apply()
    assert (finished.stale, finished.skipped, world.sent["DELETE"]) == (1, 1, 0)


@pytest.mark.parametrize("habit", ["missing", "forbidden"])
def test_calls_that_cannot_be_read_block_until_they_are_ignored(world: World, habit: str) -> None:
    paths = frozenset({"/call"})
    world.server.habits = (
        replace(world.server.habits, missing=paths)
        if habit == "missing"
        else replace(world.server.habits, forbidden=paths)
    )
    world.undefine("a")
    (block,) = world.change("a").blocked
    assert (block.guard, block.hint) == ("unknown_use", "if none does: --ignore-unreadable call")
    assert _refused(world) == {"unknown_use"}
    options = PlanOptions(ignore_unreadable=("call",))
    assert world.apply(options=options).applied == {"delete": 1}


def test_calls_that_cannot_be_read_any_more_before_the_delete_stop_it(world: World) -> None:
    world.undefine("a")
    world.server.fail("GET", "/call", status(403), nth=2)
    finished = world.apply()
    assert (finished.stale, world.sent["DELETE"]) == (1, 0)
    assert "its calls could not be read" in repr(world.events)


def test_a_call_that_ends_while_we_wait_lets_the_deletion_go(world: PatientWorld) -> None:
    call_id = _call(world, "in-progress")
    world.undefine("a")
    world.patience = 900

    def hang_up(_seconds: float) -> None:
        if len(world.waits) == 3:
            world.server.edit_other("/call", call_id, status="ended")

    world.meanwhile = hang_up
    assert world.apply().applied == {"delete": 1}
    assert world.waits == [10.0, 10.0, 10.0]
    assert "calls of 1 assistants to delete are under way" in repr(world.events)


def test_waiting_is_polite(world: PatientWorld) -> None:
    """One look every ten seconds, and only at what was busy."""
    _call(world, "in-progress")
    world.undefine("a")
    world.patience = 60
    before = world.server.count("GET", "/call")
    assert _refused(world) == {"live_calls"}
    # six looks while waiting, and one each for the plan before and after; a list proves its end
    # by asking for what is older and newer than all it holds
    assert world.server.count("GET", "/call") - before <= 3 * (6 + 2)
    assert sum(world.clock.slept) >= 60
    assert max(world.clock.slept) <= 1  # so that Ctrl-C is heard


def test_waiting_gives_up_after_its_time(world: PatientWorld) -> None:
    _call(world, "in-progress")
    world.undefine("a")
    world.patience = 25
    assert _refused(world) == {"live_calls"}
    assert world.waits == [10.0, 10.0, 5.0]
    assert _id(world) in world.server.objects


def test_without_patience_nobody_waits(world: PatientWorld) -> None:
    _call(world, "in-progress")
    world.undefine("a")
    assert _refused(world) == {"live_calls"}
    assert not world.waits


def test_a_scheduled_call_is_not_waited_for(world: PatientWorld) -> None:
    _call(world, "scheduled")
    world.undefine("a")
    world.patience = 900
    assert _refused(world) == {"scheduled_calls"}
    assert not world.waits


def test_nothing_to_delete_means_nothing_to_wait_for(world: PatientWorld) -> None:
    _call(world, "in-progress")
    world.patience = 900
    world.define("a", body("a", firstMessage="Hi"))
    assert world.apply().applied == {"update": 1}
    assert not world.waits


def test_a_plan_is_made_again_after_the_wait(world: PatientWorld) -> None:
    """Fifteen minutes are long: what began to refer to it meanwhile is seen."""
    remote_id = _id(world)
    call_id = _call(world, "in-progress")
    world.undefine("a")
    world.patience = 900

    def hang_up(_seconds: float) -> None:
        if len(world.waits) == 1:
            world.server.edit_other("/call", call_id, status="ended")
            world.server.add_other("/phone-number", assistantId=remote_id)

    world.meanwhile = hang_up
    assert _refused(world) == {"in_use"}


def test_an_interrupted_wait_sends_nothing(world: PatientWorld) -> None:
    _call(world, "in-progress")
    world.undefine("a")
    world.patience = 900
    world.should_stop = lambda: bool(world.waits)
    assert _refused(world) == {"live_calls"}
    assert world.waits == [10.0]
    assert sum(world.clock.slept) <= 10


def test_consent_does_not_lift_a_live_call(world: World) -> None:
    _call(world, "in-progress")
    world.undefine("a")
    with pytest.raises(GuardError):
        world.apply(replace(EVERYTHING, allow_deletes=1), saved=world.plan())
    assert world.sent["DELETE"] == 0
