"""A live value woven into what was written: what is equal stays, with its comments. Pure."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from typing import Final

from assistants_sync.definitions.layout.fresh import fresh_field, fresh_item, fresh_node
from assistants_sync.definitions.layout.tree import Collection, Fresh, Node, Scalar, Slot
from assistants_sync.definitions.variables import NAME
from assistants_sync.model.value import (
    FieldPath,
    Secret,
    Value,
    has_secret,
    is_list,
    lookup,
    to_dotted,
    without_secrets,
)
from assistants_sync.resources.essence import canonical
from assistants_sync.resources.kind import Kind

_VARIABLE: Final = re.compile(rf"(?<!\$)\$\{{var\.({NAME})\}}")
_IDENTITY: Final = (("id",), ("type",), ("role",), ("name",), ("function", "name"))
_FILE: Final = "!file"


@dataclass(slots=True)
class Weaver:
    """Weaves the values of one definition, and notes what it left as it is.

    `files` are the texts of `!file`s to be written: the tag, and what the file is to hold.
    """

    kind: Kind
    left: list[str] = field(default_factory=list)
    files: list[tuple[Scalar, str, FieldPath]] = field(default_factory=list)

    def node(self, node: Node, desired: Value, live: Value, path: FieldPath) -> Node:
        """Give the node that means what is live; the same one where it does, or has to stay."""
        if self._said(desired, path) == self._said(live, path):
            return node
        tag = tag_of(node)
        if tag == _FILE and isinstance(node, Scalar) and isinstance(live, str):
            self.files.append((node, live, path))
            return node
        if tag and not tag.startswith("!!"):
            return self._leave(node, path, f"it is `{tag}` in the file")
        if isinstance(desired, Secret) or isinstance(live, Secret):
            return self._leave(node, path, "it is a secret")
        match node, desired, live:
            case Collection(is_list=False), Mapping(), Mapping():
                slots = tuple(self._fields(node, desired, live, path))
                return replace(node, slots=slots) if slots != node.slots else node
            case Collection(is_list=True), Sequence(), Sequence() if is_list(live):
                return self._items(node, desired, live, path)
            case _:
                return self._replaced(node, desired, live, path)

    def _replaced(self, node: Node, desired: Value, live: Value, path: FieldPath) -> Node:
        names = sorted(variables_in(node))
        if names:
            said = ", ".join(f"`${{var.{name}}}`" for name in names)
            return self._leave(node, path, f"the file has {said} in it")
        if has_secret(desired) or has_secret(live):
            return self._leave(node, path, "a secret stands in it")
        return fresh_node(without_secrets(live), node.style if isinstance(node, Scalar) else "")

    def _leave(self, node: Node, path: FieldPath, why: str) -> Node:
        self.left.append(f"`{to_dotted(path)}`: {why}")
        return node

    def _fields(
        self,
        node: Collection,
        desired: Mapping[str, Value],
        live: Mapping[str, Value],
        path: FieldPath,
    ) -> Iterator[Slot]:
        for slot in node.slots:
            key = slot.key.text if slot.key else ""
            wanted, here = desired.get(key), live.get(key)
            if has_secret(wanted) and here is None:
                yield slot  # hidden, not gone
            elif here is not None or wanted is None:
                yield _with(slot, self.node(slot.value, wanted, here, (*path, key)))
        for key, value in live.items():
            if key in desired or value is None:
                continue
            if has_secret(value):
                self.left.append(f"`{to_dotted((*path, key))}`: it is a secret")
            else:
                yield fresh_field(key, without_secrets(value))

    def _items(
        self, node: Collection, desired: Sequence[Value], live: Sequence[Value], path: FieldPath
    ) -> Node:
        olds = [self._said(each, (*path, str(at))) for at, each in enumerate(desired)]
        items = list(live)
        if self.kind.sets.fit(path):  # in the file's own order
            items.sort(key=lambda each: _rank(olds, self._said(each, (*path, "0"))))
        news = [self._said(each, (*path, str(at))) for at, each in enumerate(items)]
        slots: list[Slot] = []
        matcher = SequenceMatcher(None, olds, news, autojunk=False)
        for how, old, old_end, new, new_end in matcher.get_opcodes():
            if how == "equal":
                slots += node.slots[old:old_end]
                continue
            for at, here in enumerate(items[new:new_end], old):
                if at < old_end and _is_pair(desired[at], here):
                    slot = node.slots[at]
                    inner = (*path, str(at))
                    slots.append(_with(slot, self.node(slot.value, desired[at], here, inner)))
                elif has_secret(here):
                    return self._leave(node, path, "a new item of it holds a secret")
                else:
                    slots.append(fresh_item(without_secrets(here)))
        return replace(node, slots=tuple(slots)) if slots else Fresh([])

    def _said(self, value: Value, path: FieldPath) -> str:
        return json.dumps(canonical(self.kind, without_secrets(value), path), sort_keys=True)


def variables_in(node: Node) -> set[str]:
    """Give the names of the variables that stand in a value as it was written."""
    match node:
        case Collection():
            return {name for slot in node.slots for name in variables_in(slot.value)}
        case Scalar():
            return set(variables_of(node.text))
        case _:
            return set()


def tag_of(node: Node) -> str:
    """Give the tag of a value, `!file` for one; empty without one."""
    return "" if isinstance(node, Fresh) else node.tag


def is_borrowed(node: Node) -> bool:
    """Say whether a value comes from elsewhere, by a tag or a variable."""
    return bool(tag_of(node) or variables_in(node))


def variables_of(text: str) -> list[str]:
    """Give the names of the variables in a text, in order."""
    return _VARIABLE.findall(text)


def _with(slot: Slot, value: Node) -> Slot:
    return slot if value is slot.value else replace(slot, value=value)


def _rank(olds: Sequence[str], said: str) -> int:
    return olds.index(said) if said in olds else len(olds)


def _is_pair(desired: Value, live: Value) -> bool:
    """Say whether one item became the other: what holds a secret is paired only with itself."""
    if not has_secret(desired):
        return True
    return (
        isinstance(desired, Mapping)
        and isinstance(live, Mapping)
        and all(lookup(desired, path) == lookup(live, path) for path in _IDENTITY)
    )
