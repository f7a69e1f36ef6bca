"""One value, or the difference of two, in lines people read."""

import difflib
import json
from collections.abc import Iterator
from typing import Final

from assistants_sync.model.plan import FieldChange, FieldKind
from assistants_sync.model.value import MASK, JsonValue, to_dotted
from assistants_sync.views.escape import escape, shorten
from assistants_sync.views.paint import Paint, painted

_WIDTH: Final = 60
_CONTEXT_LINES: Final = 2
_SIGNS: Final = {
    FieldKind.ADD: ("+", Paint.ADD, ""),
    FieldKind.CHANGE: ("~", Paint.CHANGE, ""),
    FieldKind.REMOVE: ("-", Paint.REMOVE, ""),
    FieldKind.DRIFT: ("~", Paint.CHANGE, "  (changed on the server)"),
    FieldKind.CONFLICT: ("!", Paint.DANGER, "  (changed in the file and on the server)"),
    FieldKind.KEPT: ("=", Paint.FAINT, "  (kept as it is on the server)"),
    FieldKind.NOT_STORED: ("?", Paint.FAINT, "  (the server does not store it)"),
}


def brief(value: JsonValue) -> str:
    """Give a value on one short line."""
    match value:
        case None:
            return "(none)"
        case str() if value == MASK:
            return MASK
        case str():
            size = f" ({len(value):,} characters)" if len(value) > _WIDTH else ""
            return f'"{shorten(escape(value), _WIDTH)}"{size}'
        case bool() | int() | float():
            return json.dumps(value)
        case _:
            return shorten(escape(json.dumps(value, ensure_ascii=False)), _WIDTH + 20)


def field_lines(field: FieldChange, *, colour: bool) -> Iterator[str]:
    """Give the lines that show one field change."""
    sign, paint, remark = _SIGNS[field.kind]
    path = escape(to_dotted(field.path))
    head = f"{painted(sign, paint, colour=colour)} {path}"
    before, after = field.before, field.after
    if field.is_secret and before == after:
        yield f"{head}: {MASK} changed{remark}"
    elif field.kind in {FieldKind.ADD, FieldKind.NOT_STORED}:
        yield f"{head}: {brief(after)}{remark}"
    elif field.kind is FieldKind.REMOVE:
        yield f"{head}: {brief(before)}{remark}"
    elif isinstance(before, str) and isinstance(after, str) and "\n" in before + after:
        yield f"{head}:{remark}"
        yield from _text_lines(before, after, colour=colour)
    else:
        yield f"{head}: {brief(before)} -> {brief(after)}{remark}"


def _text_lines(before: str, after: str, *, colour: bool) -> Iterator[str]:
    """A long text as a line diff; what did not change is left out but for a little context.

    Only a line feed ends a line: any other end stays in it, and shows when it is the difference.
    """
    difference = difflib.unified_diff(
        before.split("\n"), after.split("\n"), lineterm="", n=_CONTEXT_LINES
    )
    for line in list(difference)[2:]:
        sign, text = line[:1], escape(line[1:])
        match sign:
            case "+":
                yield "    " + painted(f"+ {text}", Paint.ADD, colour=colour)
            case "-":
                yield "    " + painted(f"- {text}", Paint.REMOVE, colour=colour)
            case "@":
                yield "    " + painted(f"@{text}", Paint.FAINT, colour=colour)
            case _:
                yield f"      {text}".rstrip()
