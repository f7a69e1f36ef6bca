"""An update that takes away what makes an assistant work is told by what shrinks."""

import pytest

from assistants_sync.model.value import Value
from assistants_sync.planning.destructive import losses, part_name
from assistants_sync.resources import KINDS

ASSISTANT = KINDS["assistant"]


def found(before: dict[str, Value], after: dict[str, Value]) -> tuple[str, ...]:
    return losses(ASSISTANT, {"model": before}, {"model": after})


def system(*texts: Value) -> Value:
    return [{"role": "system", "content": text} for text in texts]


LONG = "x" * 1000


@pytest.mark.parametrize(
    "after",
    [
        {},
        {"messages": None},
        {"messages": []},
        {"messages": system("")},
        {"messages": system("  \n ")},
        {"messages": system(None)},
        {"messages": [{"role": "user", "content": LONG}]},
        {"messages": "text"},
        {"messages": ["text"]},
    ],
)
def test_a_prompt_that_goes_is_a_loss(after: dict[str, Value]) -> None:
    expected = ("drops the whole system prompt (1,000 characters)",)
    assert found({"messages": system(LONG)}, after) == expected


def test_a_prompt_that_loses_four_fifths_is_a_loss() -> None:
    expected = ("system prompt shrinks from 1,000 to 200 characters",)
    assert found({"messages": system(LONG)}, {"messages": system("y" * 200)}) == expected


@pytest.mark.parametrize(
    "after", [system("y" * 201), system("y" * 100, "z" * 101), system(LONG * 2), system("y" * 1000)]
)
def test_a_prompt_that_is_edited_is_no_loss(after: Value) -> None:
    assert found({"messages": system(LONG)}, {"messages": after}) == ()


def test_a_prompt_that_was_not_there_cannot_be_lost() -> None:
    assert found({}, {}) == ()
    assert found({"messages": system("")}, {}) == ()
    assert found({}, {"messages": system(LONG)}) == ()


def function(name: str) -> Value:
    return {"type": "function", "function": {"name": name}}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            {"tools": [function("book"), function("pay")]},
            {"tools": [function("pay")]},
            ("drops 1 of 2 in model.tools: book",),
        ),
        ({"tools": [function("book")]}, {}, ("drops 1 of 1 in model.tools: book",)),
        ({"toolIds": ["a", "b"]}, {"toolIds": []}, ("drops 2 of 2 in model.toolIds: a, b",)),
        ({"toolIds": ["a", "b"]}, {"toolIds": ["c"]}, ("drops 1 of 2 in model.toolIds: a, b",)),
        ({"toolRefs": [{"toolId": "a"}]}, {}, ("drops 1 of 1 in model.toolRefs: a",)),
        ({"toolIds": ["a", "b"]}, {"toolIds": ["b", "a"]}, ()),
        ({"toolIds": ["a"]}, {"toolIds": ["b"]}, ()),
        ({"toolIds": ["a"]}, {"toolIds": ["a", "b"]}, ()),
        ({"toolIds": ["a", "a"]}, {"toolIds": ["a"]}, ()),
        ({}, {"toolIds": ["a"]}, ()),
    ],
)
def test_a_tool_that_goes_without_another_in_its_place_is_a_loss(
    before: dict[str, Value], after: dict[str, Value], expected: tuple[str, ...]
) -> None:
    assert found(before, after) == expected


def test_a_knowledge_base_that_goes_is_a_loss() -> None:
    base: dict[str, Value] = {"knowledgeBase": {"provider": "x"}}
    assert found(base, {}) == ("drops model.knowledgeBase",)
    assert found(base, {"knowledgeBase": {"provider": "y"}}) == ()
    assert found({}, base) == ()


def test_every_loss_is_told() -> None:
    before: dict[str, Value] = {
        "messages": system("hello"),
        "tools": [function("pay")],
        "knowledgeBase": {"provider": "x"},
    }
    assert len(found(before, {})) == 3


def test_an_edit_elsewhere_is_no_loss() -> None:
    assert losses(ASSISTANT, {"name": "a", "voice": {"x": 1}}, {}) == ()


@pytest.mark.parametrize(
    ("part", "name"),
    [
        (function("book"), "book"),
        ({"name": "n", "type": "t"}, "n"),
        ({"toolId": "i", "type": "t"}, "i"),
        ({"type": "endCall"}, "endCall"),
        ({}, "unnamed"),
        ("id-1", "id-1"),
        (7, "7"),
    ],
)
def test_a_part_is_known_by_its_name(part: Value, name: str) -> None:
    assert part_name(part) == name
