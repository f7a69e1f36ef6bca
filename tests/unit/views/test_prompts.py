"""Which texts are prompts: found wherever they stand, with the role of their message."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.views.plans import HOSTILE, change, json_values

from assistants_sync.model.plan import FieldChange, FieldKind
from assistants_sync.model.value import MASK, JsonValue
from assistants_sync.views.prompts import PromptChange, leaf_changes, prompts_in

MESSAGES = ("model", "messages")
BODY = {"model": {"messages": [{"role": "system", "content": "x"}, {"role": "user"}]}}


def found(
    *path: str, before: JsonValue = None, after: JsonValue = None, is_secret: bool = False
) -> tuple[PromptChange, ...]:
    field = FieldChange(path, FieldKind.CHANGE, before, after, is_secret)
    return prompts_in(replace(change(fields=(field,)), after=BODY), field)


@pytest.mark.parametrize(
    ("before", "after"),
    [("one\ntwo", "one"), ("x" * 201, "y"), (None, "one\ntwo"), ("x" * 201, None)],
)
def test_a_long_string_is_a_prompt(before: str | None, after: str | None) -> None:
    assert found("firstMessage", before=before, after=after) == (
        PromptChange(("firstMessage",), None, before, after),
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [("one", "two"), (1, "one\ntwo"), (MASK, "one\ntwo"), ("one\ntwo", MASK), ("a\nb", ["a"])],
)
def test_what_is_short_secret_or_no_text_is_no_prompt(before: JsonValue, after: JsonValue) -> None:
    assert found("a", before=before, after=after) == ()
    assert found("a", before="one\ntwo", after="three", is_secret=True) == ()


def test_what_a_message_says_is_a_prompt_however_short() -> None:
    (prompt,) = found(*MESSAGES, "1", "content", before="Hi.", after="Hello.")
    assert prompt == PromptChange((*MESSAGES, "1", "content"), "user", "Hi.", "Hello.")


def test_prompts_are_found_in_lists_that_are_new() -> None:
    prompts = found(*MESSAGES, after=[{"role": "system", "content": "Hi."}])
    assert prompts == (PromptChange((*MESSAGES, "0", "content"), "system", None, "Hi."),)


def test_a_message_that_goes_has_the_role_it_had() -> None:
    field = FieldChange((*MESSAGES, "0", "content"), FieldKind.REMOVE, "Hi.", None)
    old = {"model": {"messages": [{"role": "assistant", "content": "Hi."}]}}
    (prompt,) = prompts_in(replace(change(fields=(field,)), before=old, after=BODY), field)
    assert prompt.role == "assistant"


def test_a_prompt_that_is_new_has_no_removed_line() -> None:
    diff = PromptChange(("a",), None, None, "one\ntwo").diff()
    assert [(line.before, line.after) for line in diff.lines] == [(None, 1), (None, 2)]


def test_a_leaf_that_became_an_object_is_told_as_it_is() -> None:
    field = FieldChange(("a",), FieldKind.CHANGE, "x", {"b": 1})
    assert list(leaf_changes(field)) == [field]


@given(json_values(HOSTILE), json_values(HOSTILE))
def test_leaves_differ_and_stand_below_their_field(before: JsonValue, after: JsonValue) -> None:
    field = FieldChange(("a",), FieldKind.CHANGE, before, after)
    for leaf in leaf_changes(field):
        assert leaf.path[:1] == ("a",)
        assert repr(leaf.before) != repr(leaf.after)
    if before == after:
        assert prompts_in(change(), field) == ()


@given(
    st.lists(st.text(max_size=3), max_size=4).map(tuple), json_values(HOSTILE), json_values(HOSTILE)
)
def test_any_field_at_any_path_is_looked_at(
    path: tuple[str, ...], before: JsonValue, after: JsonValue
) -> None:
    prompts_in(replace(change(), after=BODY), FieldChange(path, FieldKind.DRIFT, before, after))
