"""Markup that cannot be forgotten to be escaped: text goes in as text, only elements are markup."""

import html
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from assistants_sync.views.escape import escape

_VOID: Final = frozenset({"meta", "input"})
_PLAIN: Final = re.compile(r"[\w .,;?!()*/+-]*", re.ASCII)
"""Text in which there is nothing to escape: most of it, and told so at a third of the cost."""


@dataclass(frozen=True, slots=True)
class Markup:
    """HTML that stands as it is; made by `element` and `joined`, and of the page's own parts."""

    html: str


Child = Markup | str
"""An element, or text of any origin: it is escaped where it is put in."""

NOTHING: Final = Markup("")
HOLE: Final = Markup("\0")
"""Where `filled` puts its children; no text forges one, for `escape` leaves no such sign."""


def element(tag: str, /, *children: Child, **attributes: str | bool) -> Markup:
    """Give an element; every text in it, and every attribute's value, is made harmless.

    `class_` is `class` and `aria_label` is `aria-label`; True is a bare attribute, False is none.
    """
    opening = _opening(tag, tuple(attributes.items())) if attributes else f"<{tag}>"
    if tag in _VOID:
        return Markup(opening)
    return Markup("".join([opening, *map(_html, children), f"</{tag}>"]))


def joined(*children: Child) -> Markup:
    """Give the children one after the other."""
    return Markup("".join(map(_html, children)))


def filled(form: Markup, *children: Child) -> Markup:
    """Give the form with all the children in each of its holes, so that it is made only once."""
    return Markup(form.html.replace(HOLE.html, "".join(map(_html, children))))


def isolated(text: str) -> Markup:
    """Give remote text whose direction of writing moves nothing around it."""
    return element("bdi", text)


def unseen(text: str) -> Markup:
    """Give words for a screen reader, where people who look see a sign or a place."""
    return element("span", text, class_="unseen")


@lru_cache(1024)
def _opening(tag: str, attributes: tuple[tuple[str, str | bool], ...]) -> str:
    """Most elements of a page begin like some other."""
    head = tag
    for name, value in attributes:
        if value is not False:
            head += f" {name.rstrip('_').replace('_', '-')}"
            head += "" if value is True else f'="{_text(value)}"'
    return f"<{head}>"


def _html(child: Child) -> str:
    return child.html if isinstance(child, Markup) else _text(child)


def _text(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else html.escape(escape(text))
