"""One change: a line that says what happens to whom, and below it everything one decides from."""

import re
from collections.abc import Iterator
from typing import Final

from assistants_sync.model.address import KEY
from assistants_sync.model.plan import Block, Change
from assistants_sync.model.usage import Reference
from assistants_sync.model.value import to_dotted
from assistants_sync.views.danger import REASON_WORDS, is_grave
from assistants_sync.views.html.field import field_markup
from assistants_sync.views.html.groups import ACTION_WORDS, FLAGS, kinds_of
from assistants_sync.views.html.markup import Markup, element, isolated, unseen

_LINKABLE: Final = re.compile(rf"[a-z_]+\.{KEY.pattern}")
"""An address as it is made; with its dot it is none of the page's own ids."""


def change_markup(change: Change, *, is_open: bool) -> Markup:
    """Give a change as an item that folds; what is grave is open from the start."""
    opened = is_open or is_grave(change)
    details = element(
        "details",
        _summary(change),
        element("div", *_body(change), class_="body"),
        open=opened,
    )
    linked = bool(_LINKABLE.fullmatch(change.address))
    return element(
        "li",
        details,
        id=change.address if linked else False,
        class_=f"change {change.action}",
        data_kinds=" ".join(kinds_of(change)),
    )


def block_markup(block: Block) -> Markup:
    """Give a guard's refusal, and how to go on."""
    head = (element("b", "Blocked"), " by ", element("code", isolated(block.guard)))
    hint = (element("p", "Hint: ", isolated(block.hint), class_="hint"),) if block.hint else ()
    return element(
        "div", *head, element("p", isolated(block.message)), *hint, class_="notice blocked"
    )


def _summary(change: Change) -> Markup:
    parts = [
        element("span", ACTION_WORDS[change.action], class_="action"),
        element("code", isolated(change.address), class_="address sought"),
    ]
    if change.name:
        parts.append(element("span", isolated(change.name), class_="sought"))
    parts.append(element("span", REASON_WORDS[change.reason], class_="why"))
    return element("summary", *parts, element("span", *_flags(change), class_="flags"))


def _flags(change: Change) -> Iterator[Markup]:
    for flag, belongs in FLAGS:
        if belongs(change):
            yield element("span", flag, class_=f"flag {flag}")
    if change.used_by:
        yield element("span", f"used by {len(change.used_by)}", class_="flag delete")
    if change.fields:
        plural = "" if len(change.fields) == 1 else "s"
        yield element("span", f"{len(change.fields)} field{plural}", class_="flag plain")


def _body(change: Change) -> Iterator[Markup]:
    yield from map(block_markup, change.blocked)
    for sentence in change.destructive:
        head = element("b", "Destructive: ")
        yield element("div", head, isolated(sentence), class_="notice destructive")
    if change.used_by:
        items = map(_reference, change.used_by)
        title = element("b", f"Still used by {len(change.used_by)}")
        yield element("div", title, element("ul", *items), class_="notice delete")
    for note in change.notes:
        yield element("div", element("b", "Note: "), isolated(note), class_="notice")
    yield _place(change)
    for field in change.fields:
        yield field_markup(change, field)


def _reference(reference: Reference) -> Markup:
    name = (" ", isolated(f'"{reference.name}"')) if reference.name else ()
    by_name = " by its name" if reference.by == "name" else ""
    return element(
        "li",
        isolated(reference.kind),
        *name,
        by_name,
        " at ",
        element("code", isolated(to_dotted(reference.path))),
        " ",
        element("code", isolated(reference.id), class_="faint"),
    )


def _place(change: Change) -> Markup:
    parts = []
    if change.source:
        place = element("code", isolated(str(change.source)), class_="sought")
        parts.append(element("span", unseen("defined at "), place))
    if change.id:
        parts.append(element("span", "id ", element("code", isolated(change.id), class_="sought")))
    return element("p", *parts, class_="place")
