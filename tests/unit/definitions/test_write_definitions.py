"""Writing a definition: what is dumped is what is read back, whatever the body."""

import math
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_sync.definitions.faults import Faults
from assistants_sync.definitions.files import read_text
from assistants_sync.definitions.lifecycle import RESERVED
from assistants_sync.definitions.variables import escape, expand
from assistants_sync.definitions.write import dump_definition, text_file
from assistants_sync.definitions.yaml_text import Raw, Tag, parse_documents
from assistants_sync.errors import DefinitionError
from assistants_sync.model.source import SourceRef
from assistants_sync.model.value import JsonValue

HOSTILE = st.text(
    "ab \n\t\r:#-'\"|>{}[]$%\\\0\x85\u2028\u2029\ufeff\u200f\u202e\xa0🚀", max_size=14
)
TEXT = st.text(st.characters(exclude_categories=["Cs"])) | HOSTILE
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


@given(HOSTILE)
def test_hostile_text_reads_back_byte_for_byte_wherever_it_stands(text: str) -> None:
    body: dict[str, JsonValue] = {"a": {"b": [{"c": text}, text]}, "d": text}
    (document,) = parse_documents(dump_definition(body), "f.yaml")
    assert read(document.value) == body


@given(HOSTILE | st.sampled_from(["\ufeffx", "a\r\nb", "a\rb", "x" * 1_048_577, "\ud800"]))
def test_a_text_that_goes_to_a_file_is_read_from_it_byte_for_byte(text: str) -> None:
    content = text_file(text)
    can_be_held = text and "\r\n" not in text and "\0" not in text and text[0] != "\ufeff"
    assert (content is not None) == bool(
        can_be_held and len(text) <= 1_048_576 and text != "\ud800"
    )
    if content is not None:
        with TemporaryDirectory() as folder:
            path = Path(folder).resolve() / "prompt.md"
            path.write_bytes(content.encode())
            found = read_text(path.parent, path, SourceRef("f"))
        assert expand(found, {}, Faults(), SourceRef("f")) == text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a \n\tb\n   \n", "t: |\n  a \n  \tb\n     \n"),
        ("\ta\nb", "t: |2-\n  \ta\n  b\n"),
        ("nb\u00a0sp\nzw\u200dj\n", "t: |\n  nb\u00a0sp\n  zw\u200dj\n"),
        ("a\r\n  b\r\n", 't: "\\\n  a\\r\\n\\\n  \\  b\\r\\n\\\n  "\n'),
        ("ltr \u202e\nb", 't: "\\\n  ltr \\u202E\\n\\\n  b"\n'),
    ],
)
def test_a_text_of_several_lines_is_written_in_several_lines(text: str, written: str) -> None:
    assert dump_definition({"t": text}) == written


def test_tags_are_written_as_tags_and_are_no_text() -> None:
    body: dict[str, Raw] = {
        "a": Tag("secret", "NO"),
        "b": [Tag("file", "prompts/a.md")],
        "c": "!secret NO",
    }
    text = dump_definition(body)
    assert text == 'a: !secret "NO"\nb:\n  - !file prompts/a.md\nc: "!secret NO"\n'
    (document,) = parse_documents(text, "f.yaml")
    assert document.value == body


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
