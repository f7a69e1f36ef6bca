"""What stops an apply before it sends anything: every guard, met by the mistake it is there for."""

from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from stand_in import Habits
from stand_in_faults import Meanwhile, status
from world import EVERYTHING, World, address, body

from assistants_sync.errors import (
    AccessError,
    ApiError,
    GuardError,
    IncompleteReadError,
    StateError,
    UsageError,
)
from assistants_sync.model.definition import Lifecycle
from assistants_sync.model.plan import PlanOptions
from assistants_sync.model.project import Safety
from assistants_sync.model.value import Secret, Value
from assistants_sync.planning.consent import Consent


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def _apply_all(world: World, *keys: str) -> None:
    for key in keys:
        world.define(key, body(key))
    world.apply()


def _refusal(
    world: World, consent: Consent = EVERYTHING, options: PlanOptions | None = None
) -> set[str]:
    """Apply, be refused, and give the codes; nothing may have been sent."""
    with pytest.raises(GuardError) as caught:
        world.apply(consent, options=options)
    assert set(world.sent) <= {"GET"}
    assert caught.value.exit_code == 3
    return {each.code for each in caught.value.diagnostics}


def test_nothing_is_sent_without_consent(world: World) -> None:
    world.define("a", body())
    assert _refusal(world, Consent()) == {"consent"}


def test_auto_approve_does_not_cover_a_deletion(world: World) -> None:
    _apply_all(world, *"abcdef")
    world.undefine("a")
    assert _refusal(world, Consent(changes=True)) == {"consent"}


@pytest.mark.parametrize("number", [0, 2, 7])
def test_the_number_of_deletions_must_be_exact(world: World, number: int) -> None:
    _apply_all(world, *"abcdef")
    world.undefine("a")
    assert _refusal(world, Consent(changes=True, allow_deletes=number)) == {"consent"}


def test_the_exact_number_of_deletions_is_consent(world: World) -> None:
    _apply_all(world, *"abcdef")
    world.undefine("a", "b")
    assert world.apply(Consent(changes=True, allow_deletes=2)).applied == {"delete": 2}


def test_skip_deletes_does_the_rest(world: World) -> None:
    _apply_all(world, *"abcdef")
    world.undefine("a")
    world.define("b", body("b", firstMessage="Hi"))
    options = PlanOptions(skip_deletes=True)
    assert world.apply(Consent(changes=True), options=options).applied == {"update": 1}
    assert len(world.server.objects) == 6


@pytest.mark.parametrize(("owned", "deleted"), [(4, 2), (10, 3), (40, 6), (1, 1)])
def test_the_brake_holds_a_saved_plan_too(world: World, owned: int, deleted: int) -> None:
    keys = [f"k{number}" for number in range(owned)]
    _apply_all(world, *keys)
    world.undefine(*keys[:deleted])
    if owned == deleted:
        world.environment = replace(world.environment, safety=Safety(allow_empty=True))
    plan = world.plan()
    with pytest.raises(GuardError) as caught:
        world.apply(saved=plan)
    assert [each.code for each in caught.value.diagnostics] == ["too_many_deletes"]
    assert world.sent["DELETE"] == 0
    done = world.apply(replace(EVERYTHING, allow_deletes=deleted), saved=plan)
    assert done.applied == {"delete": deleted}


def test_an_environment_may_brake_earlier(world: World) -> None:
    _apply_all(world, *"abcdefghij")
    world.environment = replace(world.environment, safety=Safety(max_deletes=0))
    world.undefine("a")
    assert _refusal(world) == {"too_many_deletes"}


@pytest.mark.parametrize("has_folder", [True, False])
def test_no_definitions_at_all_deletes_nothing(world: World, has_folder: bool) -> None:  # noqa: FBT001 -- a parameter of the case
    _apply_all(world, *"ab")
    world.undefine(*"ab")
    world.has_folder = has_folder
    assert "no_definitions" in _refusal(world, replace(EVERYTHING, allow_deletes=2))


def test_protection_outlives_the_file(world: World) -> None:
    world.define("a", body("a"), Lifecycle(protect=True))
    _apply_all(world, *"bcdef")
    world.undefine("a")
    assert _refusal(world) == {"protected"}
    world.define("a", body("a"))
    world.apply()
    world.undefine("a")
    assert world.apply().applied == {"delete": 1}


def test_protection_put_on_later_is_state_only(world: World) -> None:
    _apply_all(world, *"abcdef")
    world.define("a", body("a"), Lifecycle(protect=True))
    world.apply()
    assert world.sent["PATCH"] == 0
    world.undefine("a")
    assert _refusal(world) == {"protected"}


def test_an_object_that_lost_our_marker_is_not_deleted(world: World) -> None:
    _apply_all(world, *"abcdef")
    world.edit("a", metadata=None)
    world.undefine("a")
    assert _refusal(world) == {"not_ours"}


def test_an_object_marked_by_another_project_is_neither_written_nor_deleted(world: World) -> None:
    _apply_all(world, *"abcdef")
    marker = {**world.live("a")["metadata"]["assistants-sync"], "project": "rival"}
    for key in "ab":
        world.edit(key, metadata={"assistants-sync": marker})
    world.undefine("a")
    world.define("b", body("b", firstMessage="Hi"))
    assert _refusal(world) == {"not_ours"}


def test_a_second_object_of_the_same_name_is_not_made(world: World) -> None:
    world.server.add(name="Front")
    world.define("a", body("Front"))
    assert _refusal(world) == {"same_name"}
    world.apply(options=PlanOptions(allow_same_name=True))
    assert len(world.server.objects) == 2


def test_a_lost_state_does_not_make_everything_twice(world: World, tmp_path: Path) -> None:
    _apply_all(world, *"ab")
    (tmp_path / "state" / "default.json").unlink()
    assert _refusal(world) == {"marked_elsewhere"}


def test_a_copy_made_in_the_dashboard_is_reported_and_left_alone(world: World) -> None:
    _apply_all(world, *"ab")
    copied = {key: each for key, each in world.live("a").items() if key not in {"id", "orgId"}}
    remote_id = world.server.add(**copied)
    plan = world.plan()
    assert plan.copies == (remote_id,)
    assert not plan.has_changes


def test_a_key_of_another_organisation_is_refused(world: World) -> None:
    _apply_all(world, *"ab")
    world.server.habits = replace(world.server.habits, org_id="other")
    for each in world.server.objects.values():
        each["orgId"] = "other"
    with pytest.raises(AccessError) as caught:
        world.apply()
    assert caught.value.exit_code == 7


def test_an_empty_organisation_is_not_taken_for_a_clean_up(world: World) -> None:
    _apply_all(world, *"ab")
    world.server.objects.clear()
    with pytest.raises(AccessError):
        world.plan()


def test_an_organisation_pinned_in_the_project_holds_before_the_first_apply(world: World) -> None:
    world.environment = replace(world.environment, org_id="another")
    world.server.add(name="Stranger")
    world.define("a", body())
    with pytest.raises(AccessError):
        world.plan()


def test_a_pin_that_contradicts_state_is_refused(world: World) -> None:
    _apply_all(world, "a")
    world.environment = replace(world.environment, org_id="another")
    with pytest.raises(AccessError, match="pins another"):
        world.plan()


def test_one_that_is_gone_is_created_again_and_many_need_a_number(world: World) -> None:
    _apply_all(world, *"abcdef")
    world.server.remove(world.owned[address("a")].id)
    assert world.apply().applied == {"create": 1}
    for key in "bcd":
        world.server.remove(world.owned[address(key)].id)
    assert _refusal(world) == {"too_many_gone"}
    assert world.apply(replace(EVERYTHING, accept_gone=3)).applied == {"create": 3}
    assert len(world.server.objects) == 6


def test_one_that_is_gone_and_no_longer_defined_is_forgotten(world: World) -> None:
    _apply_all(world, *"abcdef")
    world.server.remove(world.owned[address("a")].id)
    world.undefine("a")
    assert world.apply().applied == {"forget": 1}
    assert world.sent["DELETE"] == 0


def test_destructive_updates_have_a_brake_of_their_own(world: World) -> None:
    _apply_all(world, *"abcdef")
    for key in "ab":
        world.define(key, {"name": key, "model": {"provider": "openai", "messages": []}})
    plan = world.plan()
    assert [each.destructive for each in plan.changes if each.destructive] == [
        ("drops the whole system prompt (28 characters)",)
    ] * 2
    assert _refusal(world) == {"too_many_destructive"}
    assert world.apply(replace(EVERYTHING, allow_destructive=2)).applied == {"update": 2}


def test_a_hidden_secret_is_not_wiped_by_an_update_beside_it(world: World) -> None:
    world.define("a", body(server={"url": "https://a.example"}))
    world.apply()
    world.edit("a", server={"url": "https://a.example", "secret": "set-by-hand"})
    world.define("a", body(server={"url": "https://b.example"}))
    assert _refusal(world) == {"secret_unknown"}
    world.define("a", body(server={"url": "https://b.example", "secret": Secret("canary")}))
    world.apply()
    assert world.live("a")["server"] == {"url": "https://b.example", "secret": "canary"}


@pytest.mark.parametrize("secrets", ["omitted", "starred"])
def test_a_redacted_tool_secret_that_is_declared_is_sent_again(
    tmp_path: Path, secrets: Literal["omitted", "starred"]
) -> None:
    world = World(tmp_path, Habits(secrets=secrets))
    tool: dict[str, Value] = {
        "type": "function",
        "server": {"url": "https://a", "secret": Secret("tool-canary")},
    }
    declared = body()
    declared["model"] = {"provider": "openai", "tools": [tool]}
    world.define("a", declared)
    world.apply()
    assert not world.plan().has_changes
    declared["model"] = {"provider": "openai", "temperature": 1, "tools": [tool]}
    world.define("a", declared)
    world.apply()
    assert world.live("a")["model"]["tools"][0]["server"]["secret"] == "tool-canary"
    assert not world.plan().has_changes
    assert "tool-canary" not in world.files()


def test_an_incomplete_list_is_no_plan(tmp_path: Path) -> None:
    world = World(tmp_path, Habits(ignores_time_filters=True))
    for number in range(150):
        world.server.add(name=f"n{number}")
    with pytest.raises(IncompleteReadError):
        world.plan()


def test_a_list_that_fails_is_no_plan(world: World) -> None:
    world.server.fail("GET", "/assistant", status(500), times=9)
    with pytest.raises(ApiError):
        world.plan()


def test_a_failed_single_get_blocks_that_address_only(tmp_path: Path) -> None:
    world = World(tmp_path, Habits())
    _apply_all(world, *"abcdef")
    remote_id = world.owned[address("a")].id
    stored = world.server.objects.pop(remote_id)
    world.server.fail("GET", f"/assistant/{remote_id}", status(500), times=9)
    world.define("b", body("b", firstMessage="Hi"))
    plan = world.plan()
    assert [(each, block.guard) for each, block in plan.refusals] == [(address("a"), "unreadable")]
    world.server.objects[remote_id] = stored


def test_an_address_that_is_not_there_is_told_with_the_nearest(world: World) -> None:
    world.define("front-desk", body())
    with pytest.raises(UsageError) as caught:
        world.plan(PlanOptions(targets=("assistant.front-dsk",)))
    assert caught.value.diagnostic.hint == "did you mean `assistant.front-desk`?"


def test_a_state_of_another_project_is_left_untouched(world: World, tmp_path: Path) -> None:
    _apply_all(world, "a")
    before = (tmp_path / "state" / "default.json").read_bytes()
    world.project_name = "other"
    with pytest.raises(StateError, match="another project"):
        world.apply()
    assert (tmp_path / "state" / "default.json").read_bytes() == before


def test_drift_policy_fail_blocks_until_somebody_decides(world: World) -> None:
    _apply_all(world, "a")
    world.environment = replace(world.environment, drift="fail")
    world.edit("a", firstMessage="not declared, not ours")
    assert not world.plan().has_changes
    world.edit("a", name="By hand")
    assert _refusal(world) == {"drift"}
    assert world.apply(options=PlanOptions(resolve={"*": "ours"})).applied == {"update": 1}


def test_drift_policy_keep_writes_nothing(world: World) -> None:
    _apply_all(world, "a")
    world.environment = replace(world.environment, drift="keep")
    world.edit("a", name="By hand")
    world.apply()
    assert world.sent["PATCH"] == 0
    assert not world.plan().has_changes


def test_an_edit_between_plan_and_write_makes_the_change_stale(world: World) -> None:
    _apply_all(world, *"abcdef")
    remote_id = world.owned[address("a")].id
    world.define("a", body("a", firstMessage="Hi"))
    world.server.fail(
        "GET",
        f"/assistant/{remote_id}",
        Meanwhile(lambda: world.server.edit(remote_id, firstMessage="By hand")),
    )
    finished = world.apply()
    assert (finished.stale, world.sent["PATCH"]) == (1, 0)
    world.define("a", body("a"))
    world.apply()
    world.undefine("a")
    world.server.fail(
        "GET",
        f"/assistant/{remote_id}",
        Meanwhile(lambda: world.server.edit(remote_id, voice={"provider": "x"})),
    )
    finished = world.apply()
    assert (finished.stale, world.sent["DELETE"]) == (1, 0)


def test_the_first_deletion_that_fails_stops_the_rest(world: World) -> None:
    keys = [f"k{number}" for number in range(20)]
    _apply_all(world, *keys)
    world.undefine("k0", "k1", "k2")
    world.server.fail("DELETE", "/assistant", status(409, "assistant_pinned"))
    finished = world.apply()
    assert (finished.failed, finished.skipped, finished.applied) == (1, 2, {})
    assert world.sent["DELETE"] == 1
    assert len(world.server.objects) == 20


def test_a_create_that_fails_stops_every_deletion(world: World) -> None:
    _apply_all(world, *"abcdef")
    world.undefine("a")
    world.define("new", body("new", hipaaEnabled=True))
    world.server.fail("POST", "/assistant", status(400, ["property hipaaEnabled should not exist"]))
    finished = world.apply()
    assert (finished.failed, finished.skipped) == (1, 1)
    assert world.sent["DELETE"] == 0
    failure = next(each for each in world.events if hasattr(each, "diagnostic"))
    assert str(failure.diagnostic.where) == "assistants/new.yaml:7:3"
    assert "compliancePlan.hipaaEnabled" in str(failure.diagnostic.hint)


def test_a_stale_copy_of_the_state_does_not_write_over_a_rivals_work(
    world: World, tmp_path: Path
) -> None:
    _apply_all(world, *"abcdef")
    copy = (tmp_path / "state" / "default.json").read_bytes()
    world.define("a", body("a", firstMessage="By the rival"))
    world.define("b", body("b", firstMessage="By the rival"))
    world.apply()
    (tmp_path / "state" / "default.json").write_bytes(copy)
    world.define("a", body("a", firstMessage="By us"))
    world.undefine("b")
    assert "rival_write" in _refusal(world, replace(EVERYTHING, allow_deletes=1))


def test_an_environment_may_brake_destructive_updates_earlier(world: World) -> None:
    _apply_all(world, *"abcdef")
    world.environment = replace(world.environment, safety=Safety(max_destructive_updates=0))
    world.define("a", {"name": "a", "model": {"provider": "openai", "messages": []}})
    assert _refusal(world) == {"too_many_destructive"}
    assert world.apply(replace(EVERYTHING, allow_destructive=1)).applied == {"update": 1}
