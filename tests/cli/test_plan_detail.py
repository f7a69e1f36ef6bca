"""`--summary` and `--full`: how much people are told of one and the same plan."""

from collections.abc import Sequence

import pytest
from shell import Shell

RULES = "\n".join(f"- Rule {number} of the shop." for number in range(60))


def definition(name: str) -> str:
    front = "{name: Desk, model: {provider: openai, model: gpt-4o}}"
    return f"---\n{front}\n---\n# Who\nYou are {name}.\n\n# Rules\n{RULES}\n"


@pytest.fixture
def shop(shell: Shell) -> Shell:
    """Give a project whose one assistant was applied, and whose prompt was edited since."""
    shell.write("assistants-sync.yaml", "project: shop\n")
    shell.write("assistants/desk.md", definition("Robin"))
    assert shell("--emulator", "apply", "--auto-approve").code == 0
    shell.write("assistants/desk.md", definition("Alex").replace("of the", "in our"))
    return shell


def test_a_plan_tells_a_prompt_by_its_words_and_counts_what_it_cuts(shop: Shell) -> None:
    out = shop("--emulator", "plan").out
    assert "~ You are [-Robin-]{+Alex+}." in out
    assert "more lines, --full shows them" in out
    assert max(map(len, out.splitlines())) <= 80


def test_a_summary_is_a_line_for_each_address(shop: Shell) -> None:
    lines = shop("--emulator", "plan", "--summary").out.splitlines()
    assert lines[2:4] == ["Updates:", '  ~ assistant.desk  "Desk"  definition changed']
    assert lines[4] == ""


def test_full_shortens_nothing(shop: Shell) -> None:
    out = shop("--emulator", "plan", "--full").out
    assert "Rule 59 [-of the-]{+in our+} shop." in out
    assert "--full" not in out


def test_every_command_that_shows_a_plan_takes_them(shop: Shell) -> None:
    shop("--emulator", "plan", "--out", "p.json")
    commands: Sequence[Sequence[str]] = (
        ("show", "p.json"),
        ("--emulator", "drift"),
        ("--emulator", "apply"),
        ("--emulator", "apply", "--auto-approve"),
    )
    for command in commands:
        ended = shop(*command, "--summary")
        assert "[-Robin-]" not in ended.out, ended.err
    assert "Rule 59 [-of the-]" in shop("show", "p.json", "--full").out


def test_detail_changes_nothing_that_is_for_a_machine(shop: Shell) -> None:
    shop("--emulator", "plan", "--out", "p.json")
    plain = shop("show", "p.json", "--format", "json").out
    assert shop("show", "p.json", "--format", "json", "--summary").out == plain
    assert shop("show", "p.json", "--format", "json", "--full").out == plain


def test_a_summary_cannot_be_full(shop: Shell) -> None:
    ended = shop("--emulator", "plan", "--summary", "--full")
    assert ended.code == 64
    assert "not allowed with" in ended.err
