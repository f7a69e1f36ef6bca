"""How two values differ, as people read it: as deep as both are lists, and masked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_sync.model.plan import FieldChange, FieldKind
from assistants_sync.model.value import MASK, FieldPath, JsonValue, Secret, Value
from assistants_sync.planning import compare
from assistants_sync.planning.compare import field_changes
from assistants_sync.resources import KINDS
from assistants_sync.resources.essence import canonical

ASSISTANT = KINDS["assistant"]
NAME, MESSAGES, TOOLS = ("name",), ("model", "messages"), ("model", "tools")


def changes(
    path: FieldPath, before: Value, after: Value, kind: FieldKind = FieldKind.CHANGE
) -> tuple[FieldChange, ...]:
    return field_changes(ASSISTANT, path, kind, before, after)


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("a", "b", FieldKind.CHANGE),
        (None, "b", FieldKind.ADD),
        ("a", None, FieldKind.REMOVE),
        (None, ["b"], FieldKind.ADD),
        (["a"], None, FieldKind.REMOVE),
        (["a"], "b", FieldKind.CHANGE),
        ({}, {"a": 1}, FieldKind.CHANGE),
    ],
)
def test_a_leaf_that_is_no_list_differs_as_a_whole(
    before: JsonValue, after: JsonValue, kind: FieldKind
) -> None:
    assert changes(NAME, before, after) == (FieldChange(NAME, kind, before, after),)


@pytest.mark.parametrize("kind", [kind for kind in FieldKind if kind is not FieldKind.CHANGE])
def test_drift_and_conflicts_stay_what_they_are(kind: FieldKind) -> None:
    assert changes(NAME, None, "b", kind) == (FieldChange(NAME, kind, None, "b"),)
    assert [each.kind for each in changes(MESSAGES, ["a"], ["a", "b"], kind)] == [kind]


def test_a_list_differs_at_the_paths_that_differ() -> None:
    before: Value = [{"role": "system", "content": "a"}, {"role": "user", "content": "b"}]
    after: Value = [{"role": "system", "content": "A"}, {"role": "user", "content": "b"}]
    path = ("model", "messages", "0", "content")
    assert changes(MESSAGES, before, after) == (FieldChange(path, FieldKind.CHANGE, "a", "A"),)


def test_an_item_more_and_an_item_less_are_told_by_their_places() -> None:
    more = changes(MESSAGES, ["a"], ["a", "b"])
    assert more == (FieldChange((*MESSAGES, "1"), FieldKind.ADD, None, "b"),)
    less = changes(MESSAGES, ["a", "b"], ["a"])
    assert less == (FieldChange((*MESSAGES, "1"), FieldKind.REMOVE, "b", None),)


def test_a_key_more_and_a_key_less_in_an_item_are_told() -> None:
    found = changes(TOOLS, [{"type": "t", "old": 1}], [{"type": "t", "new": 2}])
    assert set(map(repr, found)) == {
        repr(FieldChange((*TOOLS, "0", "old"), FieldKind.REMOVE, 1, None)),
        repr(FieldChange((*TOOLS, "0", "new"), FieldKind.ADD, None, 2)),
    }


def test_places_come_in_the_order_of_the_list() -> None:
    before: Value = [str(number) for number in range(12)]
    after: Value = [f"{number}!" for number in range(12)]
    found = [each.path[-1] for each in changes(MESSAGES, before, after)]
    assert found == [str(number) for number in range(12)]


def test_a_set_differs_by_what_is_in_it() -> None:
    found = changes(("model", "toolIds"), ["a", "b"], ["c", "b", "a"])
    assert [(each.kind, each.before, each.after) for each in found] == [(FieldKind.ADD, None, "c")]


def test_a_difference_nobody_can_place_is_told_as_a_whole() -> None:
    found = changes(MESSAGES, [1], [True])
    assert found == (FieldChange(MESSAGES, FieldKind.CHANGE, [1], [True]),)


# --- secrets --------------------------------------------------------------------------------


def test_a_secret_is_masked_on_both_sides() -> None:
    found = changes(("server", "secret"), Secret("canary"), Secret("canary-2"))
    expected = FieldChange(("server", "secret"), FieldKind.CHANGE, MASK, MASK, is_secret=True)
    assert found == (expected,)


def test_a_list_that_differs_in_nothing_but_a_secret_is_one_masked_change() -> None:
    found = changes(TOOLS, [{"secret": Secret("canary")}], [{"secret": Secret("canary-2")}])
    masked: JsonValue = [{"secret": MASK}]
    assert found == (FieldChange(TOOLS, FieldKind.CHANGE, masked, masked, is_secret=True),)


def test_no_difference_below_shows_a_secret() -> None:
    before: Value = [{"name": "a", "secret": Secret("canary")}]
    after: Value = [{"name": "b", "secret": Secret("canary")}, {"secret": Secret("canary")}]
    found = changes(TOOLS, before, after)
    assert len(found) == 2
    assert "canary" not in repr(found)


_SMALL = st.recursive(
    st.sampled_from(["a", "b", "a\nb", 0, 1, 2.5, True, False, None]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["x", "y", "1"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.lists(_SMALL, max_size=3), st.lists(_SMALL, max_size=3))
def test_the_differ_is_asked_of_parts_and_says_what_it_says_of_the_whole(
    before: list[JsonValue], after: list[JsonValue]
) -> None:
    old, new = (canonical(ASSISTANT, each, MESSAGES) for each in (before, after))
    whole = compare._deep_differences(old, new)  # noqa: SLF001 -- as below
    parts = compare._differences(ASSISTANT, MESSAGES, before, after)  # noqa: SLF001 -- its one law
    assert sorted(map(repr, parts)) == sorted(map(repr, whole))
