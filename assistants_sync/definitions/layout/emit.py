"""A tree to its canonical lines: two spaces a step, comments with what they belong to."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from assistants_sync.definitions.layout.tree import Collection, Lines, Node, Slot, Tree
from assistants_sync.definitions.layout.words import flow_word, lines_of
from assistants_sync.definitions.write import LONG_KEY, STEP, indented, one_line

_BLOCK_HEAD: Final = re.compile(r" [|>][-+0-9]*\Z")
"""How a line ends below which a block stands: a comment behind any other word would end it."""

WIDTH: Final = 100
"""What stands in brackets stays there only within this many columns."""


def tree_lines(tree: Tree, rank: Callable[[str], int]) -> list[str]:
    """Give the lines of a document, its fields by their ranks."""
    head = _spaced([], tree.head)
    if tree.root is None:
        return head[:-1] if head[-1:] == [""] else head
    if not tree.root.slots:
        return [*head, "{}"]
    return head + collection_lines(_arranged(tree.root, rank), WIDTH)


def collection_lines(node: Collection, room: int) -> list[str]:
    """Give the lines of a block, not indented; `room` is how many columns there are for them."""
    lines: list[str] = []
    for each in node.slots:
        slot = settled(each, room)
        lines += _spaced(lines, slot.before)
        lines += slot_lines(slot, room)
    tail = _spaced(lines, node.tail)
    return lines + (tail[:-1] if tail[-1:] == [""] else tail)


def settled(slot: Slot, room: int) -> Slot:
    """Give a field or item with one comment behind it at most; the others go above it."""
    comments = [each for each in (slot.head, slot.after) if each]
    value = slot.value
    if _begins_inside(slot, room) and isinstance(value, Collection):
        first = settled(value.slots[0], room - len(STEP))
        above = (*slot.before, *(each.strip() for each in comments), *first.before)
        slots = (replace(first, before=()), *value.slots[1:])
        return replace(slot, value=replace(value, slots=slots), before=above, head="", after="")
    above = (*slot.before, *(each.strip() for each in comments[1:]))
    if isinstance(value, Collection) and not value.slots:
        above, value = (*above, *value.tail), replace(value, tail=())
    return replace(slot, value=value, before=above, head="", after="".join(comments[:1]))


def slot_lines(slot: Slot, room: int) -> list[str]:
    """Give the lines of a settled field or item, without those above it."""
    top, mark = _marks(slot)
    lines = _inline(slot.value, room - len(mark) - 1)
    if lines is not None:
        lines = [f"{mark} {lines[0]}".rstrip(" "), *indented(lines[1:])]
        lines[0 if _BLOCK_HEAD.search(lines[0]) else -1] += _apart(slot.after)
        return [*top, *lines]
    if not isinstance(slot.value, Collection):
        raise TypeError("a scalar has lines")
    inner = collection_lines(slot.value, room - len(STEP))
    if _begins_inside(slot, room):
        return [*top, f"{mark} {inner[0]}", *indented(inner[1:])]
    return [*top, f"{mark} {slot.value.tag}".rstrip() + _apart(slot.after), *indented(inner)]


def _marks(slot: Slot) -> tuple[list[str], str]:
    """Give what stands before a value: the line above it, and the beginning of its own."""
    if slot.key is None:
        return [], "-"
    name, *more = lines_of(slot.key)
    name = one_line(slot.key.text) if more else name
    return ([f"? {name}"], ":") if len(name) > LONG_KEY else ([], f"{name}:")


def _begins_inside(slot: Slot, room: int) -> bool:
    """Say whether a block begins on the line of its mark, as in `- key: value`."""
    mark = _marks(slot)[1]
    is_block = isinstance(slot.value, Collection) and not slot.value.tag
    return is_block and mark in ("-", ":") and _inline(slot.value, room - len(mark) - 1) is None


def _inline(value: Node, room: int) -> list[str] | None:
    """Give the lines of what begins behind its mark; None for a block, which begins below."""
    if isinstance(value, Collection):
        flow = _flow(value, room)
        return None if flow is None else [flow]
    return lines_of(value)


def _flow(node: Collection, room: int) -> str | None:
    """Give a collection in brackets, if it was written so and fits."""
    if node.slots and (not node.is_flow or node.tail):
        return None
    words = [_flow_slot(slot, room) for slot in node.slots]
    said = [word for word in words if word is not None]
    text = ", ".join(said).join("[]" if node.is_list else "{}")
    text = f"{node.tag} {text}".strip()
    return text if len(said) == len(words) and (len(text) <= room or not words) else None


def _flow_slot(slot: Slot, room: int) -> str | None:
    if slot.before or slot.head or slot.after:
        return None
    value = slot.value
    word = _flow(value, room) if isinstance(value, Collection) else flow_word(value)
    if word is None or slot.key is None:
        return word
    name = flow_word(slot.key)
    return None if name is None else f"{name}: {word}"


def _arranged(root: Collection, rank: Callable[[str], int]) -> Collection:
    """Give the fields in order; a block that has a new neighbour is set off by a blank line."""
    slots = sorted(root.slots, key=lambda slot: rank(slot.key.text if slot.key else ""))
    before = dict(zip(map(id, root.slots[1:]), root.slots, strict=False))
    placed: list[Slot] = []
    for above, slot in zip([None, *slots], slots, strict=False):
        is_new = above is not None and before.get(id(slot)) is not above
        is_apart = is_new and (_is_long(above) or _is_long(slot))
        placed.append(replace(slot, before=("", *slot.before)) if is_apart else slot)
    return replace(root, slots=tuple(placed))


def _is_long(slot: Slot | None) -> bool:
    return slot is not None and len(slot_lines(settled(slot, WIDTH), WIDTH)) > 1


def _spaced(above: Sequence[str], lines: Lines) -> list[str]:
    """Give lines without a blank one at the very top or after another."""
    spaced: list[str] = []
    for line in lines:
        if line or (spaced or above)[-1:] not in ([], [""]):
            spaced.append(line)
    return spaced


def _apart(comment: str) -> str:
    """Give a comment with the spaces it had before it, two at least."""
    return comment if comment.startswith("  ") or not comment else "  " + comment.strip()
