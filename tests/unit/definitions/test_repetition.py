"""Repetition: what stands twice is found, nothing else, and in linear time."""

import random
import re
import time

from hypothesis import given
from hypothesis import strategies as st

from assistants_sync.definitions.lints.named_tools import missing_tools
from assistants_sync.definitions.lints.repetition import repetition

MEBIBYTE = 1 << 20
words = st.lists(st.sampled_from(["ab", "abc", "b", "bb", "-", "é"]), max_size=40).map(" ".join)


@given(words, st.integers(2, 12))
def test_it_finds_what_a_slow_search_finds(text: str, at_least: int) -> None:
    starts = [match.start() for match in re.finditer(r"\b\w\w", text)]
    whole = [at for at in starts if at + at_least <= len(text)]
    twice = [
        again
        for again in whole
        for first in whole
        if first + at_least <= again and text[first:].startswith(text[again : again + at_least])
    ]
    found = repetition(text, at_least)
    assert (found.again if found else None) == min(twice, default=None)
    if found:
        part = text[found.again : found.again + found.length]
        assert len(part) == found.length >= at_least
        assert text[found.first : found.first + found.length] == part
        assert found.first + found.length <= found.again


@given(words, st.text(alphabet="xyz ", min_size=60, max_size=200), words)
def test_a_part_pasted_again_is_found_whatever_stands_between(
    before: str, part: str, between: str
) -> None:
    part = f"start {part} end"
    found = repetition(f"{before} {part} {between} {part}", 60)
    assert found is not None


def test_a_mebibyte_takes_no_time_that_grows_with_its_square() -> None:
    source = random.Random(1)  # noqa: S311 -- text to search, no secret
    letters = "abcdefghijklmnopqrstuvwxyz"
    text = " ".join(
        "".join(source.choices(letters, k=source.randint(1, 9))) for _ in range(MEBIBYTE // 5)
    )[:MEBIBYTE]
    began = time.process_time()
    for each in (text, "use get_a " * (MEBIBYTE // 10)):
        repetition(each, 200)
        list(missing_tools({"model": {}}, each))
    assert time.process_time() - began < 10  # squared, it would be hours
