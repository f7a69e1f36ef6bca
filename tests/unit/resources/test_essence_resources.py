"""From a raw object to what is worth comparing: nothing of the server's, no marker, no secret."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_sync.model.marker import MARKER_KEY, Marker
from assistants_sync.model.value import JsonValue, Secret, Value, leaves, mask, reveal
from assistants_sync.resources import KINDS
from assistants_sync.resources.essence import canonical, observe, seal
from assistants_sync.resources.kind import Patterns

ASSISTANT = KINDS["assistant"]
CANARY = "canary-4f1d"
MARKER = Marker("shop", "default", "front-desk", "lineage-1", "attempt-1", "write-1")


# --- observing ------------------------------------------------------------------------------


def test_a_live_object_is_its_writable_part_and_what_the_server_says_of_it() -> None:
    live = observe(
        ASSISTANT,
        {
            "id": "id-1",
            "orgId": "org-1",
            "createdAt": "2026-11-20T08:00:00Z",
            "updatedAt": "2026-11-21T08:00:00Z",
            "isServerUrlSecretSet": True,
            "name": "Desk",
            "model": {"provider": "openai"},
            "fieldOfTomorrow": {"kept": True},
        },
    )
    assert (live.id, live.org_id, live.name) == ("id-1", "org-1", "Desk")
    assert (live.created_at, live.updated_at) == ("2026-11-20T08:00:00Z", "2026-11-21T08:00:00Z")
    assert live.flags == {"isServerUrlSecretSet": True}
    assert live.marker is None
    assert live.body == {
        "name": "Desk",
        "model": {"provider": "openai"},
        "fieldOfTomorrow": {"kept": True},
    }


def test_no_key_of_the_server_is_in_the_body() -> None:
    raw: dict[str, JsonValue] = dict.fromkeys(ASSISTANT.server_owned, "x")
    assert observe(ASSISTANT, raw).body == {}


def test_a_key_of_the_server_is_ours_again_below_the_top() -> None:
    live = observe(ASSISTANT, {"id": "id-1", "model": {"id": "x", "createdAt": "y"}})
    assert live.body == {"model": {"id": "x", "createdAt": "y"}}


def test_our_marker_is_taken_out_of_metadata_and_the_rest_stays() -> None:
    metadata: JsonValue = {MARKER_KEY: MARKER.to_json(), "team": "voice"}
    live = observe(ASSISTANT, {"id": "id-1", "metadata": metadata})
    assert live.marker == MARKER
    assert live.body == {"metadata": {"team": "voice"}}


def test_a_spoilt_marker_is_none_and_still_no_part_of_the_body() -> None:
    live = observe(ASSISTANT, {"id": "id-1", "metadata": {MARKER_KEY: "spoilt"}})
    assert live.marker is None
    assert live.body == {"metadata": {}}


@pytest.mark.parametrize("metadata", [None, "text", [MARKER_KEY], {"team": "voice"}])
def test_metadata_without_a_marker_stays_as_it_is(metadata: JsonValue) -> None:
    live = observe(ASSISTANT, {"id": "id-1", "metadata": metadata})
    assert live.marker is None
    assert live.body == {"metadata": metadata}


def test_observing_leaves_the_raw_object_as_it_was() -> None:
    raw: dict[str, JsonValue] = {"id": "id-1", "metadata": {MARKER_KEY: MARKER.to_json()}}
    before = json.dumps(raw)
    observe(ASSISTANT, raw)
    assert json.dumps(raw) == before


@pytest.mark.parametrize("name", [None, 7, ["x"]])
def test_a_name_that_is_no_text_is_no_name(name: JsonValue) -> None:
    assert observe(ASSISTANT, {"id": "id-1", "name": name}).name is None


@pytest.mark.parametrize("flag", [None, False, "true", 1])
def test_a_flag_is_set_when_the_server_says_true_and_nothing_else(flag: JsonValue) -> None:
    live = observe(ASSISTANT, {"id": "id-1", "isServerUrlSecretSet": flag})
    assert live.flags == {"isServerUrlSecretSet": False}


@pytest.mark.parametrize(
    "raw", [None, [], "id", 7, {}, {"id": None}, {"id": ""}, {"id": 7}, {"id": "x", "orgId": 7}]
)
def test_what_has_no_usable_id_is_no_live_object(raw: JsonValue) -> None:
    with pytest.raises(ValueError, match="not a live assistant"):
        observe(ASSISTANT, raw)


def test_the_fault_of_a_bad_object_does_not_repeat_it() -> None:
    with pytest.raises(ValueError, match="not a live assistant") as caught:
        observe(ASSISTANT, {"id": 7, "serverUrlSecret": CANARY})
    assert CANARY not in str(caught.value)


# --- sealing --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        {"serverUrlSecret": CANARY},
        {"server": {"secret": CANARY}},
        {"model": {"tools": [{"server": {"secret": CANARY}}]}},
        {"credentials": [{"provider": "x", "apiKey": CANARY}]},
        {"server": {"headers": {"Authorization": f"Bearer {CANARY}"}}},
        {"model": {"tools": [{"server": {"headers": {"X-Key": [CANARY]}}}]}},
        {"model": {"apiKey": CANARY}},
        {"transcriber": {"fallbackPlan": {"transcribers": [{"authToken": CANARY}]}}},
    ],
)
def test_a_secret_is_sealed_by_its_path(body: dict[str, Value]) -> None:
    sealed = seal(ASSISTANT, body)
    assert CANARY not in repr(sealed)
    assert CANARY not in json.dumps(mask(sealed))
    assert reveal(sealed) == body


def test_a_secret_is_sealed_wherever_its_value_stands() -> None:
    body: dict[str, Value] = {
        "firstMessage": f"call {CANARY} now",
        "model": {"messages": [{"content": CANARY}]},
        "name": "Desk",
    }
    sealed = seal(ASSISTANT, body, [CANARY])
    assert CANARY not in repr(sealed)
    assert sealed["name"] == "Desk"
    assert reveal(sealed) == body


def test_a_schema_may_call_a_property_secret() -> None:
    body: dict[str, Value] = {"parameters": {"properties": {"password": {"type": "string"}}}}
    assert seal(ASSISTANT, body) == body


def test_what_is_absent_is_no_secret() -> None:
    body: dict[str, Value] = {
        "serverUrlSecret": None,
        "server": {"secret": None},
        "credentials": None,
    }
    assert seal(ASSISTANT, body) == body


def test_a_secret_stays_the_one_it_is() -> None:
    secret = Secret(CANARY, name="HOOK")
    assert seal(ASSISTANT, {"server": {"secret": secret}, "name": secret}) == {
        "server": {"secret": secret},
        "name": secret,
    }


def test_a_secret_inside_a_sealed_value_is_revealed_into_it() -> None:
    secrets: Value = [{"provider": "x", "apiKey": Secret(CANARY)}, {"n": [1, None, True]}]
    sealed = seal(ASSISTANT, {"credentials": secrets})["credentials"]
    assert isinstance(sealed, Secret)
    assert sealed.reveal() == [{"provider": "x", "apiKey": CANARY}, {"n": [1, None, True]}]


VALUES: st.SearchStrategy[Value] = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["x", CANARY, f"<{CANARY}>"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["server", "secret", "headers", "a"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["server", "credentials", "name"]), VALUES, max_size=3))
def test_no_known_secret_is_left_in_the_clear(body: dict[str, Value]) -> None:
    sealed = seal(ASSISTANT, body, [CANARY])
    assert CANARY not in repr(sealed)
    assert reveal(sealed) == body
    assert mask(seal(ASSISTANT, sealed, [CANARY])) == mask(sealed)


# --- one form of all that is equal ----------------------------------------------------------


def form(value: JsonValue, *path: str) -> str:
    return json.dumps(canonical(ASSISTANT, value, path))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (20, 20.0),
        (0, -0.0),
        ({"a": 1, "b": None}, {"a": 1}),
        ({"a": {"b": None}}, {"a": {}}),
        ([{"a": None, "b": 1.0}], [{"b": 1}]),
    ],
)
def test_values_that_mean_the_same_have_one_form(left: JsonValue, right: JsonValue) -> None:
    assert form(left, "x") == form(right, "x")


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (True, 1),
        (False, 0),
        (1, "1"),
        (0.5, 0),
        ({}, None),
        ([], None),
        ("", None),
        ([None], []),
        ([1, 2], [2, 1]),
        ({"a": {}}, {}),
        (float("inf"), 0),
    ],
)
def test_values_that_differ_have_two_forms(left: JsonValue, right: JsonValue) -> None:
    assert form(left, "x") != form(right, "x")


@pytest.mark.parametrize(
    "path",
    [
        ("model", "toolIds"),
        ("clientMessages",),
        ("transcriber", "keyterm"),
        ("observabilityPlan", "tags"),
    ],
)
def test_a_list_that_is_a_set_has_no_order(path: tuple[str, ...]) -> None:
    assert form(["b", "a", "c"], *path) == form(["c", "b", "a"], *path)
    assert form(["a", "a"], *path) != form(["a"], *path)


@pytest.mark.parametrize("path", [("model", "messages"), ("tags",), ("hooks",)])
def test_a_list_that_is_no_set_keeps_its_order(path: tuple[str, ...]) -> None:
    assert form(["b", "a"], *path) != form(["a", "b"], *path)


def test_a_set_is_found_inside_a_list_inside_an_object() -> None:
    left: JsonValue = {"members": [{"model": {"toolIds": ["b", "a"]}}]}
    right: JsonValue = {"members": [{"model": {"toolIds": ["a", "b"]}}]}
    assert form(left) == form(right)


def test_a_set_of_objects_has_no_order_either() -> None:
    left: JsonValue = {"a": 1, "b": 2.0}
    right: JsonValue = {"b": 2, "c": None}
    assert form([left, right], "toolRefs") == form([right, left], "toolRefs")


@given(VALUES.map(reveal))
def test_the_one_form_of_a_form_is_itself(value: JsonValue) -> None:
    once = canonical(ASSISTANT, value, ("x",))
    assert canonical(ASSISTANT, once, ("x",)) == once
    if isinstance(once, dict):
        assert None not in leaves(once).values()


# --- paths ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "is_fit"),
    [
        (("server", "secret"), True),
        (("model", "tools", "0", "server", "secret"), True),
        (("secret",), False),
        (("server", "secret", "x"), False),
        (("headers", "Authorization"), True),
        (("headers",), False),
        ((), False),
    ],
)
def test_a_pattern_is_the_end_of_a_path(path: tuple[str, ...], *, is_fit: bool) -> None:
    assert Patterns(("server", "secret"), ("headers", "*")).fit(path) is is_fit
