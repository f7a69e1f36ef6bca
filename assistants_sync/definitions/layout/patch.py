"""From one tree of a text to another: what did not change stays as it stands."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from assistants_sync.definitions.layout.emit import WIDTH, collection_lines, settled, slot_lines
from assistants_sync.definitions.layout.tree import Collection, Fresh, Scalar, Slot
from assistants_sync.definitions.layout.words import indent_of
from assistants_sync.definitions.write import STEP


@dataclass(frozen=True, slots=True)
class _Edit:
    """Puts a text in place of what stands between two offsets."""

    start: int
    end: int
    text: str


class _TooDeepError(Exception):
    """What changed cannot be cut out here: what is around it is written anew."""


def patched(text: str, old: Collection, new: Collection) -> str:
    """Give the text of a tree with another one in its place, made from it by replacing slots."""
    if not new.slots:
        return text[: old.start] + "{}" + text[old.end :]
    try:
        edits = sorted(_inside(text, old, new), key=lambda edit: (edit.start, edit.end))
    except _TooDeepError:
        edits = [_Edit(old.start, old.end, "\n".join(collection_lines(new, WIDTH)))]
    for edit in reversed(edits):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def _inside(text: str, old: Collection, new: Collection) -> Iterator[_Edit]:
    """Give what makes one block into the other.

    Raises:
        _TooDeepError: it is no block, or its lines are not its own.
    """
    if text[old.start : old.start + 1] in ("{", "[") or (old.is_list, old.tag) != (
        new.is_list,
        new.tag,
    ):
        raise _TooDeepError
    known = {id(slot): slot for slot in old.slots}
    by_start = {slot.start: slot for slot in old.slots}
    kept = [by_start[slot.start] for slot in new.slots if slot.start in by_start]
    if not kept or kept != sorted(kept, key=lambda slot: slot.start):
        raise _TooDeepError
    for slot in old.slots:
        if all(slot is not each for each in kept):
            yield _Edit(_line_start(text, slot, old), _after_line(text, slot), "")
    above: Slot | None = None
    for slot in new.slots:
        before = by_start.get(slot.start)
        if before is None:
            yield _inserted(text, slot, above, old)
        else:
            above = before
            if id(slot) not in known:
                yield from _changed(text, before, slot, is_list=old.is_list)


def _changed(text: str, old: Slot, new: Slot, *, is_list: bool) -> Iterator[_Edit]:
    if isinstance(old.value, Collection) and isinstance(new.value, Collection):
        try:
            yield from list(_inside(text, old.value, new.value))
        except _TooDeepError:
            pass
        else:
            return
    start = _mark(text, old.start) if is_list else old.start
    column = _column(text, start)
    lines = _lines(replace(new, before=()), column)
    if isinstance(old.value, Scalar) and isinstance(new.value, Fresh):
        lines = _as_far_in(old.value, lines, column)
    yield _Edit(start, _end_of_line(text, old), _joined(lines, column))


def _as_far_in(old: Scalar, lines: list[str], column: int) -> list[str]:
    """Give a block that takes the place of another as far in as that one stood."""
    if old.style not in ("|", ">") or not old.text.strip() or len(lines) == 1:
        return lines
    pad = indent_of(old) - column
    head = lines[0]
    for how in ("|", ">"):
        head = head.replace(f" {how}{len(STEP)}", f" {how}{pad}")
    return [head, *(" " * pad + line[len(STEP) :] if line else "" for line in lines[1:])]


def _inserted(text: str, slot: Slot, above: Slot | None, old: Collection) -> _Edit:
    first = old.slots[0]
    start = _line_start(text, first, old)
    column = _column(text, _mark(text, first.start) if old.is_list else first.start)
    new = " " * column + _joined(_lines(slot, column), column)
    if above is None:
        return _Edit(start, start, f"{new}\n")
    end = _end_of_line(text, above)
    return _Edit(end, end, f"\n{new}")


def _lines(slot: Slot, column: int) -> list[str]:
    room = WIDTH - column
    whole = settled(slot, room)
    return [*filter(None, whole.before), *slot_lines(whole, room)]


def _joined(lines: Sequence[str], column: int) -> str:
    first, *rest = lines
    return "\n".join([first, *(" " * column + line if line else "" for line in rest)])


def _line_start(text: str, slot: Slot, inside: Collection) -> int:
    """Give where the first line of a slot begins, if nothing else stands on it."""
    start = _mark(text, slot.start) if inside.is_list else slot.start
    line = text.rfind("\n", 0, start) + 1
    if text[line:start].strip():
        raise _TooDeepError
    return line


def _mark(text: str, start: int) -> int:
    """Give the offset of the `-` an item begins with."""
    behind = text[:start].rstrip(" ")
    if not behind.endswith("-"):
        raise _TooDeepError
    return len(behind) - 1


def _after_line(text: str, slot: Slot) -> int:
    return min(_end_of_line(text, slot) + 1, len(text))


def _end_of_line(text: str, slot: Slot) -> int:
    """Give the end of the last line of a slot, its comment included."""
    if text[slot.end - 1 : slot.end] == "\n":
        return slot.end - 1
    end = text.find("\n", slot.end)
    return len(text) if end < 0 else end


def _column(text: str, at: int) -> int:
    return at - (text.rfind("\n", 0, at) + 1)
