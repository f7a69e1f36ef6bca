"""Keyed hashes: the same for what means the same, and nothing to guess a secret from."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_sync.model.address import RemoteId
from assistants_sync.model.live import LiveObject
from assistants_sync.model.marker import Marker
from assistants_sync.model.value import JsonValue, Secret, Value
from assistants_sync.resources import KINDS
from assistants_sync.resources.fingerprint import Hasher

ASSISTANT = KINDS["assistant"]
KEY, OTHER_KEY = "01" * 32, "02" * 32
NAME, TOOLS = ("name",), ("model", "tools")


def hasher(key: str = KEY) -> Hasher:
    return Hasher(ASSISTANT, key)


SCALARS: st.SearchStrategy[Value] = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
)


@given(SCALARS)
def test_the_same_value_has_the_same_hash_under_the_same_key_only(value: Value) -> None:
    assert hasher().applied(NAME, value) == hasher().applied(NAME, value)
    assert hasher().applied(NAME, value) != hasher(OTHER_KEY).applied(NAME, value)


@given(SCALARS)
def test_a_value_without_secrets_is_hashed_alike_sent_and_seen(value: Value) -> None:
    assert hasher().applied(NAME, value) == hasher().observed(NAME, value)
    assert hasher().applied(NAME, value) == hasher().whole(NAME, value)


@given(st.text(), st.text())
def test_two_texts_have_two_hashes(left: str, right: str) -> None:
    same = hasher().applied(NAME, left) == hasher().applied(NAME, right)
    assert same is (left == right) is hasher().equal(NAME, left, right)


def test_a_text_no_encoding_knows_has_a_hash_too() -> None:
    assert hasher().applied(NAME, "\ud800") != hasher().applied(NAME, "\ud801")


@pytest.mark.parametrize(("left", "right"), [(20, 20.0), ({"a": None}, {})])
def test_what_means_the_same_has_one_hash(left: Value, right: Value) -> None:
    assert hasher().applied(NAME, left) == hasher().applied(NAME, right)
    assert hasher().equal(NAME, left, right)


@pytest.mark.parametrize(("left", "right"), [(True, 1), ("", None), ("1", 1), ([], {})])
def test_what_means_something_else_has_another(left: Value, right: Value) -> None:
    assert hasher().applied(NAME, left) != hasher().applied(NAME, right)
    assert not hasher().equal(NAME, left, right)


def test_the_path_says_which_lists_are_sets() -> None:
    ids: tuple[JsonValue, JsonValue] = (["b", "a"], ["a", "b"])
    assert hasher().equal(("model", "toolIds"), *ids)
    assert not hasher().equal(("model", "messages"), *ids)


# --- secrets --------------------------------------------------------------------------------


def test_a_secret_is_hashed_slowly_and_what_holds_no_secret_is_not() -> None:
    made = hasher()
    assert made.applied(NAME, Secret("x")).startswith("slow:")
    assert made.observed(NAME, Secret("x")) == made.applied(NAME, Secret("x"))
    assert not made.applied(NAME, "x").startswith("slow:")


def test_a_secret_has_the_hash_of_its_value_and_not_of_its_name() -> None:
    made = hasher()
    assert made.applied(NAME, Secret("x", name="A")) == made.applied(NAME, Secret("x", name="B"))
    assert made.applied(NAME, Secret("x")) != made.applied(NAME, Secret("y"))
    assert made.equal(NAME, Secret("x"), "x")


def test_a_secret_has_another_hash_under_another_key() -> None:
    assert hasher().applied(NAME, Secret("x")) != hasher(OTHER_KEY).applied(NAME, Secret("x"))


def test_a_list_with_a_secret_is_hashed_slowly_as_sent_and_without_it_as_seen() -> None:
    made = hasher()
    first: Value = [{"name": "pay", "server": {"secret": Secret("x")}}]
    second: Value = [{"name": "pay", "server": {"secret": Secret("y")}}]
    hidden: Value = [{"name": "pay", "server": {}}]
    assert made.applied(TOOLS, first).startswith("slow:")
    assert made.applied(TOOLS, first) != made.applied(TOOLS, second)
    assert made.observed(TOOLS, first) == made.observed(TOOLS, second)
    assert made.observed(TOOLS, first) == made.observed(TOOLS, hidden)
    assert made.whole(TOOLS, first) == made.whole(TOOLS, hidden)
    assert not made.equal(TOOLS, first, second)


def test_each_secret_is_hashed_slowly_once_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    scrypt, data = hashlib.scrypt, list[bytes]()

    def counted(secret: bytes, *, salt: bytes, n: int, r: int, p: int, dklen: int) -> bytes:
        data.append(secret)
        return scrypt(secret, salt=salt, n=n, r=r, p=p, dklen=dklen)

    monkeypatch.setattr(hashlib, "scrypt", counted)
    made = hasher()
    for value in ("x", "x", "y", "x"):
        made.applied(NAME, Secret(value))
    assert data == [b'"x"', b'"y"']


# --- whole bodies ---------------------------------------------------------------------------


def live(body: dict[str, Value], marker: Marker | None = None) -> LiveObject:
    return LiveObject(RemoteId("id-1"), body, marker=marker)


def test_a_body_is_hashed_without_its_secrets_and_in_no_order() -> None:
    body: dict[str, Value] = {"name": "Desk", "server": {"secret": Secret("x"), "url": "u"}}
    same: dict[str, Value] = {"server": {"url": "u"}, "name": "Desk", "voice": None}
    assert hasher().body(body) == hasher().body(same)
    assert hasher().body(body) != hasher().body({"name": "Desk"})


def test_a_deletion_depends_on_the_whole_body_and_on_whose_marker_is_on_it() -> None:
    marker = Marker("shop", "default", "front-desk", "lineage-1", "attempt-1", "write-1")
    other = Marker("shop", "default", "front-desk", "lineage-1", "attempt-1", "write-2")
    hashes = {
        hasher().deletable(each)
        for each in (
            live({"name": "Desk"}),
            live({"name": "Other"}),
            live({"name": "Desk"}, marker),
            live({"name": "Desk"}, other),
        )
    }
    assert len(hashes) == 4
    assert hasher().deletable(live({"name": "Desk"}, marker)) in hashes
