"""What still refers to an assistant keeps it: every kind of reference, and every unread list."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from stand_in import Habits
from stand_in_faults import status
from stand_in_wire import Body
from world import EVERYTHING, World, address, body

from assistants_sync.errors import GuardError
from assistants_sync.model.plan import Change, PlanOptions
from assistants_sync.model.value import to_dotted

_OTHER_KINDS = {
    "phone-number": "/phone-number",
    "squad": "/squad",
    "tool": "/tool",
    "structured-output": "/structured-output",
    "scorecard": "/observability/scorecard",
    "campaign": "/campaign",
    "campaign-v2": "/v2/campaign",
    "simulation-suite": "/eval/simulation/suite",
}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return _six(World(tmp_path))


def _six(world: World) -> World:
    """Six owned assistants: one may go without meeting the brake."""
    for key in "abcdef":
        world.define(key, body(f"Agent {key}"))
    world.apply()
    return world


def _id(world: World, key: str = "a") -> str:
    return world.owned[address(key)].id


def _guards(change: Change) -> set[str]:
    return {block.guard for block in change.blocked}


def _refused(world: World, options: PlanOptions | None = None) -> set[str]:
    """Apply, be refused before anything is sent, and give the codes."""
    before = dict(world.server.objects)
    with pytest.raises(GuardError) as caught:
        world.apply(replace(EVERYTHING, allow_deletes=_deletions(world, options)), options=options)
    assert set(world.sent) <= {"GET"}
    assert world.server.objects == before
    assert caught.value.exit_code == 3
    return {each.code for each in caught.value.diagnostics}


def _deletions(world: World, options: PlanOptions | None) -> int:
    return sum(each.action == "delete" for each in world.plan(options).changes)


def _handoff(**names_one: str) -> Body:
    return {"type": "handoff", "destinations": [{"type": "assistant", **names_one}]}


def _transfer(**names_one: str) -> Body:
    return {"type": "transferCall", "destinations": [{"type": "assistant", **names_one}]}


_STAYS = "11111111-0000-4000-8000-000000000000"
_Made = Callable[[str, str], Body]
_REFERRERS: dict[str, tuple[str, str, _Made]] = {
    "phone number": (
        "phone-number",
        "assistantId",
        lambda remote_id, _name: {"assistantId": remote_id},
    ),
    "hook of a phone number": (
        "phone-number",
        "hooks[0].do[0].destination.assistantId",
        lambda remote_id, _name: {
            "hooks": [{"do": [{"type": "transfer", "destination": {"assistantId": remote_id}}]}]
        },
    ),
    "squad member": (
        "squad",
        "members[1].assistantId",
        lambda remote_id, _name: {"members": [{"assistantId": _STAYS}, {"assistantId": remote_id}]},
    ),
    "squad destination by name": (
        "squad",
        "members[0].assistantDestinations[0].assistantName",
        lambda _id, name: {
            "members": [
                {
                    "assistantId": _STAYS,
                    "assistantDestinations": [{"type": "assistant", "assistantName": name}],
                }
            ]
        },
    ),
    "handoff in membersOverrides": (
        "squad",
        "membersOverrides.tools:append[0].destinations[0].assistantId",
        lambda remote_id, _name: {
            "members": [{"assistantId": _STAYS}],
            "membersOverrides": {"tools:append": [_handoff(assistantId=remote_id)]},
        },
    ),
    "handoff in assistantOverrides": (
        "squad",
        "members[0].assistantOverrides.model.tools[0].destinations[0].assistantName",
        lambda _id, name: {
            "members": [
                {
                    "assistantId": _STAYS,
                    "assistantOverrides": {"model": {"tools": [_handoff(assistantName=name)]}},
                }
            ]
        },
    ),
    "tool handoff by id": (
        "tool",
        "destinations[0].assistantId",
        lambda remote_id, _name: _handoff(assistantId=remote_id),
    ),
    "tool handoff by name": (
        "tool",
        "destinations[0].assistantName",
        lambda _id, name: _handoff(assistantName=name),
    ),
    "tool transferCall by name": (
        "tool",
        "destinations[0].assistantName",
        lambda _id, name: _transfer(assistantName=name),
    ),
    "structured output": (
        "structured-output",
        "assistantIds[1]",
        lambda remote_id, _name: {"assistantIds": [_STAYS, remote_id]},
    ),
    "scorecard": (
        "scorecard",
        "assistantIds[0]",
        lambda remote_id, _name: {"assistantIds": [remote_id]},
    ),
    "scheduled campaign": (
        "campaign",
        "assistantId",
        lambda remote_id, _name: {"status": "scheduled", "assistantId": remote_id},
    ),
    "campaign under way": (
        "campaign",
        "assistantId",
        lambda remote_id, _name: {"status": "in-progress", "assistantId": remote_id},
    ),
    "campaign of the second kind": (
        "campaign-v2",
        "assistantId",
        lambda remote_id, _name: {"status": "scheduled", "assistantId": remote_id},
    ),
    "simulation suite": (
        "simulation-suite",
        "targetId",
        lambda remote_id, _name: {"targetType": "assistant", "targetId": remote_id},
    ),
}


@pytest.mark.parametrize("referrer", _REFERRERS)
def test_what_refers_to_an_assistant_blocks_its_deletion(world: World, referrer: str) -> None:
    kind, path, made = _REFERRERS[referrer]
    other_id = world.server.add_other(
        _OTHER_KINDS[kind], name="Night shift", **made(_id(world), "Agent a")
    )
    world.undefine("a")
    change = world.change("a")
    assert [(each.kind, each.id, each.name) for each in change.used_by] == [
        (kind, other_id, "Night shift")
    ]
    assert [to_dotted(each.path) for each in change.used_by] == [path]
    (block,) = change.blocked
    assert block.guard == "in_use"
    assert f'{kind} "Night shift" ({other_id}) at {path}' in block.message
    assert _refused(world) == {"in_use"}


@pytest.mark.parametrize("by", ["assistantId", "assistantName"])
@pytest.mark.parametrize("is_owned", [True, False])
def test_another_assistants_handoff_blocks_too(
    world: World,
    by: str,
    is_owned: bool,  # noqa: FBT001 -- a parameter of the case
) -> None:
    value = _id(world) if by == "assistantId" else "Agent a"
    tools = {"provider": "openai", "tools": [_handoff(**{by: value})]}
    if is_owned:
        world.define("b", {"name": "Agent b", "model": tools})  # type: ignore[dict-item]  # plain JSON
        world.apply(replace(EVERYTHING, allow_destructive=1))
        referrer = _id(world, "b")
    else:
        referrer = world.server.add(name="Stranger", model=tools)
    world.undefine("a")
    (found,) = world.change("a").used_by
    assert (found.kind, found.id) == ("assistant", referrer)
    assert to_dotted(found.path) == f"model.tools[0].destinations[0].{by}"
    assert _refused(world) == {"in_use"}


def test_an_assistant_that_hands_off_to_itself_does_not_keep_itself(world: World) -> None:
    world.edit("a", model={"tools": [_handoff(assistantName="Agent a", assistantId=_id(world))]})
    world.undefine("a")
    assert world.apply().applied == {"delete": 1}


@pytest.mark.parametrize("path", ["/campaign", "/v2/campaign"])
def test_a_campaign_that_is_over_does_not_block(world: World, path: str) -> None:
    world.server.add_other(path, status="ended", assistantId=_id(world))
    world.undefine("a")
    assert world.apply().applied == {"delete": 1}


def test_an_id_in_free_text_or_metadata_is_no_reference(world: World) -> None:
    remote_id = _id(world)
    world.server.add_other("/tool", metadata={"assistantId": remote_id}, description=remote_id)
    world.server.add_other("/eval/simulation/suite", targetType="squad", targetId=remote_id)
    world.undefine("a")
    assert world.apply().applied == {"delete": 1}


def test_every_reference_is_listed_and_not_just_the_first(world: World) -> None:
    for number in range(3):
        world.server.add_other("/phone-number", name=f"Line {number}", assistantId=_id(world))
    world.server.add_other("/squad", members=[{"assistantId": _id(world)}])
    world.undefine("a")
    change = world.change("a")
    assert [each.kind for each in change.used_by] == ["phone-number"] * 3 + ["squad"]
    assert change.blocked[0].message.startswith("still used by 4: ")
    assert change.blocked[0].hint is not None
    assert "--detach assistant.a" in change.blocked[0].hint


def _hand_off(world: World, source: str, target: str, by: str = "assistantId") -> None:
    value = _id(world, target) if by == "assistantId" else f"Agent {target}"
    world.edit(source, model={"tools": [_handoff(**{by: value})]})


def _delete_order(world: World) -> list[str]:
    names = {owned.id: key for key, owned in world.owned.items()}
    count = _deletions(world, None)
    before = len(world.server.requests)
    assert world.apply(replace(EVERYTHING, allow_deletes=count)).applied == {"delete": count}
    return [
        names[each.path.rpartition("/")[2]].removeprefix("assistant.")  # type: ignore[index]  # a str is an id here
        for each in world.server.requests[before:]
        if each.method == "DELETE"
    ]


@pytest.mark.parametrize("by", ["assistantId", "assistantName"])
def test_a_referrer_that_goes_in_the_same_plan_goes_first(world: World, by: str) -> None:
    _hand_off(world, "b", "a", by)
    world.undefine("a", "b")
    changes = [each for each in world.plan().changes if each.action == "delete"]
    assert [each.address for each in changes] == [address("b"), address("a")]
    assert not any(each.blocked for each in changes)
    assert len(changes[1].used_by) == 1
    assert _delete_order(world) == ["b", "a"]


def test_a_chain_goes_from_its_head(world: World) -> None:
    _hand_off(world, "b", "a")
    _hand_off(world, "c", "b", "assistantName")
    _hand_off(world, "d", "c")
    world.undefine(*"abcd")
    assert _delete_order(world) == ["d", "c", "b", "a"]


def test_a_cycle_goes_by_address_and_waits_for_what_is_before_it(world: World) -> None:
    _hand_off(world, "a", "b")
    _hand_off(world, "b", "a")
    _hand_off(world, "c", "a")
    world.undefine(*"abc")
    assert _delete_order(world)[:1] == ["c"]
    assert not world.plan().has_changes


def test_a_referrer_that_is_skipped_keeps_what_it_refers_to(world: World) -> None:
    _hand_off(world, "b", "a")
    world.undefine("a", "b")
    options = PlanOptions(excludes=("assistant.b",))
    assert _guards(world.change("a", options)) == {"in_use"}
    assert _refused(world, options) == {"in_use"}


def test_a_referrer_that_is_forgotten_keeps_what_it_refers_to(world: World) -> None:
    """A forgotten one is live as before: only what goes from the server lets go."""
    world.define(
        "b",
        body("Agent b"),
        lifecycle=replace(world.definitions[address("b")].lifecycle, on_delete="forget"),
    )
    world.apply()
    _hand_off(world, "b", "a")
    world.undefine("a", "b")
    assert _refused(world) == {"in_use"}


@pytest.mark.parametrize("kind", _OTHER_KINDS)
@pytest.mark.parametrize("habit", ["missing", "forbidden"])
def test_a_list_that_cannot_be_read_counts_as_in_use(world: World, kind: str, habit: str) -> None:
    paths = frozenset({_OTHER_KINDS[kind]})
    world.server.habits = (
        replace(world.server.habits, missing=paths)
        if habit == "missing"
        else replace(world.server.habits, forbidden=paths)
    )
    world.undefine("a")
    (block,) = world.change("a").blocked
    assert block.guard == "unknown_use"
    assert block.hint == f"if none does: --ignore-unreadable {kind}"
    assert _refused(world) == {"unknown_use"}
    assert _refused(world, PlanOptions(ignore_unreadable=("somebody-else",))) == {"unknown_use"}
    assert world.apply(options=PlanOptions(ignore_unreadable=(kind,))).applied == {"delete": 1}


def test_each_list_that_cannot_be_read_is_named_by_itself(world: World) -> None:
    paths = frozenset({"/v2/campaign", "/tool"})
    world.server.habits = replace(world.server.habits, forbidden=paths)
    world.undefine("a")
    one = PlanOptions(ignore_unreadable=("tool",))
    assert [block.hint for block in world.change("a", one).blocked] == [
        "if none does: --ignore-unreadable campaign-v2"
    ]
    assert _refused(world, one) == {"unknown_use"}


def test_an_ignored_list_does_not_hide_what_the_others_show(world: World) -> None:
    world.server.habits = replace(world.server.habits, missing=frozenset({"/tool"}))
    world.server.add_other("/squad", members=[{"assistantId": _id(world)}])
    world.undefine("a")
    assert _refused(world, PlanOptions(ignore_unreadable=("tool", "squad"))) == {"in_use"}


def test_a_list_that_fails_or_is_not_whole_counts_as_in_use(world: World) -> None:
    world.undefine("a")
    world.server.fail("GET", "/squad", status(500), times=99)
    assert _guards(world.change("a")) == {"unknown_use"}
    world.server.forget_faults()
    for number in range(150):
        world.server.add_other("/tool", name=f"t{number}")
    world.server.habits = replace(world.server.habits, ignores_time_filters=True)
    (block,) = world.change("a").blocked
    assert (block.guard, block.hint) == ("unknown_use", "if none does: --ignore-unreadable tool")


def test_a_plan_without_deletion_or_rename_reads_no_other_kind(world: World) -> None:
    world.define("a", body("Agent a", firstMessage="Hi"))
    world.define("g", body("Agent g"))
    before = len(world.server.requests)
    world.plan()
    assert {each.path for each in world.server.requests[before:]} == {"/assistant"}
    world.apply()
    world.undefine("g")
    before = len(world.server.requests)
    world.plan(PlanOptions(skip_deletes=True))
    assert {each.path for each in world.server.requests[before:]} == {"/assistant"}


def test_a_rename_that_breaks_a_reference_by_name_is_noted_and_not_stopped(world: World) -> None:
    tool_id = world.server.add_other("/tool", name="Hand over", **_handoff(assistantName="Agent a"))
    world.server.add_other("/phone-number", assistantId=_id(world))
    world.define("a", body("Agent A, new"))
    before = len(world.server.requests)
    change = world.change("a")
    assert {each.path for each in world.server.requests[before:]} == {
        "/assistant",
        "/squad",
        "/tool",
    }
    place = f'tool "Hand over" ({tool_id}) at destinations[0].assistantName'
    assert f"the old name is still referred to by {place}" in change.notes
    assert not change.blocked
    assert world.apply().applied == {"update": 1}


def test_a_rename_that_breaks_an_assistants_handoff_is_noted(world: World) -> None:
    _hand_off(world, "b", "a", "assistantName")
    world.options = PlanOptions(resolve={"*": "theirs"})
    world.define("a", body("Renamed"))
    assert any("old name is still referred to" in each for each in world.change("a").notes)


def test_a_name_two_live_ones_share_still_blocks(world: World) -> None:
    """Which of the two a handoff by name reaches is the server's secret: neither is deleted."""
    world.server.add(name="Agent a")
    world.server.add_other("/tool", **_handoff(assistantName="Agent a"))
    world.undefine("a")
    assert _refused(world) == {"in_use"}


def test_a_long_list_of_phone_numbers_is_read_to_its_end(world: World) -> None:
    world.server.add_other("/phone-number", name="the oldest", assistantId=_id(world))
    for number in range(249):
        world.server.add_other("/phone-number", name=f"n{number}", assistantId=_STAYS)
    world.undefine("a")
    assert [each.name for each in world.change("a").used_by] == ["the oldest"]
    assert _refused(world) == {"in_use"}


@pytest.mark.parametrize("path", ["/structured-output", "/v2/campaign"])
@pytest.mark.parametrize("order", ["newest", "oldest"])
def test_a_long_list_in_pages_is_read_to_its_end(tmp_path: Path, path: str, order: str) -> None:
    world = _six(World(tmp_path, Habits(order=order)))  # type: ignore[arg-type]  # one of its words
    extra = {"assistantIds": [_id(world)], "assistantId": _id(world)}
    for number in range(230):
        world.server.add_other(path, name=f"n{number}", **(extra if number in {0, 229} else {}))
    world.undefine("a")
    assert {each.name for each in world.change("a").used_by} == {"n0", "n229"}


def test_one_deletion_among_a_hundred_costs_a_dozen_requests(tmp_path: Path) -> None:
    world = World(tmp_path)
    for number in range(100):
        world.define(f"k{number}", body(f"n{number}"))
    world.apply()
    world.undefine("k7")
    before = len(world.server.requests)
    world.plan()
    asked = [each.path for each in world.server.requests[before:]]
    print(len(asked), "requests:", *asked)  # noqa: T201 -- the number is what a reader wants to see
    # the assistants twice (a full page is never the last), eight other kinds, the calls of one
    assert len(asked) == 2 + len(_OTHER_KINDS) + 1
    assert set(world.sent) == {"GET"}
