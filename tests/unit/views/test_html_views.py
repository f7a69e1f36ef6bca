"""The page: everything in it, nothing loaded by it, and no text of anybody's that is obeyed."""

import base64
import hashlib
import re
import unicodedata
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files

import pytest
from browser.pages import ATTACKS, CHANGED, DELETED, HOSTILE, PROMPT, PROMPTED, SHOP, many
from hypothesis import given
from hypothesis import strategies as st
from unit.views.plans import HOSTILE as HOSTILE_TEXTS
from unit.views.plans import RICH, change, plan, plans

from assistants_sync.model.plan import Action, FieldChange, FieldKind, Plan, PlanOptions
from assistants_sync.model.value import MASK, JsonValue
from assistants_sync.planning.document import digest_of, render_plan
from assistants_sync.views.danger import by_danger
from assistants_sync.views.escape import escape
from assistants_sync.views.html import render_html
from assistants_sync.views.html.markup import HOLE, element, filled

STYLE, SCRIPT = (
    files("assistants_sync.views.html").joinpath(name).read_text("utf-8")
    for name in ("style.css", "page.js")
)

TAGS = """a b bdi body button code dd del details div dl dt h1 h2 h3 head header html input ins kbd
li main meta p rect script section span style summary svg table tbody td th thead title tr ul"""
ATTRIBUTES = """autocomplete charset class colspan content data-filter data-kinds dir height hidden
href http-equiv id lang name open placeholder preserveaspectratio role scope spellcheck tabindex
type viewbox width x"""


class Page(HTMLParser):
    """A page as a browser takes it apart: its tags, its attributes, its text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_data(self, data: str) -> None:
        self.texts.append((self.tags[-1] if self.tags else "", data))

    @property
    def text(self) -> str:
        """Everything there is to read."""
        return "".join(text for tag, text in self.texts if tag not in {"style", "script"})


def is_obeyed(character: str) -> bool:
    category = unicodedata.category(character)
    return character != "\n" and category[0] in "CZ" and category != "Zs"


def assert_harmless(text: str) -> None:
    page = Page(text)
    assert {*page.tags} <= {*TAGS.split()}
    names = {name for name, _ in page.attributes}
    assert {name for name in names - {*ATTRIBUTES.split()} if not name.startswith("aria-")} == set()
    assert {value for name, value in page.attributes if name == "href"} == {"#changes"}
    assert {data for tag, data in page.texts if tag == "style"} == {STYLE}
    assert {data for tag, data in page.texts if tag == "script"} - {"\n"} <= {SCRIPT}
    assert not any(map(is_obeyed, text))
    text.encode()


# --- nothing is obeyed ----------------------------------------------------------------------


@given(plans(HOSTILE_TEXTS | st.sampled_from(ATTACKS)))
def test_no_text_of_a_plan_is_more_than_text(made: Plan) -> None:
    assert_harmless(render_html(made))


def test_a_hostile_plan_is_shown_and_not_obeyed() -> None:
    text = render_html(HOSTILE)
    assert_harmless(text)
    for attack in ATTACKS:
        assert escape(attack) in Page(text).text


@given(st.text() | HOSTILE_TEXTS | st.sampled_from(ATTACKS))
def test_text_and_attributes_are_read_back_as_they_went_in(text: str) -> None:
    page = Page(element("p", text, title=text).html)
    assert page.tags == ["p"]
    assert page.attributes == [("title", escape(text))]
    assert page.text == escape(text)


@given(st.text() | HOSTILE_TEXTS | st.sampled_from([*ATTACKS, "\0"]))
def test_a_form_that_is_filled_is_the_element_made_at_once(text: str) -> None:
    form = element("p", "<", HOLE, element("b", HOLE), title="\0")
    assert filled(form, text) == element("p", "<", text, element("b", text), title="\0")


@pytest.mark.parametrize("part", [STYLE, SCRIPT])
def test_our_own_parts_load_nothing_and_cannot_be_left(part: str) -> None:
    assert not re.search(
        r"</|<!--|https?:|//[a-z]|url\(|@import|fetch|XMLHttp|innerHTML|eval", part
    )


def test_nothing_runs_but_what_the_policy_names_by_its_hash() -> None:
    ((_, policy),) = [
        each for each in Page(render_html(SHOP)).attributes if "default-src" in (each[1] or "")
    ]
    assert policy is not None
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    hashes = [
        f"'sha256-{base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()}'"
        for part in (STYLE, SCRIPT)
    ]
    assert rules["default-src"] == "'none'"
    assert [rules["style-src"], rules["script-src"]] == hashes
    assert not {"img-src", "connect-src", "font-src"} & {*rules}


# --- everything is there --------------------------------------------------------------------


def test_equal_plans_are_equal_pages() -> None:
    assert render_html(RICH) == render_html(replace(RICH))


def test_the_head_says_which_plan_it_is_and_whether_it_may_run() -> None:
    text = Page(render_html(SHOP)).text
    assert "harbor-bikes / environment production" in text
    assert "2 to delete, 4 to update, 1 to create, 1 to forget. 1 in conflict. 3 blocked." in text
    assert "Apply refuses this plan as it is." in text
    assert digest_of(render_plan(SHOP)) in text
    assert "8 GET, 1 POST, 4 PATCH, 2 DELETE" in text
    assert "Blocked by too_many_deletes" in text


def test_the_worst_comes_first() -> None:
    titles = re.findall(r"<h2[^>]*>([^<]+) ", render_html(SHOP))
    assert titles == [*by_danger(SHOP)]
    assert titles[0] == "Deletions"


def test_a_deletion_says_what_uses_it_and_what_blocks_it_and_is_open() -> None:
    text = render_html(replace(many(50), changes=(*many(50).changes[1:], DELETED)))
    assert text.count("<details open>") == 1
    read = Page(text).text
    assert "Still used by 3" in read
    assert 'tool "Handoff" by its name at destinations[0] 77aa03be-0c1d' in read
    assert "Blocked by in_use" in read
    assert "Hint: lifecycle.replace_with moves" in read


def test_a_plan_of_a_few_changes_is_all_open() -> None:
    few = render_html(plan(change(), change(address="assistant.b")))
    assert few.count("<details open>") == 2


def test_what_stays_as_it_is_is_counted_and_not_listed() -> None:
    text = render_html(plan(change(Action.NO_OP)))
    assert "No changes. 1 owned, all as defined." in text
    assert "assistant.desk" not in text
    assert "<script" not in text


def test_a_plan_without_changes_but_with_a_refusal_is_no_quiet_plan() -> None:
    text = Page(render_html(replace(SHOP, changes=()))).text
    assert "all as defined" not in text
    assert "1 blocked. Apply refuses" in text


def test_a_look_at_drift_counts_what_was_changed_on_the_server() -> None:
    drift = replace(plan(change()), owned_count=4, options=PlanOptions(drift_only=True))
    text = Page(render_html(drift)).text
    assert "1 of 4 owned were changed on the server." in text


def test_the_head_says_what_was_left_out_and_what_is_strange() -> None:
    text = Page(render_html(RICH)).text
    assert "Only assistant.desk" in text
    assert "Not assistant.sales" in text
    assert "Bear our marker, unknown to us id-8, id-9" in text


@pytest.mark.parametrize(
    ("kind", "before", "after", "read"),
    [
        (FieldKind.ADD, None, "Desk", '+added a"Desk"'),
        (FieldKind.CHANGE, 1, 1.5, "~changed aon the server 1 → , in the definition 1.5"),
        (FieldKind.CHANGE, None, [1, "名"], 'aon the server none → , in the definition [1, "名"]'),
        (FieldKind.REMOVE, {"type": "endCall"}, None, 'aremoved{"type": "endCall"}'),
        (FieldKind.DRIFT, "x", "y", '~achanged on the serveron the server "x" → '),
        (FieldKind.CONFLICT, "x", "y", "!achanged in the file and on the serveron the server"),
        (FieldKind.KEPT, 0.2, 0.7, "akept as it is on the serveron the server 0.2 ≠ "),
        (FieldKind.NOT_STORED, None, "x", '?athe server does not store it"x"'),
    ],
)
def test_every_kind_of_field_change_reads_without_colour(
    kind: FieldKind, before: JsonValue, after: JsonValue, read: str
) -> None:
    field = FieldChange(("a",), kind, before, after)
    assert read in Page(render_html(plan(change(fields=(field,))))).text


@pytest.mark.parametrize("kind", FieldKind)
def test_a_long_value_is_shown_whole_whatever_its_kind(kind: FieldKind) -> None:
    field = FieldChange(("a",), kind, {"b": "x" * 300}, {"b": "y" * 300})
    text = Page(render_html(plan(change(fields=(field,))))).text
    assert ("x" * 300 in text) == (kind not in {FieldKind.ADD, FieldKind.NOT_STORED})
    assert ("y" * 300 in text) == (kind is not FieldKind.REMOVE)


def test_a_large_structure_is_shown_by_the_parts_that_differ() -> None:
    tools = [{"type": "function", "name": f"tool-{at}", "about": "x" * 40} for at in range(3)]
    field = FieldChange(("tools",), FieldKind.CHANGE, tools, [tools[0], tools[1]])
    text = Page(render_html(plan(change(fields=(field,))))).text
    assert "tools[2].name" in text
    assert "tools[1]" not in text


def test_a_secret_is_no_more_than_a_mask() -> None:
    field = FieldChange(("server", "secret"), FieldKind.CHANGE, MASK, MASK, is_secret=True)
    assert "server.secret(secret changed)" in Page(render_html(plan(change(fields=(field,))))).text
    new = replace(field, kind=FieldKind.ADD, before=None)
    assert "added server.secret(secret)" in Page(render_html(plan(change(fields=(new,))))).text


# --- prompts --------------------------------------------------------------------------------


def cells(text: str) -> list[tuple[str, str]]:
    """The rows of a page's prompts, each as its two cells, without markup."""
    row = re.compile(r'<tr><td class="[a-z ]+"[^>]*>(.*?)</td><td class="[a-z ]+"[^>]*>(.*?)</td>')
    return [(Page(left).text, Page(right).text) for left, right in row.findall(text)]


def test_a_prompt_stands_side_by_side_with_its_words_marked() -> None:
    text = render_html(plan(PROMPTED))
    assert "You are <del>Robin</del>, the voice" in text
    assert "You are <ins>Alex</ins>, the voice" in text
    read = Page(text).text
    assert "system message" in read
    assert "about 201 → 221 tokens" in read
    assert "new variables: {{escalation_number}}" in read
    assert "variables gone: {{manager_name}}" in read
    assert "Line 12 in Booking a repair" in read


def test_both_sides_of_a_prompt_are_lines_of_their_own_text() -> None:
    rows = cells(render_html(plan(PROMPTED)))
    assert len(rows) > 20
    assert {left for left, _ in rows} <= {"", *PROMPT.split("\n")}
    assert {right for _, right in rows} <= {"", *CHANGED.split("\n")}
    assert ("- Puncture: 18 euros, with the tube", "") in rows


@given(st.lists(st.sampled_from("abc")), st.lists(st.sampled_from("abc")))
def test_no_line_that_differs_is_left_out(before: list[str], after: list[str]) -> None:
    old, new = ("\n".join(["x" * 80, *lines]) for lines in (before, after))
    field = FieldChange(("prompt",), FieldKind.CHANGE, old, new)
    rows = cells(render_html(plan(change(fields=(field,)))))
    lefts, rights = ([row[side] for row in rows] for side in (0, 1))
    if before != after:
        assert {*before} - {*after} <= {*lefts}
        assert {*after} - {*before} <= {*rights}


def test_a_new_prompt_is_shown_whole_with_its_size() -> None:
    text = Page(render_html(replace(SHOP, changes=(SHOP.changes[6],)))).text
    assert "802 characters, about 201 tokens" in text
    for line in PROMPT.split("\n"):
        assert line in text
