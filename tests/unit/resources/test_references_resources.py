"""Where a body refers to an assistant: laws of finding, moving and letting go."""

from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_sync.model.address import RemoteId
from assistants_sync.model.live import LiveObject
from assistants_sync.model.usage import Reference
from assistants_sync.model.value import FieldPath, Value, to_dotted
from assistants_sync.resources import KINDS
from assistants_sync.resources.references import (
    can_unlink,
    find_references,
    unlinked,
    value_at,
    with_value,
)
from assistants_sync.resources.referrers import REFERRERS

Body: TypeAlias = dict[str, Value]
_OLD, _NEW, _NAME = "old-id", "new-id", "Agent Old"
_WORDS = st.sampled_from([_OLD, _NAME, "other", ""])
_KEYS = st.sampled_from(
    ["assistantId", "assistantName", "assistantIds", "targetId", "targetType", "members", "x", "0"]
)
_VALUES: st.SearchStrategy[Value] = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | _WORDS | st.just("assistant"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=12,
)
_BODIES: st.SearchStrategy[Body] = st.dictionaries(_KEYS, _VALUES, max_size=5)


def _found(
    body: Body, kind: str = "squad", ids: frozenset[str] = frozenset({_OLD})
) -> list[tuple[str, Reference]]:
    live = LiveObject(RemoteId("x"), body, name="Team")
    return list(find_references(REFERRERS[kind], live, ids, frozenset({_NAME})))


@pytest.mark.parametrize(
    ("body", "path", "by"),
    [
        ({"assistantId": _OLD}, "assistantId", "id"),
        ({"members": [{}, {"assistantId": _OLD}]}, "members[1].assistantId", "id"),
        ({"assistantIds": ["other", _OLD]}, "assistantIds[1]", "id"),
        ({"targetType": "assistant", "targetId": _OLD}, "targetId", "id"),
        ({"targetId": _OLD, "targetType": "assistant"}, "targetId", "id"),
        ({"a": [[{"assistantName": _NAME}]]}, "a[0][0].assistantName", "name"),
        ({"entryAssistantName": _NAME}, "entryAssistantName", "name"),
    ],
)
def test_a_reference_is_found_with_its_path_and_how_it_refers(
    body: Body, path: str, by: str
) -> None:
    ((value, reference),) = _found(body)
    assert value == (_NAME if by == "name" else _OLD)
    assert (reference.kind, reference.id, reference.name) == ("squad", "x", "Team")
    assert (to_dotted(reference.path), reference.by) == (path, by)


@pytest.mark.parametrize(
    "body",
    [
        {"assistantId": _NAME},
        {"assistantName": _OLD},
        {"assistantIds": _OLD},
        {"assistantId": None},
        {"assistantId": [_OLD]},
        {"targetId": _OLD, "targetType": "squad"},
        {"targetId": _OLD},
        {"description": _OLD},
        {"metadata": {"assistantId": _OLD}},
        {"function": {"parameters": {"properties": {"assistantId": _OLD}}}},
        {"schema": {"assistantId": _OLD}},
    ],
)
def test_what_only_looks_like_a_reference_is_none(body: Body) -> None:
    assert not _found(body)


@pytest.mark.parametrize("kind", ["campaign", "campaign-v2"])
@pytest.mark.parametrize("state", ["scheduled", "in-progress", "ended", None, "never heard"])
def test_only_what_is_over_needs_nobody(kind: str, state: str | None) -> None:
    is_found = bool(_found({"assistantId": _OLD, "status": state}, kind))
    assert is_found == (state != "ended")


def test_a_status_of_another_kind_means_nothing() -> None:
    assert _found({"assistantId": _OLD, "status": "ended"}, "phone-number")


def test_an_assistants_own_handoffs_are_found_too() -> None:
    live = LiveObject(RemoteId("x"), {"model": {"tools": [{"assistantName": _NAME}]}})
    ((_, reference),) = find_references(KINDS["assistant"], live, set(), {_NAME})
    assert to_dotted(reference.path) == "model.tools[0].assistantName"


@given(_BODIES)
def test_what_is_found_stands_where_it_is_said_to(body: Body) -> None:
    for value, reference in _found(body):
        assert value_at(body, reference.path) == value
        assert value == (_NAME if reference.by == "name" else _OLD)


@given(_BODIES)
def test_each_place_is_found_once(body: Body) -> None:
    paths = [reference.path for _, reference in _found(body)]
    assert len(paths) == len(set(paths))


@given(_BODIES)
def test_nobody_asked_for_is_nobody_found(body: Body) -> None:
    live = LiveObject(RemoteId("x"), body)
    assert not list(find_references(REFERRERS["squad"], live, (), ()))


@given(_BODIES)
def test_moving_every_reference_leaves_none_and_touches_nothing_else(body: Body) -> None:
    now = dict(body)
    found = _found(body)
    for _, reference in found:
        now |= with_value(now, reference.path, _NEW)
    assert not _found(now)
    assert all(value_at(now, reference.path) == _NEW for _, reference in found)
    for value, reference in found:
        now |= with_value(now, reference.path, value)
    assert now == body


@given(_BODIES)
def test_a_move_names_its_top_level_key_alone(body: Body) -> None:
    for _, reference in _found(body):
        assert with_value(body, reference.path, _NEW).keys() == {reference.path[0]}


@given(_BODIES)
def test_a_move_does_not_change_the_body_it_is_given(body: Body) -> None:
    before = repr(body)
    for _, reference in _found(body):
        with_value(body, reference.path, _NEW)
    assert repr(body) == before


@given(_BODIES, st.lists(_KEYS, min_size=1, max_size=4).map(tuple))
def test_a_path_that_leads_nowhere_is_no_error(body: Body, path: FieldPath) -> None:
    assert value_at(body, path) is None or path[0] in body


@pytest.mark.parametrize(
    ("kind", "path", "body"),
    [
        ("phone-number", ("assistantId",), {"assistantId": _OLD}),
        ("squad", ("members", "0", "assistantId"), {"members": [{"assistantId": _OLD}, {}]}),
        ("structured-output", ("assistantIds", "0"), {"assistantIds": [_OLD]}),
        ("scorecard", ("assistantIds", "1"), {"assistantIds": ["other", _OLD]}),
    ],
)
def test_what_may_be_let_go(kind: str, path: FieldPath, body: Body) -> None:
    assert can_unlink(kind, path, body)
    assert not _found(unlinked(kind, body, path), kind)


@pytest.mark.parametrize(
    ("kind", "path", "body"),
    [
        ("phone-number", ("hooks", "0", "assistantId"), {"hooks": [{"assistantId": _OLD}]}),
        ("squad", ("members", "0", "assistantId"), {"members": [{"assistantId": _OLD}]}),
        ("squad", ("members", "0", "assistantId"), {"members": None}),
        (
            "squad",
            ("members", "0", "assistantDestinations", "0", "assistantName"),
            {"members": [{"assistantDestinations": [{"assistantName": _NAME}]}, {}]},
        ),
        ("tool", ("destinations", "0", "assistantId"), {"destinations": [{"assistantId": _OLD}]}),
        ("simulation-suite", ("targetId",), {"targetType": "assistant", "targetId": _OLD}),
        ("campaign", ("assistantId",), {"assistantId": _OLD}),
        ("campaign-v2", ("assistantId",), {"assistantId": _OLD}),
        ("assistant", ("model", "tools", "0", "assistantId"), {"model": {}}),
        ("something new", ("assistantId",), {"assistantId": _OLD}),
    ],
)
def test_what_may_not_be_let_go(kind: str, path: FieldPath, body: Body) -> None:
    assert not can_unlink(kind, path, body)


_MEMBERS = st.lists(st.sampled_from([_OLD, "other"]), min_size=1, max_size=5)


@given(_MEMBERS)
def test_members_go_from_the_last_on_and_never_all_of_them(ids: list[str]) -> None:
    """As apply does it: later items first, so that no index moves under another reference."""
    body: Body = {"members": [{"assistantId": each, "n": n} for n, each in enumerate(ids)]}
    for _, reference in reversed(_found(body)):
        if can_unlink("squad", reference.path, body):
            body |= unlinked("squad", body, reference.path)
    members = body["members"]
    assert isinstance(members, list)
    kept = [each["assistantId"] for each in members]
    assert kept == ([each for each in ids if each != _OLD] or [_OLD])


@given(st.sampled_from(["structured-output", "scorecard"]), _MEMBERS)
def test_a_list_of_ids_loses_exactly_the_one(kind: str, ids: list[str]) -> None:
    body: Body = {"assistantIds": list(ids), "name": "kept"}
    for _, reference in reversed(_found(body, kind)):
        assert can_unlink(kind, reference.path, body)
        body |= unlinked(kind, body, reference.path)
    assert body == {"assistantIds": [each for each in ids if each != _OLD], "name": "kept"}
