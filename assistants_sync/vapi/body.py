"""The body of an answer: read up to a cap and parsed down to a depth, whatever a server sends."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import httpx
from pydantic_core import from_json

from assistants_sync.model.value import JsonValue, is_plain
from assistants_sync.vapi.problem import Answer, Asked, unusable

ACCEPTED_ENCODING: Final = "gzip"
"""What we ask for, and all we unpack besides the plain body."""

MOST_LEVELS: Final = 128
"""No assistant comes near it, and what walks a body by recursion is safe up to it."""

_PLAIN: Final = frozenset({"", "identity"})
_TOO_DEEP: Final = b'"(nested too deeply)"'
_TOKEN: Final = re.compile(rb'"[^"\\]*+(?:\\.?[^"\\]*+)*+"?|[\[\]{}]', re.DOTALL)
"""A text, whole or cut, or a bracket; possessive, so that no body makes it look twice."""


class UnreadableError(Exception):
    """A body that is given up before it is whole; its text says why."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a body says; not whole when a value nested below `MOST_LEVELS` was replaced by a text.

    A list must not fail because of one odd object in it; but what is not whole is never sent back.
    """

    document: JsonValue
    is_whole: bool = True


async def read_bounded(response: httpx.Response, most_bytes: int) -> bytes:
    """Give the unpacked body.

    Raises:
        UnreadableError: it is longer than `most_bytes`, or packed otherwise than we asked.
    """
    # Packed once, a chunk from the network unpacks to some 64 MiB at most. Packed twice, it could
    # fill the memory before we are shown a byte to count.
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding not in {*_PLAIN, ACCEPTED_ENCODING}:
        raise UnreadableError("the answer is packed in a way we did not ask for")
    chunks, size = [], 0
    async for chunk in response.aiter_bytes():
        size += len(chunk)
        if size > most_bytes:
            raise UnreadableError("the answer is too long")
        chunks.append(chunk)
    return b"".join(chunks)


def decode(asked: Asked, answer: Answer) -> Parsed:
    """Give what a 2xx answer says; a deletion may be answered with nothing.

    Raises:
        ApiError: it is no JSON.
    """
    if asked.method == "DELETE" and not answer.body:
        return Parsed(None)
    if answer.is_html:
        # A page for people does not become JSON by asking again.
        hint = "is the base URL right?"
        raise unusable(asked, "an HTML page instead of JSON", is_final=True, hint=hint)
    try:
        return parse(answer.body)
    except ValueError as error:
        raise unusable(asked, "the body is no whole JSON document") from error


def parse(body: bytes) -> Parsed:
    """Parse a JSON body.

    Raises:
        ValueError: it is no whole JSON document.
    """
    with suppress(RecursionError):
        document = _loads(body)
        if _is_shallow(document):
            return Parsed(document)
    return Parsed(json.loads(b"".join(_shallow(body))), is_whole=False)


def _loads(body: bytes) -> JsonValue:
    document: JsonValue
    try:
        # It is quicker, and equal short texts of all answers are one object.
        document = from_json(body)
    except ValueError:
        document = json.loads(body)  # it takes half a character of UTF-16, as a cut name may have
    return document


def _is_shallow(document: JsonValue) -> bool:
    """Say whether nothing lies deeper than `MOST_LEVELS`: level by level, without recursion."""
    level: list[JsonValue] = [document]
    for _ in range(MOST_LEVELS):
        level = [inner for each in level for inner in _within(each) if not is_plain(inner)]
    return not level


def _within(value: JsonValue) -> Iterable[JsonValue]:
    match value:
        case Mapping():
            return value.values()
        case Sequence():
            return value
        case _:
            return ()


def _shallow(body: bytes) -> Iterator[bytes]:
    """Give the body in pieces, a text in the place of each value nested too deeply."""
    depth = kept_from = 0
    for token in _TOKEN.finditer(body):
        match token[0]:
            case b"[" | b"{":
                depth += 1
                if depth == MOST_LEVELS + 1:
                    yield body[kept_from : token.start()]
            case b"]" | b"}":
                if depth == MOST_LEVELS + 1:
                    yield _TOO_DEEP
                    kept_from = token.end()
                depth -= 1
            case _:
                pass
    if depth <= MOST_LEVELS:
        yield body[kept_from:]
