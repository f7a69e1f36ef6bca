"""The everyday life of a project: create, edit, drift, delete, and nothing to do."""

from pathlib import Path

import pytest
from stand_in import Habits
from stand_in_wire import lower_case
from world import World, address, body

from assistants_sync.errors import GuardError, StaleError, StateError
from assistants_sync.model.definition import Lifecycle, Move, Removal
from assistants_sync.model.plan import Action, FieldKind, PlanOptions, Reason
from assistants_sync.model.value import Secret
from assistants_sync.planning.consent import Consent


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_the_first_apply_creates_and_the_next_plan_is_empty(world: World) -> None:
    world.define("front", body())
    plan = world.plan()
    assert [change.action for change in plan.changes] == [Action.CREATE]
    assert not (world.folder / "state").exists()
    finished = world.apply()
    assert finished.applied == {"create": 1}
    assert world.sent == {"GET": 1, "POST": 1}
    assert not world.plan().has_changes
    assert set(world.sent) == {"GET"}
    marker = world.live("front")["metadata"]
    assert marker["assistants-sync"]["key"] == "front"


def test_an_edit_is_one_get_and_one_patch_of_the_whole_key(world: World) -> None:
    world.define("front", body())
    world.apply()
    world.edit("front", analysisPlan={"summaryPlan": {"enabled": True}})
    before = dict(world.live("front"))
    changed = body(temperature=0.7)
    world.define("front", changed)
    world.plan()
    reads = world.sent["GET"]
    world.apply()
    assert world.sent == {"GET": reads + 1, "PATCH": 1}
    live = world.live("front")
    assert live["model"] == changed["model"]
    assert live["analysisPlan"] == before["analysisPlan"]
    patch = next(each for each in world.server.requests if each.method == "PATCH")
    assert set(patch.body) == {"model", "metadata"}
    assert not world.plan().has_changes


def test_what_the_dashboard_added_beside_ours_survives_an_update(world: World) -> None:
    world.define("front", {"model": {"provider": "openai", "model": "gpt-4o"}})
    world.apply()
    live = world.live("front")["model"]
    world.edit("front", model={**live, "maxTokens": 99})
    assert not world.plan().has_changes
    world.define("front", {"model": {"provider": "openai", "model": "gpt-4.1"}})
    world.apply()
    assert world.live("front")["model"] == {
        "provider": "openai",
        "model": "gpt-4.1",
        "maxTokens": 99,
    }


def test_drift_is_shown_and_put_back(world: World) -> None:
    world.define("front", body())
    world.apply()
    world.edit("front", name="Changed by hand")
    change = world.change("front")
    assert (change.action, change.reason) == (Action.UPDATE, Reason.DRIFTED)
    assert [(each.kind, each.before, each.after) for each in change.fields] == [
        (FieldKind.DRIFT, "Changed by hand", "Front")
    ]
    only_drift = world.plan(PlanOptions(drift_only=True))
    assert [each.address for each in only_drift.changes] == [address("front")]
    world.apply()
    assert world.live("front")["name"] == "Front"
    assert not world.plan(PlanOptions(drift_only=True)).changes


def test_drift_that_is_kept_is_listed_until_file_and_server_agree(world: World) -> None:
    world.define("front", body())
    world.apply()
    world.edit("front", name="By hand")
    theirs = PlanOptions(resolve={"*": "theirs"})
    world.apply(options=theirs)
    assert world.sent["PATCH"] == 0
    change = world.change("front")
    assert change.action is Action.NO_OP
    assert [each.kind for each in change.fields] == [FieldKind.KEPT]
    world.define("front", body(firstMessage="Hi"))
    world.apply()
    assert world.live("front")["name"] == "By hand"
    world.define("front", body("By hand", firstMessage="Hi"))
    world.apply()
    assert not world.change("front").fields


def test_a_conflict_is_refused_until_somebody_decides(world: World) -> None:
    world.define("front", body())
    world.apply()
    world.edit("front", name="By hand")
    world.define("front", body("By file"))
    change = world.change("front")
    assert [each.kind for each in change.fields] == [FieldKind.CONFLICT]
    with pytest.raises(GuardError):
        world.apply()
    assert world.sent["PATCH"] == 0
    world.apply(options=PlanOptions(resolve={address("front"): "ours"}))
    assert world.live("front")["name"] == "By file"


def test_both_sides_making_the_same_edit_needs_no_request(world: World) -> None:
    world.define("front", body())
    world.apply()
    world.edit("front", name="Same")
    world.define("front", body("Same"))
    assert world.change("front").reason is Reason.STATE_ONLY
    world.apply()
    assert world.sent["PATCH"] == 0
    assert world.change("front").reason is Reason.UNCHANGED


def test_a_field_no_longer_declared_is_cleared(world: World) -> None:
    world.define("front", body(firstMessage="Hi", voice={"provider": "x", "speed": 1}))
    world.apply()
    world.define("front", body())
    assert {each.path[0] for each in world.change("front").fields} == {"firstMessage", "voice"}
    world.apply()
    patch = next(each for each in world.server.requests if each.method == "PATCH")
    assert patch.body["firstMessage"] is None
    assert patch.body["voice"] is None
    assert not world.plan().has_changes


def test_a_nested_field_no_longer_declared_leaves_its_object(world: World) -> None:
    world.define("front", body())
    world.apply()
    colder = body(temperature=None)
    world.define("front", colder)
    world.apply()
    assert "temperature" not in world.live("front")["model"]
    assert world.live("front")["model"]["messages"]


def test_ignored_paths_are_sent_on_create_and_never_again(world: World) -> None:
    lifecycle = Lifecycle(ignore_changes=("/firstMessage",))
    world.define("front", body(firstMessage="First"), lifecycle)
    world.apply()
    assert world.live("front")["firstMessage"] == "First"
    world.edit("front", firstMessage="By hand")
    world.define("front", body(firstMessage="Second"), lifecycle)
    assert not world.plan().has_changes


def test_a_deletion_is_backed_up_and_sent_last(world: World) -> None:
    for key in "abcdefghijk":
        world.define(key, body(key))
    world.apply()
    world.undefine("a", "b")
    world.define("new", body("new"))
    plan = world.plan()
    assert [each.action for each in plan.of(Action.DELETE)] == [Action.DELETE] * 2
    finished = world.apply()
    assert finished.applied == {"create": 1, "delete": 2}
    assert world.sent["DELETE"] == 2
    methods = [each.method for each in world.server.requests]
    assert methods.index("DELETE") > len(methods) - 5
    trash = sorted((world.folder / "state" / "default.trash").iterdir())
    assert ["-a-" in trash[0].name, "-b-" in trash[1].name] == [True, True]
    assert "You are kind" in trash[0].read_text()
    assert trash[0].stat().st_mode & 0o777 == 0o600
    assert not world.plan().has_changes


def test_forget_leaves_the_live_one_alone(world: World) -> None:
    world.define("a", body("a"), Lifecycle(on_delete="forget"))
    world.define("b", body("b"))
    world.apply()
    world.undefine("a")
    assert world.change("a").action is Action.FORGET
    world.apply(Consent(changes=True))
    assert world.sent["DELETE"] == 0
    assert set(world.owned) == {address("b")}
    assert len(world.server.objects) == 2


def test_removed_by_name_is_consent(world: World) -> None:
    for key in "abc":
        world.define(key, body(key))
    world.apply()
    world.undefine("a", "b")
    world.removals = {
        address("a"): Removal(address("a"), "delete"),
        address("b"): Removal(address("b"), "forget"),
    }
    finished = world.apply(Consent(changes=True))
    assert finished.applied == {"delete": 1, "forget": 1}
    assert len(world.server.objects) == 2


def test_a_moved_key_keeps_its_assistant(world: World) -> None:
    world.define("old", body())
    world.apply()
    remote_id = world.owned[address("old")].id
    world.undefine("old")
    world.define("new", body())
    hints = {each.address: each.notes for each in world.plan().changes}
    assert "looks like assistant.old renamed" in hints[address("new")][0]
    world.moves = (Move(address("old"), address("new")),)
    plan = world.plan()
    assert not plan.has_changes
    world.apply()
    assert world.owned[address("new")].id == remote_id
    assert not world.plan().has_changes


def test_target_and_exclude_narrow_the_work(world: World) -> None:
    world.define("a", body("a"))
    world.define("b", body("b"))
    world.apply(options=PlanOptions(targets=(address("a"),)))
    assert set(world.owned) == {address("a")}
    assert not world.plan(PlanOptions(excludes=(address("b"),))).has_changes


def test_a_saved_plan_is_applied_once_and_as_it_was(world: World) -> None:
    world.define("front", body())
    plan = world.plan()
    world.apply(saved=plan)
    with pytest.raises(StaleError):
        world.apply(saved=plan)
    assert world.sent == {}
    assert len(world.server.objects) == 1


@pytest.mark.parametrize("what", ["file", "server", "project"])
def test_a_saved_plan_is_stale_when_anything_it_says_has_moved_on(world: World, what: str) -> None:
    world.define("front", body())
    world.apply()
    world.define("front", body("Renamed"))
    plan = world.plan()
    match what:
        case "file":
            world.define("front", body("Renamed again"))
        case "server":
            world.edit("front", name="By hand")
        case _:
            world.project_name = "other"
    with pytest.raises((StaleError, StateError)):
        world.apply(saved=plan)
    assert world.sent["PATCH"] == 0


def test_a_server_that_normalises_shows_no_phantom_diff(tmp_path: Path) -> None:
    world = World(tmp_path, Habits(rewrite=lower_case))
    world.define("front", body("Front Desk"))
    world.apply()
    assert world.live("front")["name"] == "front desk"
    assert not world.plan().has_changes
    world.define("front", body("Front Desk", firstMessage="HELLO"))
    world.apply()
    assert not world.plan().has_changes


def test_a_server_that_finishes_late_shows_no_phantom_diff(tmp_path: Path) -> None:
    world = World(tmp_path, Habits(settle=lower_case))
    world.define("front", body("Front Desk"))
    world.apply()
    assert not world.plan().has_changes
    world.apply()
    assert world.sent["PATCH"] == 0
    assert world.change("front").reason is Reason.UNCHANGED


def test_a_field_the_server_drops_is_told_and_not_sent_again(tmp_path: Path) -> None:
    def drop(sent: dict[str, object]) -> dict[str, object]:
        return {key: each for key, each in sent.items() if key != "firstMessage"}

    world = World(tmp_path, Habits(rewrite=drop))
    world.define("front", body(firstMessage="Hi"))
    world.apply()
    warnings = [
        warning.detail for event in world.events for warning in getattr(event, "warnings", ())
    ]
    assert warnings == ["`firstMessage` is not in its reply"]
    plan = world.plan()
    assert not plan.has_changes
    assert [each.kind for each in plan.changes[0].fields] == [FieldKind.NOT_STORED]


def test_a_secret_is_sent_and_stands_nowhere_else(world: World) -> None:
    declared = body(
        server={"url": "https://a.example", "secret": Secret("canary-one", name="ONE")},
        firstMessage="Call canary-one",
    )
    world.define("front", declared)
    plan = world.plan()
    world.apply()
    server = world.live("front")["server"]
    assert server["secret"] == "canary-one"
    assert "canary-one" not in repr(plan)
    assert "canary-one" not in repr(world.events)
    assert "canary-one" not in world.files()
    assert not world.plan().has_changes


def test_a_rotated_secret_is_seen_though_the_server_hides_it(world: World) -> None:
    world.define("front", body(server={"url": "https://a.example", "secret": Secret("one-canary")}))
    world.apply()
    world.define("front", body(server={"url": "https://a.example", "secret": Secret("two-canary")}))
    change = world.change("front")
    assert [each.path for each in change.fields] == [("server", "secret")]
    assert change.fields[0].is_secret
    world.apply()
    assert world.live("front")["server"] == {"url": "https://a.example", "secret": "two-canary"}
    assert not world.plan().has_changes


def test_an_interrupted_apply_starts_nothing_new(world: World) -> None:
    world.define("a", body("a"))
    world.define("b", body("b"))
    world.should_stop = lambda: True
    finished = world.apply()
    assert finished.was_interrupted
    assert finished.skipped == 2
    assert world.sent["POST"] == 0
