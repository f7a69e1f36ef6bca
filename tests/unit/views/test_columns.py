"""Lines that fit a terminal: nothing lost, nothing obeyed, colour for free."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_sync.views.columns import WIDTH, cells, folded
from assistants_sync.views.escape import escape
from assistants_sync.views.paint import Paint, painted

CODE = re.compile(r"\x1b\[[0-9;]*m")
TEXTS = (
    st.text()
    | st.lists(st.sampled_from(["a", " ", "word", "名前", "::set", "x" * 90])).map("".join)
).map(escape)


@given(TEXTS, st.booleans())
def test_only_spaces_are_left_out(text: str, may_split: bool) -> None:  # noqa: FBT001 -- hypothesis gives it
    lines = list(folded(text, "", "", may_split=may_split))
    letters = "".join("".join(lines).split())
    assert letters.replace("\\x3a:", "::") == "".join(text.split()).replace("\\x3a:", "::")


@given(TEXTS)
def test_what_may_be_split_is_never_too_wide(text: str) -> None:
    hanging = "    "
    for line in folded(text.replace("::", ".."), "  ~ ", hanging, may_split=True):
        assert cells(line) <= WIDTH
        assert line == line.rstrip() or line.strip()


@given(st.lists(st.tuples(TEXTS.filter(lambda text: text == text.strip()), st.booleans())))
def test_colour_changes_no_line(pieces: list[tuple[str, bool]]) -> None:
    def text(*, colour: bool) -> str:
        return " ".join(painted(each, Paint.ADD, colour=colour and paint) for each, paint in pieces)

    plain = list(folded(text(colour=False), "- ", "  ", may_split=True))
    coloured = folded(text(colour=True), "- ", "  ", may_split=True)
    assert [CODE.sub("", line) for line in coloured] == plain


def test_a_word_wider_than_a_line_stays_whole() -> None:
    assert list(folded(f"see {'x' * 100} there", "  ", "    ")) == [
        "  see",
        f"    {'x' * 100}",
        "    there",
    ]


def test_a_ci_runner_obeys_nothing_that_a_fold_puts_at_the_beginning_of_a_line() -> None:
    lines = list(folded(escape(f"{'x ' * 38}::error::gotcha"), "  ", "    "))
    assert lines[-1] == "    \\x3a:error::gotcha"
    lines = list(folded(escape(f"{'x' * 76}::error::gotcha"), "    ", "    ", may_split=True))
    assert lines[-1] == "    \\x3a:error::gotcha"


@pytest.mark.parametrize(
    ("text", "columns"), [("abc", 3), ("名前", 4), ("e\u0301", 1), ("\x1b[31mred\x1b[0m", 3)]
)
def test_columns_are_counted_as_a_terminal_does(text: str, columns: int) -> None:
    assert cells(text) == columns
