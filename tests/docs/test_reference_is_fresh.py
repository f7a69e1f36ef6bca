"""The reference pages say what the code says, and say all of it."""

import re

import pytest
import reference
from reference_commands import VARIABLES
from transcripts import ROOT

SITE = ROOT / "docs" / "site"


def test_what_is_committed_is_what_the_code_says() -> None:
    for name, text in reference.pages().items():
        assert (SITE / "reference" / name).read_text(encoding="utf-8") == text, "make reference"


def test_no_other_page_stands_among_them() -> None:
    assert {path.name for path in (SITE / "reference").iterdir()} == set(reference.pages())


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("commands.md", ["### trash restore", "`--allow-deletes`", "`--detailed-exitcode`"]),
        ("project-file.md", ["`max_delete_ratio`", "`lock_method`", "| `from` |"]),
        ("fields.md", ["`firstMessage`", "`silenceTimeoutSeconds`", "`protect`"]),
        ("errors.md", ["**130**", "`incomplete_read`", "- The plan is stale"]),
        ("guards.md", ["`marked_elsewhere`", "`in_use`", "`too_many_deletes`"]),
    ],
)
def test_a_page_has_what_people_look_up(name: str, words: list[str]) -> None:
    page = (SITE / "reference" / name).read_text(encoding="utf-8")
    assert [each for each in words if each not in page] == []


def test_every_variable_that_is_read_is_told_of() -> None:
    ours = re.compile(r'"((?:ASSISTANTS_SYNC|VAPI|TF_HTTP|NO_COLOR)\w*)"')
    code = "".join(path.read_text() for path in (ROOT / "assistants_sync").rglob("*.py"))
    assert set(ours.findall(code)) == set(VARIABLES)


def test_every_page_is_in_the_navigation() -> None:
    navigation = (ROOT / "docs" / "mkdocs.yml").read_text(encoding="utf-8")
    for path in SITE.rglob("*.md"):
        assert f": {path.relative_to(SITE)}\n" in navigation
