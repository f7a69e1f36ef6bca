"""What goes in and out of the stand-in, and how JSON is reworked on the way."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

Body: TypeAlias = dict[str, Any]  # tests look deep into bodies; a JSON union would mean casts
Rewrite: TypeAlias = Callable[[Body], Body]

_SECRET_NAMES = frozenset({"secret", "serverUrlSecret", "apiKey", "authToken"})


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it arrived; header names are in lower case."""

    method: str
    host: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    content: bytes

    @property
    def body(self) -> Any:  # noqa: ANN401 -- as for Body
        """The JSON it carried; None if it carried nothing."""
        return json.loads(self.content) if self.content else None


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer."""

    status: int
    content: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


Answer: TypeAlias = Callable[[Request], Reply]
"""Answers a request; raises httpx.TransportError when there is to be no answer."""


def json_reply(status: int, content: object) -> Reply:
    """Give a reply of JSON."""
    return Reply(status, json.dumps(content).encode())


def refusal(status: int, message: str | list[str]) -> Reply:
    """Give an error as NestJS writes it."""
    return json_reply(status, {"message": message, "error": "Refused", "statusCode": status})


def is_within(body: Body, query: Mapping[str, str]) -> bool:
    """Say whether an object passes the time filters of a query."""
    for name, text in query.items():
        if name[:-2] not in ("createdAt", "updatedAt"):
            continue
        stamp, bound = datetime.fromisoformat(body[name[:-2]]), datetime.fromisoformat(text)
        passes = {"Gt": stamp > bound, "Ge": stamp >= bound, "Lt": stamp < bound}
        if not passes.get(name[-2:], stamp <= bound):
            return False
    return True


def without_secrets(value: Any, mask: str | None) -> Any:  # noqa: ANN401 -- as for Body
    """Leave out every member with a secret's name, or put the mask in its place."""
    if isinstance(value, dict):
        kept = {name: without_secrets(each, mask) for name, each in value.items()}
        if mask is None:
            return {name: each for name, each in kept.items() if name not in _SECRET_NAMES}
        return {name: mask if name in _SECRET_NAMES else each for name, each in kept.items()}
    if isinstance(value, list):
        return [without_secrets(each, mask) for each in value]
    return value


def keys_reversed(value: Any) -> Any:  # noqa: ANN401 -- as for Body
    """Turn the order of keys round, at every depth."""
    if isinstance(value, dict):
        return {name: keys_reversed(each) for name, each in reversed(value.items())}
    if isinstance(value, list):
        return [keys_reversed(each) for each in value]
    return value


def numbers_as_text(value: Any) -> Any:  # noqa: ANN401 -- as for Body
    """Rewrite every number as a string, at every depth."""
    if isinstance(value, dict):
        return {name: numbers_as_text(each) for name, each in value.items()}
    if isinstance(value, list):
        return [numbers_as_text(each) for each in value]
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def lower_case(value: Any) -> Any:  # noqa: ANN401 -- as for Body
    """Rewrite every string in lower case, at every depth; keys stay."""
    if isinstance(value, dict):
        return {name: lower_case(each) for name, each in value.items()}
    if isinstance(value, list):
        return [lower_case(each) for each in value]
    return value.lower() if isinstance(value, str) else value


def lists_reversed(value: Any) -> Any:  # noqa: ANN401 -- as for Body
    """Rewrite every list in the other order, at every depth."""
    if isinstance(value, dict):
        return {name: lists_reversed(each) for name, each in value.items()}
    if isinstance(value, list):
        return [lists_reversed(each) for each in reversed(value)]
    return value
