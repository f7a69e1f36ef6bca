"""GitHub's expressions, as far as our files use them; what is unknown is an error, never empty.

Source: docs.github.com, "Evaluate expressions in workflows and actions" (read 2026-11-21).
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

Data: TypeAlias = "bool | float | str | list[Data] | dict[str, Data] | None"
Functions: TypeAlias = Mapping[str, Callable[..., Data]]

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<string>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<name>[A-Za-z_][\w-]*)|(?P<sign>==|!=|&&|\|\||[!().,\[\]]))"
)
_PIECE: Final = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_STATUS: Final = re.compile(r"\b(?:success|failure|always|cancelled)\s*\(")
_WORDS: Final[Mapping[str, Data]] = {"true": True, "false": False, "null": None}


class UnknownWordError(Exception):
    """An expression names something there is not, or cannot be read."""


def evaluate(text: str, contexts: Mapping[str, Data], functions: Functions) -> Data:
    """Give the value of one expression, without its `${{ }}`.

    Raises:
        UnknownWordError: see there.
    """
    return _Reader(text, contexts, functions).whole()


def fill(text: str, contexts: Mapping[str, Data], functions: Functions) -> str:
    """Give a text with every `${{ }}` in it replaced by its value."""
    return _PIECE.sub(lambda found: as_text(evaluate(found[1], contexts, functions)), text)


def holds(condition: str, contexts: Mapping[str, Data], functions: Functions) -> bool:
    """Say whether an `if` holds; one that asks for no status means `success()` as well."""
    found = _PIECE.fullmatch(condition.strip())
    text = found[1] if found else condition
    if not _STATUS.search(text) and not functions["success"]():
        return False
    return is_true(evaluate(text, contexts, functions))


def is_true(value: Data) -> bool:
    """Say what a value is as a condition; an object is true even if it is empty."""
    return isinstance(value, list | dict) or bool(value)


def as_text(value: Data) -> str:
    """Give a value as it is put into a text."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            return f"{value:g}"
        case str():
            return value
        case _:
            raise UnknownWordError("an object has no text")


def contains(where: Data, what: Data) -> Data:
    """Say whether a list has an item, or a text a part."""
    if isinstance(where, list):
        return any(_equal(each, what) for each in where)
    return as_text(what).casefold() in as_text(where).casefold()


def starts_with(text: Data, start: Data) -> Data:
    """Say whether a text begins so."""
    return as_text(text).casefold().startswith(as_text(start).casefold())


def formatted(text: Data, *values: Data) -> Data:
    """Put values in place of `{0}`, `{1}` …."""
    return as_text(text).format(*map(as_text, values))


def to_json(value: Data) -> Data:
    """Give a value as JSON."""
    return json.dumps(value, indent=2)


PURE: Final[Functions] = {
    "contains": contains,
    "startsWith": starts_with,
    "format": formatted,
    "toJSON": to_json,
}
"""The functions that ask nothing of the run."""


class _Reader:
    """Reads from left to right; the weakest sign is read first."""

    def __init__(self, text: str, contexts: Mapping[str, Data], functions: Functions) -> None:
        self._text, self._contexts, self._functions = text, contexts, functions
        self._tokens = _split(text)

    def whole(self) -> Data:
        value = self._either()
        if self._tokens:
            raise UnknownWordError(f"{self._text}: `{self._tokens[0]}` was not expected")
        return value

    def _either(self) -> Data:
        value = self._both()
        while self._take("||"):
            other = self._both()
            value = value if is_true(value) else other
        return value

    def _both(self) -> Data:
        value = self._compared()
        while self._take("&&"):
            other = self._compared()
            value = other if is_true(value) else value
        return value

    def _compared(self) -> Data:
        value = self._single()
        while self._tokens and self._tokens[0] in ("==", "!="):
            sign = self._tokens.pop(0)
            value = _equal(value, self._single()) is (sign == "==")
        return value

    def _single(self) -> Data:
        if self._take("!"):
            return not is_true(self._single())
        if self._take("("):
            value = self._either()
            self._need(")")
            return value
        token = self._tokens.pop(0) if self._tokens else ""
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        if token[:1].isdigit() or token.startswith("-"):
            return float(token)
        if token in _WORDS:
            return _WORDS[token]
        return self._call(token) if self._take("(") else self._walk(token)

    def _call(self, name: str) -> Data:
        values: list[Data] = []
        while not self._take(")"):
            values.append(self._either())
            if not self._take(","):
                self._need(")")
                break
        if name not in self._functions:
            raise UnknownWordError(f"{self._text}: no function `{name}`")
        return self._functions[name](*values)

    def _walk(self, name: str) -> Data:
        value: Data = dict(self._contexts)
        path = [name]
        while self._take("."):
            path.append(self._tokens.pop(0))
        for step in path:
            if not isinstance(value, dict) or step not in value:
                raise UnknownWordError(f"{self._text}: there is no `{'.'.join(path)}`")
            value = value[step]
        return value

    def _take(self, sign: str) -> bool:
        if self._tokens and self._tokens[0] == sign:
            self._tokens.pop(0)
            return True
        return False

    def _need(self, sign: str) -> None:
        if not self._take(sign):
            raise UnknownWordError(f"{self._text}: `{sign}` is missing")


def _split(text: str) -> list[str]:
    tokens, at, end = [], 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None:
            raise UnknownWordError(f"{text}: cannot be read at {at}")
        tokens.append(found[0].strip())
        at = found.end()
    return tokens


def _equal(left: Data, right: Data) -> bool:
    """Texts by letters of any case; unlike things as numbers; what is none equals nothing."""
    if isinstance(left, str) and isinstance(right, str):
        return left.casefold() == right.casefold()
    if type(left) is type(right):
        return left == right
    numbers = [_number(left), _number(right)]
    return None not in numbers and numbers[0] == numbers[1]


def _number(value: Data) -> float | None:
    match value:
        case None | "":
            return 0.0
        case bool() | float():
            return float(value)
        case str():
            try:
                return float(value)
            except ValueError:
                return None
        case _:
            return None
