"""The list's query: how many, and between which times.

Source: GET /assistant in the OpenAPI document of 2026-08-20: `limit` 0..1000 (described default
100) and createdAt/updatedAt with Gt, Lt, Ge, Le. There is no page, cursor, sort or name filter;
lists of other kinds take the same, a paginated one `page` too, that of calls a few ids.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from assistants_sync.emulator.wire import bad_request

_DEFAULT_LIMIT: Final = 100
_MAX_LIMIT: Final = 1000
_MAX_PAGE: Final = 2**31 - 1
_LAST_MOMENT: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time: milliseconds since 1970, both ends inside."""

    low: int = 0
    high: int = _LAST_MOMENT


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What one GET of a list asks for; `equal` pairs fields with the value they must have."""

    limit: int = _DEFAULT_LIMIT
    created: Window = Window()
    updated: Window = Window()
    page: int = 1
    equal: tuple[tuple[str, str], ...] = ()


_BOUNDS: Final[Mapping[str, Callable[[Window, int], Window]]] = {
    "Gt": lambda window, moment: replace(window, low=max(window.low, moment + 1)),
    "Ge": lambda window, moment: replace(window, low=max(window.low, moment)),
    "Lt": lambda window, moment: replace(window, high=min(window.high, moment - 1)),
    "Le": lambda window, moment: replace(window, high=min(window.high, moment)),
}


def milliseconds(moment: datetime) -> int:
    """Give a time as the store counts it."""
    return int(moment.timestamp() * 1000)


def parse_query(
    parameters: Mapping[str, str], *, is_paginated: bool = False, filters: tuple[str, ...] = ()
) -> ListQuery:
    """Read the query of a list; an unknown parameter is refused like an unknown field.

    Raises:
        RefusalError: 400, a value is out of range or no date.
    """
    query = ListQuery()
    for name, text in parameters.items():
        bound = _BOUNDS.get(name[-2:])
        match name[:-2]:
            case "createdAt" if bound:
                query = replace(query, created=bound(query.created, _moment(name, text)))
            case "updatedAt" if bound:
                query = replace(query, updated=bound(query.updated, _moment(name, text)))
            case _ if name == "limit":
                query = replace(query, limit=_whole(name, text, 0, _MAX_LIMIT))
            case _ if name == "page" and is_paginated:
                query = replace(query, page=_whole(name, text, 1, _MAX_PAGE))
            case _ if name in filters:
                query = replace(query, equal=(*query.equal, (name, text)))
            case _:
                raise bad_request([f"property {name} should not exist"])
    return query


def _whole(name: str, text: str, low: int, high: int) -> int:
    try:
        number = int(text)
    except ValueError as error:
        raise bad_request(
            [f"{name} must be a number conforming to the specified constraints"]
        ) from error
    if number < low:
        raise bad_request([f"{name} must not be less than {low}"])
    if number > high:
        raise bad_request([f"{name} must not be greater than {high}"])
    return number


def _moment(name: str, text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise bad_request([f"{name} must be a valid ISO 8601 date string"]) from error
    return milliseconds(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
