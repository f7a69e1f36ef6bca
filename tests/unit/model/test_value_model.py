"""The laws of values: paths, leaves, and that no secret is ever seen."""

import copy
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_sync.model.value import (
    MASK,
    Secret,
    Value,
    from_pointer,
    has_secret,
    is_json,
    is_list,
    is_prefix,
    leaves,
    lookup,
    mask,
    masked,
    nested,
    reveal,
    secrets_in,
    to_dotted,
    to_pointer,
    without_secrets,
)

CANARY = "canary-4f1d"

PARTS = st.text(alphabet="ab/~01", min_size=0, max_size=4)
PATHS = st.lists(PARTS, min_size=1, max_size=4).map(tuple)
SCALARS: st.SearchStrategy[Value] = (
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False) | st.text("ab/~")
)


def grown(leaf: st.SearchStrategy[Value]) -> st.SearchStrategy[dict[str, Value]]:
    values: st.SearchStrategy[Value] = st.recursive(
        leaf,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(PARTS, inner, max_size=3),
        max_leaves=8,
    )
    return st.dictionaries(PARTS, values, max_size=4)


BODIES = grown(SCALARS)
SECRETS: st.SearchStrategy[Value] = st.just(CANARY).map(Secret)
SECRET_BODIES = grown(SCALARS | SECRETS)


@given(PATHS)
def test_a_pointer_reads_back_as_the_path_it_was_written_from(path: tuple[str, ...]) -> None:
    assert from_pointer(to_pointer(path)) == path


def test_the_empty_pointer_is_the_whole_body() -> None:
    assert to_pointer(()) == ""
    assert from_pointer("") == ()


def test_a_pointer_escapes_slash_and_tilde() -> None:
    assert to_pointer(("a", "b/c", "~1")) == "/a/b~1c/~01"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("model", "messages", "0", "content"), "model.messages[0].content"),
        (("name",), "name"),
        (("0", "a"), "[0].a"),
        ((), ""),
    ],
)
def test_a_dotted_path_reads_as_people_write_it(path: tuple[str, ...], text: str) -> None:
    assert to_dotted(path) == text


@given(BODIES.filter(bool))
def test_a_body_is_the_nesting_of_its_leaves(body: dict[str, Value]) -> None:
    assert nested(leaves(body)) == body


@given(BODIES)
def test_a_leaf_stands_where_its_path_says(body: dict[str, Value]) -> None:
    for path, value in leaves(body).items():
        assert lookup(body, path) == value
        assert path == () or is_list(value) or not value or not isinstance(value, dict)


def test_lists_empty_objects_secrets_and_nulls_are_leaves() -> None:
    secret = Secret("x")
    body: dict[str, Value] = {"a": {"b": [{"c": 1}], "d": {}}, "e": secret, "f": None}
    assert leaves(body) == {
        ("a", "b"): [{"c": 1}],
        ("a", "d"): {},
        ("e",): secret,
        ("f",): None,
    }


def test_an_empty_body_has_no_leaves() -> None:
    assert leaves({}) == {}


def test_nothing_and_null_look_the_same() -> None:
    body: dict[str, Value] = {"a": None, "b": {"c": 1}, "d": "text"}
    assert lookup(body, ("a",)) is None
    assert lookup(body, ("nowhere",)) is None
    assert lookup(body, ("b", "c")) == 1
    assert lookup(body, ("d", "0")) is None
    assert lookup(body, ()) == body


def test_a_path_through_a_leaf_cannot_be_nested() -> None:
    with pytest.raises(ValueError, match="/a/b runs through a leaf"):
        nested({("a",): 1, ("a", "b"): 2})


def test_a_path_is_a_prefix_of_itself_and_of_what_is_below() -> None:
    assert is_prefix(("a",), ("a",))
    assert is_prefix((), ("a",))
    assert is_prefix(("a",), ("a", "b"))
    assert not is_prefix(("a", "b"), ("a",))
    assert not is_prefix(("a",), ("ab",))


def test_a_string_is_no_list() -> None:
    assert is_list([1])
    assert is_list((1,))
    assert not is_list("abc")
    assert not is_list({"a": 1})
    assert not is_list(None)


@given(SECRET_BODIES)
def test_no_masked_value_contains_a_secret(body: dict[str, Value]) -> None:
    assert CANARY not in json.dumps(mask(body))
    assert CANARY not in json.dumps(without_secrets(body))
    assert CANARY not in repr(body)
    flat = {path: value for path, value in leaves(body).items() if path}
    assert CANARY not in json.dumps(masked(flat))


@given(SECRET_BODIES)
def test_a_masked_value_shows_a_mask_for_each_secret(body: dict[str, Value]) -> None:
    count = len(list(secrets_in(body)))
    assert json.dumps(mask(body)).count(MASK) == count
    assert json.dumps(reveal(body)).count(CANARY) == count
    assert has_secret(body) == (count > 0)
    assert is_json(body) == (count == 0)


@given(BODIES)
def test_a_value_without_secrets_is_shown_as_it_is(body: dict[str, Value]) -> None:
    assert mask(body) == without_secrets(body) == reveal(body) == body
    assert not has_secret(body)


def test_what_leaves_a_secret_out_drops_its_key_and_keeps_its_place_in_a_list() -> None:
    value: Value = {"a": Secret("x"), "b": [Secret("y"), {"c": Secret("z"), "d": 1}]}
    assert without_secrets(value) == {"b": [None, {"d": 1}]}


def test_what_is_absent_is_not_shown() -> None:
    assert masked({("a",): None, ("b", "c"): Secret("x"), ("b", "d"): [Secret("y")]}) == {
        "b": {"c": MASK, "d": [MASK]}
    }


def test_a_secret_shows_its_mask_wherever_python_would_print_it() -> None:
    secret = Secret(CANARY, name="WEBHOOK")
    assert repr(secret) == str(secret) == f"{secret}" == MASK
    assert secret.name == "WEBHOOK"
    assert secret.reveal() == CANARY


def test_a_secret_cannot_be_copied_pickled_or_serialised() -> None:
    secret = Secret(CANARY)
    with pytest.raises(TypeError, match="cannot be pickled or copied"):
        pickle.dumps(secret)
    with pytest.raises(TypeError, match="cannot be pickled or copied"):
        copy.copy(secret)
    with pytest.raises(TypeError, match="cannot be pickled or copied"):
        copy.deepcopy({"a": [secret]})
    with pytest.raises(TypeError) as caught:
        json.dumps({"a": secret})
    assert CANARY not in str(caught.value)


def test_two_secrets_are_never_equal_by_accident() -> None:
    text: Value = CANARY
    assert Secret(CANARY) != Secret(CANARY)
    assert Secret(CANARY) != text


def test_a_secret_keeps_nothing_in_a_dictionary_of_its_own() -> None:
    assert not hasattr(Secret(CANARY), "__dict__")
