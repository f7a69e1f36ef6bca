"""What was deleted comes back from the trash: its body, its address, and what pointed to it."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from crashing import CrashError, CrashingStore, CrashingWire, Fuse
from hypothesis import given, settings
from hypothesis import strategies as st
from stand_in import Habits
from stand_in_faults import Fault, lost_reply, lost_request, status
from stand_in_wire import Body
from world import EVERYTHING, World, address, body

from assistants_sync.errors import GuardError
from assistants_sync.importing import Wish
from assistants_sync.model.address import RemoteId
from assistants_sync.model.definition import Lifecycle
from assistants_sync.model.event import ApplyFinished
from assistants_sync.model.journal import Dropped
from assistants_sync.model.plan import Plan, PlanOptions, Reason
from assistants_sync.model.trash import Trashed
from assistants_sync.model.value import JsonValue, Secret, Value
from assistants_sync.planning.consent import Consent
from assistants_sync.planning.restore import Restoration
from assistants_sync.vapi.client import VapiClient
from assistants_sync.workflow.apply import exit_code_of
from assistants_sync.workflow.restore import plan_restoration, run_restore

_STAYS = "11111111-0000-4000-8000-000000000000"
_DETACH = PlanOptions(detach=("assistant.a",))
_OURS = ("id", "orgId", "createdAt", "updatedAt", "latestVersion", "metadata")


class Trashing(World):
    """A world with the commands below `trash`."""

    def backups(self, old: str) -> tuple[Trashed, ...]:
        """Give every backup of an id, the oldest first."""
        return tuple(each for each in asyncio.run(self.store().trash()) if each.id == old)

    def wanted(self, old: str, to: str = "a", without: tuple[str, ...] = ()) -> Restoration:
        """Give what the command would ask for."""
        return Restoration(self.backups(old), address(to), without)

    def plan_back(self, old: str, to: str = "a", without: tuple[str, ...] = ()) -> Plan:
        """Plan as a dry run would."""
        wanted, job = self.wanted(old, to, without), self.job

        async def plan(api: VapiClient) -> Plan:
            snapshot = await self.store().read()
            observed = await plan_restoration(job, snapshot, api, self.clock, wanted)
            return observed.planned.plan

        return self._run(plan)

    def bring_back(
        self,
        old: str,
        to: str = "a",
        without: tuple[str, ...] = (),
        consent: Consent = EVERYTHING,
    ) -> ApplyFinished:
        """Restore as the command would."""
        self.events.clear()
        wanted, job = self.wanted(old, to, without), self.job
        return self._run(
            lambda api: run_restore(job, self.writers(api), wanted, lambda _plan: consent)
        )

    def delete(self, key: str = "a", options: PlanOptions | None = None) -> str:
        """Delete one through its definition, which is put back for the restore; give its old id."""
        old, definition = self.owned[address(key)].id, self.definitions[address(key)]
        self.undefine(key)
        assert self.apply(options=options).applied["delete"] == 1
        self.definitions[address(key)] = definition
        return old

    def id(self, key: str = "a") -> str:
        """Give the id owned at an address."""
        return self.owned[address(key)].id


@pytest.fixture
def world(tmp_path: Path) -> Trashing:
    return _six(tmp_path)


def _six(folder: Path, first: Lifecycle = Lifecycle(), habits: Habits | None = None) -> Trashing:
    world = Trashing(folder, habits)
    for key in "abcdef":
        world.define(key, body(f"Agent {key}"))
    world.define("a", body("Agent a"), first)
    world.apply()
    return world


def _own(stored: Body) -> Body:
    """What the user wrote: the rest is the server's, or our marker."""
    return {key: value for key, value in stored.items() if key not in _OURS}


def _member(remote_id: str, **more: object) -> Body:
    return {"assistantId": remote_id, **more}


def _notes(plan: Plan) -> str:
    return " ".join(note for change in plan.changes for note in change.notes)


def _blocks(world: Trashing, old: str, to: str = "a") -> set[str]:
    with pytest.raises(GuardError) as caught:
        world.bring_back(old, to)
    assert set(world.sent) <= {"GET"}
    return {each.code for each in caught.value.diagnostics}


def test_the_body_comes_back_equal_under_a_new_id_and_is_owned_again(world: Trashing) -> None:
    world.edit("a", firstMessage="By hand", endCallPhrases=["bye", "ciao"])
    before, marker = _own(world.live("a")), world.live("a")["metadata"]
    world.define("a", body("Agent a", firstMessage="By hand", endCallPhrases=["bye", "ciao"]))
    old = world.delete()
    assert world.bring_back(old).applied == {"create": 1}
    assert world.id() != old
    assert _own(world.live("a")) == before
    assert world.live("a")["metadata"].keys() == marker.keys()
    assert world.state.restored == {old: world.id()}
    assert not world.plan().has_changes


def test_what_the_user_keeps_in_metadata_comes_back_without_the_old_marker(
    world: Trashing,
) -> None:
    world.edit("a", metadata={**world.live("a")["metadata"], "team": "night"})
    old_marker = world.live("a")["metadata"]["assistants-sync"]
    old = world.delete()
    world.bring_back(old)
    metadata = world.live("a")["metadata"]
    assert metadata["team"] == "night"
    assert metadata["assistants-sync"]["key"] == "a"
    assert metadata["assistants-sync"]["attempt"] != old_marker["attempt"]


def test_a_plan_says_what_it_is_in_the_place_of_and_writes_nothing(world: Trashing) -> None:
    old = world.delete()
    (change,) = world.plan_back(old).changes
    assert (change.reason, change.address, change.name) == (
        Reason.RESTORED,
        address("a"),
        "Agent a",
    )
    assert f"in the place of {old}" in change.notes[0]
    assert set(world.sent) == {"GET"}
    assert address("a") not in world.owned


def _with_secrets(*, is_declared: bool, is_turned: bool = False) -> dict[str, Value]:
    """A body with four secrets, or the same without them."""

    def secret(name: str, key: str = "secret") -> dict[str, Value]:
        return {key: Secret(f"canary-{name}", name=name)} if is_declared else {}

    tools: list[Value] = [
        {
            "type": "function",
            "function": {"name": name},
            "server": {"url": f"https://{name}.example", **secret(name)},
        }
        for name in ("book", "pay")
    ]
    return {
        **body("Agent a", server={"url": "https://a.example", **secret("hook")}),
        **secret("top", "serverUrlSecret"),
        "model": {"provider": "openai", "tools": tools[::-1] if is_turned else tools},
    }


@pytest.mark.parametrize("habit", ["documented", "omitted", "starred", "shown"])
def test_secrets_are_taken_from_the_definition(tmp_path: Path, habit: str) -> None:
    world = _six(tmp_path, habits=Habits(secrets=habit))  # type: ignore[arg-type]  # parametrized
    world.define("a", _with_secrets(is_declared=True))
    world.apply()
    old = world.delete()
    assert "canary" not in world.files()
    plan = world.plan_back(old)
    assert "is lost" not in _notes(plan)
    assert "canary" not in repr(plan)
    world.bring_back(old)
    live = world.live("a")
    assert live["serverUrlSecret"] == "canary-top"
    assert live["server"]["secret"] == "canary-hook"
    tools = live["model"]["tools"]
    assert [each["server"]["secret"] for each in tools] == ["canary-book", "canary-pay"]
    assert "canary" not in world.files() + repr(world.events)


def test_secrets_inside_a_list_go_to_the_part_of_the_same_name(world: Trashing) -> None:
    world.define("a", _with_secrets(is_declared=True))
    world.apply()
    old = world.delete()
    world.define("a", _with_secrets(is_declared=True, is_turned=True))
    world.bring_back(old)
    for tool in world.live("a")["model"]["tools"]:
        assert tool["server"]["secret"] == f"canary-{tool['function']['name']}"


def _two(kind: str, *, is_turned: bool = False) -> dict[str, Value]:
    """A body with two parts that no name tells apart, each with a secret of its own."""
    parts: dict[str, list[Value]] = {
        "credentials": [
            {"provider": one, "apiKey": Secret(f"canary-{one}", name=one)} for one in ("a1", "b2")
        ],
        "tools": [
            {
                "type": "mcp",
                "server": {
                    "url": f"https://{one}.example",
                    "secret": Secret(f"canary-{one}", name=one),
                },
            }
            for one in ("a1", "b2")
        ],
    }
    return {**body("Agent a"), kind: parts[kind][::-1] if is_turned else parts[kind]}


def _is_right(part: Body) -> bool:
    """Whether its secret is its own, or nobody's."""
    one = part.get("provider") or part["server"]["url"][8:10]
    return {part.get("apiKey"), part.get("server", {}).get("secret")} <= {None, f"canary-{one}"}


@pytest.mark.parametrize("is_turned", [False, True], ids=["as it was", "turned round"])
@pytest.mark.parametrize("kind", ["credentials", "tools"])
def test_a_secret_never_goes_to_a_part_it_was_not_declared_for(
    world: Trashing, kind: str, *, is_turned: bool
) -> None:
    """Where no name tells two parts apart, only the part itself can."""
    world.define("a", _two(kind))
    world.apply()
    old = world.delete()
    world.define("a", _two(kind, is_turned=is_turned))
    world.bring_back(old)
    assert all(map(_is_right, world.live("a")[kind]))


def test_each_secret_that_nothing_has_is_told(world: Trashing) -> None:
    world.define("a", _with_secrets(is_declared=True))
    world.apply()
    world.server.habits = Habits(secrets="shown")
    old = world.delete()
    world.define("a", _with_secrets(is_declared=False))
    notes = _notes(world.plan_back(old))
    for path in ("serverUrlSecret", "server.secret", "model.tools"):
        assert path in notes
    assert notes.count("is lost") == 4
    world.bring_back(old)
    assert "canary" not in repr(world.live("a"))


def test_a_refused_field_fails_clearly_and_can_be_left_out(world: Trashing) -> None:
    world.edit("a", oldField={"deep": 1})
    old = world.delete()
    world.server.fail("POST", "/assistant", status(400, ["property oldField should not exist"]))
    finished = world.bring_back(old)
    assert (finished.applied, finished.failed, exit_code_of(finished)) == ({}, 1, 6)
    assert "oldField" in repr(world.events)
    assert not world.state.restored
    assert world.bring_back(old, without=("oldField",)).applied == {"create": 1}
    assert "oldField" not in world.live("a")
    assert world.live("a")["model"] == body()["model"]


def test_a_secret_that_is_left_out_is_not_told_as_lost(world: Trashing) -> None:
    world.define("a", _with_secrets(is_declared=True))
    world.apply()
    old = world.delete()
    left_out = ("server", "serverUrlSecret", "model")
    assert "is lost" not in _notes(world.plan_back(old, without=left_out))
    world.bring_back(old, without=left_out)
    assert not set(left_out) & world.live("a").keys()


def test_it_may_come_back_as_another_address(world: Trashing) -> None:
    old = world.delete()
    world.undefine("a")
    world.define("z", body("Agent a"))
    world.bring_back(old, "z")
    assert world.live("z")["metadata"]["assistants-sync"]["key"] == "z"
    assert address("a") not in world.owned
    assert not world.plan().has_changes


def test_an_address_that_is_owned_blocks(world: Trashing) -> None:
    old = world.delete()
    assert _blocks(world, old, "b") == {"owned"}
    world.apply()
    assert _blocks(world, old) == {"owned"}


def test_without_consent_nothing_is_sent(world: Trashing) -> None:
    old = world.delete()
    with pytest.raises(GuardError):
        world.bring_back(old, consent=Consent())
    assert set(world.sent) == {"GET"}


def _phone(world: Trashing, phone_id: str) -> object:
    return world.server.others["/phone-number"][phone_id].get("assistantId")


def test_a_phone_number_that_was_unlinked_is_linked_again(world: Trashing) -> None:
    phone_id = world.server.add_other("/phone-number", name="Line", assistantId=world.id())
    old = world.delete(options=_DETACH)
    assert _phone(world, phone_id) is None
    assert {each.reason for each in world.plan_back(old).changes} == {
        Reason.RESTORED,
        Reason.REPOINTED,
    }
    assert world.bring_back(old).applied == {"create": 1, "update": 1}
    assert _phone(world, phone_id) == world.id()
    assert not world.plan().has_changes


def test_a_phone_number_that_still_holds_the_old_id_is_moved(world: Trashing) -> None:
    phone_id = world.server.add_other("/phone-number", assistantId=world.id())
    old = world.delete(options=_DETACH)
    world.server.edit_other("/phone-number", phone_id, assistantId=old)
    world.bring_back(old)
    assert _phone(world, phone_id) == world.id()


def test_what_was_moved_to_a_successor_comes_back(tmp_path: Path) -> None:
    world = _six(tmp_path, Lifecycle(replace_with=address("b")))
    phone_id = world.server.add_other("/phone-number", assistantId=world.id())
    tool_id = world.server.add_other(
        "/tool", destinations=[{"type": "assistant", "assistantName": "Agent a"}]
    )
    old = world.delete()
    assert _phone(world, phone_id) == world.id("b")
    assert world.bring_back(old).applied == {"create": 1, "update": 2}
    assert _phone(world, phone_id) == world.id()
    (destination,) = world.server.others["/tool"][tool_id]["destinations"]
    assert destination["assistantName"] == "Agent a"


@pytest.mark.parametrize("is_moved", [True, False], ids=["to a successor", "to nothing"])
def test_what_points_elsewhere_meanwhile_is_left_alone(tmp_path: Path, *, is_moved: bool) -> None:
    world = _six(tmp_path, Lifecycle(replace_with=address("b") if is_moved else None))
    phone_id = world.server.add_other("/phone-number", assistantId=world.id())
    old = world.delete(options=None if is_moved else _DETACH)
    world.server.edit_other("/phone-number", phone_id, assistantId=_STAYS)
    assert world.bring_back(old).applied == {"create": 1}
    assert _phone(world, phone_id) == _STAYS


def test_a_squad_member_comes_back_with_its_overrides_where_it_stood(world: Trashing) -> None:
    override = {"firstMessage": "Hello", "variableValues": {"shop": "north"}}
    members = [
        _member(_STAYS),
        _member(world.id(), assistantOverrides=override),
        _member(world.id("b")),
    ]
    squad_id = world.server.add_other("/squad", name="Team", members=members)
    old = world.delete(options=_DETACH)
    squad = world.server.others["/squad"][squad_id]
    assert squad["members"] == [members[0], members[2]]
    world.bring_back(old)
    assert squad["members"] == [
        members[0],
        _member(world.id(), assistantOverrides=override),
        members[2],
    ]


def test_lists_of_ids_are_filled_again(world: Trashing) -> None:
    output_id = world.server.add_other("/structured-output", assistantIds=[_STAYS, world.id()])
    card_id = world.server.add_other("/observability/scorecard", assistantIds=[world.id()])
    old = world.delete(options=_DETACH)
    others = world.server.others
    assert others["/structured-output"][output_id]["assistantIds"] == [_STAYS]
    world.bring_back(old)
    assert others["/structured-output"][output_id]["assistantIds"] == [_STAYS, world.id()]
    assert others["/observability/scorecard"][card_id]["assistantIds"] == [world.id()]


def test_a_referrer_that_is_gone_does_not_stop_it(world: Trashing) -> None:
    phone_id = world.server.add_other("/phone-number", assistantId=world.id())
    kept = world.server.add_other("/phone-number", assistantId=world.id())
    old = world.delete(options=_DETACH)
    del world.server.others["/phone-number"][phone_id]
    assert world.bring_back(old).applied == {"create": 1, "update": 1}
    assert _phone(world, kept) == world.id()


def test_a_restore_is_not_repeated(world: Trashing) -> None:
    phone_id = world.server.add_other("/phone-number", assistantId=world.id())
    squad_id = world.server.add_other("/squad", members=[_member(_STAYS), _member(world.id())])
    old = world.delete(options=_DETACH)
    world.bring_back(old)
    squad = dict(world.server.others["/squad"][squad_id])
    again = world.bring_back(old)
    assert again.failed == 0
    assert set(world.sent) == {"GET"}
    assert len(world.server.objects) == 6
    assert _phone(world, phone_id) == world.id()
    assert world.server.others["/squad"][squad_id] == squad


def test_a_plan_of_a_restore_that_is_done_shows_nothing_to_do(world: Trashing) -> None:
    world.server.add_other("/phone-number", assistantId=world.id())
    world.server.add_other("/squad", members=[_member(_STAYS), _member(world.id())])
    old = world.delete(options=_DETACH)
    world.bring_back(old)
    assert not world.plan_back(old).has_changes


def test_nothing_is_pointed_to_a_restored_one_that_was_deleted_again(world: Trashing) -> None:
    phone_id = world.server.add_other("/phone-number", assistantId=world.id())
    first = world.delete(options=_DETACH)
    world.bring_back(first)
    second = world.delete(options=_DETACH)
    (change,) = world.plan_back(first).changes
    assert [each.hint for each in change.blocked] == [
        f"bring that one back: `trash restore {second}`"
    ]
    assert _blocks(world, first) == {"restored_already"}
    assert _phone(world, phone_id) is None


def test_the_second_life_can_be_restored_too(world: Trashing) -> None:
    phone_id = world.server.add_other("/phone-number", assistantId=world.id())
    first = world.delete(options=_DETACH)
    world.bring_back(first)
    second = world.delete(options=_DETACH)
    world.bring_back(second)
    assert _phone(world, phone_id) == world.id()
    assert world.state.restored[RemoteId(second)] == world.id()


def test_an_import_by_the_old_id_takes_the_new_one(world: Trashing) -> None:
    old = world.delete()
    world.bring_back(old)
    new = world.id()
    store = world.store()

    async def forget() -> None:
        await store.read()
        await store.append([Dropped(address("a"))])
        await store.compact()

    asyncio.run(forget())
    (adoption,) = world.adopt(Wish(address("a"), RemoteId(old))).adoptions
    assert adoption.live.id == new
    assert world.id() == new


def test_one_that_was_set_aside_and_then_deleted_gets_its_old_name(tmp_path: Path) -> None:
    world = _six(tmp_path, Lifecycle(on_delete="quarantine"))
    old, definition = world.id(), world.definitions[address("a")]
    world.undefine("a")
    world.apply()
    assert world.server.objects[old]["name"].startswith("zz-quarantined")
    expired = PlanOptions(expired=("assistant.a",))
    assert world.apply(options=expired).applied == {"delete": 1}
    world.definitions[address("a")] = definition
    assert world.bring_back(old).applied == {"create": 1}
    assert world.live("a")["name"] == "Agent a"
    assert set(world.live("a")["metadata"]) == {"assistants-sync"}
    assert not world.plan().has_changes


@pytest.mark.parametrize(
    "fault", [lost_reply, lost_request, lambda: status(502, acts=True), lambda: status(500)]
)
def test_a_lost_reply_makes_one_and_points_everything_back(
    world: Trashing, fault: Callable[[], Fault]
) -> None:
    phone_id = world.server.add_other("/phone-number", assistantId=world.id())
    old = world.delete(options=_DETACH)
    world.server.fail("POST", "/assistant", fault())
    world.server.fail("PATCH", "/phone-number", lost_reply())
    world.bring_back(old)
    world.bring_back(old)
    assert len(world.server.objects) == 6
    assert _phone(world, phone_id) == world.id()
    assert world.state.restored == {old: world.id()}


def test_a_failed_create_points_nothing_anywhere(world: Trashing) -> None:
    phone_id = world.server.add_other("/phone-number", assistantId=world.id())
    old = world.delete(options=_DETACH)
    world.server.fail("POST", "/assistant", status(400))
    finished = world.bring_back(old)
    assert (finished.applied, exit_code_of(finished)) == ({}, 6)
    assert (_phone(world, phone_id), world.sent["PATCH"]) == (None, 0)
    assert world.bring_back(old).applied == {"create": 1, "update": 1}


def _is_crash(error: BaseException) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return all(map(_is_crash, error.exceptions))
    return isinstance(error, CrashError)


def _dies(world: Trashing, old: str, length: int) -> bool:
    """Restore until the fuse burns down; say whether it did before the end."""
    fuse = Fuse(length)
    world.wire = lambda way: CrashingWire(way, fuse)
    world.watch = lambda store: CrashingStore(store, fuse)
    try:
        world.bring_back(old)
    except BaseException as error:
        if not _is_crash(error):
            raise
        return True
    finally:
        world.wire = lambda way: way
        world.watch = lambda store: store
    return False


def test_a_crash_at_any_point_is_healed_by_the_same_restore(tmp_path: Path) -> None:
    points = 0
    while True:
        world = _six(tmp_path / str(points))
        phone_id = world.server.add_other("/phone-number", assistantId=world.id())
        squad_id = world.server.add_other("/squad", members=[_member(_STAYS), _member(world.id())])
        output_id = world.server.add_other("/structured-output", assistantIds=[world.id()])
        old = world.delete(options=_DETACH)
        if not _dies(world, old, points):
            break
        world.bring_back(old)
        others, new = world.server.others, world.id()
        assert sorted(str(each["name"]) for each in world.server.objects.values()) == [
            f"Agent {key}" for key in "abcdef"
        ]
        assert _phone(world, phone_id) == new
        assert others["/squad"][squad_id]["members"] == [_member(_STAYS), _member(new)]
        assert others["/structured-output"][output_id]["assistantIds"] == [new]
        assert world.state.restored == {old: new}
        assert not world.plan().has_changes
        points += 1
    assert points > 20


_KEYS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8)
_JSON: st.SearchStrategy[JsonValue] = st.recursive(
    st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=8) | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3),
    max_leaves=8,
)


@given(content=st.dictionaries(_KEYS.map(lambda key: f"x{key}"), _JSON, max_size=4))
@settings(max_examples=15, deadline=None)
def test_a_deletion_and_a_restore_give_an_equal_body(content: dict[str, JsonValue]) -> None:
    with TemporaryDirectory() as folder:
        world = Trashing(Path(folder))
        for key in "ab":
            world.define(key, body(f"Agent {key}"))
        world.apply()
        world.edit("a", **content)
        before = _own(world.live("a"))
        old, definition = world.id(), world.definitions[address("a")]
        world.undefine("a")
        world.apply()
        world.definitions[address("a")] = definition
        world.bring_back(old)
        shown = {key: value for key, value in before.items() if value is not None}
        assert _own(world.live("a")) == shown
