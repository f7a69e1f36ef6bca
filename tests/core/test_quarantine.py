"""Set aside, not deleted: still there, still answering, out of the way, and back at a word."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from stand_in_faults import Fault, Meanwhile, cut_json, html, lost_reply, lost_request, status
from world import EVERYTHING, World, address, body

from assistants_sync.errors import GuardError
from assistants_sync.model.address import Address
from assistants_sync.model.definition import Lifecycle, Removal
from assistants_sync.model.plan import Action, PlanOptions, Reason
from assistants_sync.model.project import Safety
from assistants_sync.model.quarantine import STAMP_KEY, quarantined_name
from assistants_sync.planning.consent import Consent

_ASIDE = Lifecycle(on_delete="quarantine")
_NO_DELETIONS = Consent(changes=True)
_EXPIRED = PlanOptions(expired=("assistant.a",))


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.define("a", body("Agent a"), _ASIDE)
    for key in "bcdef":
        world.define(key, body(f"Agent {key}"))
    world.apply()
    return world


def _set_aside(world: World) -> str:
    """Take the definition away and apply; give the id."""
    remote_id = world.owned[address("a")].id
    world.undefine("a")
    assert world.apply(_NO_DELETIONS).applied == {"update": 1}
    return remote_id


def _refused(world: World, options: PlanOptions | None = None) -> set[str]:
    with pytest.raises(GuardError) as caught:
        world.apply(options=options)
    assert set(world.sent) <= {"GET"}
    return {each.code for each in caught.value.diagnostics}


def test_it_is_renamed_and_stamped_and_nothing_else_of_it_changes(world: World) -> None:
    world.edit("a", metadata={**world.live("a")["metadata"], "team": "night"})
    before = dict(world.live("a"))
    remote_id = _set_aside(world)
    now = world.server.objects[remote_id]
    assert now["name"] == "zz-quarantined Agent a"
    assert now["metadata"][STAMP_KEY] == {
        "since": world.owned[address("a")].quarantined_at,
        "name": "Agent a",
    }
    assert now["metadata"]["team"] == "night"
    changed = {"name", "metadata", "updatedAt", "latestVersion"}
    assert {key: now[key] for key in now.keys() - changed} == {
        key: before[key] for key in before.keys() - changed
    }
    assert world.sent["DELETE"] == 0


def test_it_is_shown_as_an_update_with_its_reason(world: World) -> None:
    world.undefine("a")
    change = world.change("a")
    assert (change.action, change.reason) == (Action.UPDATE, Reason.QUARANTINED)
    assert [(each.path, each.before, each.after) for each in change.fields] == [
        (("name",), "Agent a", "zz-quarantined Agent a")
    ]


@pytest.mark.parametrize(
    "name", ["x" * 40, "y" * 80, "Front desk of the shop in " + " " * 20 + "z", ""]
)
def test_its_name_stays_within_what_the_api_takes(name: str) -> None:
    made = quarantined_name(name)
    assert len(made) <= 40
    assert made.startswith("zz-quarantined")
    assert made == made.strip()


def test_a_name_of_forty_characters_comes_back_whole(world: World) -> None:
    name = "n" * 40
    world.define("a", body(name), _ASIDE)
    world.apply()
    remote_id = _set_aside(world)
    assert len(world.server.objects[remote_id]["name"]) == 40
    world.define("a", body(name), _ASIDE)
    world.apply()
    assert world.live("a")["name"] == name


def test_what_refers_to_it_keeps_referring_and_does_not_block(world: World) -> None:
    """It still answers: nobody's phone goes dead, and the days of grace show who called."""
    phone_id = world.server.add_other("/phone-number", assistantId=world.owned[address("a")].id)
    remote_id = _set_aside(world)
    assert world.server.others["/phone-number"][phone_id]["assistantId"] == remote_id
    assert world.sent["PATCH"] == 1


def test_what_refers_to_its_name_is_told_before(world: World) -> None:
    destination = {"type": "assistant", "assistantName": "Agent a"}
    world.server.add_other("/tool", name="Hand over", destinations=[destination])
    world.undefine("a")
    assert any("old name is still referred to" in note for note in world.change("a").notes)


def test_it_needs_no_consent_to_deletions(world: World) -> None:
    _set_aside(world)


def test_it_is_quiet_in_later_plans(world: World) -> None:
    remote_id = _set_aside(world)
    plan = world.plan()
    assert not plan.has_changes
    change = world.change("a")
    assert (change.action, change.reason, change.id) == (
        Action.NO_OP,
        Reason.QUARANTINED,
        remote_id,
    )
    assert change.notes == (f"set aside since {world.owned[address('a')].quarantined_at}",)
    before = len(world.server.requests)
    world.plan()
    assert {each.path for each in world.server.requests[before:]} == {"/assistant"}


def test_it_does_not_count_as_owned_for_the_brake(world: World) -> None:
    """Five set aside must not make room for deletions among the rest."""
    for key in "ghijk":
        world.define(key, body(f"Agent {key}"), _ASIDE)
    world.apply()
    world.undefine(*"ghijk")
    world.apply()
    world.undefine("e", "f")
    plan = world.plan()
    assert [block.message.split(";")[0] for block in plan.blocks] == [
        "2 of 6 owned would be deleted"
    ]
    assert _refused(world) == {"too_many_deletes"}


@pytest.mark.parametrize("protection", [Lifecycle(protect=True, on_delete="quarantine"), None])
def test_a_protected_one_is_not_set_aside(world: World, protection: Lifecycle | None) -> None:
    if protection:
        world.define("a", body("Agent a"), protection)
        world.apply()
    else:
        world.environment = replace(world.environment, safety=Safety(protect_all=True))
    world.undefine("a")
    assert _refused(world) == {"protected"}


def test_one_that_lost_our_marker_is_not_set_aside(world: World) -> None:
    world.edit("a", metadata=None)
    world.undefine("a")
    assert _refused(world) == {"not_ours"}


def test_an_edit_since_the_plan_makes_it_stale(world: World) -> None:
    remote_id = world.owned[address("a")].id
    world.undefine("a")
    world.server.fail(
        "GET",
        f"/assistant/{remote_id}",
        Meanwhile(lambda: world.server.edit(remote_id, firstMessage="By hand")),
    )
    finished = world.apply()
    assert (finished.stale, world.sent["PATCH"]) == (1, 0)


def test_putting_the_definition_back_lifts_it(world: World) -> None:
    remote_id = _set_aside(world)
    world.define("a", body("Agent a"), _ASIDE)
    assert world.apply(_NO_DELETIONS).applied == {"update": 1}
    now = world.live("a")
    assert (now["id"], now["name"]) == (remote_id, "Agent a")
    assert STAMP_KEY not in now["metadata"]
    assert "assistants-sync" in now["metadata"]
    assert world.owned[address("a")].quarantined_at is None
    assert not world.plan().has_changes


def test_it_comes_back_changed_if_the_definition_is(world: World) -> None:
    _set_aside(world)
    world.define("a", body("Agent A", firstMessage="Back again"))
    world.apply()
    assert (world.live("a")["name"], world.live("a")["firstMessage"]) == ("Agent A", "Back again")
    assert not world.plan().has_changes


def test_a_definition_without_a_name_gets_the_old_one_back(world: World) -> None:
    nameless = {"model": body()["model"]}
    world.define("g", nameless, _ASIDE)
    world.apply()
    world.edit("g", name="By hand")
    world.undefine("g")
    world.apply()
    assert world.live("g")["name"] == "zz-quarantined By hand"
    world.define("g", nameless, _ASIDE)
    world.apply()
    assert world.live("g")["name"] == "By hand"
    assert STAMP_KEY not in world.live("g")["metadata"]
    assert not world.plan().has_changes


def test_lifting_keeps_the_users_own_metadata(world: World) -> None:
    world.edit("a", metadata={**world.live("a")["metadata"], "team": "night"})
    _set_aside(world)
    world.define("a", body("Agent a"), _ASIDE)
    world.apply()
    assert world.live("a")["metadata"]["team"] == "night"


def test_a_rename_by_hand_while_it_is_set_aside_does_not_wake_it(world: World) -> None:
    remote_id = _set_aside(world)
    world.server.edit(remote_id, name="Looked at by hand")
    assert not world.plan().has_changes


def test_one_deleted_by_hand_while_it_is_set_aside_is_forgotten(world: World) -> None:
    remote_id = _set_aside(world)
    world.server.remove(remote_id)
    assert world.apply().applied == {"forget": 1}
    assert address("a") not in world.owned


def test_removal_by_name_deletes_it(world: World) -> None:
    remote_id = _set_aside(world)
    world.removals = {address("a"): Removal(address("a"), "delete")}
    assert world.apply(_NO_DELETIONS).applied == {"delete": 1}
    assert remote_id not in world.server.objects
    assert address("a") not in world.owned


def test_removal_by_name_may_set_aside_instead(world: World) -> None:
    remote_id = world.owned[address("b")].id
    world.undefine("b")
    world.removals = {address("b"): Removal(address("b"), "quarantine")}
    assert world.apply(_NO_DELETIONS).applied == {"update": 1}
    assert world.server.objects[remote_id]["name"] == "zz-quarantined Agent b"
    world.removals = {}
    assert not world.plan().has_changes


def test_an_expired_one_is_deleted_and_nothing_else_is_done(world: World) -> None:
    remote_id = _set_aside(world)
    world.undefine("b")
    world.define("c", body("Agent c", firstMessage="Hi"))
    plan = world.plan(_EXPIRED)
    assert [(each.address, each.action, each.reason) for each in plan.changes] == [
        (address("a"), Action.DELETE, Reason.QUARANTINE_EXPIRED)
    ]
    assert world.apply(options=_EXPIRED).applied == {"delete": 1}
    assert remote_id not in world.server.objects
    assert len(world.server.objects) == 5
    assert "zz-quarantined Agent a" in world.files()


def test_an_expired_one_still_in_use_or_in_a_call_is_kept(world: World) -> None:
    remote_id = _set_aside(world)
    world.server.add_other("/phone-number", assistantId=remote_id)
    world.server.add_other("/call", assistantId=remote_id, status="in-progress")
    assert _refused(world, _EXPIRED) == {"in_use", "live_calls"}


def test_an_expired_one_needs_the_consent_of_a_deletion(world: World) -> None:
    _set_aside(world)
    with pytest.raises(GuardError):
        world.apply(_NO_DELETIONS, options=_EXPIRED)
    assert world.apply(replace(_NO_DELETIONS, allow_deletes=1), options=_EXPIRED).applied == {
        "delete": 1
    }


def test_an_expired_one_is_not_the_last_one_while_another_is_owned(world: World) -> None:
    _set_aside(world)
    world.undefine(*"cdef")
    world.apply(Consent(changes=True, deletions=True, allow_deletes=4))
    assert world.plan(_EXPIRED).blocks == ()
    assert world.apply(options=_EXPIRED).applied == {"delete": 1}
    assert list(world.owned) == [address("b")]


def test_one_whose_definition_is_back_has_not_expired(world: World) -> None:
    _set_aside(world)
    world.define("a", body("Agent a"), _ASIDE)
    assert _refused(world, _EXPIRED) == {"defined"}


@pytest.mark.parametrize("key", ["b", "nobody"])
def test_one_that_was_never_set_aside_does_not_expire(world: World, key: str) -> None:
    plan = world.plan(PlanOptions(expired=(f"assistant.{key}",)))
    assert not plan.has_changes


_DOUBTS: list[Callable[[], Fault]] = [
    lost_reply,
    lost_request,
    lambda: status(502, acts=True),
    lambda: html(200, acts=True),
    lambda: cut_json(200, acts=True),
    lambda: status(500),
    lambda: status(400),
]


@pytest.mark.parametrize("fault", _DOUBTS)
def test_a_lost_reply_is_healed_by_the_next_run(world: World, fault: Callable[[], Fault]) -> None:
    remote_id = world.owned[address("a")].id
    world.undefine("a")
    world.server.fail("PATCH", "/assistant", fault())
    world.apply(_NO_DELETIONS)
    world.apply(_NO_DELETIONS)
    _is_set_aside(world, "a", remote_id, "Agent a")


def _is_set_aside(world: World, key: str, remote_id: str, name: str) -> None:
    """It is set aside once, under one prefix, and nothing is open or left to do."""
    now = world.server.objects[remote_id]
    assert now["name"] == f"zz-quarantined {name}"
    assert now["metadata"][STAMP_KEY]["name"] == name
    assert world.owned[address(key)].quarantined_at == now["metadata"][STAMP_KEY]["since"]
    assert not world.state.intents
    assert not world.plan().has_changes


class _CrashError(BaseException):
    """The process died here."""


class _Dying(httpx.AsyncBaseTransport):
    """A wire that dies just before, or just after, the first PATCH takes effect."""

    def __init__(self, way: httpx.AsyncBaseTransport, when: str) -> None:
        self._way, self._when = way, when

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method != "PATCH":
            return await self._way.handle_async_request(request)
        if self._when == "after":
            await self._way.handle_async_request(request)
        raise _CrashError


def _die(world: World, when: str, options: PlanOptions | None = None) -> None:
    world.wire = lambda way: _Dying(way, when)
    with pytest.raises((_CrashError, BaseExceptionGroup)):  # updates run in a group
        world.apply(options=options)
    world.wire = lambda way: way


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_crash_is_healed_by_the_next_run(world: World, when: str) -> None:
    remote_id = world.owned[address("a")].id
    world.undefine("a")
    _die(world, when)
    world.apply(_NO_DELETIONS)
    _is_set_aside(world, "a", remote_id, "Agent a")


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_crash_while_it_is_lifted_is_healed_by_the_next_run(world: World, when: str) -> None:
    remote_id = _set_aside(world)
    world.define("a", body("Agent a"), _ASIDE)
    _die(world, when)
    world.apply(_NO_DELETIONS)
    now = world.server.objects[remote_id]
    assert now["name"] == "Agent a"
    assert STAMP_KEY not in now["metadata"]
    assert world.owned[address("a")].quarantined_at is None
    assert not world.plan().has_changes


def test_a_definition_that_is_back_after_a_crash_lifts_it(world: World) -> None:
    remote_id = world.owned[address("a")].id
    world.undefine("a")
    _die(world, "after")
    world.define("a", body("Agent a"), _ASIDE)
    world.apply(_NO_DELETIONS)
    assert world.server.objects[remote_id]["name"] == "Agent a"
    assert STAMP_KEY not in world.server.objects[remote_id]["metadata"]
    assert not world.plan().has_changes


def _stranger(world: World) -> tuple[str, PlanOptions]:
    remote_id = world.server.add(**body("Left over"))
    return remote_id, PlanOptions(cleanup=(remote_id,), quarantine=True)


def test_one_no_state_owns_may_be_set_aside_by_its_id(world: World) -> None:
    remote_id, options = _stranger(world)
    world.undefine("b")
    assert world.apply(_NO_DELETIONS, options=options).applied == {"update": 1}
    _is_out_of_the_way(world, remote_id)
    assert len(world.server.objects) == 7


def _is_out_of_the_way(world: World, remote_id: str) -> None:
    """It is set aside, and no ordinary plan touches it."""
    now = world.server.objects[remote_id]
    assert now["name"] == "zz-quarantined Left over"
    assert now["metadata"][STAMP_KEY]["name"] == "Left over"
    assert [each.action for each in world.plan().changes if each.id == remote_id] == [Action.NO_OP]


def test_one_no_state_owns_expires_like_any_other(world: World) -> None:
    remote_id, options = _stranger(world)
    world.apply(options=options)
    unmanaged = Address(f"unmanaged.{remote_id}")
    assert world.owned[unmanaged].quarantined_at is not None
    expired = PlanOptions(expired=(unmanaged,))
    assert world.apply(options=expired).applied == {"delete": 1}
    assert remote_id not in world.server.objects
    assert unmanaged not in world.owned


@pytest.mark.parametrize("fault", _DOUBTS)
def test_a_lost_reply_about_a_strangers_never_leads_to_its_deletion(
    world: World, fault: Callable[[], Fault]
) -> None:
    remote_id, options = _stranger(world)
    world.server.fail("PATCH", "/assistant", fault())
    world.apply(options=options)
    assert remote_id not in {each.id for each in world.plan().of(Action.DELETE)}
    world.apply(options=options)
    _is_out_of_the_way(world, remote_id)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_crash_about_a_strangers_never_leads_to_its_deletion(world: World, when: str) -> None:
    remote_id, options = _stranger(world)
    _die(world, when, options)
    world.apply(EVERYTHING)
    assert remote_id in world.server.objects
    assert remote_id not in {each.id for each in world.plan().of(Action.DELETE)}


def test_what_state_owns_is_no_stranger(world: World) -> None:
    options = PlanOptions(cleanup=(world.owned[address("b")].id,), quarantine=True)
    assert _refused(world, options) == {"owned"}


def test_another_projects_is_never_set_aside(world: World, tmp_path: Path) -> None:
    rival = World(tmp_path / "rival")
    rival.server, rival.project_name = world.server, "rival"
    rival.define("r", body("Rival"))
    rival.apply()
    options = PlanOptions(cleanup=(rival.owned[address("r")].id,), quarantine=True)
    assert _refused(world, options) == {"not_ours"}
