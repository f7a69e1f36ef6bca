"""A plan in every detail: short, readable, whole; at 80 columns, and at 200 assistants."""

import re
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.views.plans import HOSTILE, RICH, change, plan, plans
from unit.views.test_human_views import COLOUR_CODE, is_obeyed

from assistants_sync.model.plan import Action, Block, Change, FieldChange, FieldKind, Plan, Reason
from assistants_sync.views.columns import WIDTH, cells
from assistants_sync.views.human import render_human
from assistants_sync.views.paint import Detail

CONTENT = ("model", "messages", "0", "content")
PROMPT = "# Who\nYou are Robin.\n\n# What\n" + "\n".join(
    f"- Rule {number} is that one." for number in range(40)
)


def edit(before: str, after: str) -> FieldChange:
    return FieldChange(CONTENT, FieldKind.CHANGE, before, after)


def update(number: int, *fields: FieldChange, action: Action = Action.UPDATE) -> Change:
    messages = [{"role": "system", "content": "x"}]
    made = change(action, address=f"assistant.a{number:03}", fields=fields)
    return replace(made, after={"model": {"messages": messages}})


def shown(made: Plan, detail: Detail = Detail.NORMAL) -> str:
    return render_human(made, detail=detail)


# --- prompts --------------------------------------------------------------------------------


def test_an_edited_prompt_is_told_by_its_words_and_its_section() -> None:
    after = PROMPT.replace("Robin", "Alex").replace("Rule 30 is", "Rule 30, {{name}}, is")
    assert shown(plan(update(1, edit(PROMPT, after)))).splitlines()[3:-1] == [
        '  ~ assistant.a001  "Desk"  id-1  definition changed',
        "      assistants/desk.yaml:2:1",
        "      ~ model.messages[0].content:",
        "          system message; about 235 -> about 237 tokens; words: 1 removed, 2",
        "          added; added {{name}}",
        "          @@ line 1, Who",
        "            # Who",
        "          ~ You are [-Robin-]{+Alex+}.",
        "",
        "            # What",
        "          @@ line 33, What",
        "            - Rule 28 is that one.",
        "            - Rule 29 is that one.",
        "          ~ - Rule 30{+, {{name}},+} is that one.",
        "            - Rule 31 is that one.",
        "            - Rule 32 is that one.",
        "",
        "Plan: 0 to create, 1 to update, 0 to delete, 0 to forget;",
        "      0 drifted, 0 in conflict, 0 blocked.",
    ]


def test_what_is_cut_is_counted_and_full_shows_it() -> None:
    after = re.sub(r"Rule (0|7|14|21|28|35) is", r"Rule \1 was", PROMPT)
    made = plan(update(1, edit(PROMPT, after)))
    assert "… 2 more hunks, --full shows them\n" in shown(made)
    assert "--full" not in shown(made, Detail.FULL)
    assert shown(made, Detail.FULL).count("{+was+}") == 6


def test_a_prompt_written_anew_is_cut_within_its_hunk() -> None:
    anew = "\n".join(f"Quite different {number}!" for number in range(60))
    text = shown(plan(update(1, edit(PROMPT, anew))))
    assert re.search(r"… \d+ more lines, --full shows them\n", text)
    assert len(text.splitlines()) < 45


def test_a_long_line_is_told_near_its_edit_and_full_tells_all_of_it() -> None:
    line = " ".join(f"word{number}" for number in range(100))
    made = plan(update(1, edit(line, line.replace("word50 ", "other "))))
    assert "word49 [-word50-]{+other+} word51" in shown(made).replace("\n          ~  ", "")
    assert "word3 " not in shown(made)
    assert "word3 " in shown(made, Detail.FULL)


def test_text_that_looks_like_a_mark_is_shown_as_none() -> None:
    text = shown(
        plan(update(1, edit("a\nkept [-gone-] {+new+} b c d", "a\nkept [-gone-] {+new+} b c e")))
    )
    assert "\\x5b-gone\\x2d] \\x7b+new\\x2b} b c [-d-]{+e+}" in text


def test_strings_too_long_for_a_line_are_told_by_words_too() -> None:
    before = "You're all set. See you at the shop, and ride home safely tonight!"
    text = shown(plan(update(1, edit(before, before.replace("See", "We see")))))
    assert "You're all set. [-See-]{+We see+} you" in text


def test_full_shows_every_value_of_a_list_at_its_own_path() -> None:
    messages = [{"role": "system", "content": "One.\nTwo."}, {"role": "user", "content": "Hi."}]
    field = FieldChange(("model", "messages"), FieldKind.ADD, None, messages)
    made = plan(update(1, field, action=Action.CREATE))
    assert "+ model.messages: [{" in shown(made)
    text = shown(made, Detail.FULL)
    assert '      + model.messages[0].role: "system"\n      + model.messages[0].content:\n' in text
    assert "          + One.\n          + Two.\n" in text
    assert '+ model.messages[1].role: "user"' in text


# --- detail ---------------------------------------------------------------------------------


def test_a_summary_is_a_line_for_each_address_and_names_the_guards() -> None:
    blocked = replace(update(2), blocked=(Block("protected", "it is"), Block("in_use", "2")))
    text = shown(plan(update(1, edit("a\nb", "a\nc")), blocked), Detail.SUMMARY)
    lines = [line for line in text.splitlines() if "assistant." in line]
    assert lines == [
        '  ~ assistant.a002  "Desk"  definition changed  blocked: protected, in_use',
        '  ~ assistant.a001  "Desk"  definition changed',
    ]
    assert "content" not in text


def test_a_summary_tells_a_block_of_the_whole_plan() -> None:
    assert "blocked (too_many_gone): 1 of 1\n" in shown(RICH, Detail.SUMMARY)


@pytest.mark.parametrize("detail", Detail)
def test_every_detail_has_the_same_words_in_colour(detail: Detail) -> None:
    made = plan(update(1, edit(PROMPT, PROMPT.replace("Robin", "Alex") + "\nnew  ")), *RICH.changes)
    coloured = render_human(made, colour=True, detail=detail)
    assert "\x1b[" in coloured
    assert COLOUR_CODE.sub("", coloured) == shown(made, detail)


@given(plans(HOSTILE), st.sampled_from(Detail))
def test_no_detail_is_obeyed_by_a_terminal(made: Plan, detail: Detail) -> None:
    text = render_human(made, detail=detail)
    assert not any(map(is_obeyed, text))
    assert COLOUR_CODE.sub("", render_human(made, colour=True, detail=detail)) == text


WORDS = st.lists(
    st.sampled_from(["a", "ab", "名前", "\n", "[-", "+}", "::error::x", "{{now}}", "##[x"])
)


@given(WORDS.map(" ".join), WORDS.map(" ".join), st.sampled_from(Detail))
def test_any_prompt_fits_in_80_columns_and_commands_nobody(
    before: str, after: str, detail: Detail
) -> None:
    text = shown(plan(update(1, edit(before, after))), detail)
    for line in text.splitlines():
        assert cells(line) <= WIDTH
        assert not line.lstrip().startswith("::")
        assert "##[" not in line


# --- 200 assistants -------------------------------------------------------------------------

MANY = range(200)


def same_prompt(number: int) -> Change:
    before = f"{PROMPT}\nYou answer for shop {number}."
    return update(number, edit(before, before.replace("Robin", "Alex")))


def own_prompt(number: int) -> Change:
    return update(number, edit(PROMPT, PROMPT.replace("Robin", f"Robin {number}")))


def model_swap(number: int) -> Change:
    return update(number, FieldChange(("model", "model"), FieldKind.CHANGE, "gpt-4o", "gpt-4.1"))


def created(number: int) -> Change:
    fields = (FieldChange((f"field{at}",), FieldKind.ADD, None, at) for at in range(30))
    return update(number, *fields, action=Action.CREATE)


@pytest.mark.parametrize(
    ("make", "most_lines"),
    [(model_swap, 60), (same_prompt, 70), (created, 210), (own_prompt, 2000)],
)
def test_200_assistants_are_told_in_a_readable_size_and_each_by_name(
    make: Callable[[int], Change], most_lines: int
) -> None:
    made = plan(*map(make, MANY))
    began = time.process_time()
    text = shown(made)
    assert time.process_time() - began < 10
    assert len(text.splitlines()) <= most_lines
    assert all(f"assistant.a{number:03}" in text for number in MANY)
    summary = shown(made, Detail.SUMMARY).splitlines()
    assert len(summary) == len(MANY) + 7
    assert all(cells(line) <= WIDTH for line in (*summary, *text.splitlines()))


def test_uniform_changes_are_told_once_with_all_their_addresses() -> None:
    text = shown(plan(*map(model_swap, range(6))))
    assert text.splitlines()[3:8] == [
        "  ~ 6 alike  definition changed",
        "      assistant.a000, assistant.a001, assistant.a002, assistant.a003,",
        "      assistant.a004, assistant.a005",
        "      as in assistant.a000:",
        '      ~ model.model: "gpt-4o" -> "gpt-4.1"',
    ]
    assert text.count('"gpt-4o" -> "gpt-4.1"') == 1
    assert "alike" not in shown(plan(*map(model_swap, range(6))), Detail.FULL)
    assert "alike" not in shown(plan(*map(model_swap, range(4))))


@pytest.mark.parametrize(
    "grave",
    [
        lambda each: replace(each, action=Action.DELETE, reason=Reason.DEFINITION_REMOVED),
        lambda each: replace(each, destructive=("drops model.tools",)),
        lambda each: replace(each, blocked=(Block("not_ours", "it is not"),)),
        lambda each: replace(each, fields=(replace(each.fields[0], kind=FieldKind.CONFLICT),)),
        lambda each: replace(each, notes=("moved",)),
    ],
)
def test_what_is_grave_is_each_told(grave: Callable[[Change], Change]) -> None:
    text = shown(plan(*(grave(model_swap(number)) for number in MANY)))
    assert "alike" not in text
    assert text.count('"gpt-4o" -> "gpt-4.1"') == len(MANY)
