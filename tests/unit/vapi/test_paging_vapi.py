"""A list is read to its end, or the run ends: never a part that passes for the whole."""

import asyncio
import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_sync.errors import ApiError, IncompleteReadError, Outcome
from assistants_sync.model.value import JsonValue
from assistants_sync.vapi.paging import Item, read_all

_START = datetime(2026, 1, 1, tzinfo=UTC)


def _item(number: int, second: int) -> dict[str, JsonValue]:
    moment = _START + timedelta(seconds=second)
    return {"id": f"a{number}", "createdAt": moment.isoformat().replace("+00:00", "Z")}


class ListServer:
    """A list endpoint of any order and cap."""

    def __init__(
        self,
        seconds: list[int],
        *,
        cap: int = 100,
        order: str = "newest",
        obeys: bool = True,
        widest: int | None = None,
    ) -> None:
        self._items = [_item(number, second) for number, second in enumerate(seconds)]
        self._cap, self._order, self._obeys = cap, order, obeys
        self._widest = widest or cap
        self.queries: list[Mapping[str, str]] = []

    async def fetch(self, query: Mapping[str, str]) -> JsonValue:
        self.queries.append(query)
        found = [item for item in self._items if not self._obeys or self._fits(item, query)]
        if self._order == "shuffled":
            random.Random(len(self.queries)).shuffle(found)  # noqa: S311 -- no secret
        else:
            found.sort(key=lambda item: str(item["createdAt"]), reverse=self._order == "newest")
        limit = int(query["limit"])
        return found[: min(limit, self._widest if limit == 1000 else self._cap)]

    def _fits(self, item: Item, query: Mapping[str, str]) -> bool:
        moment = str(item["createdAt"])
        return query.get("createdAtGe", "") <= moment <= query.get("createdAtLe", "9")


def _ids(server: ListServer, limit: int = 100) -> set[str]:
    items = asyncio.run(read_all(server.fetch, dict, limit=limit))
    assert all(item["id"] == name for name, item in items.items())
    return set(items)


@given(
    count=st.integers(0, 40),
    cap=st.integers(2, 9),
    order=st.sampled_from(["newest", "oldest"]),
)
def test_every_object_is_found_whatever_the_direction_and_the_cap(
    count: int, cap: int, order: str
) -> None:
    server = ListServer(list(range(count)), cap=cap, order=order)
    assert len(_ids(server)) == count


@given(
    seconds=st.lists(st.integers(0, 8), max_size=40),
    limit=st.integers(2, 7),
    widest=st.sampled_from([None, 20, 1000]),
    order=st.sampled_from(["newest", "oldest"]),
)
def test_shared_times_are_walked_or_reported_and_never_passed_over(
    seconds: list[int], limit: int, widest: int | None, order: str
) -> None:
    server = ListServer(seconds, cap=limit, order=order, widest=widest)
    try:
        assert len(_ids(server, limit)) == len(seconds)
    except IncompleteReadError:
        assert max(seconds.count(second) for second in seconds) >= limit


@given(count=st.integers(0, 130), cap=st.integers(20, 100))
def test_a_list_without_order_is_found_whole(count: int, cap: int) -> None:
    assert len(_ids(ListServer(list(range(count)), cap=cap, order="shuffled"))) == count


def test_a_full_page_of_one_time_is_an_error_when_no_wider_page_shows_more() -> None:
    with pytest.raises(IncompleteReadError, match="created at 2026"):
        _ids(ListServer([7] * 100))


def test_a_full_page_of_one_time_is_read_by_a_wider_page() -> None:
    assert len(_ids(ListServer([7] * 130 + [9], widest=1000))) == 131


def test_a_full_page_from_a_server_that_ignores_the_filters_is_an_error() -> None:
    with pytest.raises(IncompleteReadError, match="ignores"):
        _ids(ListServer(list(range(150)), obeys=False))


def test_a_short_page_from_a_server_that_ignores_the_filters_is_all_there_is() -> None:
    assert len(_ids(ListServer(list(range(30)), obeys=False))) == 30


def test_two_hundred_fifty_objects_take_four_requests() -> None:
    server = ListServer(list(range(250)))
    assert len(_ids(server)) == 250
    assert len(server.queries) == 4
    assert server.queries[0] == {"limit": "100"}


def _fetching(document: JsonValue) -> set[str]:
    async def fetch(_query: Mapping[str, str]) -> JsonValue:
        return document

    return set(asyncio.run(read_all(fetch, dict)))


def test_a_results_object_is_a_list_too() -> None:
    assert _fetching({"results": [_item(1, 1)], "metadata": {}}) == {"a1"}


@pytest.mark.parametrize("document", [{}, "text", None, 3, {"results": None}])
def test_anything_else_is_no_list(document: JsonValue) -> None:
    with pytest.raises(IncompleteReadError, match="not a list"):
        _fetching(document)


def test_an_item_without_an_id_is_an_error() -> None:
    with pytest.raises(IncompleteReadError, match="without an `id`"):
        _fetching([{"createdAt": "2026-01-01T00:00:00Z"}])


def test_items_without_times_are_all_there_is_when_the_page_is_short() -> None:
    assert _fetching([{"id": "a"}, {"id": "b"}]) == {"a", "b"}


def test_items_without_times_are_an_error_when_the_page_is_full() -> None:
    with pytest.raises(IncompleteReadError, match="createdAt"):
        _fetching([{"id": f"a{number}"} for number in range(100)])


def test_a_list_without_end_is_given_up() -> None:
    async def fetch(query: Mapping[str, str]) -> JsonValue:
        until = query.get("createdAtLe")
        newest = datetime.fromisoformat(until) if until else _START
        times = [newest - timedelta(seconds=second) for second in range(2)]
        return [{"id": str(time), "createdAt": time.isoformat()} for time in times]

    with pytest.raises(IncompleteReadError, match="pages"):
        asyncio.run(read_all(fetch, dict))


class NumberedServer:
    """A list with numbered pages, that knows no filter by time."""

    def __init__(self, count: int, *, cap: int = 100, takes_numbers: bool = True) -> None:
        self._items = [_item(number, number) for number in range(count)]
        self._cap, self._takes_numbers = cap, takes_numbers
        self.queries: list[Mapping[str, str]] = []

    async def fetch(self, query: Mapping[str, str]) -> JsonValue:
        self.queries.append(query)
        if "page" in query and not self._takes_numbers:
            raise ApiError(
                method="GET", path="/x", outcome=Outcome.REFUSED, status=400, messages=("page",)
            )
        start = (int(query.get("page", "1")) - 1) * self._cap
        page = self._items[::-1][start : start + self._cap]
        metadata = {"totalItems": len(self._items), "currentPage": 1, "itemsPerPage": self._cap}
        return {"results": page, "metadata": metadata}


@pytest.mark.parametrize(("count", "requests"), [(0, 1), (7, 1), (101, 2), (250, 3)])
def test_numbered_pages_are_turned(count: int, requests: int) -> None:
    server = NumberedServer(count)
    items = asyncio.run(read_all(server.fetch, dict))
    assert (len(items), len(server.queries)) == (count, requests)


def test_a_list_that_refuses_page_numbers_is_walked_by_time() -> None:
    with pytest.raises(IncompleteReadError):
        asyncio.run(read_all(NumberedServer(250, takes_numbers=False).fetch, dict))


def test_a_list_that_shows_less_than_it_says_is_incomplete() -> None:
    document: JsonValue = {"results": [_item(1, 1)], "metadata": {"totalItems": 9}}
    with pytest.raises(IncompleteReadError, match="1 of 9"):
        _fetching(document)
