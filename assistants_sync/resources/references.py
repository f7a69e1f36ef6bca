"""Where a body refers to an assistant, and the same body without that reference. Pure.

Source: the OpenAPI document of 2026-08-20, every property that names an assistant: `assistantId`,
`assistantIds[]`, `targetId` beside `targetType: assistant`, and, by name, `assistantName` and
`entryAssistantName`. Free text and `metadata` are not looked into.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from assistants_sync.model.live import LiveObject
from assistants_sync.model.usage import Reference
from assistants_sync.model.value import Body, FieldPath, Value, is_list
from assistants_sync.resources.kind import Kind

_BY_NAME: Final = frozenset({"assistantName", "entryAssistantName"})
_NOT_LOOKED_INTO: Final = frozenset({"metadata", "parameters", "schema"})
_DROPPED_WHOLE: Final = {
    "squad": ("members", "assistantId"),
    "structured-output": ("assistantIds",),
    "scorecard": ("assistantIds",),
}
"""Kinds whose list item goes when it is unlinked: its path, list indexes left out."""


_ID_KEYS: Final = {
    "assistantId": "assistant",
    "assistantIds": "assistant",
    "toolId": "tool",
    "toolIds": "tool",
    "declineToolId": "tool",
    "squadId": "squad",
    "structuredOutputId": "structured-output",
    "structuredOutputIds": "structured-output",
    "scorecardIds": "scorecard",
    "credentialId": "credential",
    "credentialIds": "credential",
    "fileIds": "file",
}
"""Which kind of thing an id is of, by the key that holds it or a list of such."""


def kind_of_id(path: FieldPath) -> str | None:
    """Say which kind of thing the id at a path of an assistant is of; None where none goes.

    Source: the OpenAPI document of 2026-08-20, closure of CreateAssistantDTO.
    """
    if any(part in _NOT_LOOKED_INTO or part == "credentials" for part in path):
        return None
    is_item = path[-1].isdigit() and len(path) > 1
    key = path[-2] if is_item else path[-1]
    return _ID_KEYS.get(key) if key.endswith("Ids") == is_item else None


def find_references(
    kind: Kind, live: LiveObject, ids: Collection[str], names: Collection[str]
) -> Iterator[tuple[str, Reference]]:
    """Give every reference to one of these ids or names, with the id or name it holds."""
    if live.body.get("status") in kind.is_over:
        return
    for path, value in _named(live.body, ()):
        by_name = path[-1] in _BY_NAME
        if value in (names if by_name else ids):
            yield (
                value,
                Reference(kind.name, live.id, path, live.name, "name" if by_name else "id"),
            )


def _named(value: Value, path: FieldPath) -> Iterator[tuple[FieldPath, str]]:
    match value:
        case Mapping():
            is_target = value.get("targetType") == "assistant"
            for key, inner in value.items():
                if key in _NOT_LOOKED_INTO:
                    continue
                here = (*path, key)
                names_one = key == "assistantId" or key in _BY_NAME
                if isinstance(inner, str) and (names_one or (key == "targetId" and is_target)):
                    yield here, inner
                elif key == "assistantIds" and is_list(inner):
                    yield from (
                        ((*here, str(index)), each)
                        for index, each in enumerate(inner)
                        if isinstance(each, str)
                    )
                else:
                    yield from _named(inner, here)
        case str():
            return
        case Sequence():
            for index, inner in enumerate(value):
                yield from _named(inner, (*path, str(index)))
        case _:
            return


def value_at(body: Value, path: FieldPath) -> Value:
    """Give what stands at a path that may lead through lists; None when nothing does."""
    here = body
    for part in path:
        if isinstance(here, Mapping):
            here = here.get(part)
        elif is_list(here) and part.isdigit() and int(part) < len(here):
            here = here[int(part)]
        else:
            return None
    return here


def with_value(body: Body, path: FieldPath, value: Value) -> dict[str, Value]:
    """Give the top-level key of a path, with another value at the path."""
    return {path[0]: _put(body.get(path[0]), path[1:], value)}


def can_unlink(kind: str, path: FieldPath, body: Body, *, already: int = 0) -> bool:
    """Say whether a reference may go without a successor; the last member of a squad may not.

    `already` is how many references go from the same body before this one.
    """
    if kind == "phone-number":
        return path == ("assistantId",)
    items = body.get(path[0])
    if not is_list(items) or _without_indexes(path) != _DROPPED_WHOLE.get(kind):
        return False
    return kind != "squad" or len(items) - already > 1


def unlinked(kind: str, body: Body, path: FieldPath) -> dict[str, Value]:
    """Give the top-level key of a path without the reference: null, or a list without its item."""
    if kind == "phone-number":
        return {path[0]: None}
    items = body.get(path[0])
    index = int(path[1])
    return {
        path[0]: [each for number, each in enumerate(items) if number != index]
        if is_list(items)
        else None
    }


def with_item(body: Body, path: FieldPath, item: Value, value: str) -> dict[str, Value]:
    """Give the list of a path with an item put back, under another id; once is enough."""
    items, rest = body.get(path[0]), path[2:]
    filled = _put(item, rest, value) if rest else value
    before = list(items) if is_list(items) else []
    if any(value_at(each, rest) == value for each in before):
        return {}
    index = min(int(path[1]), len(before))
    return {path[0]: [*before[:index], filled, *before[index:]]}


def _without_indexes(path: FieldPath) -> FieldPath:
    return tuple(part for part in path if not part.isdigit())


def _put(here: Value, path: FieldPath, value: Value) -> Value:
    if not path:
        return value
    head, rest = path[0], path[1:]
    if is_list(here):
        return [
            _put(each, rest, value) if str(index) == head else each
            for index, each in enumerate(here)
        ]
    if isinstance(here, Mapping):
        return {**here, head: _put(here.get(head), rest, value)}
    return here
