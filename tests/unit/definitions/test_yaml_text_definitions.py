"""The door to YAML: what text means, where it stands, and what never gets in."""

import pytest

from assistants_sync.definitions.yaml_text import MAX_DEPTH, Raw, Tag, parse_documents
from assistants_sync.errors import DefinitionError
from assistants_sync.model.diagnostic import Diagnostic
from assistants_sync.model.source import SourceRef


def value_of(text: str) -> Raw:
    (document,) = parse_documents(text, "f.yaml")
    return document.value


def faults_of(text: str) -> tuple[Diagnostic, ...]:
    with pytest.raises(DefinitionError) as caught:
        parse_documents(text, "f.yaml")
    assert caught.value.exit_code == 8
    return caught.value.diagnostics


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("false", False),
        ("off", "off"),
        ("yes", "yes"),
        ("True", "True"),
        ("null", None),
        ("~", None),
        ("", None),
        ("12", 12),
        ("-12", -12),
        ("0", 0),
        ("0.5", 0.5),
        ("-.5", -0.5),
        ("1e3", 1000.0),
        ("20.0", 20.0),
        ("010", "010"),
        ("+14155550100", "+14155550100"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("2024-01-01", "2024-01-01"),
        (".", "."),
        ("e5", "e5"),
        ('"12"', "12"),
        ("'true'", "true"),
        ("!!str 12", "12"),
        ("!!int 12", 12),
        ("!file a.txt", Tag("file", "a.txt")),
        ("!secret NAME", Tag("secret", "NAME")),
    ],
)
def test_a_scalar_is_json_or_text(text: str, value: Raw) -> None:
    read = value_of(f"[{text}]" if text else "- \n")
    assert read == [value]
    assert isinstance(read, list)
    assert type(read[0]) is type(value)


@pytest.mark.parametrize("text", [".inf", "-.INF", ".nan", "1e400", "9" * 5000, "!!int x"])
def test_a_number_json_cannot_carry_is_refused(text: str) -> None:
    (fault,) = faults_of(f"a: {text}\n")
    assert fault.summary == "Not a JSON value"
    assert fault.where == SourceRef("f.yaml", 1, 4)


def test_every_path_has_its_place() -> None:
    (document,) = parse_documents("a:\n  b:\n    - 1\n    - c: 2\n", "f.yaml")
    assert document.places["a", "b"] == SourceRef("f.yaml", 2, 3)
    assert document.places["a", "b", "1", "c"] == SourceRef("f.yaml", 4, 7)
    assert document.place(("a", "b", "1", "c", "unwritten")) == SourceRef("f.yaml", 4, 7)


def test_a_syntax_error_has_its_place() -> None:
    (fault,) = faults_of("a: 1\nb: [1, 2\n")
    assert fault.summary == "YAML syntax error"
    assert fault.where == SourceRef("f.yaml", 3, 1)


def test_a_tab_is_named() -> None:
    (fault,) = faults_of("a:\n\tb: 1\n")
    assert fault.where == SourceRef("f.yaml", 2, 1)
    assert "tab" in str(fault.hint)


def test_a_git_conflict_is_named() -> None:
    (fault,) = faults_of("<<<<<<< HEAD\na: 1\n=======\na: 2\n>>>>>>> theirs\n")
    assert "git conflict" in str(fault.hint)


def test_a_duplicate_key_is_reported_with_both_places() -> None:
    (fault,) = faults_of("model:\n  a: 1\n  b: {c: 2}\n  a: [3]\n")
    assert fault.summary == "Duplicate key"
    assert fault.where == SourceRef("f.yaml", 4, 3)
    assert fault.detail == "`model.a` stands here and at f.yaml:2:3"


def test_all_duplicate_keys_are_told_even_when_the_file_then_breaks() -> None:
    found = faults_of("a: 1\na: 2\nb: 1\nb: 2\nc: [\n")
    assert [each.summary for each in found] == [
        "Duplicate key",
        "Duplicate key",
        "YAML syntax error",
    ]


@pytest.mark.parametrize("key", ["1", "true", "null", "~", "[a]", "{a: b}", "? {a: [b]}\n"])
def test_a_key_that_is_not_text_is_refused(key: str) -> None:
    assert [each.summary for each in faults_of(f"{key}: 1\nb: 2\n")] == ["Key is not text"]


def test_an_anchor_is_refused_before_anything_is_built() -> None:
    laughs = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(9)
    )
    (fault,) = faults_of(laughs)
    assert fault.summary == "YAML alias"
    assert fault.where == SourceRef("f.yaml", 1, 4)
    assert "`a`" in fault.detail


@pytest.mark.parametrize("text", ["a: *b\n", "<<: {a: 1}\n"])
def test_an_alias_or_merge_key_is_refused(text: str) -> None:
    assert [each.summary for each in faults_of(text)] == ["YAML alias"]


@pytest.mark.parametrize(
    "text",
    [
        "a: !env HOME",
        "a: !!python/object:os.system x",
        "a: !!timestamp 2024-01-01",
        "a: !secret {b: 1}",
        "a: !file [b]",
        "a: ! b",
    ],
)
def test_an_unknown_tag_is_refused(text: str) -> None:
    (fault,) = faults_of(text)
    assert fault.summary == "Unknown tag"
    assert fault.where == SourceRef("f.yaml", 1, 4)


@pytest.mark.parametrize("opening", ["[", "- ", "{a: ", "? ", "[{a: "])
def test_deep_nesting_is_refused_without_a_crash(opening: str) -> None:
    (fault,) = faults_of(opening * 100_000)
    assert fault.summary in {"Nested too deeply", "Too many values"}


def test_nesting_up_to_the_bound_is_read() -> None:
    assert value_of("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    assert faults_of("[" * (MAX_DEPTH + 2) + "]" * (MAX_DEPTH + 2))[0].summary == (
        "Nested too deeply"
    )


def test_too_many_values_are_refused() -> None:
    assert faults_of("[" + "1," * 200_001 + "]")[0].summary == "Too many values"


@pytest.mark.parametrize("character", ["\0", "\x07", "\x1b", "\x7f", "\ufffe"])
def test_a_control_character_is_refused_at_its_place(character: str) -> None:
    (fault,) = faults_of(f"a: 1\nb: x{character}y\n")
    assert fault.summary == "Control character"
    assert fault.where == SourceRef("f.yaml", 2, 5)


def test_several_documents_are_read_in_order_and_empty_ones_are_none() -> None:
    documents = parse_documents("# nothing\n---\n---\na: 1\n---\nb: 2\n", "f.yaml")
    assert [each.value for each in documents] == [None, {"a": 1}, {"b": 2}]
    assert documents[2].where.line == 6
