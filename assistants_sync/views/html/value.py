"""One value of a body: on its line, or a long text line by line."""

import json
from collections.abc import Mapping
from typing import Final

from assistants_sync.model.value import JsonValue, is_placeholder
from assistants_sync.views.html.markup import Markup, element, isolated, joined
from assistants_sync.views.prompt_diff import estimate_tokens

_LONG: Final = 200
_as_json: Final = json.JSONEncoder(ensure_ascii=False).encode


def is_short(value: JsonValue, width: int) -> bool:
    """Say whether a value fits on one line of so many characters."""
    return (
        len(value) <= width and "\n" not in value
        if isinstance(value, str)
        else _is_flat(value) and len(_as_json(value)) <= width
    )


def value_markup(value: JsonValue) -> Markup:
    """Give a value as a reader of definitions expects it: strings of one line in quotes."""
    match value:
        case None:
            return element("span", "none", class_="none")
        case str() if is_placeholder(value):
            return element("span", value, class_="none")
        case str() if "\n" in value or len(value) > _LONG:
            return _long_text(value)
        case str():
            return element("code", isolated(f'"{value}"'))
        case _:
            return element("code", isolated(_as_json(value)))


def _long_text(text: str) -> Markup:
    size = f"{len(text):,} characters, about {estimate_tokens(text):,} tokens"
    lines = [element("bdi", line) for line in text.split("\n")]
    # What scrolls must be reachable by the keyboard, and then have a name.
    block = element("div", *lines, class_="long", tabindex="0", role="group", aria_label="Text")
    return joined(element("span", size, class_="label"), block)


def _is_flat(value: JsonValue) -> bool:
    """Whether no text in it wants lines of its own."""
    match value:
        case str():
            return "\n" not in value
        case None | bool() | int() | float():
            return True
        case Mapping():
            return all(map(_is_flat, value.values()))
        case _:
            return all(map(_is_flat, value))
