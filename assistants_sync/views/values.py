"""One value, or the difference of two, in lines people read."""

import json
from collections.abc import Iterator
from typing import Final

from assistants_sync.model.plan import Change, FieldChange, FieldKind
from assistants_sync.model.value import ROTATED, JsonValue, is_placeholder, to_dotted
from assistants_sync.views.columns import WIDTH, cells, folded
from assistants_sync.views.escape import escape, shorten
from assistants_sync.views.paint import Look, Paint
from assistants_sync.views.prompt_diff import diff_prompt
from assistants_sync.views.prompt_text import describe_prompt, diff_lines
from assistants_sync.views.prompts import leaf_changes, prompts_in

INDENT: Final = " " * 6
_BELOW: Final = " " * 10
_LEAST_WIDTH: Final = 24
_SIGNS: Final = {
    FieldKind.ADD: ("+", Paint.ADD, ""),
    FieldKind.CHANGE: ("~", Paint.CHANGE, ""),
    FieldKind.REMOVE: ("-", Paint.REMOVE, ""),
    FieldKind.DRIFT: ("~", Paint.CHANGE, "  (changed on the server)"),
    FieldKind.CONFLICT: ("!", Paint.DANGER, "  (changed here and on the server)"),
    FieldKind.KEPT: ("=", Paint.FAINT, "  (kept as it is on the server)"),
    FieldKind.NOT_STORED: ("?", Paint.FAINT, "  (the server does not store it)"),
}


def brief(value: JsonValue, width: int | None = 60) -> str:
    """Give a value on one line of about this many columns; None shortens nothing."""
    match value:
        case None:
            return "(none)"
        case str() if is_placeholder(value):
            return value
        case str():
            text = escape(value)
            if width is None or len(text) + 2 <= width:
                return f'"{text}"'
            size = f" ({len(value):,} characters)"
            return f'"{shorten(text, max(width - len(size) - 2, _LEAST_WIDTH))}"{size}'
        case bool() | int() | float():
            return json.dumps(value)
        case _:
            text = escape(json.dumps(value, ensure_ascii=False))
            return text if width is None else shorten(text, width)


def field_lines(change: Change, field: FieldChange, look: Look) -> Iterator[str]:
    """Give the lines that show one field of a change; a long text is shown by its words."""
    is_hidden = field.is_secret and field.before == field.after
    leaves = list(leaf_changes(field)) if look.is_full and not is_hidden else []
    for each in leaves or [field]:
        yield from _lines(change, each, look)


def _lines(change: Change, field: FieldChange, look: Look) -> Iterator[str]:
    sign, paint, remark = _SIGNS[field.kind]
    head = f"{INDENT}{look.painted(sign, paint)} {escape(to_dotted(field.path))}:"
    if field.is_secret and field.before == field.after:
        yield from folded(f"{ROTATED}{remark}", f"{head} ", _BELOW)
    elif _is_told_by_words(change, field, head, look):
        yield f"{head}{remark}"
        yield from _text_lines(change, field, look)
    else:
        room = None if look.is_full else WIDTH - cells(head) - 1 - len(remark)
        yield from folded(f"{_told(field, room)}{remark}", f"{head} ", _BELOW)


def _sides(field: FieldChange) -> tuple[JsonValue, ...]:
    match field.kind:
        case FieldKind.ADD | FieldKind.NOT_STORED:
            return (field.after,)
        case FieldKind.REMOVE:
            return (field.before,)
        case _:
            return (field.before, field.after)


def _told(field: FieldChange, room: int | None) -> str:
    sides = _sides(field)
    width = None if room is None else max((room - 4) // 2 if sides[1:] else room, _LEAST_WIDTH)
    return " -> ".join(brief(each, width) for each in sides)


def _is_told_by_words(change: Change, field: FieldChange, head: str, look: Look) -> bool:
    sides = [each for each in _sides(field) if each is not None]
    if any(is_placeholder(each) or not isinstance(each, str) for each in sides):
        return False
    if len(sides) == 1:
        return look.is_full and bool(prompts_in(change, field))
    has_lines = any("\n" in str(each) for each in sides)
    return has_lines or cells(head) + 1 + cells(_told(field, None)) > WIDTH


def _text_lines(change: Change, field: FieldChange, look: Look) -> Iterator[str]:
    prompts = prompts_in(change, field)
    for each in prompts:
        diff = each.diff()
        yield from folded(describe_prompt(each, diff), _BELOW, _BELOW)
        yield from diff_lines(diff, look, _BELOW)
    if not prompts:
        old, new = (each if isinstance(each, str) else "" for each in (field.before, field.after))
        yield from diff_lines(diff_prompt(old, new), look, _BELOW)
