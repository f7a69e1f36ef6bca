"""What may be written, and the server's words when it may not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_sync.emulator.fields import FIELDS_2024, FIELDS_2026, Era
from assistants_sync.emulator.rules import (
    Choice,
    Flag,
    ListOf,
    Number,
    Rule,
    Shape,
    Text,
    complaints,
    widest,
)
from assistants_sync.emulator.validation import fields_of, validate
from assistants_sync.emulator.wire import Body, Json, RefusalError


def refused(body: Body, era: Era = "any") -> list[str]:
    """Give the violations of a body."""
    try:
        validate(body, era)
    except RefusalError as error:
        return [error.message] if isinstance(error.message, str) else error.message
    return []


def test_the_references_have_the_fields_their_pages_count() -> None:
    assert len(FIELDS_2024) == 26
    assert len(FIELDS_2026) == 31


@pytest.mark.parametrize(
    "name", ["id", "orgId", "createdAt", "updatedAt", "latestVersion", "isServerUrlSecretSet"]
)
def test_what_the_server_owns_is_refused(name: str) -> None:
    assert refused({name: "x"}) == [f"property {name} should not exist"]
    assert refused({name: None}) == [f"property {name} should not exist"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"name": 7}, "name must be a string"),
        ({"name": "x" * 101}, "name must be shorter than or equal to 100 characters"),
        (
            {"maxDurationSeconds": "60"},
            "maxDurationSeconds must be a number conforming to the specified constraints",
        ),
        (
            {"maxDurationSeconds": True},
            "maxDurationSeconds must be a number conforming to the specified constraints",
        ),
        ({"silenceTimeoutSeconds": 601}, "silenceTimeoutSeconds must not be greater than 600"),
        ({"stopSpeakingPlan": {"voiceSeconds": 0.6}}, "stopSpeakingPlan.voiceSeconds must not be"),
        ({"recordingEnabled": "yes"}, "recordingEnabled must be a boolean value"),
        ({"metadata": []}, "metadata must be an object"),
        ({"hooks": {}}, "hooks must be an array"),
        ({"hooks": [{"on": "call.ending"}, {}]}, "hooks.1.on must be a string"),
        ({"backgroundSound": False}, "backgroundSound must be one of the following values: off,"),
        ({"backgroundSound": "http://["}, "backgroundSound must be one of the following values"),
        ({"clientMessages": ["hang", "x"]}, "each value in clientMessages must be one of the"),
        ({"model": {"model": "gpt-4"}}, "model.provider must be one of the following values: anth"),
        ({"model": {"provider": "x"}}, "model.provider must be one of the following values: anthr"),
        (
            {"model": {"provider": "openai", "toolIds": ["nope"]}},
            "each value in model.toolIds must be a UUID",
        ),
        ({"model": {"provider": "openai", "temperature": 3}}, "model.temperature must not be"),
        ({"voice": {"voiceId": "jennifer"}}, "voice.provider must be a string"),
        ({"voicemailDetection": "on"}, "voicemailDetection must be an object"),
    ],
)
def test_a_bad_value_is_told_in_the_servers_words(body: Body, words: str) -> None:
    found = refused(body)
    assert len(found) == 1
    assert found[0].startswith(words)


def test_a_short_phrase_is_refused_by_2026_alone() -> None:
    words = "each value in endCallPhrases must be longer than or equal to 2 characters"
    assert refused({"endCallPhrases": ["x", "y", "bye"]}, "2026") == [words]
    assert refused({"endCallPhrases": ["x", "y", "bye"]}) == []


@pytest.mark.parametrize(
    "body",
    [
        {"backgroundSound": "https://sounds.example/rain.mp3"},
        {"voicemailDetection": "off"},
        {"voicemailDetection": {"provider": "vapi"}},
        {"endCallMessage": "x" * 1000},
        {"model": {"provider": "openai", "toolIds": ["3f2504e0-4f89-41d3-9a0c-0305e82c3301"]}},
        {"model": {"provider": "openai", "somethingNew": 1, "temperature": None}},
        {"serverUrl": "https://us.example", "server": {"url": "https://us.example"}},
    ],
)
def test_any_era_accepts_what_one_of_them_does(body: Body) -> None:
    assert refused(body) == []


def test_bounds_are_inclusive() -> None:
    assert refused({"silenceTimeoutSeconds": 10}) == []
    assert refused({"silenceTimeoutSeconds": 600}) == []


@pytest.mark.parametrize("era", ["2024", "2026", "any"])
def test_null_is_fine_for_every_writable_field(era: Era) -> None:
    assert refused(dict.fromkeys(fields_of(era)), era) == []


_TEXTS = st.builds(Text, max_length=st.none() | st.integers(0, 6), min_length=st.integers(0, 3))
_NUMBERS = st.builds(Number, st.integers(-3, 0), st.integers(0, 3))
_CHOICES = st.builds(Choice, st.lists(st.sampled_from("abcd"), max_size=3).map(tuple))
_VALUES = (
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.text("abcd", max_size=8)
    | st.lists(st.text("abcd", max_size=8), max_size=3)
)


@given(
    pair=st.one_of(*(st.tuples(rules, rules) for rules in (_TEXTS, _NUMBERS, _CHOICES))),
    value=_VALUES,
    in_list=st.booleans(),
)
def test_the_widest_rule_accepts_whatever_either_does(
    pair: tuple[Rule, Rule], value: Json, *, in_list: bool
) -> None:
    left, right = (ListOf(pair[0]), ListOf(pair[1])) if in_list else pair
    accepted_by_one = any(not list(complaints(rule, "x", value)) for rule in (left, right))
    if accepted_by_one:
        assert not list(complaints(widest(left, right), "x", value))


def test_rules_that_do_not_compare_leave_the_newer_one() -> None:
    assert widest(Flag(), Shape()) == Shape()
