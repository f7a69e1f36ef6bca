"""What goes wrong while a fault is told is told with it, after it, and hides nothing."""

import json

import pytest
from shell import Shell


@pytest.fixture
def broken(shell: Shell) -> Shell:
    """Give a quick start with one fault."""
    shell.copy_example("quickstart")
    shell.write("assistants/new.yaml", 'firstMesage: "x"\n')
    return shell


_LOST = ("--out-markdown", "no/such/plan.md")


def test_a_file_that_cannot_be_written_is_the_last_of_the_diagnostics(broken: Shell) -> None:
    ended = broken("--emulator", "plan", "--format=json", *_LOST)
    assert ended.code == 8
    told = [each["code"] for each in json.loads(ended.out)["diagnostics"]]
    assert told == ["definition", "output"]


def test_people_hear_the_first_fault_first_and_each_once(broken: Shell) -> None:
    ended = broken("--emulator", "plan", *_LOST)
    assert ended.code == 8
    first, second = (
        ended.err.index(words)
        for words in ("error: Unknown field", "error: The result could not be written")
    )
    assert first < second
    assert ended.err.count("error: ") == 2


def test_a_file_that_cannot_be_written_keeps_no_other_from_being_written(broken: Shell) -> None:
    files = ("--out-sarif", "no/such/plan.sarif", "--out-junit", "plan.xml")
    ended = broken("--emulator", "plan", "--format=json", *_LOST, *files)
    assert ended.code == 8
    assert "<failure " in broken.read("plan.xml")
    diagnostics = json.loads(ended.out)["diagnostics"]
    assert [each["code"] for each in diagnostics] == ["definition", "output", "output"]
    assert "plan.md" in diagnostics[1]["detail"]
    assert "plan.sarif" in diagnostics[2]["detail"]


def test_the_document_on_stdout_has_the_second_fault_too(broken: Shell) -> None:
    ended = broken("--emulator", "plan", "--format=junit", *_LOST)
    assert ended.code == 8
    assert ended.out.index("Unknown field") < ended.out.index("The result could not be written")


def test_as_a_log_they_are_two_lines(broken: Shell) -> None:
    ended = broken("--emulator", "--log-format=json", "plan", *_LOST)
    lines = [json.loads(line) for line in ended.err.splitlines()]
    told = [line["diagnostic"]["code"] for line in lines if line["event"] == "error"]
    assert told == ["definition", "output"]
    assert "remark" not in {line["event"] for line in lines}


def test_a_file_that_fails_for_a_plan_is_one_fault_and_not_two(shell: Shell) -> None:
    shell.copy_example("quickstart")
    ended = shell("--emulator", "plan", *_LOST)
    assert ended.code == 1
    assert ended.err.count("error: ") == 1


def test_validate_tells_a_file_it_could_not_write_and_writes_the_other(shell: Shell) -> None:
    shell.copy_example("quickstart")
    ended = shell("validate", "--out-junit", "no/such/x.xml", "--out-sarif", "x.sarif")
    assert ended.code == 1
    assert ended.err.count("error: The result could not be written") == 1
    assert (shell.folder / "x.sarif").exists()
