"""The list's query: how many, and between which times.

Source: GET /assistant in the OpenAPI document of 2026-08-20: `limit` 0..1000 (described default
100) and createdAt/updatedAt with Gt, Lt, Ge, Le. There is no page, cursor, sort or name filter.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from assistants_sync.emulator.wire import bad_request

_DEFAULT_LIMIT: Final = 100
_MAX_LIMIT: Final = 1000
_LAST_MOMENT: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time: milliseconds since 1970, both ends inside."""

    low: int = 0
    high: int = _LAST_MOMENT


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What one GET of the list asks for."""

    limit: int = _DEFAULT_LIMIT
    created: Window = Window()
    updated: Window = Window()


_BOUNDS: Final[Mapping[str, Callable[[Window, int], Window]]] = {
    "Gt": lambda window, moment: replace(window, low=max(window.low, moment + 1)),
    "Ge": lambda window, moment: replace(window, low=max(window.low, moment)),
    "Lt": lambda window, moment: replace(window, high=min(window.high, moment - 1)),
    "Le": lambda window, moment: replace(window, high=min(window.high, moment)),
}


def milliseconds(moment: datetime) -> int:
    """Give a time as the store counts it."""
    return int(moment.timestamp() * 1000)


def parse_query(parameters: Mapping[str, str]) -> ListQuery:
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
                query = replace(query, limit=_limit(text))
            case _:
                raise bad_request([f"property {name} should not exist"])
    return query


def _limit(text: str) -> int:
    try:
        limit = int(text)
    except ValueError as error:
        raise bad_request(
            ["limit must be a number conforming to the specified constraints"]
        ) from error
    if limit < 0:
        raise bad_request(["limit must not be less than 0"])
    if limit > _MAX_LIMIT:
        raise bad_request([f"limit must not be greater than {_MAX_LIMIT}"])
    return limit


def _moment(name: str, text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise bad_request([f"{name} must be a valid ISO 8601 date string"]) from error
    return milliseconds(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
