"""Definitions that are odd, huge or hostile: the numbered cases no other test had."""

import codecs
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from shell import Shell
from stand_in import Habits
from world import World, body

from assistants_sync.model.value import Value


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


_MARK = codecs.BOM_UTF8


@pytest.mark.parametrize(
    "data",
    [
        _MARK + b"name: Good\r\nfirstMessage: Hi\r\n",
        b"---\nname: Good\n...\n",
        b"name: Good",
        "name: Grüße 名 \U0001f600\n".encode(),
        "name: \u202bmixed\u202c\n".encode(),
    ],
    ids=["mark and CRLF", "end of document", "no line end", "astral", "bidirectional"],
)
def test_text_as_editors_save_it_is_read(project: Shell, data: bytes) -> None:
    project.write("assistants/good.yaml", data)
    assert project("validate").code == 0


@pytest.mark.parametrize(
    "data",
    [
        "name: Good\n".encode("utf-16"),
        "name: Good\n".encode("utf-16-le"),
        b"name: G\0d\n",
        b"name: \xe4\n",
    ],
    ids=["UTF-16", "UTF-16 without a mark", "NUL", "Latin-1"],
)
def test_text_in_another_encoding_is_refused_with_its_place(project: Shell, data: bytes) -> None:
    project.write("assistants/good.yaml", data)
    ended = project("validate")
    assert ended.code == 8
    assert "assistants/good.yaml" in ended.err


def test_what_looks_like_something_else_reaches_the_server_as_it_was_written(
    project: Shell,
) -> None:
    project.write(
        "assistants/good.yaml",
        "name: Good\nmetadata:\n  at: 12:30\n  phone: +14155550100\n  word: yes\n  octal: 010\n"
        "  day: 2024-01-01\n  big: 1e3\n  none: ~\n  on: off\n",
    )
    planned = project("--emulator", "plan", "--format", "json")
    assert planned.code == 0
    for text in ('"12:30"', '"+14155550100"', '"yes"', '"010"', '"2024-01-01"', "1000", '"off"'):
        assert text in planned.out
    assert project("--emulator", "apply", "--auto-approve").code == 0
    assert "No changes" in project("--emulator", "plan").out


@pytest.mark.parametrize("written", [-0.0, 0.0, 0, 20.0, 1e300, 5e-324, 2**53 + 1])
def test_a_number_shows_no_phantom_diff_whatever_form_the_server_gives_it(
    world: World, written: float
) -> None:
    def retyped(sent: dict[str, Value]) -> dict[str, Value]:
        metadata = sent.get("metadata")
        assert isinstance(metadata, dict)
        number = metadata["number"]
        assert isinstance(number, int | float)
        other = int(number) if float(number).is_integer() and number < 1e15 else number
        return {**sent, "metadata": {**metadata, "number": other}}

    world.server.habits = Habits(rewrite=retyped)
    world.define("a", body("a", metadata={"number": written}))
    world.apply()
    assert not world.plan().has_changes


def _fifo(project: Shell) -> str:
    os.mkfifo(project.folder / "pipe.txt")
    return "pipe.txt"


def _device_link(project: Shell) -> str:
    (project.folder / "zero.txt").symlink_to("/dev/zero")
    return "zero.txt"


def _folder_link(project: Shell) -> str:
    (project.folder / "etc").symlink_to("/etc")
    return "etc/passwd"


@pytest.mark.parametrize(
    "named",
    [
        lambda _project: "../../etc/passwd",
        lambda _project: "/etc/passwd",
        lambda _project: "/dev/zero",
        lambda _project: "prompts/../../../etc/passwd",
        _fifo,
        _device_link,
        _folder_link,
    ],
    ids=["up", "absolute", "device", "down and up", "pipe", "link to a device", "folder link"],
)
def test_a_file_from_elsewhere_or_without_end_is_refused_at_once(
    project: Shell, named: Callable[[Shell], str]
) -> None:
    project.write("assistants/good.yaml", f"name: A\nfirstMessage: !file {named(project)}\n")
    ended = project("validate")
    assert ended.code == 8
    assert "assistants/good.yaml:2:1" in ended.err
    assert "root:" not in ended.err


def test_a_file_that_is_read_is_text_and_names_no_further_file(project: Shell) -> None:
    project.write("loop.txt", "!file loop.txt")
    project.write("assistants/good.yaml", "name: A\nfirstMessage: !file loop.txt\n")
    assert project("validate").code == 0
    assert "!file loop.txt" in project("--emulator", "plan", "--format", "json").out


def test_a_file_nobody_can_parse_stops_the_plan_and_names_itself_alone(project: Shell) -> None:
    """No plan is made of a part: what the faulty file says could be a deletion."""
    project("--emulator", "apply", "--auto-approve")
    project.write("assistants/deep.yaml", "a: " + "[" * 50_000)
    ended = project("--emulator", "apply", "--auto-approve", "--allow-deletes", "1")
    assert ended.code == 8
    assert "assistants/deep.yaml" in ended.err
    assert "good.yaml" not in ended.err


def test_a_tree_of_files_takes_no_more_than_its_share(project: Shell) -> None:
    """Twenty thousand may take half a minute of one processor; this is a tenth of them."""
    for number in range(2_000):
        project.write(f"assistants/{number % 37}/n{number}.yaml", f"name: N{number}\n")
    began = time.process_time()
    assert project("validate").code == 0
    assert time.process_time() - began < 3
