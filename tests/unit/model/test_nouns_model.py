"""Addresses, markers, definitions and plans: what each noun promises."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_sync.model.address import (
    KEY,
    Address,
    RemoteId,
    key_of,
    kind_of,
    make_address,
    parse_address,
)
from assistants_sync.model.definition import Definition
from assistants_sync.model.marker import Marker, parse_marker
from assistants_sync.model.plan import (
    Action,
    Block,
    Change,
    FieldChange,
    FieldKind,
    Plan,
    Reason,
)
from assistants_sync.model.source import SourceRef
from assistants_sync.model.value import Body, Lookup, Ref, Secret, Value

KINDS = ("assistant",)
DESK = Address("assistant.front-desk")


@given(st.from_regex(KEY, fullmatch=True))
def test_an_address_is_read_back_as_its_kind_and_key(key: str) -> None:
    address = make_address("assistant", key)
    assert (kind_of(address), key_of(address)) == ("assistant", key)
    assert parse_address(address, KINDS) == address


@pytest.mark.parametrize("key", ["", "-a", ".a", "A", "a b", "a/b", "ä", "a\n"])
def test_a_key_of_other_letters_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="is not a key"):
        make_address("assistant", key)


@pytest.mark.parametrize("text", ["front-desk", "squad.front-desk", "", ".front-desk"])
def test_a_text_without_a_known_kind_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not an address: write assistant\.KEY"):
        parse_address(text, KINDS)


def test_an_address_with_a_bad_key_says_which_letters_it_may_have() -> None:
    with pytest.raises(ValueError, match=r"`A` is not a key: use \[a-z0-9\]"):
        parse_address("assistant.A", KINDS)


TEXTS = st.text(max_size=5)


@given(st.builds(Marker, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS, st.integers(0, 9)))
def test_a_marker_reads_back_as_it_was_written(marker: Marker) -> None:
    assert parse_marker(marker.to_json()) == marker


@pytest.mark.parametrize("version", [None, "1", 1.0])
def test_a_marker_without_a_usable_version_is_of_version_zero(version: Value) -> None:
    written = Marker("p", "e", "k", "l", "a", "w").to_json()
    found = parse_marker({**written, "v": version})
    assert found == Marker("p", "e", "k", "l", "a", "w", v=0)


def test_a_marker_of_tomorrow_may_say_more_than_we_know() -> None:
    marker = Marker("p", "e", "k", "l", "a", "w", v=2)
    assert parse_marker({**marker.to_json(), "team": "voice"}) == marker


@pytest.mark.parametrize("field", ["project", "environment", "key", "lineage", "attempt", "write"])
@pytest.mark.parametrize("value", [None, 7, ["x"], {"x": "y"}])
def test_a_marker_with_a_field_that_is_no_text_is_none(field: str, value: Value) -> None:
    written = Marker("p", "e", "k", "l", "a", "w").to_json()
    assert parse_marker({**written, field: value}) is None


@pytest.mark.parametrize("value", [None, "text", 3, True, [], [1], {}])
def test_what_is_no_marker_is_none(value: Value) -> None:
    assert parse_marker(value) is None


@pytest.mark.parametrize(
    ("place", "text"),
    [(SourceRef("a.yaml"), "a.yaml"), (SourceRef("a.yaml", 3, 7), "a.yaml:3:7")],
)
def test_a_place_reads_as_editors_open_it(place: SourceRef, text: str) -> None:
    assert str(place) == text


def test_a_path_was_written_where_its_nearest_ancestor_was() -> None:
    whole, model = SourceRef("a.yaml", 1, 1), SourceRef("a.yaml", 4, 3)
    definition = Definition(DESK, {}, whole, places={("model",): model})
    assert definition.place(("model", "provider")) == model
    assert definition.place(("model",)) == model
    assert definition.place(("voice",)) == whole
    assert definition.place(()) == whole


def test_what_is_more_than_json_is_known_of_each_body_anew() -> None:
    key, squad, tool = Secret("k"), Ref(Address("assistant.squad")), Lookup("tool", "Book")
    body: Body = {"model": {"toolIds": ["id-1", tool]}, "server": {"secret": key}, "next": squad}
    definition = Definition(DESK, body, SourceRef("a.yaml"))
    assert dict(definition.ids) == {("model", "toolIds", "1"): tool, ("next",): squad}
    assert dict(definition.secrets) == {("server", "secret"): key}
    assert not replace(definition, body={"name": "Desk"}).specials


def change(action: Action, *fields: FieldKind, blocked: tuple[Block, ...] = ()) -> Change:
    return Change(
        address=DESK,
        action=action,
        reason=Reason.UNCHANGED,
        id=RemoteId("id-1"),
        fields=tuple(FieldChange(("name",), kind) for kind in fields),
        blocked=blocked,
    )


def plan(*changes: Change, blocks: tuple[Block, ...] = ()) -> Plan:
    return Plan("1", "shop", "default", None, None, None, changes, blocks)


def test_a_plan_is_not_printed_with_all_it_changes() -> None:
    # asyncio prints what a task has come to, and forgets it.
    assert DESK not in repr(plan(change(Action.UPDATE)))


def test_drift_is_what_somebody_else_changed() -> None:
    found = change(Action.UPDATE, *FieldKind).drift
    assert {each.kind for each in found} == {FieldKind.DRIFT, FieldKind.CONFLICT, FieldKind.KEPT}


@pytest.mark.parametrize("action", Action)
def test_a_plan_has_changes_when_one_is_not_a_no_op(action: Action) -> None:
    assert plan(change(Action.NO_OP), change(action)).has_changes is (action is not Action.NO_OP)


def test_an_empty_plan_has_no_changes_and_no_refusals() -> None:
    assert not plan().has_changes
    assert plan().refusals == ()


def test_changes_are_given_by_action_in_their_order() -> None:
    create, delete = change(Action.CREATE), change(Action.DELETE)
    whole = plan(create, change(Action.UPDATE), delete)
    assert whole.of(Action.DELETE, Action.CREATE) == (create, delete)
    assert whole.of(Action.FORGET) == ()


def test_refusals_are_those_of_the_plan_and_then_of_each_change() -> None:
    whole, one = Block("no_definitions", "none"), Block("protected", "it is")
    refused = plan(change(Action.DELETE, blocked=(one,)), blocks=(whole,))
    assert refused.refusals == ((None, whole), (DESK, one))
