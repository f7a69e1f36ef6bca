"""Laws of the layout, over YAML as people leave it: same meaning, same comments, once is enough."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.definitions.sloppy_yaml import sloppy_texts

from assistants_sync.definitions.layout.canonical import canonical_text
from assistants_sync.definitions.layout.parse import LayoutError
from assistants_sync.definitions.write import dump_definition
from assistants_sync.definitions.yaml_text import Raw, parse_documents
from assistants_sync.errors import DefinitionError
from assistants_sync.model.value import JsonValue

JSON: st.SearchStrategy[JsonValue] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("ab \n:#-'\"|>{}[]$%\t,", max_size=9),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text("ab :#", max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)
_WORDS = ["a", "b", "name", "model", "# c", " # d\n", "|\n", "|+\n", ">-\n", "'q'", '"x\\ny"', "?"]
_SIGNS = [": ", ":\n", "\n", "\n\n", "  ", "- ", "[", "]", "{", "}", ", ", "? ", "---\n", "...\n"]
_MORE = ["\t", "${var.x}", "!file p", "\n  - ", "\n    b: ", "\nname: ", "\u2028", "\r", "\n# e\n"]
_PIECES = st.sampled_from([*_WORDS, *_SIGNS, *_MORE])


def values(text: str) -> list[Raw]:
    return [each.value for each in parse_documents(text, "f.yaml") if each.value is not None]


def _sorted(documents: list[Raw]) -> list[Raw]:
    """Fields in one order: only that of the topmost ones may change."""
    return [dict(sorted(each.items())) for each in documents if isinstance(each, dict)]


def comments(text: str) -> list[str]:
    return sorted(re.findall("# (?:top|near|far|above|the end)", text))


@settings(deadline=None)
@given(sloppy_texts())
def test_what_is_laid_out_means_the_same_and_keeps_its_comments(text: str) -> None:
    laid_out = canonical_text(text, "f.yaml")
    assert repr(_sorted(values(laid_out))) == repr(_sorted(values(text)))
    assert comments(laid_out) == comments(text)


@settings(deadline=None)
@given(sloppy_texts())
def test_what_is_laid_out_stays_as_it_is(text: str) -> None:
    once = canonical_text(text, "f.yaml")
    assert canonical_text(once, "f.yaml") == once


@settings(deadline=None)
@given(st.lists(_PIECES, max_size=16).map("".join))
def test_any_text_is_laid_out_alike_or_refused(text: str) -> None:
    try:
        before = values(text)
        once = canonical_text(text, "f.yaml")
    except (DefinitionError, LayoutError):
        return
    assert values(once) == before
    assert canonical_text(once, "f.yaml") == once


@settings(deadline=None)
@given(st.dictionaries(st.text("ab :#", max_size=4), JSON, min_size=1, max_size=4))
def test_what_import_writes_is_canonical(body: dict[str, JsonValue]) -> None:
    text = dump_definition(body)
    assert canonical_text(text, "f.yaml") == text


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_body_of_markdown_is_not_touched(newline: str) -> None:
    body = newline.join(["", "  # Heading  ", "", "---", "a:   b", "", ""])
    text = newline.join(["---", "model:   {a:  1}", "name: 'x'", "---"]) + newline + body
    laid_out = canonical_text(text.replace("\r\n", "\n"), "f.md")
    assert laid_out == "---\nname: x\nmodel: {a: 1}\n---\n" + body.replace("\r\n", "\n")
