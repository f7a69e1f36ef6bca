"""A run is undone by a plan of its own: what it changed is as before, nothing else is touched."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from core.rolling import Rolling, agreed
from stand_in import Habits
from stand_in_faults import Fault, lost_reply, status
from stand_in_wire import Body
from world import EVERYTHING, address, body

from assistants_sync.errors import GuardError, StaleError, StateError, UsageError
from assistants_sync.importing import Wish
from assistants_sync.model.address import RemoteId
from assistants_sync.model.definition import Lifecycle, Move, Removal
from assistants_sync.model.journal import Dropped
from assistants_sync.model.plan import Action, Change, Plan, PlanOptions, Reason
from assistants_sync.model.value import Secret, Value
from assistants_sync.planning.consent import Consent
from assistants_sync.planning.loading import load_plan
from assistants_sync.planning.rollback import (
    NOT_DEFINED,
    SAYS_OTHERWISE,
    STILL_DEFINED,
    to_revert,
)
from assistants_sync.views.plan_json import render_plan_json

_STAYS = "11111111-0000-4000-8000-000000000000"


@pytest.fixture
def world(tmp_path: Path) -> Rolling:
    return _six(tmp_path)


def _six(folder: Path, habits: Habits | None = None) -> Rolling:
    world = Rolling(folder, habits)
    for key in "abcdef":
        world.define(key, body(f"Agent {key}"))
    world.run()
    return world


def _changes(plan: Plan) -> dict[str, Change]:
    return {each.address: each for each in plan.changes}


def _done(plan: Plan) -> dict[str, str]:
    return {each.address: each.action for each in plan.changes if each.action is not Action.NO_OP}


def _own(stored: Body) -> Body:
    ours = ("id", "orgId", "createdAt", "updatedAt", "latestVersion", "metadata")
    return {key: value for key, value in stored.items() if key not in ours and value is not None}


# --- updates ---


def test_an_update_is_undone_and_what_it_added_is_cleared(world: Rolling) -> None:
    before = _own(world.live("a"))
    world.define("a", body("Agent A", 0.9, firstMessage="Hello"))
    run = world.run()
    change = _changes(world.plan_back(run))["assistant.a"]
    assert (change.action, change.reason) == (Action.UPDATE, Reason.ROLLED_BACK)
    assert world.roll_back(run).applied == {"update": 1}
    assert _own(world.live("a")) == before


def test_what_a_run_removed_comes_back(world: Rolling) -> None:
    world.define(
        "a", body("Agent a", firstMessage="Hello", voice={"provider": "x", "voiceId": "y"})
    )
    world.run()
    before = _own(world.live("a"))
    world.define("a", body("Agent a", temperature=None))
    world.roll_back(world.run())
    assert _own(world.live("a")) == before


def test_all_runs_from_that_one_on_are_undone(world: Rolling) -> None:
    before = _own(world.live("a"))
    world.define("a", body("Agent a", firstMessage="One"))
    first = world.run()
    world.define("a", body("Agent a", firstMessage="Two", voicemailMessage="Later"))
    second = world.run()
    between = world.plan_back(second)
    assert [each.after for each in between.changes[0].fields] == ["One", None]
    world.roll_back(first)
    assert _own(world.live("a")) == before


def test_what_a_later_run_took_over_from_the_dashboard_goes_back_to_that(world: Rolling) -> None:
    world.edit("a", endCallMessage="By hand")
    before = _own(world.live("a"))
    world.define("a", body("Agent A"))
    first = world.run()
    world.define("a", body("Agent A", endCallMessage="Ours"))
    world.run()
    world.roll_back(first)
    assert _own(world.live("a")) == before


def test_an_address_no_such_run_touched_keeps_even_its_pending_change(world: Rolling) -> None:
    world.define("a", body("Agent A"))
    run = world.run()
    world.define("b", body("Agent B"))
    world.undefine("c")
    world.edit("d", firstMessage="By hand")
    plan = world.plan_back(run)
    assert set(_changes(plan)) == {"assistant.a"}
    world.roll_back(run)
    assert {"assistant.b", "assistant.c"} <= set(_done(world.plan()))


def test_what_is_managed_and_was_not_changed_is_left_to_its_pending_change(world: Rolling) -> None:
    world.define("a", body("Agent A"))
    run = world.run()
    world.define("a", body("Agent A", 0.9))
    world.roll_back(run)
    assert world.live("a")["model"]["temperature"] == 0.5


def test_a_dashboard_edit_since_is_a_conflict_as_always(world: Rolling) -> None:
    world.define("a", body("Agent A"))
    run = world.run()
    world.edit("a", name="By hand")
    with pytest.raises(GuardError) as caught:
        world.roll_back(run)
    assert [each.code for each in caught.value.diagnostics] == ["conflict"]
    assert world.sent["PATCH"] == 0
    world.roll_back(run, PlanOptions(resolve={"*": "ours"}))
    assert world.live("a")["name"] == "Agent a"


def test_a_value_the_server_writes_otherwise_makes_no_later_change(tmp_path: Path) -> None:
    def louder(stored: Body) -> Body:
        return {
            key: value.upper() if key == "firstMessage" else value for key, value in stored.items()
        }

    world = Rolling(tmp_path, Habits(rewrite=louder))
    world.define("a", body("Agent a", firstMessage="hello"))
    world.run()
    world.define("a", body("Agent A", firstMessage="hello"))
    world.roll_back(world.run())
    assert (world.live("a")["name"], world.live("a")["firstMessage"]) == ("Agent a", "HELLO")
    world.define("a", body("Agent a", firstMessage="hello"))
    assert not world.plan().has_changes


def test_a_value_the_server_never_stores_is_not_sent_again(tmp_path: Path) -> None:
    def without(stored: Body) -> Body:
        return {key: value for key, value in stored.items() if key != "voicemailMessage"}

    world = Rolling(tmp_path, Habits(rewrite=without))
    world.define("a", body("Agent a", voicemailMessage="Later"))
    world.run()
    world.define("a", body("Agent A", voicemailMessage="Later"))
    world.roll_back(world.run())
    world.define("a", body("Agent a", voicemailMessage="Later"))
    assert not world.plan().has_changes


def test_lifecycle_and_ignored_paths_stay_as_they_are(world: Rolling) -> None:
    ignoring = Lifecycle(protect=True, ignore_changes=("/firstMessage",))
    world.define("a", body("Agent a", firstMessage="Hello"), ignoring)
    world.run()
    world.define("a", body("Agent A", firstMessage="Other"), ignoring)
    run = world.run()
    world.edit("a", firstMessage="By hand")
    world.define("a", body("Agent a", firstMessage="Other"), ignoring)
    assert not to_revert(world.plan_back(run))
    world.roll_back(run)
    assert (world.live("a")["name"], world.live("a")["firstMessage"]) == ("Agent a", "By hand")
    assert world.owned[address("a")].lifecycle == ignoring


# --- creates and deletes ---


def test_what_a_run_created_is_deleted_with_a_backup(world: Rolling) -> None:
    world.define("g", body("Agent g"))
    run = world.run()
    plan = world.plan_back(run)
    (change,) = plan.changes
    assert (change.action, change.reason) == (Action.DELETE, Reason.ROLLED_BACK)
    with pytest.raises(GuardError):
        world.apply(Consent(changes=True), plan, plan.options)
    assert world.sent["DELETE"] == 0
    assert world.roll_back(run).applied == {"delete": 1}
    assert "Agent g" in world.files()


def test_the_first_run_of_all_is_undone_under_the_brake(world: Rolling) -> None:
    first = world.runs()[0].id
    plan = world.plan_back(first)
    with pytest.raises(GuardError) as caught:
        world.apply(EVERYTHING, plan, plan.options)
    assert [each.code for each in caught.value.diagnostics] == ["too_many_deletes"]
    world.roll_back(first)
    assert (world.server.objects, world.ids()) == ({}, {})


def test_protection_holds_against_a_rollback(world: Rolling) -> None:
    world.define("g", body("Agent g"), Lifecycle(protect=True))
    run = world.run()
    with pytest.raises(GuardError) as caught:
        world.roll_back(run)
    assert [each.code for each in caught.value.diagnostics] == ["protected"]


def test_what_a_run_deleted_comes_back_with_what_pointed_to_it(world: Rolling) -> None:
    old, before = world.ids()["assistant.a"], _own(world.live("a"))
    phone_id = world.server.add_other("/phone-number", assistantId=old)
    world.undefine("a")
    run = world.run(PlanOptions(detach=("assistant.a",)))
    assert world.server.others["/phone-number"][phone_id].get("assistantId") is None
    assert world.roll_back(run).applied == {"create": 1, "update": 1}
    new = world.ids()["assistant.a"]
    assert new != old
    assert _own(world.live("a")) == before
    assert world.server.others["/phone-number"][phone_id]["assistantId"] == new
    assert world.state.restored == {old: new}
    world.define("a", body("Agent a"))
    assert not world.plan().has_changes


def test_changed_first_and_deleted_later_it_comes_back_as_it_was_at_first(world: Rolling) -> None:
    world.edit("a", endCallMessage="By hand")
    before = _own(world.live("a"))
    world.define("a", body("Agent A", 0.9, firstMessage="Hello"))
    first = world.run()
    world.undefine("a")
    world.run()
    world.roll_back(first)
    assert _own(world.live("a")) == before
    world.define("a", body("Agent a"))
    assert not world.plan().has_changes


def test_deleted_and_made_again_it_is_kept_and_set_back(world: Rolling) -> None:
    world.define("a", body("Agent a", firstMessage="Hello"))
    world.run()
    world.undefine("a")
    run = world.run()
    world.define("a", body("Another", 0.9, voicemailMessage="Later"))
    world.run()
    world.define("a", body("And another", 0.9, voicemailMessage="Later"))
    world.run()
    new, before = world.ids()["assistant.a"], body("Agent a", firstMessage="Hello")
    assert _done(world.plan_back(run)) == {"assistant.a": "update"}
    world.roll_back(run)
    assert (world.ids()["assistant.a"], _own(world.live("a"))) == (new, before)


def test_a_successor_gives_back_what_it_took_over(world: Rolling) -> None:
    old = world.ids()["assistant.a"]
    squad_id = world.server.add_other(
        "/squad", members=[{"assistantId": _STAYS}, {"assistantId": old}]
    )
    world.define("a", body("Agent a"), Lifecycle(replace_with=address("g")))
    world.run()
    world.undefine("a")
    world.define("g", body("Agent g"))
    run = world.run()
    squad = world.server.others["/squad"][squad_id]
    assert squad["members"][1]["assistantId"] == world.ids()["assistant.g"]
    world.roll_back(run)
    assert squad["members"][1]["assistantId"] == world.ids()["assistant.a"]
    assert "assistant.g" not in world.ids()
    world.roll_back(world.runs()[-1].id)
    assert squad["members"][1]["assistantId"] == world.ids()["assistant.g"]
    assert "assistant.a" not in world.ids()


def test_what_was_moved_on_by_name_in_the_project_file_is_handed_back_too(world: Rolling) -> None:
    phone_id = world.server.add_other("/phone-number", assistantId=world.ids()["assistant.a"])
    phone = world.server.others["/phone-number"][phone_id]
    world.undefine("a")
    world.define("g", body("Agent g"))
    removal = Removal(address("a"), "delete", replace_with=address("g"))
    world.removals = {address("a"): removal}
    run = world.run()
    world.removals = {}
    world.roll_back(run)
    assert phone["assistantId"] == world.ids()["assistant.a"]
    world.roll_back(world.runs()[-1].id)
    assert phone["assistantId"] == world.ids()["assistant.g"]


def test_the_first_of_two_deletions_says_what_was_there(world: Rolling) -> None:
    world.edit("a", endCallMessage="By hand")
    before = _own(world.live("a"))
    world.undefine("a")
    run = world.run()
    world.define("a", body("Another"))
    world.run()
    world.undefine("a")
    world.run()
    world.roll_back(run)
    assert _own(world.live("a")) == before


def test_a_pending_move_or_removal_waits(world: Rolling) -> None:
    world.define("a", body("Agent A"))
    world.define("g", body("Agent g"))
    run = world.run()
    world.moves = (Move(address("c"), address("y")),)
    world.undefine("c", "g")
    world.define("y", body("Agent c"))
    world.removals = {address("g"): Removal(address("g"), "forget")}
    assert world.roll_back(run).applied == {"update": 1, "delete": 1}
    assert "assistant.c" in world.ids()


def test_both_of_a_hand_over_come_back_and_know_each_other(world: Rolling) -> None:
    world.define("a", _handing_to("Agent a", world.ids()["assistant.b"]))
    world.run()
    world.undefine("a")
    run = world.run()
    world.undefine("b")
    world.run()
    world.roll_back(run)
    assert _hands_to(world, "a") == [world.ids()["assistant.b"]]


def _handing_to(name: str, remote_id: str | None) -> dict[str, Value]:
    one = body(name)
    if remote_id is not None:
        tool: Value = {
            "type": "handoff",
            "destinations": [{"type": "assistant", "assistantId": remote_id}],
        }
        model = one["model"]
        assert isinstance(model, dict)
        one["model"] = {**model, "tools": [tool]}
    return one


def _hands_to(world: Rolling, key: str) -> list[str]:
    tools = world.live(key)["model"].get("tools", [])
    return [each["assistantId"] for tool in tools for each in tool["destinations"]]


def test_a_hand_over_that_was_deleted_too_leads_to_the_new_one(world: Rolling) -> None:
    world.define("a", _handing_to("Agent a", world.ids()["assistant.b"]))
    world.run()
    world.define("a", body("Agent a"))
    run = world.run()
    world.undefine("b")
    world.run()
    world.roll_back(run)
    assert _hands_to(world, "a") == [world.ids()["assistant.b"]]
    assert not world.plan_back(run).has_changes


def test_a_hand_over_to_what_was_created_goes_in_the_same_plan(world: Rolling) -> None:
    world.define("g", body("Agent g"))
    run = world.run()
    world.define("a", _handing_to("Agent a", world.ids()["assistant.g"]))
    world.run()
    assert world.roll_back(run).applied == {"update": 1, "delete": 1}
    assert (_hands_to(world, "a"), "assistant.g" in world.ids()) == ([], False)


def test_a_use_of_what_was_created_blocks(world: Rolling) -> None:
    world.define("g", body("Agent g"))
    run = world.run()
    world.server.add_other("/phone-number", assistantId=world.ids()["assistant.g"])
    with pytest.raises(GuardError) as caught:
        world.roll_back(run)
    assert [each.code for each in caught.value.diagnostics] == ["in_use"]


async def _drop(world: Rolling, key: str) -> None:
    store = world.store()
    await store.read()
    await store.append([Dropped(address(key))])


def test_what_was_imported_in_its_place_is_not_deleted(world: Rolling) -> None:
    world.define("g", body("Agent g"))
    run = world.run()
    asyncio.run(_drop(world, "g"))
    other = RemoteId(world.server.add(**body("Agent g")))
    world.adopt(Wish(address("g"), other))
    (change,) = world.plan_back(run).changes
    assert (change.action, change.reason) == (Action.NO_OP, Reason.NOT_ROLLED_BACK)
    assert "imported" in change.notes[0]


# --- what cannot be undone is shown ---


def test_what_was_forgotten_or_set_aside_is_shown_and_left(world: Rolling) -> None:
    world.define("a", body("Agent a"), Lifecycle(on_delete="forget"))
    world.define("b", body("Agent b"), Lifecycle(on_delete="quarantine"))
    world.run()
    old = world.ids()["assistant.a"]
    world.undefine("a", "b")
    run = world.run()
    plan = world.plan_back(run)
    told = {each.address: (each.action, each.reason) for each in plan.changes}
    impossible = (Action.NO_OP, Reason.NOT_ROLLED_BACK)
    assert told == {"assistant.a": impossible, "assistant.b": impossible}
    notes = {each.address: each.notes for each in plan.changes}
    assert f"import assistant.a {old}" in notes[address("a")][0]
    assert "put its definition back" in notes[address("b")][0]


def test_what_no_state_owned_is_told_and_left_to_trash_restore(world: Rolling) -> None:
    stray = world.server.add(**body("Stray"))
    run = world.run(PlanOptions(cleanup=(stray,)))
    (change,) = world.plan_back(run).changes
    assert change.reason is Reason.NOT_ROLLED_BACK
    assert f"trash restore {stray} --as" in change.notes[0]


def test_what_was_gone_already_is_told(world: Rolling) -> None:
    world.server.remove(world.ids()["assistant.a"])
    world.undefine("a")
    run = world.run()
    (change,) = world.plan_back(run).changes
    assert "gone from the server already" in change.notes[0]


def test_what_was_unlinked_for_a_deletion_that_failed_is_told(world: Rolling) -> None:
    phone_id = world.server.add_other("/phone-number", assistantId=world.ids()["assistant.a"])
    world.undefine("a")
    world.server.fail("DELETE", "/assistant", status(400))
    run = world.run(PlanOptions(detach=("assistant.a",)))
    (change,) = world.plan_back(run).changes
    assert (change.address, change.reason) == (f"phone-number.{phone_id}", Reason.NOT_ROLLED_BACK)


def test_a_purged_backup_is_told(world: Rolling) -> None:
    world.undefine("a")
    run = world.run()
    for path in (world.folder / "state").rglob("*-a-*.json"):
        path.unlink()
    (change,) = world.plan_back(run).changes
    assert (change.reason, change.action) == (Reason.NOT_ROLLED_BACK, Action.NO_OP)
    assert "backup" in change.notes[0]


def test_one_that_was_deleted_in_the_dashboard_is_told(world: Rolling) -> None:
    world.define("a", body("Agent A"))
    run = world.run()
    world.server.remove(world.ids()["assistant.a"])
    (change,) = world.plan_back(run).changes
    assert (change.reason, change.action) == (Reason.NOT_ROLLED_BACK, Action.NO_OP)


# --- secrets ---


def _hooked(name: str, secret: str | None, token: str | None = None) -> dict[str, Value]:
    one = body(name)
    if secret is not None:
        one["server"] = {"url": "https://a.example", "secret": Secret(secret, name="HOOK")}
    if token is not None:
        one["metadata"] = {"token": Secret(token, name="TOKEN"), "team": "x"}
    return one


@pytest.mark.parametrize(
    "habits",
    [
        Habits(secrets="documented"),
        Habits(secrets="shown"),
        Habits(secrets="omitted"),
        Habits(secrets="starred"),
    ],
)
def test_a_secret_comes_from_the_definition_of_today(tmp_path: Path, habits: Habits) -> None:
    world = _six(tmp_path, habits)
    world.define("a", _hooked("Agent a", "canary-one", "canary-two"))
    world.run()
    world.define("a", _hooked("Agent A", "canary-one", "canary-two"))
    run = world.run()
    assert not any("secret" in note for note in world.plan_back(run).changes[0].notes)
    world.roll_back(run)
    stored = world.live("a")
    assert stored["name"] == "Agent a"
    assert stored["server"]["secret"] == "canary-one"
    assert stored["metadata"]["token"] == "canary-two"
    assert "canary" not in world.files()
    world.define("a", _hooked("Agent a", "canary-one", "canary-two"))
    assert not world.plan().has_changes


def test_a_rotated_secret_stays_and_that_is_told(world: Rolling) -> None:
    world.define("a", _hooked("Agent a", None, "canary-old"))
    world.run()
    world.define("a", _hooked("Agent A", None, "canary-new"))
    run = world.run()
    change = _changes(world.plan_back(run))["assistant.a"]
    assert any("the secret at `metadata.token`" in note for note in change.notes)
    world.roll_back(run)
    assert world.live("a")["metadata"]["token"] == "canary-new"
    assert world.live("a")["name"] == "Agent a"


def test_a_secret_no_definition_says_any_more_is_left_as_it_is(world: Rolling) -> None:
    world.define("a", _hooked("Agent a", None, "canary-two"))
    world.run()
    world.define("a", _hooked("Agent A", None, "canary-two"))
    run = world.run()
    world.define("a", {**body("Agent A"), "metadata": {"team": "x"}})
    change = _changes(world.plan_back(run))["assistant.a"]
    assert any("left as it is" in note for note in change.notes)
    world.roll_back(run)
    assert world.live("a")["name"] == "Agent a"
    assert world.live("a")["metadata"]["token"] == "canary-two"
    world.undefine("a")
    world.run()
    assert "canary" not in world.files()


def _hidden(name: str, secret: str | None) -> dict[str, Value]:
    more = {} if secret is None else {"serverUrlSecret": Secret(secret, name="HOOK")}
    return {**body(name), **more}


@pytest.mark.parametrize(("today", "stored"), [(None, "canary-one"), ("canary-two", "canary-two")])
def test_a_secret_the_server_never_shows_is_not_cleared(
    world: Rolling, today: str | None, stored: str
) -> None:
    world.define("a", _hidden("Agent a", "canary-one"))
    world.run()
    world.define("a", _hidden("Agent A", "canary-one"))
    run = world.run()
    world.define("a", _hidden("Agent A", today))
    (change,) = world.plan_back(run).changes
    assert any("the secret at `serverUrlSecret`" in note for note in change.notes)
    world.roll_back(run)
    assert (world.live("a")["name"], world.live("a")["serverUrlSecret"]) == ("Agent a", stored)


@pytest.mark.parametrize("today", [None, "canary-one"])
def test_a_deleted_one_comes_back_with_the_secrets_that_are_defined(
    world: Rolling, today: str | None
) -> None:
    world.define("a", _hidden("Agent a", "canary-one"))
    world.run()
    world.undefine("a")
    run = world.run()
    world.define("a", _hidden("Agent a", today))
    notes = world.plan_back(run).changes[0].notes
    assert any("`serverUrlSecret` is lost" in note for note in notes) is (today is None)
    world.roll_back(run)
    assert world.live("a").get("serverUrlSecret") == today


def _tooled(first: str, *names: str) -> dict[str, Value]:
    one = body("Agent a", firstMessage=first)
    model = one["model"]
    assert isinstance(model, dict)
    tools: list[Value] = [
        {
            "type": "function",
            "function": {"name": name},
            "server": {"url": "https://x.example", "secret": Secret(f"canary-{name}", name="KEY")},
        }
        for name in names
    ]
    one["model"] = {**model, "tools": tools}
    return one


def _tool_secrets(world: Rolling) -> list[str]:
    return [each["server"]["secret"] for each in world.live("a")["model"]["tools"]]


def test_a_secret_in_a_list_is_lent_by_the_part_of_the_same_name(tmp_path: Path) -> None:
    world = _six(tmp_path, Habits(secrets="shown"))
    world.define("a", _tooled("One", "x", "y"))
    world.run()
    world.define("a", _tooled("Two", "y", "x"))
    world.roll_back(world.run())
    assert _tool_secrets(world) == ["canary-x", "canary-y"]
    assert world.live("a")["firstMessage"] == "One"


def test_a_list_with_a_secret_no_definition_says_is_left_whole(tmp_path: Path) -> None:
    world = _six(tmp_path, Habits(secrets="shown"))
    world.define("a", _tooled("One", "x", "y"))
    world.run()
    world.define("a", _tooled("Two", "y"))
    run = world.run()
    change = _changes(world.plan_back(run))["assistant.a"]
    assert any("`model.tools` held a secret" in note for note in change.notes)
    world.roll_back(run)
    assert _tool_secrets(world) == ["canary-y"]
    assert world.live("a")["firstMessage"] == "One"


# --- the plan, and the definitions ---


def test_the_plan_says_what_the_definitions_still_say(world: Rolling) -> None:
    world.define("a", body("Agent A"))
    world.undefine("b")
    world.define("g", body("Agent g"))
    run = world.run()
    plan = world.plan_back(run)
    notes = {each.address: each.notes[-1] for each in to_revert(plan)}
    assert notes == {
        "assistant.a": SAYS_OTHERWISE,
        "assistant.b": NOT_DEFINED,
        "assistant.g": STILL_DEFINED,
    }
    world.define("a", body("Agent a"))
    world.define("b", body("Agent b"))
    world.undefine("g")
    assert not to_revert(world.plan_back(run))
    world.roll_back(run)
    assert not world.plan().has_changes


def test_without_a_revert_the_next_plan_brings_it_again(world: Rolling) -> None:
    world.define("a", body("Agent A"))
    run = world.run()
    world.roll_back(run)
    assert _done(world.plan()) == {"assistant.a": "update"}


def test_a_second_rollback_to_the_same_run_has_nothing_to_do(world: Rolling) -> None:
    world.define("a", body("Agent A", firstMessage="Hello"))
    world.undefine("b")
    world.define("g", body("Agent g"))
    run = world.run()
    world.roll_back(run)
    plan = world.plan_back(run)
    assert not plan.has_changes
    assert not plan.refusals


def test_a_rollback_can_be_rolled_back(world: Rolling) -> None:
    world.define("a", body("Agent A", firstMessage="Hello"))
    world.undefine("b")
    world.define("g", body("Agent g"))
    run = world.run()
    after = {key: _own(world.live(key)) for key in "ag"}
    world.roll_back(run)
    undone = world.runs()[-1].id
    assert undone != run
    world.roll_back(undone)
    assert {key: _own(world.live(key)) for key in "ag"} == after
    assert "assistant.b" not in world.ids()
    assert not world.plan().has_changes


def test_a_saved_plan_is_made_again_and_refused_when_it_would_differ(world: Rolling) -> None:
    world.define("a", body("Agent A"))
    run = world.run()
    saved = load_plan(render_plan_json(world.plan_back(run)), "rb.json")
    assert saved.options.rollback == run
    world.edit("a", name="By hand")
    with pytest.raises(StaleError):
        world.apply(EVERYTHING, saved, saved.options)
    assert world.sent["PATCH"] == 0
    world.edit("a", name="Agent A")
    assert world.apply(EVERYTHING, saved, saved.options).applied == {"update": 1}
    assert world.live("a")["name"] == "Agent a"


def test_targets_narrow_it_and_may_name_what_is_gone(world: Rolling) -> None:
    world.define("a", body("Agent A"))
    world.undefine("b")
    run = world.run()
    plan = world.plan_back(run, PlanOptions(targets=("assistant.b",)))
    assert _done(plan) == {"assistant.b": "create"}
    plan = world.plan_back(run, PlanOptions(excludes=("assistant.b",)))
    assert _done(plan) == {"assistant.a": "update"}
    with pytest.raises(UsageError):
        world.plan_back(run, PlanOptions(targets=("assistant.z",)))


def test_a_run_that_is_not_kept_is_an_error(world: Rolling) -> None:
    with pytest.raises(StateError, match="Not in the history"):
        world.plan_back("nothing")
    assert set(world.sent) <= {"GET"}


def test_what_failed_is_not_undone(world: Rolling) -> None:
    world.define("a", body("Agent A"))
    world.define("b", body("Agent B"))
    world.server.fail("PATCH", f"/assistant/{world.ids()['assistant.a']}", status(400))
    run = world.run()
    assert set(_changes(world.plan_back(run))) == {"assistant.b"}


def test_what_is_not_known_to_have_happened_is_undone_if_it_did(world: Rolling) -> None:
    world.define("g", body("Agent g"))
    world.server.fail("POST", "/assistant", lost_reply())
    world.server.fail("GET", "/assistant", status(400), nth=5, times=99)
    run = world.run()
    (change,) = world.runs()[-1].changes
    assert (change.outcome, change.id) == ("unknown", None)
    world.server.forget_faults()
    world.roll_back(run)
    assert len(world.server.objects) == 6
    assert "assistant.g" not in world.ids()


def test_what_was_renamed_since_is_set_back_under_its_new_name(world: Rolling) -> None:
    world.define("a", body("Agent A"))
    run = world.run()
    world.moves = (Move(address("a"), address("z")),)
    world.undefine("a")
    world.define("z", body("Agent A"))
    world.apply()
    assert _done(world.plan_back(run)) == {"assistant.z": "update"}
    world.roll_back(run)
    assert world.live("z")["name"] == "Agent a"


@pytest.mark.parametrize("fault", [lost_reply, lambda: status(502, acts=True)])
def test_a_lost_reply_on_the_way_back_makes_nothing_twice(
    world: Rolling, fault: Callable[[], Fault]
) -> None:
    world.undefine("a")
    run = world.run()
    world.server.fail("POST", "/assistant", fault())
    world.roll_back(run)
    world.roll_back(run)
    assert len(world.server.objects) == 6
    assert agreed(world.plan_back(run)).allow_deletes is None
