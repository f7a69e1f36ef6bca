"""Servers with other habits than ours: the same work, the exact number of requests, no phantom."""

from pathlib import Path

import pytest
from stand_in import Habits
from stand_in_wire import lists_reversed, lower_case, numbers_as_text
from world import EVERYTHING, World, body

from assistants_sync.model.plan import Action
from assistants_sync.model.value import Secret, Value
from assistants_sync.planning.consent import Consent

_HABITS = {
    "plain": Habits(),
    "capped": Habits(silent_cap=100),
    "capped oddly": Habits(silent_cap=37),
    "oldest first": Habits(order="oldest"),
    "wrapped": Habits(wraps_lists=True),
    "no order": Habits(order="none"),
    "everything odd": Habits(
        silent_cap=100,
        wraps_lists=True,
        reverses_keys=True,
        shows_nulls=True,
        shows_version=True,
        secrets="omitted",
        extra={"nobodyKnows": {"deep": [1, 2, {"x": None}]}, "analyticsMetadata": {"a": 1}},
    ),
    "no clock": Habits(sends_date=False),
    "redacting": Habits(secrets="starred"),
    "numbers as text": Habits(rewrite=numbers_as_text),
    "lower case": Habits(rewrite=lower_case),
    "lists reversed": Habits(rewrite=lists_reversed),
    "late": Habits(settle=lower_case),
    "showing secrets": Habits(secrets="shown"),
}


def _declared(number: int, **more: Value) -> dict[str, Value]:
    tool: Value = {
        "type": "function",
        "function": {"name": "Book"},
        "server": {"url": "https://A.example", "secret": Secret("canary-tool", name="TOOL")},
    }
    model: Value = {
        "provider": "openai",
        "temperature": 0.25,
        "messages": [{"role": "system", "content": f"You are Number {number}."}],
        "tools": [tool, {"type": "endCall"}],
    }
    hook: Value = {"url": "https://B.example", "secret": Secret("canary-hook", name="HOOK")}
    return {
        "name": f"Desk {number}",
        "model": model,
        "server": hook,
        "endCallPhrases": ["Bye", "Good day"],
        "maxDurationSeconds": 600,
        **more,
    }


@pytest.mark.parametrize("habits", _HABITS.values(), ids=_HABITS)
def test_the_whole_life_of_many_takes_exactly_the_requests_it_must(
    tmp_path: Path, habits: Habits
) -> None:
    count = 250 if habits in (_HABITS["everything odd"], _HABITS["plain"]) else 120
    world = World(tmp_path, habits)
    for number in range(count):
        world.define(f"n{number}", _declared(number))
    finished = world.apply()
    assert finished.applied == {"create": count}
    assert world.sent["POST"] == count
    assert len(world.server.objects) == count

    assert not world.plan().has_changes
    assert set(world.sent) == {"GET"}
    reads = world.sent["GET"]
    world.apply()
    assert set(world.sent) == {"GET"}

    edited = range(0, count, 10)
    for number in edited:
        world.define(f"n{number}", _declared(number, firstMessage="HELLO"))
    assert len(world.plan().of(Action.UPDATE)) == len(edited)
    world.apply()
    assert world.sent == {"GET": reads + len(edited), "PATCH": len(edited)}
    assert not world.plan().has_changes

    for number in range(1, count, 40):
        world.edit(f"n{number}", name="Changed by hand")
    drifted = world.plan()
    assert len(drifted.of(Action.UPDATE)) == len(range(1, count, 40))
    world.apply()
    assert not world.plan().has_changes

    world.undefine("n2", "n3")
    before = world.server.count("GET", "/assistant")
    world.apply()
    assert world.sent["DELETE"] == 2
    assert world.server.count("GET", "/assistant") - before == reads + 2
    assert len(world.server.objects) == count - 2
    assert not world.plan().has_changes
    assert "canary" not in world.files()


@pytest.mark.parametrize("habits", _HABITS.values(), ids=_HABITS)
def test_a_secret_survives_an_edit_beside_it_on_every_server(
    tmp_path: Path, habits: Habits
) -> None:
    world = World(tmp_path, habits)
    world.define("a", _declared(1))
    world.apply()
    world.define("a", _declared(2))
    world.apply()
    live = world.live("a")
    assert live["server"]["secret"] == "canary-hook"
    assert {each["server"]["secret"] for each in live["model"]["tools"] if "server" in each} == {
        "canary-tool"
    }
    assert not world.plan().has_changes


def test_strangers_and_their_names_are_left_alone(tmp_path: Path) -> None:
    world = World(tmp_path)
    strangers = [world.server.add(name=f"Stranger {number}") for number in range(30)]
    world.define("a", body("a"))
    world.apply()
    plan = world.plan()
    assert plan.unmanaged_count == 30
    world.undefine("a")
    world.define("b", body("b"))
    world.apply(Consent(changes=True, allow_deletes=1))
    assert set(strangers) < set(world.server.objects)


def test_whole_second_times_are_read_to_their_end_while_they_can_be(tmp_path: Path) -> None:
    world = World(tmp_path, Habits(whole_seconds=True))
    for number in range(90):
        world.define(f"n{number}", body(f"n{number}"))
    world.apply(EVERYTHING)
    assert not world.plan().has_changes
