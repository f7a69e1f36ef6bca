"""A list read in ranges at once is read whole, or the run ends, whatever goes on meanwhile."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_sync.errors import ApiError, IncompleteReadError, Outcome
from assistants_sync.model.value import JsonValue
from assistants_sync.vapi.paging import Window, read_all
from assistants_sync.vapi.ranges import read_in_ranges

_START = datetime(2026, 1, 1, tzinfo=UTC)
_LIMIT = 4


def _spelled(second: int) -> str:
    return (_START + timedelta(seconds=second)).isoformat().replace("+00:00", "Z")


@dataclass
class ChangingList:
    """A list endpoint whose objects come and go between its answers.

    `made_at` are the seconds of what is there at first, by id. `deleted` are ids by the number of
    the request before which they go; something new is made before each of `made`. `delays` are how
    many turns of the loop each request waits, so that any answer may come before any other.
    """

    made_at: dict[str, int]
    cap: int = _LIMIT
    order: str = "newest"
    ignored: frozenset[str] = frozenset()
    excludes_ends: bool = False
    deleted: Mapping[int, Sequence[str]] = field(default_factory=dict)
    made: frozenset[int] = frozenset()
    delays: Sequence[int] = ()
    queries: list[Mapping[str, str]] = field(default_factory=list)
    now: int = 1_000

    async def fetch(self, query: Mapping[str, str]) -> JsonValue:
        number = len(self.queries)
        self.queries.append(query)
        for _ in range(self.delays[number % len(self.delays)] if self.delays else 0):
            await asyncio.sleep(0)
        for gone in self.deleted.get(number, ()):
            self.made_at.pop(gone, None)
        if number in self.made:
            self.now += 1
            self.made_at[f"new-{number}"] = self.now
        found = [each for each in self.made_at if self._fits(_spelled(self.made_at[each]), query)]
        if self.order == "shuffled":
            random.Random(number).shuffle(found)  # noqa: S311 -- no secret
        else:
            found.sort(key=lambda each: self.made_at[each], reverse=self.order == "newest")
        page = found[: min(int(query["limit"]), self.cap)]
        return [{"id": each, "createdAt": _spelled(self.made_at[each])} for each in page]

    def _fits(self, moment: str, query: Mapping[str, str]) -> bool:
        since, until = (
            query.get(name) if name not in self.ignored else None
            for name in ("createdAtGe", "createdAtLe")
        )
        if self.excludes_ends and moment in (since, until):
            return False
        return (since is None or moment >= since) and (until is None or moment <= until)


def _read(server: ChangingList, expected: Sequence[str]) -> list[str]:
    return list(asyncio.run(read_in_ranges(server.fetch, dict, Window(), expected, limit=_LIMIT)))


def _requests_page_by_page(server: ChangingList) -> int:
    asyncio.run(read_all(server.fetch, dict, limit=_LIMIT))
    return len(server.queries)


def _apart(count: int) -> dict[str, int]:
    return {f"a{number}": number for number in range(count)}


def _without_those_at_the_cuts(made_at: dict[str, int]) -> dict[str, int]:
    server = ChangingList(made_at)
    _read(server, _times(_apart(59)))
    cuts = {query.get("createdAtGe") for query in server.queries}
    return {each: second for each, second in made_at.items() if _spelled(second) not in cuts}


def _times(made_at: Mapping[str, int]) -> list[str]:
    return [_spelled(second) for second in made_at.values()]


_FALSE_TIMES = st.lists(st.integers(-5, 1_500).map(_spelled), max_size=4)


# A cap below what was asked, and no order in time to show it: no walk can tell that list's end.
_SECONDS_AND_CAP = st.one_of(
    st.tuples(st.lists(st.integers(0, 120), min_size=30, max_size=80), st.just(_LIMIT)),
    st.tuples(
        st.lists(st.integers(0, 300), min_size=30, max_size=80, unique=True), st.integers(2, _LIMIT)
    ),
)


@given(
    seconds_and_cap=_SECONDS_AND_CAP,
    order=st.sampled_from(["newest", "oldest"]),
    owned=st.integers(24, 80),
    false_times=_FALSE_TIMES,
    deleted=st.dictionaries(
        st.integers(0, 25), st.lists(st.integers(0, 79).map("a{}".format), max_size=4), max_size=8
    ),
    made=st.frozensets(st.integers(0, 25)),
    delays=st.lists(st.integers(0, 9), max_size=9),
)
def test_what_is_there_throughout_is_found_once_or_the_list_is_incomplete(
    *,
    seconds_and_cap: tuple[list[int], int],
    order: str,
    owned: int,
    false_times: list[str],
    deleted: dict[int, list[str]],
    made: frozenset[int],
    delays: list[int],
) -> None:
    seconds, cap = seconds_and_cap
    made_at = {f"a{number}": second for number, second in enumerate(seconds)}
    server = ChangingList(
        dict(made_at),
        cap=cap,
        order=order,
        deleted=deleted,
        made=made,
        delays=delays,
    )
    expected = _times(made_at)[:owned] + false_times
    try:
        found = _read(server, expected)
    except IncompleteReadError:
        return
    assert len(set(found)) == len(found)
    assert set(found) <= made_at.keys() | server.made_at.keys()
    assert made_at.keys() & server.made_at.keys() <= set(found)


@given(
    seconds=st.lists(st.integers(0, 900), min_size=24, max_size=160, unique=True),
    cap=st.integers(2, _LIMIT),
    is_owned=st.lists(st.booleans(), min_size=1, max_size=7),
)
def test_objects_of_others_between_ours_cost_at_most_a_third_more_requests(
    seconds: list[int], cap: int, is_owned: list[bool]
) -> None:
    made_at = {f"a{number}": second for number, second in enumerate(seconds)}
    owned = [_spelled(s) for i, s in enumerate(seconds) if is_owned[i % len(is_owned)]]
    server = ChangingList(made_at, cap=cap)
    assert len(_read(server, owned)) == len(made_at)
    assert len(server.queries) <= 4 / 3 * _requests_page_by_page(ChangingList(made_at, cap=cap))


@pytest.mark.parametrize("count", [24, 25, 49, 97, 98, 200])
def test_a_list_that_is_as_expected_takes_no_request_more(count: int) -> None:
    made_at = _apart(count)
    server = ChangingList(made_at)
    assert len(_read(server, _times(made_at))) == count
    assert len(server.queries) == _requests_page_by_page(ChangingList(made_at))
    assert any("createdAtGe" in query for query in server.queries)


@pytest.mark.parametrize("expected", [[], _times(_apart(14)), ["yesterday", *_times(_apart(60))]])
def test_where_few_or_no_times_are_expected_it_is_read_page_by_page(expected: list[str]) -> None:
    server, one_by_one = ChangingList(_apart(60)), ChangingList(_apart(60))
    assert len(_read(server, expected)) == 60
    _requests_page_by_page(one_by_one)
    assert server.queries == one_by_one.queries


@pytest.mark.parametrize(
    "server",
    [
        ChangingList(_apart(60), ignored=frozenset({"createdAtGe"})),
        ChangingList(_apart(60), excludes_ends=True),
        ChangingList(_without_those_at_the_cuts(_apart(60))),
    ],
    ids=["ignores createdAtGe", "excludes both ends", "the objects at the cuts are gone"],
)
def test_ranges_that_do_not_meet_are_read_again_page_by_page(server: ChangingList) -> None:
    one_by_one = replace(server, queries=[])
    found = _read(server, _times(_apart(59)))
    assert sorted(found) == sorted(server.made_at)
    requests = _requests_page_by_page(one_by_one)
    assert server.queries[-requests:] == one_by_one.queries


def test_a_range_that_hides_a_whole_page_of_one_time_ends_the_read() -> None:
    made_at = _apart(60) | {f"b{number}": 30 for number in range(_LIMIT)}
    with pytest.raises(IncompleteReadError, match="were created at"):
        _read(ChangingList(made_at), _times(made_at))


def test_a_list_without_order_is_found_whole_in_ranges_too() -> None:
    made_at = _apart(300)
    server = ChangingList(made_at, order="shuffled", cap=20)
    items = asyncio.run(read_in_ranges(server.fetch, dict, Window(), _times(made_at), limit=20))
    assert items.keys() == made_at.keys()


def test_a_page_that_cannot_be_read_ends_the_read() -> None:
    server = ChangingList(_apart(60))

    async def fetch(query: Mapping[str, str]) -> JsonValue:
        if "createdAtGe" not in query:
            raise ApiError(method="GET", path="/x", outcome=Outcome.REFUSED, status=403)
        return await server.fetch(query)

    with pytest.raises(ApiError):
        asyncio.run(read_in_ranges(fetch, dict, Window(), _times(_apart(60)), limit=_LIMIT))


def test_ranges_are_asked_for_at_once() -> None:
    server = ChangingList(_apart(97))
    waiting: list[Mapping[str, str]] = []
    everyone = asyncio.Event()

    async def fetch(query: Mapping[str, str]) -> JsonValue:
        waiting.append(query)
        if len(waiting) == 8:
            everyone.set()
        await everyone.wait()
        return await server.fetch(query)

    async def run() -> int:
        async with asyncio.timeout(5):
            return len(
                await read_in_ranges(fetch, dict, Window(), _times(_apart(97)), limit=_LIMIT)
            )

    assert asyncio.run(run()) == 97
