"""Between a move and a deletion much can go wrong: nothing is deleted then, nothing forgotten."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from stand_in_faults import Fault, Meanwhile, cut_json, html, lost_reply, lost_request, status
from stand_in_wire import Body
from world import World, address, body

from assistants_sync.errors import StaleError
from assistants_sync.model.definition import Lifecycle, Removal
from assistants_sync.model.event import ChangeSkipped
from assistants_sync.model.plan import PlanOptions

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


def _backups(world: World) -> list[dict[str, Any]]:
    folder = world.folder / "state" / "default.trash"
    return [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]


def _kept(backup: dict[str, Any]) -> set[tuple[str, str, str | None]]:
    """Give the references a backup holds: kind, id, and where each was moved to."""
    return {
        (each["reference"]["kind"], each["reference"]["id"], each["moved_to"])
        for each in backup["references"]
    }


def _member(remote_id: str, **more: object) -> Body:
    return {"assistantId": remote_id, **more}


def _destination(**names_one: str) -> Body:
    return {"type": "assistant", **names_one}


def _edits(world: World, phone_id: str) -> dict[str, Callable[[], object]]:
    other = _id(world, "c")
    phones = world.server.others["/phone-number"]
    return {
        "moved by hand": lambda: world.server.edit_other(
            "/phone-number", phone_id, assistantId=other
        ),
        "unlinked by hand": lambda: world.server.edit_other(
            "/phone-number", phone_id, assistantId=None
        ),
        "removed": lambda: phones.pop(phone_id),
    }


@pytest.mark.parametrize("edit", ["moved by hand", "unlinked by hand", "removed"])
def test_a_referrer_edited_since_the_plan_is_stale_and_nothing_is_deleted(
    world: World, edit: str
) -> None:
    phone_id = world.server.add_other("/phone-number", assistantId=_id(world))
    world.undefine("a")
    action = _edits(world, phone_id)[edit]
    world.server.fail("GET", f"/phone-number/{phone_id}", Meanwhile(action))
    finished = world.apply()
    assert (finished.stale, finished.skipped, finished.applied) == (1, 1, {})
    assert (world.sent["PATCH"], world.sent["DELETE"]) == (0, 0)
    assert [each.is_stale for each in world.events if isinstance(each, ChangeSkipped)] == [
        True,
        False,
    ]
    assert world.apply().applied == {"delete": 1}


def test_what_somebody_moved_as_we_would_is_done(world: World) -> None:
    phone_id = world.server.add_other("/phone-number", assistantId=_id(world))
    new = _id(world, "b")
    world.undefine("a")
    world.server.fail(
        "GET",
        f"/phone-number/{phone_id}",
        Meanwhile(lambda: world.server.edit_other("/phone-number", phone_id, assistantId=new)),
    )
    assert world.apply().applied == {"update": 1, "delete": 1}
    assert world.sent["PATCH"] == 0


def test_an_edit_beside_the_reference_is_kept(world: World) -> None:
    squad_id = world.server.add_other("/squad", members=[_member(_id(world)), _member(_STAYS)])
    old = _id(world)
    world.undefine("a")
    edited = [_member(old, assistantOverrides={"firstMessage": "New"}), _member(_STAYS)]
    world.server.fail(
        "GET",
        f"/squad/{squad_id}",
        Meanwhile(lambda: world.server.edit_other("/squad", squad_id, members=edited)),
    )
    assert world.apply().applied == {"update": 1, "delete": 1}
    assert world.server.others["/squad"][squad_id]["members"] == [
        _member(_id(world, "b"), assistantOverrides={"firstMessage": "New"}),
        _member(_STAYS),
    ]


@pytest.mark.parametrize(
    "fault",
    [
        lost_reply,
        lambda: status(502, acts=True),
        lambda: html(200, acts=True),
        lambda: cut_json(200, acts=True),
    ],
)
def test_a_lost_reply_to_a_move_is_settled_by_looking(
    world: World, fault: Callable[[], Fault]
) -> None:
    phone_id = world.server.add_other("/phone-number", assistantId=_id(world))
    world.undefine("a")
    world.server.fail("PATCH", "/phone-number", fault())
    assert world.apply().applied == {"update": 1, "delete": 1}
    assert world.sent["PATCH"] == 1
    assert world.server.others["/phone-number"][phone_id]["assistantId"] == _id(world, "b")


@pytest.mark.parametrize("fault", [lost_reply, lambda: status(502, acts=True)])
def test_a_lost_reply_to_a_detach_is_settled_by_looking(
    world: World, fault: Callable[[], Fault]
) -> None:
    _without_successor(world)
    world.server.add_other("/phone-number", assistantId=_id(world))
    world.undefine("a")
    world.server.fail("PATCH", "/phone-number", fault())
    assert world.apply(options=_DETACH).applied == {"update": 1, "delete": 1}


@pytest.mark.parametrize("fault", [lost_request, lambda: status(400), lambda: status(500)])
def test_a_move_that_did_not_happen_stops_every_deletion(
    world: World, fault: Callable[[], Fault]
) -> None:
    world.server.add_other("/phone-number", assistantId=_id(world))
    world.undefine("a")
    world.server.fail("PATCH", "/phone-number", fault())
    finished = world.apply()
    assert (finished.failed, finished.skipped, world.sent["DELETE"]) == (1, 1, 0)
    assert world.apply().applied == {"update": 1, "delete": 1}


def test_a_secret_the_server_hides_is_not_wiped_by_a_move(world: World) -> None:
    """A list is replaced whole: with stars in it, the stars would be stored."""
    world.server.add_other(
        "/squad",
        members=[
            _member(_id(world)),
            _member(_STAYS, assistantOverrides={"server": {"url": "https://a", "secret": "****"}}),
        ],
    )
    world.undefine("a")
    finished = world.apply()
    assert (finished.stale, world.sent["PATCH"], world.sent["DELETE"]) == (1, 0, 0)


def test_a_secret_the_server_shows_is_sent_back_and_kept_from_files_and_events(
    world: World,
) -> None:
    hook = {"server": {"url": "https://a", "secret": "canary-hook"}}
    squad_id = world.server.add_other(
        "/squad", members=[_member(_id(world)), _member(_STAYS, assistantOverrides=hook)]
    )
    world.undefine("a")
    plan = world.plan()
    world.apply()
    members = world.server.others["/squad"][squad_id]["members"]
    assert members[1]["assistantOverrides"] == hook
    assert "canary-hook" not in world.files() + repr(world.events) + repr(plan)


def test_the_backup_holds_the_references_and_where_they_went(world: World) -> None:
    phone_id = world.server.add_other("/phone-number", name="Line", assistantId=_id(world))
    tool_id = world.server.add_other(
        "/tool", name="Hand over", destinations=[_destination(assistantName="Agent a")]
    )
    world.undefine("a")
    world.apply()
    backup = _backups(world)[-1]
    assert backup["body"]["name"] == "Agent a"
    assert _kept(backup) == {
        ("phone-number", phone_id, _id(world, "b")),
        ("tool", tool_id, "Agent b"),
    }


def test_the_backup_holds_the_id_a_successor_was_given_in_the_same_run(world: World) -> None:
    phone_id = world.server.add_other("/phone-number", assistantId=_id(world))
    world.removals = {address("a"): Removal(address("a"), "delete", address("new"))}
    world.undefine("a")
    world.define("new", body("Agent new"))
    world.apply()
    assert _kept(_backups(world)[-1]) == {("phone-number", phone_id, _id(world, "new"))}


def test_the_backup_holds_what_was_detached(world: World) -> None:
    _without_successor(world)
    phone_id = world.server.add_other("/phone-number", assistantId=_id(world))
    squad_id = world.server.add_other("/squad", members=[_member(_STAYS), _member(_id(world))])
    world.undefine("a")
    world.apply(options=_DETACH)
    assert _kept(_backups(world)[-1]) == {
        ("phone-number", phone_id, None),
        ("squad", squad_id, None),
    }


class _CrashError(BaseException):
    """The process died here."""


class _Dying(httpx.AsyncBaseTransport):
    """A wire that lets everything through until a method is to be sent, or was answered."""

    def __init__(self, way: httpx.AsyncBaseTransport, when: str, method: str) -> None:
        self._way, self._when, self._method = way, when, method

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if (self._when, self._method) == ("before", request.method):
            raise _CrashError
        response = await self._way.handle_async_request(request)
        if (self._when, self._method) == ("after", request.method):
            raise _CrashError
        return response


def _die(world: World, when: str, method: str, options: PlanOptions | None = None) -> None:
    world.wire = lambda way: _Dying(way, when, method)
    with pytest.raises(_CrashError):
        world.apply(options=options)
    world.wire = lambda way: way


_MOMENTS = [("before", "PATCH"), ("after", "PATCH"), ("before", "DELETE"), ("after", "DELETE")]


@pytest.mark.parametrize(("when", "method"), _MOMENTS)
def test_a_crash_around_a_move_leaves_a_backup_with_the_references(
    world: World, when: str, method: str
) -> None:
    """After the move nothing refers to it any more: only the backup remembers."""
    phone_id = world.server.add_other("/phone-number", assistantId=_id(world))
    world.undefine("a")
    _die(world, when, method)
    assert ("phone-number", phone_id, _id(world, "b")) in _kept(_backups(world)[0])
    world.apply()
    assert _id(world, "b") == world.server.others["/phone-number"][phone_id]["assistantId"]
    assert address("a") not in world.owned
    assert not world.plan().has_changes


@pytest.mark.parametrize(("when", "method"), _MOMENTS)
def test_a_crash_around_a_detach_leaves_a_backup_with_the_references(
    world: World, when: str, method: str
) -> None:
    _without_successor(world)
    phone_id = world.server.add_other("/phone-number", assistantId=_id(world))
    world.undefine("a")
    _die(world, when, method, _DETACH)
    world.apply(options=_DETACH)
    assert address("a") not in world.owned
    assert any(("phone-number", phone_id, None) in _kept(each) for each in _backups(world))


def test_a_trash_that_cannot_be_written_moves_nothing(world: World) -> None:
    phone_id = world.server.add_other("/phone-number", assistantId=_id(world))
    world.undefine("a")
    trash = world.folder / "state" / "default.trash"
    trash.write_text("a file stands where the folder should be")
    assert world.apply().failed == 1
    assert world.server.others["/phone-number"][phone_id]["assistantId"] == _id(world)
    assert (world.sent["PATCH"], world.sent["DELETE"]) == (0, 0)


def test_a_saved_plan_moves_exactly_what_it_showed(world: World) -> None:
    """Another number pointed to it since: the plan is not what would be done now."""
    world.server.add_other("/phone-number", assistantId=_id(world))
    world.undefine("a")
    plan = world.plan()
    world.server.add_other("/phone-number", assistantId=_id(world))
    with pytest.raises(StaleError):
        world.apply(saved=plan)
    assert set(world.sent) == {"GET"}
    assert world.apply(saved=world.plan()).applied == {"update": 2, "delete": 1}


def test_nothing_is_unlinked_when_the_deletion_will_not_happen(tmp_path: Path) -> None:
    world = World(tmp_path)
    for key in "abcdef":
        world.define(key, body(key))
    world.apply()
    remote_id = world.owned[address("a")].id
    phone_id = world.server.add_other("/phone-number", assistantId=remote_id)
    world.undefine("a")
    world.define("new", body("new"))
    world.server.fail("POST", "/assistant", status(400))
    finished = world.apply(options=PlanOptions(detach=(address("a"),)))
    assert (finished.failed, finished.skipped) == (1, 2)
    assert world.server.others["/phone-number"][phone_id]["assistantId"] == remote_id
    assert remote_id in world.server.objects
