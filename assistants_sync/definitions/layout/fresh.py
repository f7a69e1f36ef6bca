"""Values that are not in a text yet, as nodes of its tree."""

from collections.abc import Mapping, Sequence

from assistants_sync.definitions.layout.tree import Collection, Fresh, Node, Scalar, Slot, Style
from assistants_sync.definitions.write import one_line
from assistants_sync.model.value import JsonValue

NOWHERE = -1
"""The place of what is not in the text."""


def fresh_node(value: JsonValue, like: Style = "") -> Node:
    """Give a value as a node to be written, without what is null in an object."""
    match value:
        case str():
            return Fresh(value, like)
        case Mapping() if any(each is not None for each in value.values()):
            slots = (fresh_field(key, each) for key, each in value.items() if each is not None)
            return Collection(tuple(slots), is_list=False)
        case Mapping():
            return Fresh({})
        case Sequence() if value:
            return Collection(tuple(fresh_item(each) for each in value), is_list=True)
        case _:
            return Fresh(value)


def fresh_field(key: str, value: JsonValue) -> Slot:
    """Give a field to be written."""
    word = one_line(key)
    name = Scalar(word, key, '"' if word[0] == '"' else "")
    return Slot(fresh_node(value), name, start=NOWHERE, end=NOWHERE)


def fresh_item(value: JsonValue) -> Slot:
    """Give an item to be written."""
    return Slot(fresh_node(value), start=NOWHERE, end=NOWHERE)
