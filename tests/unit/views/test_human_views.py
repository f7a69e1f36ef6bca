"""A plan for people: every danger in its group, nothing hidden, and nothing a terminal obeys."""

import re
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from unit.views.plans import DESK, FIELDS, HOSTILE, RICH, change, plan, plans

from assistants_sync.model.address import Address
from assistants_sync.model.plan import (
    Action,
    Block,
    Change,
    FieldChange,
    FieldKind,
    Plan,
    PlanOptions,
    Reason,
)
from assistants_sync.model.value import MASK, JsonValue
from assistants_sync.views.human import render_human

COLOUR_CODE = re.compile(r"\x1b\[[0-9;]*m")


def is_obeyed(character: str) -> bool:
    category = unicodedata.category(character)
    return character != "\n" and category[0] in "CZ" and category != "Zs"


def shown(field: FieldChange) -> list[str]:
    """The lines of one field change, as they stand in the plan."""
    lines = render_human(plan(change(fields=(field,)))).splitlines()
    start = next(at for at, line in enumerate(lines) if "desk.yaml" in line) + 1
    return [line.removeprefix("      ") for line in lines[start : lines.index("", start)]]


def shown_text(before: str, after: str) -> list[str]:
    """The whole plan of one text that changes, line by line."""
    field = FieldChange(("a",), FieldKind.CHANGE, before, after)
    return render_human(plan(change(fields=(field,)))).splitlines()


# --- one change -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "sign"),
    [
        (Action.CREATE, "+"),
        (Action.UPDATE, "~"),
        (Action.DELETE, "-"),
        (Action.FORGET, "."),
    ],
)
def test_every_action_has_its_sign(action: Action, sign: str) -> None:
    text = render_human(plan(change(action)))
    assert f'  {sign} assistant.desk  "Desk"  id-1  definition changed\n' in text
    assert "      assistants/desk.yaml:2:1\n" in text


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_told_in_words(reason: Reason) -> None:
    line = next(
        line for line in render_human(plan(change(reason=reason))).splitlines() if "id-1" in line
    )
    words = line.rpartition("id-1  ")[2]
    assert words
    assert "_" not in words


def test_what_stays_as_it_is_takes_no_line() -> None:
    text = render_human(plan(change(Action.NO_OP, Reason.UNCHANGED)))
    assert text == "Project shop, environment default\n\nNo changes. 1 owned, all as defined.\n"


def test_what_stays_and_is_worth_knowing_is_told() -> None:
    noted = change(Action.NO_OP, Reason.STATE_ONLY, notes=("moved from assistant.old",))
    text = render_human(plan(noted))
    assert "Worth knowing:" in text
    assert "    note: moved from assistant.old\n" in text
    assert "desk.yaml" not in text


def test_a_change_without_a_name_or_an_id_or_a_place_is_told_all_the_same() -> None:
    text = render_human(plan(Change(DESK, Action.CREATE, Reason.NOT_IN_STATE)))
    assert "  + assistant.desk  new\n" in text


def test_destruction_blocks_and_hints_stand_with_their_change() -> None:
    blocks = (Block("protected", "it is", "put it back"), Block("not_ours", "it is not"))
    text = render_human(
        plan(change(Action.DELETE, destructive=("drops model.tools",), blocked=blocks))
    )
    assert "    ! drops model.tools\n" in text
    assert "    blocked (protected): it is\n      hint: put it back\n" in text
    assert "    blocked (not_ours): it is not\n" in text


# --- fields ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "line"),
    [
        (FIELDS[0], '+ name: "Desk"'),
        (FIELDS[1], "~ voice.speed: 1 -> 1.5"),
        (FIELDS[2], '- model.tools[0]: {"type": "endCall"}'),
        (FIELDS[3], '~ firstMessage: "theirs" -> "ours"  (changed on the server)'),
        (
            FIELDS[4],
            '! endCallMessage: "theirs" -> "ours"  (changed here and on the server)',
        ),
        (FIELDS[5], "= model.temperature: 0.2 -> 0.7  (kept as it is on the server)"),
        (FIELDS[6], '? metadata.team: "voice"  (the server does not store it)'),
        (FIELDS[7], "~ server.secret: (secret changed)"),
        (FieldChange(("a",), FieldKind.ADD, None, MASK, is_secret=True), "+ a: (secret)"),
        (FieldChange(("a",), FieldKind.CHANGE, None, "x"), '~ a: (none) -> "x"'),
        (FieldChange(("a",), FieldKind.CHANGE, True, False), "~ a: true -> false"),
        (FieldChange(("a",), FieldKind.CHANGE, [1, "名"], {}), '~ a: [1, "名"] -> {}'),
        (FieldChange(("a",), FieldKind.ADD, None, "a\nb"), r'+ a: "a\nb"'),
    ],
)
def test_every_kind_of_field_change_reads_in_a_line(field: FieldChange, line: str) -> None:
    assert shown(field) == [line]


def test_a_long_value_is_cut_and_says_how_long_it_is() -> None:
    (line,) = shown(FieldChange(("a",), FieldKind.ADD, None, "x" * 1500))
    assert line.endswith('x…" (1,500 characters)')
    assert len(line) < 100
    (line,) = shown(FieldChange(("a",), FieldKind.ADD, None, ["x" * 1500]))
    assert line.endswith("x…")
    assert len(line) < 100


PROMPT = "\n".join(f"line {number}" for number in range(1, 21))


def test_a_long_text_is_told_by_the_lines_that_differ() -> None:
    field = FieldChange(("a",), FieldKind.DRIFT, PROMPT, PROMPT.replace("line 10", "line ten"))
    assert shown(field) == [
        "~ a:  (changed on the server)",
        "    about 38 tokens; words: 1 removed, 1 added",
        "    @@ line 8",
        "      line 8",
        "      line 9",
        "    ~ line [-10-]{+ten+}",
        "      line 11",
        "      line 12",
    ]


def test_a_text_of_one_line_that_becomes_two_is_told_by_its_lines() -> None:
    lines = shown(FieldChange(("a",), FieldKind.CHANGE, "one", "one\ntwo"))
    assert "    + two" in lines
    assert "      one" in lines


def test_an_empty_line_of_a_text_is_an_empty_line() -> None:
    lines = shown_text("one\n\ntwo", "one\n\nthree")
    assert "" in lines
    assert all(line == line.rstrip() for line in lines)


@pytest.mark.parametrize(
    ("before", "after"),
    [("one\ntwo", "one\ntwo\n"), ("one\ntwo", "one\u2028two"), ("one\r\ntwo", "one\ntwo")],
)
def test_texts_that_differ_in_their_line_ends_only_are_told_apart(before: str, after: str) -> None:
    assert len(shown(FieldChange(("a",), FieldKind.CHANGE, before, after))) > 1


# --- the whole ------------------------------------------------------------------------------


def test_the_worst_comes_first() -> None:
    drift = FieldChange(("a",), FieldKind.DRIFT, 1, 2)
    conflict = FieldChange(("a",), FieldKind.CONFLICT, 1, 2)
    text = render_human(
        plan(
            change(Action.FORGET),
            change(Action.NO_OP, notes=("x",)),
            change(Action.CREATE),
            change(Action.UPDATE),
            change(Action.UPDATE, fields=(drift,)),
            change(Action.UPDATE, fields=(drift, conflict)),
            change(Action.UPDATE, fields=(conflict,), destructive=("x",)),
            change(Action.DELETE, destructive=("x",)),
        )
    )
    titles = [line for line in text.splitlines() if line.endswith(":") and line[0] != " "]
    assert titles == [
        "Deletions:",
        "Destructive updates:",
        "Conflicts:",
        "Drift:",
        "Updates:",
        "Creates:",
        "Forgets:",
        "Worth knowing:",
    ]
    assert text.count("assistant.desk") == 8


def test_the_summary_counts_what_would_be_done_and_sent() -> None:
    text = render_human(RICH)
    assert (
        "Plan: 1 to create, 1 to update, 0 to delete, 1 to forget;\n"
        "      2 drifted, 1 in conflict, 3 blocked.\n"
    ) in text
    assert "Applying it sends 1 GET, 1 POST, 1 PATCH. Digest " in text
    assert "7 live objects are not managed here, and left alone.\n" in text
    assert "2 live objects bear our marker under an id we do not know (copies?): id-8, id-9" in text
    assert "blocked (too_many_gone): 1 of 1\n  hint: --accept-gone=1\n" in text


def test_a_plan_that_only_forgets_sends_nothing() -> None:
    assert "Applying it sends nothing." in render_human(plan(change(Action.FORGET)))


def test_a_plan_without_changes_but_with_a_refusal_is_no_quiet_plan() -> None:
    text = render_human(plan(blocks=(Block("too_many_gone", "2 of 2"),)))
    assert "No changes" not in text
    assert "1 blocked." in text


def test_a_look_at_drift_alone_counts_what_was_changed_on_the_server() -> None:
    drifted = replace(plan(change()), owned_count=4, options=PlanOptions(drift_only=True))
    last = render_human(drifted).splitlines()[-1]
    assert last == "Drift: 1 of 4 owned were changed on the server."


@pytest.mark.parametrize(
    ("options", "header"),
    [
        (PlanOptions(), ""),
        (
            PlanOptions(targets=("assistant.a", "assistant.b")),
            "; only --target assistant.a, assistant.b",
        ),
        (PlanOptions(excludes=("assistant.c",)), "; only --exclude assistant.c"),
        (
            PlanOptions(targets=("assistant.a",), excludes=("assistant.c",)),
            "; only --target assistant.a; --exclude assistant.c",
        ),
    ],
)
def test_the_header_says_what_was_left_out(options: PlanOptions, header: str) -> None:
    first = render_human(replace(plan(), options=options)).partition("\n\n")[0]
    assert first.replace("\n   ", "") == f"Project shop, environment default{header}"


def test_the_words_are_the_same_with_colour_and_without() -> None:
    assert COLOUR_CODE.search(render_human(RICH, colour=True))
    assert COLOUR_CODE.sub("", render_human(RICH, colour=True)) == render_human(RICH)


@given(plans(HOSTILE))
def test_nothing_in_a_plan_is_obeyed_by_a_terminal(made: Plan) -> None:
    text = render_human(made)
    assert not any(map(is_obeyed, text))
    assert COLOUR_CODE.sub("", render_human(made, colour=True)) == text


HOSTILE_TEXT = "\x1b[2Jx"


@pytest.mark.parametrize(
    "made",
    [
        plan(change(address=f"assistant.{HOSTILE_TEXT}")),
        plan(change(blocked=(Block(HOSTILE_TEXT, "x"),))),
        replace(plan(), options=PlanOptions(targets=(HOSTILE_TEXT,))),
    ],
)
def test_a_saved_plan_from_elsewhere_is_not_obeyed_by_a_terminal(made: Plan) -> None:
    assert not any(map(is_obeyed, render_human(made)))


@pytest.mark.parametrize("value", ["a\x1b[2Jb", ["\u202e"], {"\x9b": "\x07"}, "a\n\x1b]0;x\x07"])
def test_a_hostile_prompt_is_shown_and_not_obeyed(value: JsonValue) -> None:
    for kind in FieldKind:
        field = FieldChange(("a\x1b[2J",), kind, value, "one\ntwo")
        text = render_human(plan(change(address=Address("assistant.desk"), fields=(field,))))
        assert not any(map(is_obeyed, text))
