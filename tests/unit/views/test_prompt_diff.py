"""What changed in a prompt: exact, in words, under its title, and never slow."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_sync.views.alignment import shared_runs
from assistants_sync.views.prompt_diff import (
    Mark,
    PromptDiff,
    diff_prompt,
    estimate_tokens,
    variables_in,
)

PIECES = st.sampled_from(
    [
        "\n",
        "\n\n",
        " ",
        "say",
        "never",
        "# Ending",
        "[Style]",
        "Do:",
        "{{now}}",
        "a,",
        "名",
        "\r",
        "x",
    ]
)
TEXTS = st.text() | st.lists(PIECES, max_size=40).map("".join)
LONG = 100_000
"""Characters of a prompt nobody has, but may send."""


def old_text(diff: PromptDiff) -> str:
    return "\n".join(line.text(Mark.KEPT, Mark.REMOVED) for line in diff.lines if line.before)


def new_text(diff: PromptDiff) -> str:
    return "\n".join(line.text(Mark.KEPT, Mark.ADDED) for line in diff.lines if line.after)


def edits(before: str, after: str) -> list[tuple[str, str]]:
    """What is removed and what is added, piece by piece."""
    lines = diff_prompt(before, after).lines
    return [(s.mark[0], s.text) for line in lines for s in line.spans if s.mark is not Mark.KEPT]


# --- laws -----------------------------------------------------------------------------------


@given(TEXTS)
def test_equal_texts_have_no_hunk(text: str) -> None:
    diff = diff_prompt(text, text)
    assert diff.hunks == ()
    assert (diff.words_added, diff.words_removed) == (0, 0)
    assert (diff.variables_added, diff.variables_removed) == ((), ())


@given(TEXTS, TEXTS)
def test_the_pieces_put_together_are_both_texts(before: str, after: str) -> None:
    diff = diff_prompt(before, after)
    assert old_text(diff) == before
    assert new_text(diff) == after
    assert bool(diff.hunks) == (before != after)


@given(TEXTS, TEXTS)
def test_lines_are_numbered_in_order_and_hunks_hold_every_change_once(
    before: str, after: str
) -> None:
    diff = diff_prompt(before, after)
    olds = [line.before for line in diff.lines if line.before]
    news = [line.after for line in diff.lines if line.after]
    assert olds == list(range(1, len(olds) + 1))
    assert news == list(range(1, len(news) + 1))
    shown = [line for hunk in diff.hunks for line in hunk.lines]
    assert [line for line in shown if line.mark is not Mark.KEPT] == [
        line for line in diff.lines if line.mark is not Mark.KEPT
    ]
    assert all("\n" not in span.text and span.text for line in shown for span in line.spans)


@given(st.lists(st.sampled_from("abc")), st.lists(st.sampled_from("abc")))
def test_shared_runs_are_shared_and_in_order(before: list[str], after: list[str]) -> None:
    runs = shared_runs(before, after)
    for x, y, length in runs:
        assert length > 0
        assert before[x : x + length] == after[y : y + length]
    for (x, y, length), (next_x, next_y, _) in pairwise(runs):
        assert x + length <= next_x
        assert y + length <= next_y


@given(st.lists(st.sampled_from("abc")), st.lists(st.sampled_from("abc")))
def test_shared_runs_are_as_long_as_any_can_be(before: list[str], after: list[str]) -> None:
    row = [0] * (len(after) + 1)
    for item in before:
        last, row = row, [0]
        for at, other in enumerate(after):
            row.append(last[at] + 1 if item == other else max(row[at], last[at + 1]))
    assert sum(length for _, _, length in shared_runs(before, after)) == row[-1]


def _lines_of(seed: int) -> list[str]:
    words = [f"word{seed * number**2 % 3001}" for number in range(LONG // 7)]
    return [" ".join(words[at : at + 12]) for at in range(0, len(words), 12)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\n" * (LONG // 2), "a\nb\n" * (LONG // 4)),
        ("a " * (LONG // 2), "a b " * (LONG // 4)),
        ("x:\n" * (LONG // 3), "y:\n" * (LONG // 3)),
        ("\n" * LONG, "\n" * (LONG // 2) + "x" + "\n" * (LONG // 2)),
        ("{" * LONG, "{{" * (LONG // 4) + "}" * (LONG // 2)),
        ("[" * LONG, "#" * LONG),
        (
            "\n".join("ab"[number.bit_count() % 2] for number in range(LONG // 2)),
            "a\nb\n" * (LONG // 4),
        ),
        ("\n".join(_lines_of(1)), "\n".join(_lines_of(2))),
        ("\n".join(_lines_of(1)), "\n".join(reversed(_lines_of(1)))),
        (" ".join(_lines_of(1)), " ".join(_lines_of(2))),
    ],
    ids=range(10),
)
def test_a_text_made_to_be_slow_takes_seconds_and_is_exact(before: str, after: str) -> None:
    began = time.process_time()
    diff = diff_prompt(before, after)
    assert time.process_time() - began < 10
    assert (old_text(diff), new_text(diff)) == (before, after)


# --- words ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("You are Robin, hi.", "You are Alex, hi.", [("r", "Robin"), ("a", "Alex")]),
        ("one two three four", "one two four", [("r", "three ")]),
        ("It is {{now}} here", "It is {{date}} here", [("r", "{{now}}"), ("a", "{{date}}")]),
        ("we don't ask", "we don\u2019t ask", [("r", "don't"), ("a", "don\u2019t")]),
        (
            "say the good old words to them",
            "say the bad, new words to them",
            [("r", "good old"), ("a", "bad, new")],
        ),
        (
            "kept\nquite another",
            "kept\nno such thing",
            [("r", "quite another"), ("a", "no such thing")],
        ),
    ],
)
def test_an_edit_is_told_in_words(before: str, after: str, told: list[tuple[str, str]]) -> None:
    assert edits(before, after) == told


def test_a_line_that_was_edited_and_moved_apart_by_a_new_one_is_one_line() -> None:
    diff = diff_prompt("Ask for the name first.", "Greet.\nAsk for the full name first.")
    assert [(line.before, line.after, line.mark) for line in diff.lines] == [
        (None, 1, Mark.ADDED),
        (1, 2, None),
    ]


def test_words_are_counted() -> None:
    diff = diff_prompt(
        "You are Robin, a clerk.\nBye.", "You are Alex, a clerk.\nBye.\nDo not sing!"
    )
    assert (diff.words_added, diff.words_removed) == (4, 1)


@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("a", 1), ("abcd", 1), ("abcde", 2)])
def test_tokens_are_estimated_by_four_characters(text: str, tokens: int) -> None:
    assert estimate_tokens(text) == tokens


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("{{now}} {{ customer.number }}", {"now", "customer.number"}),
        ('{{"now" | date: "%b %d, %Y", "America/New_York"}}', {"now"}),
        ("{{- items[0].name | upcase -}}", {"items[0].name"}),
        ("{now} {{}} {{ }} {% if x %} }}{{", set()),
    ],
)
def test_variables_are_told_by_their_names(text: str, names: set[str]) -> None:
    assert variables_in(text) == names


def test_variables_that_come_and_go_are_told() -> None:
    diff = diff_prompt("{{now}} {{b}} {{a}}", "{{now}}, {{now}} {{c}}")
    assert (diff.variables_added, diff.variables_removed) == (("c",), ("a", "b"))


# --- titles ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("above", "section"),
    [
        ("Hello.", None),
        ("# Style", "Style"),
        ("## Style ##\nText:", "Style"),
        ("[Response Guidelines]", "Response Guidelines"),
        ("Rules:", "Rules"),
        ("**Rules:**\n- one:\n", "one"),
        ("#hashtag", None),
        (":", None),
    ],
)
def test_a_hunk_stands_under_its_title(above: str, section: str | None) -> None:
    (hunk,) = diff_prompt(f"{above}\nBe kind.", f"{above}\nBe brief.").hunks
    assert hunk.section == section


def test_a_new_section_is_told_by_its_own_title() -> None:
    (hunk,) = diff_prompt("# Old\nx\n", "# Old\nx\n\n# New\ny\n").hunks
    assert hunk.section == "New"


def test_changes_far_apart_are_hunks_of_their_own() -> None:
    before = "\n".join(f"line {number}" for number in range(1, 31))
    after = before.replace("line 10\n", "line ten\n").replace("line 20\n", "line twenty\n")
    first, second = diff_prompt(before, after.replace("line 12\n", "line twelve\n")).hunks
    assert [line.before for line in first.lines if line.before] == list(range(8, 15))
    assert [line.before for line in second.lines if line.before] == list(range(18, 23))
