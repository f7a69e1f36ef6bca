"""The canonical layout, case by case."""

import pytest

from assistants_sync.definitions.layout.canonical import canonical_text, check_same
from assistants_sync.definitions.layout.parse import LayoutError


def laid_out(text: str, file: str = "assistants/a.yaml") -> str:
    return canonical_text(text, file)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("model: {}\nname: a\nkey: k\n", "key: k\nname: a\nmodel: {}\n"),
        (
            "other: 1\nlifecycle: {}\nkind: assistant\n",
            "kind: assistant\nlifecycle: {}\nother: 1\n",
        ),
        ("a:\n- 1\n-   2\n", "a:\n  - 1\n  - 2\n"),
        ("a:\n      b: 1\n      c:\n         - d\n", "a:\n  b: 1\n  c:\n    - d\n"),
        ("a: 'plain words'\nb: \"it's\"\n", "a: plain words\nb: it's\n"),
        ("a: 'off'\nb: off\nc: \"12:30\"\n", "a: 'off'\nb: off\nc: \"12:30\"\n"),
        ('a: "one\\ntwo\\n"\n', "a: |\n  one\n  two\n"),
        ("a: [ b,c ]\nd: {e:  1}\n", "a: [b, c]\nd: {e: 1}\n"),
        ("a: [\n  b, # why\n  c]\n", "a:\n  - b  # why\n  - c\n"),
        ('{"a": {"b": [1]}, "c": null}', "a: {b: [1]}\nc: null\n"),
        ("a:  !file   p.txt # c\n", "a: !file p.txt  # c\n"),
        ('a: "#"# c\n? |- # d\n  b\n: 1\n', 'a: "#"  # c\n# d\nb: 1\n'),
        ("a: >-\n     folded\n     words\n", "a: >-\n  folded\n  words\n"),
        ("a: |\n   text\n\n\n\nb: 1   \n\n\n", "a: |\n  text\n\nb: 1\n"),
        ("a: |+\n text\n\nb: 1\n", "a: |+\n  text\n\nb: 1\n"),
        ("a: many words\n    on two lines # c\n", "a: many words\n  on two lines  # c\n"),
        ("\na:\n\n  b: 1\n\n\n\n  c: 2\n", "a:\n  b: 1\n\n  c: 2\n"),
        ("a: ${var.x}\n", "a: ${var.x}\n"),
        ("---\na: 1\n...\n---\nb: 2\n", "a: 1\n---\nb: 2\n"),
        ("# nothing but words\n\n", "# nothing but words\n"),
        ("", ""),
    ],
)
def test_a_definition_is_laid_out(written: str, canonical: str) -> None:
    assert laid_out(written) == canonical


def test_comments_go_with_their_fields_and_a_heading_stays() -> None:
    written = """\
# The front desk, as agreed in May.

# costs most
voice:
    provider: 11labs   # the good one
    # last of the voice

# what callers hear first
firstMessage: Hi
# what it is called
name: Front
# the end
"""
    assert (
        laid_out(written)
        == """\
# The front desk, as agreed in May.

# what it is called
name: Front

# costs most
voice:
  provider: 11labs   # the good one
  # last of the voice

# what callers hear first
firstMessage: Hi
# the end
"""
    )


def test_a_list_too_wide_for_one_line_becomes_a_block() -> None:
    words = [f"word-{number:02}" for number in range(14)]
    assert laid_out(f"keyterm: [{', '.join(words)}]\n").splitlines()[1] == "  - word-00"
    assert laid_out(f"keyterm: [{', '.join(words[:9])}]\n").startswith("keyterm: [")


def test_the_project_file_has_an_order_of_its_own() -> None:
    written = "environments: {default: {}}\nvars: {a: b}\nproject: shop\n"
    expected = "project: shop\nvars: {a: b}\nenvironments: {default: {}}\n"
    assert canonical_text(written, "assistants-sync.yaml") == expected


@pytest.mark.parametrize(
    "text", ["%YAML 1.1\n---\na: 1\n", "- a\n- b\n", "words\n", "a: 1\rb: 2\n"]
)
def test_what_cannot_be_laid_out_is_refused(text: str) -> None:
    with pytest.raises(LayoutError, match="Cannot be laid out"):
        laid_out(text)


def test_a_comment_that_would_be_lost_is_a_refusal() -> None:
    with pytest.raises(LayoutError, match="a tag and its value stand on two lines"):
        laid_out("a: !file # which\n  p.txt\n")
    with pytest.raises(LayoutError, match="a comment would be lost"):
        check_same("a: 1  # one\n# one\n", "a: 1  # one\n", "f.yaml")


def test_notes_in_markdown_are_no_definitions() -> None:
    assert canonical_text("# Just   a note\n", "assistants/note.md") == "# Just   a note\n"
