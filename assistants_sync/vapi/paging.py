"""A list read to its end, or an error: the API has no cursor, so we walk by `createdAt`.

The order of a list is written down nowhere, nor what the server cuts `limit` to. So the order is
read off each page, each window is asked again from where its page ended (both ends included, known
ids dropped), and the end is a page that shows nothing new.

Source: VapiAI/gitops improvement #27 (Vapi staff probed the list endpoints, 2026-08-01) and the
OpenAPI document of 2026-08-20: filters on `createdAt`, `limit` up to 1000, no cursor.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from itertools import pairwise
from typing import Final, Generic, TypeAlias, TypeVar

from assistants_sync.errors import ApiError, IncompleteReadError, Outcome
from assistants_sync.model.value import JsonValue

PAGE_LIMIT: Final = 100
_WIDEST_LIMIT: Final = 1000
_MOST_PAGES: Final = 1_000
_RESOLUTION: Final = timedelta(milliseconds=1)
_SLACK: Final = timedelta(seconds=1)  # a server may compare times as texts, or to the second

T = TypeVar("T")
Item: TypeAlias = Mapping[str, JsonValue]
Fetch: TypeAlias = Callable[[Mapping[str, str]], Awaitable[JsonValue]]


@dataclass(frozen=True, slots=True)
class Window:
    """A span of `createdAt` in the server's own spelling, both ends included; None is open.

    `is_shared` says that what was created at `since` is read in another window, too.
    """

    since: str | None = None
    until: str | None = None
    is_shared: bool = False

    @property
    def is_read_elsewhere(self) -> bool:
        """Whether nothing is left of it but the moment it shares."""
        return self.is_shared and self.since == self.until

    def holds(self, moment: datetime) -> bool:
        """Whether an object of this time belongs in it, as coarsely as a server may compare."""
        return (self.since is None or moment >= parse_time(self.since) - _SLACK) and (
            self.until is None or moment <= parse_time(self.until) + _SLACK
        )


_EVERYTHING: Final = Window()


async def read_all(
    fetch: Fetch,
    keep: Callable[[Item], T],
    window: Window = _EVERYTHING,
    *,
    limit: int = PAGE_LIMIT,
) -> dict[str, T]:
    """Give what `keep` makes of every item of a window, by id; `fetch` gives one page for a query.

    Raises:
        IncompleteReadError: the pages do not prove that nothing is missing.
    """
    walk = _Walk(fetch, keep, limit)
    await walk.run(window)
    if walk.total is not None and len(walk.found) < walk.total:
        raise _unprovable(f"{len(walk.found)} of {walk.total} objects were found")
    return walk.found


class _Order(Enum):
    NEWEST_FIRST = auto()
    OLDEST_FIRST = auto()
    LEVEL = auto()
    MIXED = auto()


@dataclass(frozen=True, slots=True)
class _Page:
    """One page, not empty, and its times in its order."""

    items: Sequence[Item]
    times: Sequence[datetime]

    @property
    def order(self) -> _Order:
        falls = any(after < before for before, after in pairwise(self.times))
        rises = any(after > before for before, after in pairwise(self.times))
        match falls, rises:
            case True, True:
                return _Order.MIXED
            case True, False:
                return _Order.NEWEST_FIRST
            case False, True:
                return _Order.OLDEST_FIRST
            case _:
                return _Order.LEVEL

    @property
    def oldest(self) -> str:
        return str(self.items[self.times.index(min(self.times))]["createdAt"])

    @property
    def newest(self) -> str:
        return str(self.items[self.times.index(max(self.times))]["createdAt"])


class _Walk(Generic[T]):
    """Windows still to read, and what was found."""

    def __init__(self, fetch: Fetch, keep: Callable[[Item], T], limit: int) -> None:
        self._fetch, self._keep, self._limit = fetch, keep, limit
        self._pages = self._pages_with_news = self._longest = 0
        self._has_order = True
        self.total: int | None = None
        self._has_page_numbers = self._has_turned = False
        self.found: dict[str, T] = {}

    async def run(self, window: Window) -> None:
        todo = [window]
        while todo:
            window = todo.pop()
            page, has_news = await self._read(window, self._limit)
            if self._has_page_numbers and self._pages == 1:
                await self._turn_pages(window)
            if self.total == len(self.found) and (self._has_turned or self._longest < self._limit):
                return  # as many as the list says it has, and not just as many as a page holds
            if page is not None:
                rest = await self._rest(window, page, has_news=has_news)
                todo += [each for each in rest if not each.is_read_elsewhere]

    async def _turn_pages(self, window: Window) -> None:
        """Some lists have numbered pages: turn them until one has nothing new.

        A list that does not take the number is walked by time like any other.
        """
        number, before = 1, -1
        while before < len(self.found) < (self.total or 0):
            number, before = number + 1, len(self.found)
            self._count_page()
            query = {**_query(window, self._limit), "page": str(number)}
            try:
                items = _items(await self._fetch(query))
            except ApiError as error:
                if error.outcome is not Outcome.REFUSED:
                    raise
                return
            self._find(items)
        self._has_turned = number > 1

    async def _rest(self, window: Window, page: _Page, *, has_news: bool) -> list[Window]:
        """Give the windows in which more may be hidden than the page showed."""
        order = page.order
        self._has_order = self._has_order and order is not _Order.MIXED
        if not self._has_order:
            # A page shorter than another one was not cut, whatever its order.
            is_cut = len(page.items) >= self._longest
            return _halves(window, page) if is_cut else []
        if has_news:
            return _beyond(window, page, order)
        if not self._is_full(page):
            return []
        if order is not _Order.LEVEL:
            raise _unprovable("a full page showed nothing new, though its times differ")
        return await self._wider(window, page)

    async def _wider(self, window: Window, page: _Page) -> list[Window]:
        """A full page of one time hides the rest of that time: ask for the widest page there is."""
        wider, has_news = await self._read(window, _WIDEST_LIMIT)
        size = len(wider.items) if wider else 0
        if wider is not None and has_news:
            return _beyond(window, wider, wider.order)
        if size <= len(page.items) or size >= _WIDEST_LIMIT:
            raise _unprovable(f"{size} objects or more were created at {page.oldest}")
        return []

    def _count_page(self) -> None:
        self._pages += 1
        if self._pages > _MOST_PAGES:
            raise IncompleteReadError("A list is too long", f"more than {_MOST_PAGES:,} pages")

    def _is_full(self, page: _Page) -> bool:
        """Whether more may follow: the server's own page size shows once a second page had news."""
        size = self._longest if self._pages_with_news > 1 else self._limit
        return len(page.items) >= min(size, self._limit)

    async def _read(self, window: Window, limit: int) -> tuple[_Page | None, bool]:
        """Give one page (None when nothing more can follow it), and whether it held a new id."""
        self._count_page()
        document = await self._fetch(_query(window, limit))
        items, total = _items(document), _total(document)
        if self._pages == 1:
            self.total = total
            self._has_page_numbers = total is not None and len(items) < total
        has_news = self._find(items)
        self._pages_with_news += has_news
        if limit == self._limit:
            self._longest = max(self._longest, len(items))
        times = _times(items, is_short=len(items) < limit)
        if not times:
            return None, has_news
        if not all(window.holds(moment) for moment in times):
            if len(items) >= limit:
                raise _unprovable("the server ignores createdAtGe and createdAtLe")
            return None, has_news
        return _Page(items, times), has_news

    def _find(self, items: Sequence[Item]) -> bool:
        """Keep what is new of these, and say whether anything is."""
        before = len(self.found)
        for item in items:
            name = str(item["id"])
            if name not in self.found:
                self.found[name] = self._keep(item)
        return len(self.found) > before


def _beyond(window: Window, page: _Page, order: _Order) -> list[Window]:
    """The windows on the side the page ran towards; on both where it told no direction."""
    older, newer = replace(window, until=page.oldest), Window(page.newest, window.until)
    match order:
        case _Order.NEWEST_FIRST:
            return [older]
        case _Order.OLDEST_FIRST:
            return [newer]
        case _:
            return [newer, older]


def _halves(window: Window, page: _Page) -> list[Window]:
    low, high = min(page.times), max(page.times)
    if high - low <= _RESOLUTION:
        raise _unprovable("its pages have no order, and many objects share one time")
    middle = (low + (high - low) / 2).astimezone(UTC)
    spelled = middle.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return [replace(window, until=spelled), Window(spelled, window.until)]


def _query(window: Window, limit: int) -> dict[str, str]:
    query = {"limit": str(limit), "createdAtGe": window.since, "createdAtLe": window.until}
    return {name: value for name, value in query.items() if value is not None}


def _items(document: JsonValue) -> list[Item]:
    listed = document.get("results") if isinstance(document, Mapping) else document
    if not isinstance(listed, Sequence) or isinstance(listed, str):
        raise IncompleteReadError("A list is not a list", "neither an array nor `results` came")
    items = [item for item in listed if isinstance(item, Mapping) and item.get("id")]
    if len(items) < len(listed):
        raise IncompleteReadError("A list holds something else", "an item without an `id`")
    return items


def _total(document: JsonValue) -> int | None:
    """How many there are in all, where the list says so (`metadata.totalItems`)."""
    metadata = document.get("metadata") if isinstance(document, Mapping) else None
    total = metadata.get("totalItems") if isinstance(metadata, Mapping) else None
    return total if isinstance(total, int) and not isinstance(total, bool) else None


def _times(items: Sequence[Item], *, is_short: bool) -> list[datetime]:
    """Give the time of each item; none when the page is short and has no times: it is all."""
    try:
        return [parse_time(str(item.get("createdAt"))) for item in items]
    except ValueError as error:
        if is_short:
            return []
        raise _unprovable(f"an item has no usable createdAt: {error}") from error


def parse_time(text: str) -> datetime:
    """Read a `createdAt`; one without a zone is in UTC.

    Raises:
        ValueError: it is no time.
    """
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _unprovable(why: str) -> IncompleteReadError:
    return IncompleteReadError(
        "A list could not be read to its end", why, hint="nothing is concluded from part of a list"
    )
