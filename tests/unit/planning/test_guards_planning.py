"""Each guard, one by one: what it refuses, what it lets pass, and the way out it names."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from assistants_sync.model.address import Address, RemoteId
from assistants_sync.model.definition import Definition, Desired, Lifecycle
from assistants_sync.model.live import Live, LiveObject
from assistants_sync.model.marker import Marker
from assistants_sync.model.plan import Action, Block, Change, PlanOptions, Reason
from assistants_sync.model.project import Environment, Project, Safety
from assistants_sync.model.source import SourceRef
from assistants_sync.model.state import Generation, Owned, Snapshot, State
from assistants_sync.model.step import Update
from assistants_sync.model.value import Body, FieldPath, Secret, Value
from assistants_sync.planning import guards
from assistants_sync.planning.inputs import Inputs
from assistants_sync.resources import KINDS
from assistants_sync.resources.fingerprint import Hasher

ASSISTANT = KINDS["assistant"]
KEY = "01" * 32
HASHER = Hasher(ASSISTANT, KEY)
DESK, OURS_ID, OTHER_ID = Address("assistant.desk"), RemoteId("id-1"), RemoteId("id-2")
MARKER = Marker("shop", "default", "desk", "lineage-1", "attempt-1", "write-1")
OWNED = Owned(OURS_ID, attempt="attempt-1", write="write-1")
DEFINITION = Definition(DESK, {"name": "Desk"}, SourceRef("desk.yaml", 1, 1))
LIVE = LiveObject(OURS_ID, {"name": "Desk"}, name="Desk", marker=MARKER)


def inputs(
    *live: LiveObject,
    owned: int = 0,
    defined: bool = True,
    safety: Safety | None = None,
    options: PlanOptions | None = None,
) -> Inputs:
    """A project `shop` that owns so many assistants, `id-1` the first of them."""
    addresses = {
        Address(f"assistant.x{number}"): replace(OWNED, id=RemoteId(f"id-{number}"))
        for number in range(1, owned + 1)
    }
    state = State("lineage-1", "shop", "default", KEY, owned=addresses)
    return Inputs(
        kind=ASSISTANT,
        project=Project("shop", Environment(safety=safety or Safety())),
        desired=Desired({DESK: DEFINITION} if defined else {}),
        snapshot=Snapshot(state, Generation(0, 0)),
        live=Live({each.id: each for each in live}),
        hasher=HASHER,
        tool_version="1",
        options=options or PlanOptions(),
    )


def changes(count: int, action: Action, reason: Reason = Reason.UNCHANGED) -> Sequence[Change]:
    return [Change(Address(f"assistant.x{number}"), action, reason) for number in range(count)]


def hint_of(block: Block | None) -> str:
    assert block is not None
    return str(block.hint)


# --- creating a second one ------------------------------------------------------------------


@pytest.mark.parametrize("lineage", ["lineage-1", "lineage-9"])
def test_an_object_that_bears_the_address_is_not_created_again(lineage: str) -> None:
    other = replace(LIVE, id=OTHER_ID, marker=replace(MARKER, lineage=lineage))
    block = guards.marked_elsewhere(inputs(other), DESK)
    assert block is not None
    assert block.guard == "marked_elsewhere"
    assert "id-2" in block.message
    assert block.hint == "take it over with `import assistant.desk id-2`"


@pytest.mark.parametrize(
    "marker",
    [
        None,
        replace(MARKER, key="sales"),
        replace(MARKER, project="other"),
        replace(MARKER, environment="eu"),
    ],
)
def test_an_object_of_another_address_is_no_obstacle(marker: Marker | None) -> None:
    found = guards.marked_elsewhere(inputs(replace(LIVE, id=OTHER_ID, marker=marker)), DESK)
    assert found is None


def test_an_object_we_own_is_no_second_one() -> None:
    assert guards.marked_elsewhere(inputs(LIVE, owned=1), DESK) is None
    assert guards.same_name(inputs(replace(LIVE, marker=None), owned=1), DEFINITION) is None


def test_a_name_nobody_manages_is_most_likely_the_one_that_is_meant() -> None:
    unmanaged = replace(LIVE, id=OTHER_ID, marker=None)
    block = guards.same_name(inputs(unmanaged), DEFINITION)
    assert block is not None
    assert block.guard == "same_name"
    assert "`import assistant.desk id-2`" in hint_of(block)
    assert "--allow-same-name" in hint_of(block)


@pytest.mark.parametrize(
    ("live", "body", "options"),
    [
        (replace(LIVE, marker=None), {"name": "Desk"}, PlanOptions(allow_same_name=True)),
        (replace(LIVE, marker=None), {}, PlanOptions()),
        (replace(LIVE, marker=None), {"name": None}, PlanOptions()),
        (replace(LIVE, marker=None, name="Sales"), {"name": "Desk"}, PlanOptions()),
        (replace(LIVE, marker=None, name=None), {}, PlanOptions()),
        (LIVE, {"name": "Desk"}, PlanOptions()),
    ],
)
def test_a_name_is_no_obstacle_otherwise(
    live: LiveObject, body: Body, options: PlanOptions
) -> None:
    definition = replace(DEFINITION, body=body)
    assert guards.same_name(inputs(live, options=options), definition) is None


# --- whose it is ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "marker", [replace(MARKER, project="other"), replace(MARKER, environment="eu")]
)
def test_an_object_another_project_marked_is_left_to_it(marker: Marker) -> None:
    block = guards.foreign_marker(inputs(), replace(LIVE, marker=marker))
    assert block is not None
    assert block.guard == "not_ours"
    assert f"project `{marker.project}`, environment `{marker.environment}`" in block.message


@pytest.mark.parametrize("marker", [None, MARKER, replace(MARKER, lineage="lineage-9")])
def test_an_object_of_this_project_or_of_nobody_may_be_updated(marker: Marker | None) -> None:
    assert guards.foreign_marker(inputs(), replace(LIVE, marker=marker)) is None


def test_an_object_with_our_marker_may_be_deleted() -> None:
    assert guards.ownership(inputs(), OWNED, LIVE) is None


@pytest.mark.parametrize(
    "marker",
    [
        None,
        replace(MARKER, project="other"),
        replace(MARKER, environment="eu"),
        replace(MARKER, lineage="lineage-9"),
    ],
)
def test_an_object_without_our_marker_is_not_deleted(marker: Marker | None) -> None:
    block = guards.ownership(inputs(), OWNED, replace(LIVE, marker=marker))
    assert block is not None
    assert block.guard == "not_ours"
    assert "`state rm`" in hint_of(block)


IMPORTED = Owned(OURS_ID, import_hash=HASHER.body(LIVE.body))


def test_an_imported_object_may_be_deleted_while_it_is_as_it_was() -> None:
    assert guards.ownership(inputs(), IMPORTED, replace(LIVE, marker=None)) is None


@pytest.mark.parametrize(
    ("owned", "live"),
    [
        (IMPORTED, replace(LIVE, marker=None, body={"name": "Changed"})),
        (replace(IMPORTED, write="write-1"), replace(LIVE, marker=None)),
        (replace(IMPORTED, import_hash=None), replace(LIVE, marker=None)),
        (IMPORTED, replace(LIVE, marker=replace(MARKER, project="other"))),
    ],
)
def test_an_imported_object_is_not_deleted_otherwise(owned: Owned, live: LiveObject) -> None:
    block = guards.ownership(inputs(), owned, live)
    assert block is not None
    assert block.guard == "not_ours"


def test_a_protected_object_is_not_deleted() -> None:
    block = guards.protected(inputs(), replace(OWNED, lifecycle=Lifecycle(protect=True)))
    assert block is not None
    assert block.guard == "protected"
    assert "`protect: false`" in hint_of(block)
    assert guards.protected(inputs(), OWNED) is None


# --- secrets we do not have -----------------------------------------------------------------

SERVER = Secret("hidden")


def update(
    keys: Sequence[str],
    overlay: dict[FieldPath, Value],
    clears: tuple[FieldPath, ...] = (),
) -> Update:
    return Update(
        address=DESK,
        owned=OWNED,
        keys=tuple(keys),
        overlay=overlay,
        clears=clears,
        tracked=overlay,
        kept=frozenset(),
        before={},
        lifecycle=Lifecycle(),
    )


def unknown(live: LiveObject, planned: Update) -> Block | None:
    return guards.secret_unknown(inputs(), live, planned)


HIDING = replace(LIVE, body={"server": {"url": "u"}}, flags={"isServerUrlSecretSet": True})
NEW_URL: dict[FieldPath, Value] = {("server", "url"): "v"}


def test_a_hidden_secret_is_not_wiped_by_an_update_beside_it() -> None:
    block = unknown(HIDING, update(["server"], NEW_URL))
    assert block is not None
    assert block.guard == "secret_unknown"
    assert "replacing `server` would wipe it" in block.message
    assert (
        hint_of(block)
        == "declare it, `server.secret: !secret NAME` (or null to drop it on purpose)"
    )


@pytest.mark.parametrize(
    ("live", "planned"),
    [
        (replace(HIDING, flags={"isServerUrlSecretSet": False}), update(["server"], NEW_URL)),
        (replace(HIDING, flags={}), update(["server"], NEW_URL)),
        (HIDING, update(["name"], {("name",): "x"})),
        (HIDING, update(["server"], {("server", "secret"): SERVER, ("server", "url"): "v"})),
        (HIDING, update(["server"], {("server", "secret"): None})),
        (HIDING, update(["server"], {("server",): None})),
        (HIDING, update(["server"], {}, (("server",),))),
    ],
)
def test_a_hidden_secret_is_no_obstacle_when_it_is_known_or_left_alone(
    live: LiveObject, planned: Update
) -> None:
    assert unknown(live, planned) is None


@pytest.mark.parametrize("stars", ["***", "••••", "xxxx", "...", "*.*x"])
def test_a_masked_secret_is_not_sent_back(stars: str) -> None:
    live = replace(LIVE, body={"voice": {"apiKey": Secret(stars), "speed": 1}})
    block = unknown(live, update(["voice"], {("voice", "speed"): 2}))
    assert block is not None
    assert "`voice.apiKey`" in block.message


@pytest.mark.parametrize(
    ("value", "planned"),
    [
        (Secret("sk-1"), update(["voice"], {("voice", "speed"): 2})),
        (Secret(""), update(["voice"], {("voice", "speed"): 2})),
        (Secret([1]), update(["voice"], {("voice", "speed"): 2})),
        ("***", update(["voice"], {("voice", "speed"): 2})),
        (Secret("***"), update(["name"], {("name",): "x"})),
        (Secret("***"), update(["voice"], {("voice", "apiKey"): Secret("sk-2")})),
        (Secret("***"), update(["voice"], {}, (("voice", "apiKey"),))),
    ],
)
def test_a_secret_that_is_shown_or_replaced_is_no_obstacle(value: Value, planned: Update) -> None:
    live = replace(LIVE, body={"voice": {"apiKey": value, "speed": 1}})
    assert unknown(live, planned) is None


TOOLS = ("model", "tools")


def tool(server: Value = None, name: str = "pay") -> Value:
    return {"function": {"name": name}, "server": server}


WITH_SECRET = tool({"url": "u", "secret": SERVER})


def test_a_list_is_not_replaced_by_one_that_says_nothing_of_a_secret_in_it() -> None:
    live = replace(LIVE, body={"model": {"tools": [WITH_SECRET]}})
    block = unknown(live, update(["model"], {TOOLS: [tool({"url": "v"})]}))
    assert block is not None
    assert "a part of `model.tools` holds a secret" in block.message
    assert "hidden" not in repr(block)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([WITH_SECRET], [tool({"url": "v", "secret": SERVER})]),
        ([WITH_SECRET], [tool({"url": "v", "secret": None})]),
        ([WITH_SECRET], [tool({"url": "v"}, name="book")]),
        ([WITH_SECRET], []),
        ([WITH_SECRET], None),
        ([tool({"url": "u"})], [tool({"url": "v"})]),
        (["id-1"], ["id-2"]),
        (None, [tool({"url": "v"})]),
    ],
)
def test_a_list_may_be_replaced_otherwise(before: Value, after: Value) -> None:
    live = replace(LIVE, body={"model": {"tools": before}})
    assert unknown(live, update(["model"], {TOOLS: after})) is None


# --- brakes ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("safety", "owned", "limit"),
    [
        (Safety(), 0, 1),
        (Safety(), 1, 1),
        (Safety(), 9, 1),
        (Safety(), 10, 2),
        (Safety(), 25, 5),
        (Safety(), 1000, 5),
        (Safety(max_deletes=0), 1000, 0),
        (Safety(max_deletes=3), 1000, 3),
        (Safety(max_deletes=100), 1000, 5),
        (Safety(max_delete_ratio=1.0), 3, 3),
        (Safety(max_delete_ratio=0.0), 1000, 1),
    ],
)
def test_the_lower_of_all_limits_holds(safety: Safety, owned: int, limit: int) -> None:
    assert guards.deletion_limit(safety, owned) == limit


@pytest.mark.parametrize(
    ("count", "owned", "words"),
    [
        (0, 0, None),
        (0, 10, None),
        (1, 10, None),
        (2, 10, None),
        (3, 10, "3 of 10 owned would be deleted; the limit is 2"),
        (1, 1, "1 of 1 owned would be deleted; nothing would be left"),
        (6, 1000, "6 of 1000 owned would be deleted; the limit is 5"),
    ],
)
def test_more_deletions_than_go_without_saying_need_their_number(
    count: int, owned: int, words: str | None
) -> None:
    block = guards.too_many_deletes(inputs(owned=owned), changes(count, Action.DELETE))
    assert (block.message if block else None) == words
    assert block is None or hint_of(block).endswith(f"--allow-deletes={count}")


@pytest.mark.parametrize(
    ("count", "owned", "limit"), [(1, 0, None), (2, 9, 1), (2, 10, None), (6, 1000, 5)]
)
def test_more_destructive_updates_than_go_without_saying_need_their_number(
    count: int, owned: int, limit: int | None
) -> None:
    planned = [replace(each, destructive=("x",)) for each in changes(count, Action.UPDATE)]
    block = guards.too_many_destructive(inputs(owned=owned), planned)
    assert (block is None) is (limit is None)
    if block:
        assert block.message == f"{count} updates are destructive; the limit is {limit}"
        assert hint_of(block).endswith(f"--allow-destructive={count}")


@pytest.mark.parametrize(
    ("count", "owned", "limit"), [(0, 0, None), (1, 5, None), (2, 5, 1), (6, 1000, 5)]
)
def test_more_gone_than_chance_explains_need_their_number(
    count: int, owned: int, limit: int | None
) -> None:
    block = guards.too_many_gone(inputs(owned=owned), changes(count, Action.FORGET, Reason.GONE))
    assert (block is None) is (limit is None)
    if block:
        assert f"{count} of {owned} owned are gone" in block.message
        assert hint_of(block).endswith(f"--accept-gone={count}")


# --- nothing defined ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("has_folder", "words"), [(True, "no definitions in"), (False, "no definitions folder in")]
)
def test_nothing_defined_looks_like_a_mistake(*, has_folder: bool, words: str) -> None:
    empty = replace(inputs(owned=1), desired=Desired({}, has_folder=has_folder))
    block = guards.no_definitions(empty, changes(1, Action.DELETE))
    assert block is not None
    assert block.guard == "no_definitions"
    assert f"there are {words} `assistants`" in block.message
    assert "allow_empty: true" in hint_of(block)


def test_nothing_defined_is_no_obstacle_when_nothing_goes_or_it_is_meant() -> None:
    deletes = changes(1, Action.DELETE)
    meant = inputs(defined=False, safety=Safety(allow_empty=True))
    assert guards.no_definitions(meant, deletes) is None
    assert guards.no_definitions(inputs(), deletes) is None
    assert guards.no_definitions(inputs(defined=False), changes(1, Action.NO_OP)) is None
