"""The body of a PATCH: the live keys whole, minus what goes, with what is declared on top."""

import copy
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_sync.model.value import FieldPath, Secret, Value, from_pointer, lookup
from assistants_sync.planning.overlay import collapsed, overlaid
from assistants_sync.resources import KINDS

ASSISTANT = KINDS["assistant"]
PROMPT: Value = [{"role": "system", "content": "You answer the phone."}]


def paths(*pointers: str) -> tuple[FieldPath, ...]:
    return tuple(from_pointer(pointer) for pointer in pointers)


# --- overlaid -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("live", "keys", "overlay", "clears", "body"),
    [
        pytest.param(
            {"model": {"provider": "openai", "messages": PROMPT}, "voice": {"x": 1}},
            ["model"],
            {("model", "provider"): "google"},
            (),
            {"model": {"provider": "google", "messages": PROMPT}},
            id="what is declared goes on top of the whole live key, and no other key is sent",
        ),
        pytest.param(
            {"model": {"a": 1, "b": {"c": 2, "d": 3}}},
            ["model"],
            {},
            paths("/model/b/c"),
            {"model": {"a": 1, "b": {"d": 3}}},
            id="a cleared path below the top is left out",
        ),
        pytest.param(
            {"voice": {"x": 1}}, ["voice"], {}, paths("/voice"), {"voice": None}, id="null clears"
        ),
        pytest.param(
            {},
            ["model"],
            {("model", "a", "b"): 1},
            (),
            {"model": {"a": {"b": 1}}},
            id="what is not there is made",
        ),
        pytest.param(
            {"voicemailDetection": "off"},
            ["voicemailDetection"],
            {("voicemailDetection", "provider"): "google"},
            (),
            {"voicemailDetection": {"provider": "google"}},
            id="a scalar gives way to an object",
        ),
        pytest.param(
            {"model": {"a": None, "b": [{"c": None}], "d": {}}},
            ["model"],
            {},
            (),
            {"model": {"b": [{}], "d": {}}},
            id="a null the server shows below the top is left out",
        ),
        pytest.param(
            {"model": {"a": "text"}},
            ["model"],
            {},
            paths("/model/a/b/c", "/model/z"),
            {"model": {"a": "text"}},
            id="what is cleared and not there stays away",
        ),
        pytest.param({}, ["name"], {}, (), {"name": None}, id="an absent key is null"),
        pytest.param(
            {"voice": {"x": 1}},
            ["voice"],
            {("voice", "y"): 2},
            paths("/voice"),
            {"voice": {"y": 2}},
            id="a key cleared and declared anew holds what is declared only",
        ),
        pytest.param(
            {"name": "x"}, ["name"], {("name",): None}, (), {"name": None}, id="a declared null"
        ),
    ],
)
def test_a_key_is_sent_whole(
    live: dict[str, Value],
    keys: list[str],
    overlay: Mapping[FieldPath, Value],
    clears: tuple[FieldPath, ...],
    body: dict[str, Value],
) -> None:
    before = copy.deepcopy(live)
    assert overlaid(live, keys, overlay, clears) == body
    assert live == before


def test_a_live_secret_goes_back_as_it_came() -> None:
    secret = Secret("x")
    live: dict[str, Value] = {"server": {"url": "u", "secret": secret}}
    body = overlaid(live, ["server"], {("server", "url"): "v"}, ())
    assert body == {"server": {"url": "v", "secret": secret}}


PARTS = st.sampled_from(["a", "b", "c"])
BODIES: st.SearchStrategy[dict[str, Value]] = st.dictionaries(
    PARTS,
    st.recursive(
        st.integers(0, 3), lambda inner: st.dictionaries(PARTS, inner, max_size=3), max_leaves=6
    ),
    max_size=3,
)


@given(BODIES, st.lists(PARTS, min_size=1, max_size=3).map(tuple), st.integers(7, 9))
def test_what_is_declared_stands_where_it_was_declared(
    live: dict[str, Value], path: FieldPath, value: int
) -> None:
    body = overlaid(live, [path[0]], {path: value}, ())
    assert lookup(body, path) == value
    assert list(body) == [path[0]]


@given(BODIES, st.lists(PARTS, min_size=1, max_size=3).map(tuple))
def test_what_is_cleared_is_gone(live: dict[str, Value], path: FieldPath) -> None:
    assert lookup(overlaid(live, [path[0]], {}, [path]), path) is None


# --- collapsed ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("clears", "declared", "found"),
    [
        (["/voice/speed"], [], ["/voice"]),
        (["/voice/speed"], ["/voice/provider"], ["/voice/speed"]),
        (["/a/b/c", "/a/b/d"], ["/a/e"], ["/a/b"]),
        (["/a/b/c", "/a/x"], [], ["/a"]),
        (["/name"], ["/model/x"], ["/name"]),
        (["/b", "/a"], [], ["/a", "/b"]),
        (["/a/b"], ["/a/b/c"], []),
        ([], ["/a"], []),
    ],
)
def test_a_clear_is_as_wide_as_nothing_declared_is_left(
    clears: list[str], declared: list[str], found: list[str]
) -> None:
    assert collapsed(ASSISTANT, paths(*clears), paths(*declared), {}) == paths(*found)


def test_a_prompt_we_never_declared_is_not_swept_away() -> None:
    live: dict[str, Value] = {"model": {"provider": "openai", "messages": PROMPT}}
    clears = paths("/model/provider")
    assert collapsed(ASSISTANT, clears, (), live) == clears


def test_a_prompt_that_was_ours_goes_with_the_rest() -> None:
    live: dict[str, Value] = {"model": {"provider": "openai", "messages": PROMPT}}
    clears = paths("/model/messages", "/model/provider")
    assert collapsed(ASSISTANT, clears, (), live) == paths("/model")


def test_the_part_of_something_vital_that_was_ours_makes_the_whole_ours() -> None:
    live: dict[str, Value] = {"model": {"knowledgeBase": {"provider": "x", "fileIds": ["y"]}}}
    clears = paths("/model/knowledgeBase/provider")
    assert collapsed(ASSISTANT, clears, (), live) == paths("/model")


@pytest.mark.parametrize("nothing", [None, []])
def test_something_vital_that_is_empty_holds_nothing_back(nothing: Value) -> None:
    live: dict[str, Value] = {"model": {"provider": "openai", "tools": nothing}}
    assert collapsed(ASSISTANT, paths("/model/provider"), (), live) == paths("/model")
