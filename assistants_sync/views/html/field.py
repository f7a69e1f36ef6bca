"""One field change: its path and kind, then what is on the server beside what the file says."""

from dataclasses import replace
from functools import lru_cache
from typing import Final, assert_never

from assistants_sync.model.plan import Change, FieldChange, FieldKind
from assistants_sync.model.value import ROTATED, FieldPath, JsonValue, to_dotted
from assistants_sync.views.html.markup import NOTHING, Markup, element, isolated, joined, unseen
from assistants_sync.views.html.prompt import prompt_markup
from assistants_sync.views.html.value import is_short, value_markup
from assistants_sync.views.prompts import leaf_changes, prompts_in

_KINDS: Final = {
    FieldKind.ADD: ("+", "create", "added", ""),
    FieldKind.CHANGE: ("~", "update", "changed", ""),
    FieldKind.REMOVE: ("−", "delete", "removed", "removed"),  # noqa: RUF001 -- as wide as the plus
    FieldKind.DRIFT: ("~", "drift", "", "changed on the server"),
    FieldKind.CONFLICT: ("!", "conflict", "", "changed in the file and on the server"),
    FieldKind.KEPT: ("=", "forget", "", "kept as it is on the server"),
    FieldKind.NOT_STORED: ("?", "forget", "", "the server does not store it"),
}
"""Its sign, its tone, a word for who cannot see them, and a remark for everybody."""
_BESIDE: Final = 72
_ALONE: Final = 180
"""So many characters of a value stand on one line, beside another one or alone."""
_BEFORE: Final = unseen("on the server ")
_AFTER: Final = unseen(", in the definition ")
_UNLIKE: Final = element("span", " ≠ ", class_="faint", aria_hidden="true")
_BECOMES: Final = element("span", " → ", class_="faint", aria_hidden="true")
_COMPARED: Final = frozenset(
    {FieldKind.CHANGE, FieldKind.DRIFT, FieldKind.CONFLICT, FieldKind.KEPT}
)
"""Kinds of which both sides are shown."""


def field_markup(change: Change, field: FieldChange) -> Markup:
    """Give a row for one field change; one for each part that differs if it is large."""
    if field.is_secret and field.before == field.after:
        return _row(field, element("span", ROTATED, class_="none"))
    if _fits(field):
        return _row(field, _values(field.kind, field.before, field.after))
    parts = tuple(map(_own_kind, leaf_changes(field))) or (field,)
    return joined(*(_part(change, each) for each in parts))


def _part(change: Change, field: FieldChange) -> Markup:
    texts = prompts_in(change, field)
    if texts and field.kind in _COMPARED and None not in (field.before, field.after):
        return _row(field, *map(prompt_markup, texts), is_whole=True)
    values = _values(field.kind, field.before, field.after)
    return _row(field, values, is_whole=not _fits(field))


def _fits(field: FieldChange) -> bool:
    """Whether its values find room on the line of its path."""
    width = _BESIDE if field.kind in _COMPARED else _ALONE
    return is_short(field.before, width) and is_short(field.after, width)


def _own_kind(part: FieldChange) -> FieldChange:
    """A part of what changed may have been added or removed."""
    if part.kind is not FieldKind.CHANGE or (part.before is None) == (part.after is None):
        return part
    return replace(part, kind=FieldKind.ADD if part.before is None else FieldKind.REMOVE)


def _row(field: FieldChange, *content: Markup, is_whole: bool = False) -> Markup:
    kind = f"field {_KINDS[field.kind][1]}{' whole' if is_whole else ''}"
    return element("div", _head(field.kind, field.path), element("div", *content), class_=kind)


@lru_cache(1024)  # the same few hundred paths, in every assistant
def _head(kind: FieldKind, path: FieldPath) -> Markup:
    sign, _, word, remark = _KINDS[kind]
    label = element("span", sign, class_="sign", aria_hidden="true")
    name = element("code", isolated(to_dotted(path)), class_="sought")
    head = element("h3", label, unseen(f"{word} ") if word else NOTHING, name)
    told = element("span", remark, class_="kind") if remark else NOTHING
    return element("div", head, told)


def _values(kind: FieldKind, before: JsonValue, after: JsonValue) -> Markup:
    match kind:
        case FieldKind.ADD:
            return _one(after, "after")
        case FieldKind.NOT_STORED:
            return _one(after, "")
        case FieldKind.REMOVE:
            return _one(before, "before")
        case FieldKind.CHANGE | FieldKind.DRIFT | FieldKind.CONFLICT | FieldKind.KEPT:
            return _two(kind, before, after)
        case _:
            assert_never(kind)


def _one(value: JsonValue, side: str) -> Markup:
    tag = {"after": "ins", "before": "del"}.get(side, "span")
    if is_short(value, _ALONE):
        return element(tag, value_markup(value), class_="short")
    return element("div", value_markup(value), class_=f"side {side}")


def _two(kind: FieldKind, before: JsonValue, after: JsonValue) -> Markup:
    is_kept = kind is FieldKind.KEPT
    if is_short(before, _BESIDE) and is_short(after, _BESIDE):
        old, new = ("span", "span") if is_kept else ("del", "ins")
        return joined(
            _BEFORE,
            element(old, value_markup(before), class_="short"),
            _UNLIKE if is_kept else _BECOMES,
            _AFTER,
            element(new, value_markup(after), class_="short"),
        )
    sides = (("before", "On the server", before), ("after", "In the definition", after))
    boxes = (
        element(
            "div",
            element("span", label, class_="label"),
            value_markup(value),
            class_="side" if is_kept else f"side {side}",
        )
        for side, label, value in sides
    )
    return element("div", *boxes, class_="pair")
