"""A long list in several ranges of `createdAt`, read at once and each proved by itself.

The API has no cursor: where a page begins is known only when the one before has come. But state
knows when what we own was created. Those times say where to cut, and nothing else: each range is
read to its end as any list is, and where two meet both must show one and the same object. If not,
the list is read page by page.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from assistants_sync.errors import IncompleteReadError
from assistants_sync.vapi.paging import PAGE_LIMIT, Fetch, Item, T, Window, parse_time, read_all

_MOST_RANGES: Final = 8  # as many requests as leave at once, unless told otherwise
_FEWEST_PAGES: Final = 3  # the last page of a range may hold little: at most a third more of them


async def read_in_ranges(
    fetch: Fetch,
    keep: Callable[[Item], T],
    window: Window,
    expected: Collection[str],
    *,
    limit: int = PAGE_LIMIT,
) -> dict[str, T]:
    """Give what `keep` makes of every item of a window, by id.

    `expected` are times of items thought to be in it; without many of them it is `read_all`.

    Raises:
        ApiError: a page could not be read.
        IncompleteReadError: the pages do not prove that nothing is missing.
    """
    cuts = _cuts(expected, limit)
    if not cuts:
        return await read_all(fetch, keep, window, limit=limit)
    ends = pairwise([window.until, *cuts])
    windows = [Window(since, until, is_shared=True) for until, since in ends]
    oldest = replace(window, until=cuts[-1])
    ranges = await asyncio.gather(*(_read(fetch, keep, each, limit) for each in [*windows, oldest]))
    read = [each for each in ranges if each is not None]
    has_gap = any(newer.keys().isdisjoint(older) for newer, older in pairwise(read))
    if has_gap or len(read) < len(ranges):
        return await read_all(fetch, keep, window, limit=limit)
    return {name: kept for each in read for name, kept in each.items()}


def _cuts(expected: Collection[str], limit: int) -> Sequence[str]:
    """Choose where to cut, the newest first; nowhere when few are expected.

    Pages share their ends: the cuts are where pages begin if what is expected is all there is.
    """
    try:
        times = sorted(expected, key=parse_time, reverse=True)
    except ValueError:
        return []
    pages = len(times) // (limit - 1) + 1
    ranges = min(pages // _FEWEST_PAGES, _MOST_RANGES)
    begins = (number * pages // ranges * (limit - 1) for number in range(1, ranges))
    return list(dict.fromkeys(times[place] for place in begins))


async def _read(
    fetch: Fetch, keep: Callable[[Item], T], window: Window, limit: int
) -> dict[str, T] | None:
    try:
        return await read_all(fetch, keep, window, limit=limit)
    except IncompleteReadError:
        return None
