"""Writing a definition: what is dumped is what is read back, whatever the body."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_sync.definitions import dump_definition
from assistants_sync.definitions.faults import Faults
from assistants_sync.definitions.lifecycle import RESERVED
from assistants_sync.definitions.variables import escape, expand
from assistants_sync.definitions.yaml_text import Raw, parse_documents
from assistants_sync.errors import DefinitionError
from assistants_sync.model.source import SourceRef
from assistants_sync.model.value import JsonValue

TEXT = st.text(st.characters(exclude_categories=["Cs"])) | st.text(
    "ab \n:#-'\"|>{}[]$%\t", max_size=9
)
NUMBER = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBER | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
BODIES = st.dictionaries(TEXT.filter(lambda key: key not in RESERVED), JSON, max_size=4)


def read(value: Raw) -> Raw:
    match value:
        case str():
            return expand(value, {}, Faults(), SourceRef("f"))
        case dict():
            return {key: read(each) for key, each in value.items()}
        case list():
            return [read(each) for each in value]
        case _:
            return value


@given(BODIES)
def test_a_dumped_body_reads_back_as_itself(body: dict[str, JsonValue]) -> None:
    (document,) = parse_documents(dump_definition(body), "f.yaml")
    assert read(document.value) == body
    assert repr(read(document.value)) == repr(body)


@given(st.text("${var.x}a"))
def test_escaped_text_expands_to_itself(text: str) -> None:
    faults = Faults()
    assert expand(escape(text), {}, faults, SourceRef("f")) == text
    assert not faults.errors


def test_prompts_are_blocks_and_doubtful_words_are_quoted() -> None:
    body: dict[str, JsonValue] = {
        "name": "Front desk",
        "backgroundSound": "off",
        "forwardingPhoneNumber": "+14155550100",
        "serverUrl": "https://example.com/hook",
        "model": {
            "messages": [
                {"role": "system", "content": "You are Ada.\n\n  Be kind: #1 rule.\n"},
                {"role": "user", "content": "Say ${var.name} and ${other}"},
            ],
            "tools": [],
        },
        "endCallPhrases": ["bye", "12:30", "no"],
        "metadata": {"a": {}, "b": None, "c": 1.5},
    }
    assert dump_definition(body, key="front-desk") == (
        "key: front-desk\n"
        "name: Front desk\n"
        'backgroundSound: "off"\n'
        'forwardingPhoneNumber: "+14155550100"\n'
        "serverUrl: https://example.com/hook\n"
        "model:\n"
        "  messages:\n"
        "    - role: system\n"
        "      content: |\n"
        "        You are Ada.\n"
        "\n"
        "          Be kind: #1 rule.\n"
        "    - role: user\n"
        '      content: "Say $${var.name} and ${other}"\n'
        "  tools: []\n"
        "endCallPhrases:\n"
        "  - bye\n"
        '  - "12:30"\n'
        '  - "no"\n'
        "metadata:\n"
        "  a: {}\n"
        "  b: null\n"
        "  c: 1.5\n"
    )


@pytest.mark.parametrize(
    "body",
    [
        {"a": math.nan},
        {"a": math.inf},
        {"a": "\ud800"},
        {"key": "mine"},
        {"lifecycle": {}},
        {"a": "x" * 2_000_000},
    ],
)
def test_what_cannot_be_read_back_is_not_written(body: dict[str, JsonValue]) -> None:
    with pytest.raises(DefinitionError):
        dump_definition(body)


def test_nesting_our_reader_refuses_is_not_written() -> None:
    value: JsonValue = 1
    for _ in range(100):
        value = {"a": value}
    with pytest.raises(DefinitionError):
        dump_definition({"a": value})
