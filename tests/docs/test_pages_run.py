"""What the pages show is what happens: each is done from top to bottom, its output compared.

The rules for writing a page stand at the top of `transcripts`; `record.py` writes the output.
"""

import re
import shutil
from pathlib import Path

import pytest
from transcripts import (
    ROOT,
    Command,
    File,
    commands,
    is_as_shown,
    not_run,
    run_page,
    settled,
    steps,
)

SITE = ROOT / "docs" / "site"
_PAGES = {
    str(path.relative_to(SITE)): path.read_text(encoding="utf-8")
    for path in sorted(SITE.rglob("*.md"))
}
_NEED_THE_OUTSIDE = {
    "how-to/ci-elsewhere.md": ["not run by the tests: needs Docker"],
    "how-to/ci-github.md": ["not run by the tests: needs GitHub"],
    "how-to/gitlab-state.md": ["not run by the tests: needs GitLab"],
    "how-to/rules.md": ["not run by the tests: needs conftest"],
    "how-to/shared-state.md": ["not run by the tests: needs a bucket"],
    "tutorial.md": [
        "not run by the tests: installs from a checkout",
        "not run by the tests: needs your own key",
    ],
}
"""Every block that is not run, with the reason it gives."""


_WITH_COMMANDS = [
    name for name, page in _PAGES.items() if any(isinstance(each, Command) for each in steps(page))
]


@pytest.mark.parametrize("name", _WITH_COMMANDS)
def test_a_page_does_what_it_shows(name: str, tmp_path: Path) -> None:
    for tool in ("curl", "jq"):
        if re.search(rf"\b{tool} -", _PAGES[name]) and shutil.which(tool) is None:
            pytest.skip(f"needs {tool}")
    for command, printed in run_page(_PAGES[name], tmp_path):
        assert is_as_shown(printed, command.shown), (
            f"$ {command.text}\nprinted:\n{printed}\nshown:\n{command.shown}"
        )


def test_few_blocks_are_not_run_and_each_says_why() -> None:
    found = {name: not_run(page) for name, page in _PAGES.items() if not_run(page)}
    assert found == _NEED_THE_OUTSIDE


def test_no_block_of_commands_escapes() -> None:
    for name, page in _PAGES.items():
        whole = len(re.findall(r"^ *\$ ", page, re.MULTILINE))
        run = sum(isinstance(each, Command) for each in steps(page))
        blocks = re.findall(r'```console title="[^"]*"\n(.*?)```', page, re.DOTALL)
        assert whole == run + sum(len(commands(block)) for block in blocks), name


def test_a_page_is_read_as_files_and_commands() -> None:
    page = (
        '```yaml title="a/b.yaml"\nname: x\n```\ntext\n```console\n$ one \\\n> two\nout\n$ three\n'
        '```\n```console title="not run by the tests: far away"\n$ four\n```\n'
    )
    assert list(steps(page)) == [
        File("a/b.yaml", "name: x\n"),
        Command("one \\\ntwo", "out\n"),
        Command("three", ""),
    ]
    assert not_run(page) == ["not run by the tests: far away"]


def test_what_is_new_each_time_is_settled_and_nothing_else() -> None:
    assert settled("made 0a5b3bb1-e50a-41a3-8d1d-16e1b1658a93 at 2026-11-21T14:30:21.139Z") == [
        "made ID at TIME"
    ]
    assert is_as_shown("b\na\n", "a\nb\n")
    assert not is_as_shown("a\nb\n", "a\n")
    assert is_as_shown("a\nb\n", "…\nb\n")
    assert not is_as_shown("a\nb\n", "…\nc\n")
    assert not is_as_shown("3 created\n", "2 created\n")


def test_a_page_sees_the_end_of_the_last_command_and_servers_end_with_it(tmp_path: Path) -> None:
    page = "```console\n$ (exit 3)\n$ echo $?\n$ x=1\n$ echo $x\n```\n"
    assert [printed for _, printed in run_page(page, tmp_path)] == ["", "3\n", "", "1\n"]
