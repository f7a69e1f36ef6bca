"""Remote text made harmless: nothing a terminal obeys survives, and letters stay."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_sync.views.escape import escape, shorten


def is_harmless(character: str) -> bool:
    category = unicodedata.category(character)
    return character == " " or category == "Zs" or category[0] not in "CZ"


@given(st.text(st.characters()))
def test_nothing_a_terminal_obeys_survives(text: str) -> None:
    assert all(map(is_harmless, escape(text)))


@given(st.text(st.characters(categories=["L", "M", "N", "P", "S", "Zs"])))
def test_letters_of_every_script_stay(text: str) -> None:
    assert escape(text) == text


@given(st.text(st.characters()))
def test_an_escaped_text_is_harmless_already(text: str) -> None:
    assert escape(escape(text)) == escape(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb\tc\rd", r"a\nb\tc\rd"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x00\x07\x7f", r"\x00\x07\x7f"),
        ("\x9b2J", r"\x9b2J"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("a\u200bb\u2066c\ufeff", r"a\u200bb\u2066c\ufeff"),
        ("\u2028\u2029", r"\u2028\u2029"),
        ("\ud800", r"\ud800"),
        ("\U000e0041", r"\ue0041"),
        ("naïve Ünï 名前 🙂", "naïve Ünï 名前 🙂"),
        ("", ""),
    ],
)
def test_what_is_invisible_is_shown(text: str, shown: str) -> None:
    assert escape(text) == shown


@given(st.text(), st.integers(1, 20))
def test_a_shortened_text_is_no_longer_than_asked_and_says_that_it_was_cut(
    text: str, width: int
) -> None:
    short = shorten(text, width)
    assert len(short) <= width
    assert short == text if len(text) <= width else short == text[: width - 1] + "…"
