"""The comment: nothing in it obeys remote text, nothing dangerous is cut, and it always fits."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from unit.views.plans import FIELDS, RICH, change, plan, plans

from assistants_sync.model.address import Address
from assistants_sync.model.diagnostic import Diagnostic
from assistants_sync.model.plan import Action, Block, Change, FieldChange, FieldKind, Reason
from assistants_sync.model.plan import Plan as PlanOf
from assistants_sync.model.source import SourceRef
from assistants_sync.model.value import JsonValue
from assistants_sync.views.markdown import LIMIT, render_faults_markdown, render_markdown
from assistants_sync.views.markdown_text import code, fenced
from assistants_sync.views.run import Run

_SIGN: Final = "zqz"
"""Stands in every remote text, to find out where it went."""
_WEAPONS: Final = (
    "`", "``", "```", "````\n", "~~~", "\n", "\r", "\t", "\\", "|", "\\|", "*", "_", "#", "\n# ",
    "- ", "> ", "@org/team", "#12", "GH-7", "https://evil.example", "www.evil.example",
    "[a](https://evil.example)", "![a](https://evil.example/x.png)", "<img src=x>", "<b>",
    "</code></summary></details>", "<!--", "-->", "<script>", "&lt;", "&#64;", "$`x`$", ":tada:",
    "\n/close\n", "\u202e", "\u2028", "\x00", "\x1b[2J", "\ud800", "é", " ", "    ", "\n\n",
)  # fmt: skip
_HOSTILE: Final = st.lists(st.sampled_from(_WEAPONS), max_size=6).map(
    lambda parts: _SIGN.join(("", *parts, ""))
)
_HTML: Final = re.compile(
    r"<!-- assistants-sync (plan|drift) \S* -->\n?"
    r"|<details><summary>(<code>[^<>]*</code>: )?[a-z0-9:;, ]*</summary>\n?"
    r"|</details>\n?"
)
_INERT: Final = {"code_inline", "fence"}
_CONTAINERS: Final = re.compile(
    r"(paragraph|heading|blockquote|strong|bullet_list|list_item|table|thead|tbody|tr|th|td)"
    r"_(open|close)"
)


def _tokens(text: str) -> Iterator[Token]:
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        yield from (token.children or ()) if token.type == "inline" else (token,)


def _assert_inert(text: str) -> None:
    for token in _tokens(text):
        if token.type in _INERT:
            continue
        if token.type == "html_block":
            assert all(_HTML.fullmatch(line) for line in token.content.splitlines())
            assert _SIGN not in re.sub(r"<code>[^<>]*</code>|<!-- .* -->", "", token.content)
        elif token.type in {"text", "softbreak"}:
            assert _SIGN not in token.content
            assert not set(token.content) & set("@#<`|"), token.content
        else:
            assert _CONTAINERS.fullmatch(token.type), token.type


def _messages(content: str) -> list[JsonValue]:
    return [{"role": "system", "content": content}]


def _reworded(before: str, after: str) -> FieldChange:
    path = ("model", "messages")
    return FieldChange(path, FieldKind.CHANGE, _messages(before), _messages(after))


# --- injection ------------------------------------------------------------------------------


@given(plans(_HOSTILE), _HOSTILE)
def test_remote_text_only_ever_stands_in_code(made: PlanOf, address: str) -> None:
    hostile = tuple(replace(each, address=Address(address)) for each in made.changes)
    _assert_inert(render_markdown(made))
    _assert_inert(render_markdown(replace(made, changes=hostile)))


@given(_HOSTILE, _HOSTILE)
def test_a_hostile_prompt_stays_in_its_block(before: str, after: str) -> None:
    field = _reworded(before, after)
    _assert_inert(render_markdown(plan(change(fields=(field,)))))
    _assert_inert(render_markdown(plan(change(fields=(field,), destructive=("loses much",)))))


@given(_HOSTILE, _HOSTILE)
def test_a_hostile_fault_stays_in_its_block(detail: str, environment: str) -> None:
    fault = Diagnostic("c", "S", detail, SourceRef(detail, 1, 1), detail, detail)
    _assert_inert(render_faults_markdown([fault], Run("plan", environment)))


@given(st.text() | _HOSTILE)
def test_a_code_span_is_one_code_span(text: str) -> None:
    (paragraph,) = [
        token.children
        for token in MarkdownIt("commonmark").parse(f"a {code(text)} b")
        if token.type == "inline"
    ]
    assert [token.type for token in paragraph or ()] == ["text", "code_inline", "text"]


@given(st.lists(st.text("`~ ab", max_size=9)))
def test_no_line_ends_its_fence(lines: list[str]) -> None:
    (fence,) = MarkdownIt("commonmark").parse(fenced(lines, "diff"))
    assert fence.type == "fence"
    assert fence.content == "\n".join(lines) + "\n"


# --- what it says ---------------------------------------------------------------------------


def test_the_first_line_finds_the_comment_again() -> None:
    assert render_markdown(RICH).startswith("<!-- assistants-sync plan eu -->\n## Plan for `eu`: ")
    drift = replace(RICH, options=replace(RICH.options, drift_only=True))
    assert render_markdown(drift).startswith("<!-- assistants-sync drift eu -->\n## Drift in `eu`")
    named = render_markdown(replace(plan(), environment="a --> <b>"))
    assert named.startswith("<!-- assistants-sync plan a%20--%3E%20%3Cb%3E -->\n")


def test_an_empty_plan_says_so() -> None:
    assert "## Plan for `default`: no changes" in render_markdown(plan())


def test_everything_that_differs_is_told() -> None:
    text = render_markdown(RICH)
    for line in (
        "! blocked (too_many_gone): 1 of 1",
        "!   hint: --accept-gone=1",
        "! drops model.knowledgeBase",
        "  note: moved from assistant.old",
        '+ name: "Desk"',
        "- voice.speed: 1",
        "+ voice.speed: 1.5",
        '- model.tools[0].type: "endCall"',
        "! firstMessage (changed on the server)",
        "! endCallMessage (changed in the file and on the server)",
        "  model.temperature: 0.2 (kept as it is on the server)",
        '  metadata.team: "voice" (the server does not store it)',
        "! server.secret: (secret changed)",
    ):
        assert f"\n{line}\n" in text
    assert "Left out" not in text


def test_a_prompt_is_told_by_section_tokens_and_variables() -> None:
    before, after = "# Tone\nBe kind.\n# Hours\nNine to {{end}}.", "# Tone\nBe kind.\n# Hours\nTen."
    made = change(fields=(_reworded(before, after),))
    text = render_markdown(plan(replace(made, after={"model": {"messages": _messages(after)}})))
    assert "@@ model.messages[0].content (system): about 10 -> 7 tokens, -{{end}} @@" in text
    assert "@@ Hours @@\n" in text
    assert "- Nine to {{end}}.\n+ Ten.\n" in text


def test_what_is_dangerous_comes_first_and_is_open() -> None:
    made = plan(
        _made("new", Action.CREATE, Reason.NOT_IN_STATE),
        _made("gone", Action.DELETE, Reason.DEFINITION_REMOVED),
        change(blocked=(Block("protected", "it is"),)),
    )
    text = render_markdown(made)
    assert text.index("### Deletions") < text.index("### Blocked") < text.index("### Creates")
    assert "> **1 to delete, 1 blocked.**" in text
    assert "<details><summary><code>assistant.new</code>" in text
    assert "<code>assistant.gone</code>" not in text


def test_a_difference_that_may_not_be_shown_is_named() -> None:
    field = FieldChange(("credentials",), FieldKind.CHANGE, ["(secret)"], ["(secret)"])
    assert "! credentials: changed where nothing may be shown" in render_markdown(
        plan(change(fields=(field,)))
    )


def test_a_run_without_a_plan_takes_the_place_of_the_comment() -> None:
    fault = Diagnostic("c", "Unknown field", "`x`", SourceRef("a.yaml", 3, 7))
    text = render_faults_markdown([fault], Run("plan", "eu"))
    assert text.startswith("<!-- assistants-sync plan eu -->\n## No plan for `eu`\n\n```text\n")
    assert "  a.yaml:3:7  `x`\n" in text
    assert len(render_faults_markdown([fault] * 9_999, Run("plan", "e" * 99_999))) <= LIMIT


# --- size -----------------------------------------------------------------------------------


def _made(key: str, action: Action, reason: Reason, *fields: FieldChange) -> Change:
    return change(action, reason, address=f"assistant.{key}", fields=fields)


def _prompt(size: int, kind: FieldKind = FieldKind.CHANGE) -> FieldChange:
    lines = [f"Line {number} of the prompt." for number in range(size // 24)]
    return FieldChange(("prompt",), kind, "\n".join(lines), "\n".join(f"{x} {x}" for x in lines))


def _many(count: int, action: Action, *fields: FieldChange) -> list[Change]:
    return [
        _made(f"line-{number:05}", action, Reason.DEFINITION_CHANGED, *fields)
        for number in range(count)
    ]


_DELETED = _many(300, Action.DELETE)
_LOUD = Block("in_use", "still used " * 50, "stop using it " * 50)


@pytest.mark.parametrize(
    "changes",
    [
        _many(400, Action.UPDATE, *FIELDS[:2], _prompt(5_000)),
        _many(1_000, Action.CREATE, _prompt(500)),
        [*_many(900, Action.UPDATE, _prompt(2_000)), *_many(100, Action.DELETE)],
        _DELETED,
        [replace(each, blocked=(_LOUD,) * 3, name="n" * 500) for each in _DELETED],
        _many(1_500, Action.DELETE),
        _many(3, Action.UPDATE, _prompt(200_000, FieldKind.CONFLICT)),
        _many(60, Action.UPDATE, _prompt(20_000, FieldKind.CONFLICT)),
    ],
    ids=["updates", "creates", "mixed", "deletes", "loud", "names", "conflicts", "many conflicts"],
)
def test_the_comment_fits_and_names_every_danger(changes: list[Change]) -> None:
    text = render_markdown(plan(*changes, blocks=(_LOUD,)))
    assert len(text) <= LIMIT
    for each in changes:
        if each.action is Action.DELETE or each.fields[-1:] == (_prompt(0, FieldKind.CONFLICT),):
            assert f"`{each.address}`" in text
    _assert_inert(text)


def test_beyond_what_a_comment_holds_dangers_are_counted() -> None:
    text = render_markdown(plan(*_many(9_000, Action.DELETE)))
    assert LIMIT * 0.9 < len(text) <= LIMIT
    named = text.count("`assistant.line-")
    assert "### Deletions: 9000\n" in text
    assert f" and {9_000 - named} more\n" in text
    assert "9000 changes in detail" in text


def test_what_is_left_out_is_counted() -> None:
    changes = _many(400, Action.UPDATE, _prompt(5_000))
    text = render_markdown(plan(*changes))
    (told,) = re.findall(r"\*\*Left out of this comment: (.*)\.\*\*", text)
    rows, missing = (
        int(found[1]) if (found := re.search(rf"(\d+) {what}", told)) else 0
        for what in ("rows of the table", "changes in detail")
    )
    assert text.count("\n| update |") == 400 - rows
    assert text.count("<details>") == 400 - missing + 1
    assert f"<details><summary>{400 - rows} more without danger</summary>" in text
    assert missing
    assert "artifacts" in text


def test_many_harmless_rows_do_not_push_a_danger_down() -> None:
    text = render_markdown(plan(*_many(100, Action.UPDATE), *_many(1, Action.DELETE)))
    first, second = text.index("| delete |"), text.index("<details><summary>100 more without")
    assert first < second < text.index("### Deletions")


def test_a_long_difference_of_a_danger_is_folded_not_cut() -> None:
    text = render_markdown(plan(*_many(1, Action.UPDATE, _prompt(9_000, FieldKind.CONFLICT))))
    assert "lines of difference</summary>" in text
    assert "Line 374 of the prompt. Line 374 of the prompt." in text
    assert "Left out" not in text


@given(plans(st.text(max_size=30)))
def test_equal_plans_give_equal_comments_that_fit(made: PlanOf) -> None:
    text = render_markdown(made)
    assert text == render_markdown(replace(made))
    assert len(text) <= LIMIT
