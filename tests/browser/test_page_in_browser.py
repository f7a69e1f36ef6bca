"""The page in Chromium: it loads quietly, filters, folds, links, prints, and obeys nobody."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import pytest
from browser.conftest import Light, Opener
from browser.pages import ATTACKS, HOSTILE, SHOP, many
from playwright.sync_api import Page, expect

from assistants_sync.model.plan import Plan
from assistants_sync.views.escape import escape
from assistants_sync.views.html import render_html

Picture = Callable[[Page], None]

SHOWN = ".change:not([hidden])"
FRONT_DESK = "#assistant\\.front-desk"


def shown(page: Page) -> list[str]:
    """The addresses that a filter leaves."""
    found: list[str] = page.locator(f"{SHOWN} .address").all_text_contents()
    return found


def is_too_wide(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


# --- it loads -------------------------------------------------------------------------------


@pytest.mark.parametrize("light", ["light", "dark"])
def test_it_loads_without_a_word_on_the_console(
    open_page: Opener, troubles: list[str], picture: Picture, light: Light
) -> None:
    page = open_page(SHOP, height=2800, light=light)
    expect(page).to_have_title("Plan: harbor-bikes / production")
    expect(page.get_by_role("heading", level=1)).to_contain_text("harbor-bikes")
    expect(page.locator(".change")).to_have_count(9)
    picture(page)
    assert troubles == []


def test_a_plan_without_changes_is_a_quiet_page(
    open_page: Opener, troubles: list[str], picture: Picture
) -> None:
    page = open_page(replace(SHOP, changes=(), blocks=()))
    expect(page.get_by_text("No changes. 9 owned, all as defined.")).to_be_visible()
    picture(page)
    assert troubles == []


def test_without_its_script_the_page_is_whole(open_page: Opener) -> None:
    page = open_page(SHOP, with_script=False)
    expect(page.get_by_role("button")).to_have_count(0)
    page.locator(f"{FRONT_DESK} summary").click()
    expect(page.get_by_text("twenty-five").first).to_be_visible()


# --- it filters -----------------------------------------------------------------------------


def test_a_chip_shows_its_kind_and_two_show_either(open_page: Opener, picture: Picture) -> None:
    page = open_page(SHOP)
    page.get_by_role("button", name="2 delete").click()
    assert shown(page) == ["assistant.summer-line", "assistant.winter-sale"]
    drift = page.get_by_role("button", name="1 drift")
    drift.click()
    assert "assistant.after-hours" in shown(page)
    expect(drift).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("status")).to_have_text("3 of 9 shown")
    expect(page.get_by_role("heading", level=2)).to_have_text(["Deletions 2", "Drift 1"])
    picture(page)
    drift.click()
    page.get_by_role("button", name="2 delete").click()
    assert len(shown(page)) == 9


@pytest.mark.parametrize(
    ("words", "address"),
    [
        ("front-DESK", "assistant.front-desk"),
        ("harbor workshop", "assistant.workshop"),
        ("voicemailMessage", "assistant.front-desk"),
        ("assistants/booking.yaml", "assistant.booking"),
    ],
)
def test_a_search_finds_address_name_path_and_file(
    open_page: Opener, words: str, address: str
) -> None:
    page = open_page(SHOP)
    page.get_by_role("searchbox").fill(words)
    assert shown(page) == [address]


def test_when_nothing_fits_the_page_says_so_and_offers_everything(
    open_page: Opener, picture: Picture
) -> None:
    page = open_page(SHOP)
    page.get_by_role("searchbox").fill("no such thing")
    expect(page.get_by_text("Nothing fits this filter.")).to_be_visible()
    picture(page)
    page.get_by_role("button", name="Show everything").click()
    assert len(shown(page)) == 9
    expect(page.get_by_role("searchbox")).to_be_focused()


# --- it folds and links ---------------------------------------------------------------------


def test_danger_is_open_and_the_rest_opens_all_at_once(open_page: Opener, picture: Picture) -> None:
    page = open_page(SHOP, height=4300)
    opened = page.locator("details[open]")
    grave = {"summer-line", "winter-sale", "rentals", "workshop"}
    assert {*opened.locator(".address").all_text_contents()} == {
        f"assistant.{key}" for key in grave
    }
    page.get_by_role("button", name="Expand all").click()
    expect(opened).to_have_count(9)
    picture(page)
    page.get_by_role("button", name="Collapse all").click()
    expect(opened).to_have_count(0)


def test_folding_leaves_alone_what_a_filter_hides(open_page: Opener) -> None:
    page = open_page(SHOP)
    page.get_by_role("searchbox").fill("booking")
    page.get_by_role("button", name="Collapse all").click()
    expect(page.locator("details[open]")).to_have_count(4)


def test_a_link_to_an_address_opens_it_and_goes_there(open_page: Opener, picture: Picture) -> None:
    page = open_page(SHOP, link="#assistant.front-desk")
    expect(page.locator(f"{FRONT_DESK} details")).to_have_attribute("open", "")
    expect(page.locator(f"{FRONT_DESK} .prompt")).to_be_in_viewport()
    picture(page)


# --- by keyboard, in the dark, on a telephone, on paper -------------------------------------


def test_the_keyboard_reaches_everything(open_page: Opener) -> None:
    page = open_page(SHOP)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the changes")).to_be_focused()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("a/b")
    expect(page.get_by_role("searchbox")).to_have_value("a/b")
    page.keyboard.press("Escape")
    expect(page.get_by_role("searchbox")).to_have_value("")
    page.locator(f"{FRONT_DESK} summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator(f"{FRONT_DESK} .prompt")).to_be_visible()
    page.get_by_role("button", name="4 update").focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("status")).to_have_text("4 of 9 shown")


@pytest.mark.parametrize(("light", "other"), [("light", "dark"), ("dark", "light")])
def test_the_light_follows_the_system_until_it_is_switched(
    open_page: Opener, light: Light, other: Light
) -> None:
    page = open_page(SHOP, light=light)
    colour = "getComputedStyle(document.body).backgroundColor"
    seen = {light: page.evaluate(colour)}
    page.get_by_role("button", name="Light / dark").click()
    seen[other] = page.evaluate(colour)
    assert seen == {"light": "rgb(246, 247, 249)", "dark": "rgb(16, 19, 24)"}


@pytest.mark.parametrize("width", [320, 480, 1024, 2560])
def test_no_width_needs_scrolling_sideways(open_page: Opener, picture: Picture, width: int) -> None:
    page = open_page(SHOP, width=width, height=6000)
    page.get_by_role("button", name="Expand all").click()
    picture(page)
    assert not is_too_wide(page)


def test_paper_gets_what_is_folded_and_what_is_filtered(
    open_page: Opener, picture: Picture
) -> None:
    page = open_page(SHOP, width=760, height=6000)
    page.get_by_role("button", name="Collapse all").click()
    page.get_by_role("searchbox").fill("no such thing")
    page.emulate_media(media="print")
    expect(page.locator(".change")).to_have_count(9)
    for part in (*page.locator(".change").all(), *page.locator(".body").all()):
        expect(part).to_be_visible()
    expect(page.get_by_role("searchbox")).to_be_hidden()
    picture(page)


# --- for everybody --------------------------------------------------------------------------


@pytest.mark.parametrize("light", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize(
    "plan",
    [SHOP, replace(SHOP, changes=()), HOSTILE],
    ids=["shop", "empty", "hostile"],
)
def test_axe_finds_nothing(
    open_page: Opener, axe: str, plan: Plan, width: int, light: Light
) -> None:
    page = open_page(plan, width=width, height=8000, light=light)
    if plan.changes:
        page.get_by_role("button", name="Expand all").click()
        page.get_by_role("button", name="update").click()
    page.evaluate(axe)
    found = page.evaluate("axe.run({resultTypes: ['violations']})")
    assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []
    assert len(found["passes"]) > 20


def test_a_screen_reader_hears_what_a_deletion_breaks(open_page: Opener) -> None:
    page = open_page(SHOP)
    heard = page.get_by_role("region", name="Deletions 2").aria_snapshot()
    assert 'heading "Deletions 2" [level=2]' in heard
    assert "text: − delete" in heard  # noqa: RUF001 -- the page's own sign
    assert "code: assistant.summer-line" in heard
    for words in ("Still used by 3", 'phone-number "Main line" at', 'squad "Front" at'):
        assert words in heard.replace("\\", "")


# --- nobody is obeyed -----------------------------------------------------------------------


def test_a_hostile_plan_does_nothing(
    open_page: Opener, troubles: list[str], picture: Picture
) -> None:
    page = open_page(HOSTILE, link=f"#%{ATTACKS[0]}")
    page.get_by_role("button", name="Expand all").click()
    for attack in ATTACKS:
        expect(page.get_by_text(escape(attack), exact=True).first).to_be_attached()
    picture(page)
    page.locator("body *").evaluate_all(
        "all => all.forEach(one => ['mouseover', 'focus', 'click', 'error', 'load']"
        ".forEach(name => one.dispatchEvent(new Event(name))))"
    )
    assert page.evaluate("window.hacked") is None
    assert page.locator("img, iframe, form, base, object, embed, main script").count() == 0
    assert page.locator("script").count() == 1
    assert page.url.startswith("file:")
    assert not is_too_wide(page)
    assert troubles == []


def test_the_policy_stops_even_markup_that_got_in(open_page: Opener, tmp_path: Path) -> None:
    page = open_page(SHOP)
    file = tmp_path / "planted.html"
    planted = "<script>window.hacked = 1</script><p id='planted' onclick='window.hacked = 1'>x</p>"
    file.write_text(render_html(SHOP).replace("</main>", f"{planted}</main>"), "utf-8")
    page.goto(file.as_uri())
    page.locator("#planted").click()
    assert page.evaluate("window.hacked") is None


# --- and it is quick ------------------------------------------------------------------------


def test_a_thousand_changes_are_filtered_while_one_types(
    open_page: Opener, record_property: Callable[[str, object], None]
) -> None:
    page = open_page(many(1000))
    search = page.get_by_role("searchbox")
    steps: dict[str, Callable[[], None]] = {
        "search": lambda: search.fill("branch-0999"),
        "show everything": lambda: search.fill(""),
        "expand": lambda: page.get_by_role("button", name="Expand all").click(),
        "search again": lambda: search.fill("branch-0999"),
    }
    took: dict[str, float] = {}
    for what, step in steps.items():
        start = perf_counter()
        step()
        page.evaluate("new Promise(done => requestAnimationFrame(done))")
        took[what] = perf_counter() - start
    record_property("seconds", took)
    assert max(took.values()) < 2, took
