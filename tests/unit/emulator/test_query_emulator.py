"""The list's query."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_sync.emulator.query import ListQuery, Window, parse_query
from assistants_sync.emulator.wire import RefusalError


def test_no_query_asks_for_the_newest_100() -> None:
    assert parse_query({}) == ListQuery(limit=100)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("limit", "1001", "limit must not be greater than 1000"),
        ("limit", "-1", "limit must not be less than 0"),
        ("limit", "many", "limit must be a number conforming to the specified constraints"),
        ("createdAtLe", "yesterday", "createdAtLe must be a valid ISO 8601 date string"),
        ("updatedAtGt", "", "updatedAtGt must be a valid ISO 8601 date string"),
        ("createdAtEq", "2026-01-01", "property createdAtEq should not exist"),
        ("page", "2", "property page should not exist"),
    ],
)
def test_a_bad_query_is_told_in_the_servers_words(name: str, text: str, words: str) -> None:
    with pytest.raises(RefusalError) as caught:
        parse_query({name: text})
    assert caught.value.message == [words]


def test_a_time_without_a_zone_is_utc() -> None:
    assert parse_query({"createdAtGe": "1970-01-01T00:00:01"}).created == Window(low=1000)
    assert parse_query({"createdAtGe": "1970-01-01T02:00:01+02:00"}).created == Window(low=1000)


def test_bounds_of_one_field_add_up() -> None:
    query = parse_query(
        {
            "updatedAtGe": "1970-01-01T00:00:01Z",
            "updatedAtGt": "1970-01-01T00:00:01Z",
            "updatedAtLt": "1970-01-01T00:00:03Z",
            "updatedAtLe": "1970-01-01T00:00:04Z",
        }
    )
    assert query.updated == Window(1001, 2999)


@given(bound=st.integers(0, 5), moment=st.integers(0, 5))
def test_each_bound_means_what_it_says(bound: int, moment: int) -> None:
    meant = {
        "Gt": moment > bound,
        "Ge": moment >= bound,
        "Lt": moment < bound,
        "Le": moment <= bound,
    }
    for name, expected in meant.items():
        window = parse_query({f"createdAt{name}": f"1970-01-01T00:00:00.00{bound}Z"}).created
        assert (window.low <= moment <= window.high) == expected
