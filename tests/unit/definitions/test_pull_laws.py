"""Laws of a pull: the file says what is live, everything else says what it said, where it was."""

from collections import Counter
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.definitions.sloppy_yaml import sloppy_texts

from assistants_sync.definitions.faults import Faults
from assistants_sync.definitions.layout.parse import comments_in, parse_trees
from assistants_sync.definitions.layout.patch import patched
from assistants_sync.definitions.layout.tree import Collection, Slot
from assistants_sync.definitions.variables import expand
from assistants_sync.definitions.yaml_text import Raw, parse_documents
from assistants_sync.model.source import SourceRef
from assistants_sync.model.value import JsonValue, Value
from assistants_sync.pulling.weave import Weaver, is_borrowed
from assistants_sync.resources import KINDS
from assistants_sync.resources.essence import canonical

KIND = KINDS["assistant"]
WORDS = st.text("ab \n:#-'\"|>{}[]$,é", max_size=12)
JSON: st.SearchStrategy[JsonValue] = st.recursive(
    st.booleans() | st.integers() | WORDS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b-c", "x y", "new"]), inner, max_size=3)
    ),
    max_leaves=6,
)


def plain(value: Raw) -> JsonValue:
    match value:
        case Mapping():
            return {key: plain(each) for key, each in value.items()}
        case str():
            return expand(value, {}, Faults(), SourceRef("f"))
        case bool() | int() | float() | None:
            return value
        case list():
            return [plain(each) for each in value]
        case _:
            return str(value)


def said(text: str) -> JsonValue:
    return [plain(each.value) for each in parse_documents(text, "f") if each.value is not None]


def with_slot(root: Collection, at: int, slot: Slot) -> Collection:
    slots = (*root.slots[:at], slot, *root.slots[at + 1 :])
    return Collection(slots, root.is_list, root.is_flow, root.tail, root.tag, root.start, root.end)


def holds_borrowed(slot: Slot) -> bool:
    inner = slot.value.slots if isinstance(slot.value, Collection) else ()
    return is_borrowed(slot.value) or any(map(holds_borrowed, inner))


def edited(draw: st.DataObject, value: JsonValue) -> JsonValue:
    """Change a value as somebody in a dashboard would: a little, most of the time."""
    inside = draw.draw(st.booleans())
    match value:
        case dict() if value and inside:
            key = draw.draw(st.sampled_from(sorted(value)))
            kept = {name: each for name, each in value.items() if name != key}
            return kept if draw.draw(st.booleans()) else {**value, key: edited(draw, value[key])}
        case list() if value and inside:
            at = draw.draw(st.integers(0, len(value) - 1))
            how = draw.draw(st.sampled_from(["change", "drop", "add"]))
            new = {"change": [edited(draw, value[at])], "drop": [], "add": [value[at], "new"]}
            return [*value[:at], *new[how], *value[at + 1 :]]
        case _:
            return draw.draw(JSON)


def same(left: JsonValue, right: JsonValue) -> bool:
    return canonical(KIND, left, ()) == canonical(KIND, right, ())


def _own(text: str, slot: Slot) -> str:
    """Give the lines a field stands on."""
    end = text.find("\n", slot.end)
    return text[slot.start : end if end >= 0 else len(text)]


@settings(deadline=None, max_examples=300)
@given(sloppy_texts(), st.data())
def test_one_field_says_what_is_live_and_the_others_what_they_said(
    text: str, data: st.DataObject
) -> None:
    root = parse_trees(text)[0].root
    if root is None or not root.slots:
        return
    at = data.draw(st.integers(0, len(root.slots) - 1))
    slot = root.slots[at]
    if holds_borrowed(slot) or slot.key is None:
        return
    documents = said(text)
    assert isinstance(documents, list)
    first = documents[0]
    assert isinstance(first, dict)
    key = slot.key.text
    live = edited(data, first[key])
    weaver = Weaver(KIND)
    value: Value = first[key]
    node = weaver.node(slot.value, value, live, (key,))
    assert not weaver.left
    new = with_slot(root, at, Slot(node, slot.key, (), slot.head, slot.after, slot.start, slot.end))
    pulled = patched(text, root, new if node is not slot.value else root)
    assert same(said(pulled), [{**first, key: live}, *documents[1:]])
    lost = Counter(comments_in(text)) - Counter(comments_in(pulled))
    assert all(comment in _own(text, slot) for comment in lost)
    others = [each for place, each in enumerate(root.slots) if place != at]
    for each in others:
        assert text[each.start : each.end].rstrip() in pulled


@pytest.mark.parametrize("field", ["prompt", "words"])
def test_a_block_stays_a_block_as_far_in_as_it_was(field: str) -> None:
    styles = {"prompt": "|", "words": ">"}
    text = f"model:\n    {field}: {styles[field]}-  # spoken\n          old words\n    next: 1\n"
    root = parse_trees(text)[0].root
    assert root is not None
    slot = root.slots[0]
    live: Value = {field: "new words", "next": 1}
    node = Weaver(KIND).node(slot.value, {field: "old words", "next": 1}, live, ("model",))
    new = with_slot(root, 0, Slot(node, slot.key, start=slot.start, end=slot.end))
    assert patched(text, root, new) == text.replace("old", "new")
