"""A definition may break a policy when it says why, and every form of the output tells it."""

import json
from pathlib import Path

import pytest
from shell import Shell
from unit.definitions.project_folder import faults, loaded, write

from assistants_sync.model.diagnostic import Diagnostic
from assistants_sync.model.source import SourceRef

PROJECT = 'project: p\npolicies: {name_pattern: "[a-z-]+", forbidden_models: [gpt-3.5*, gpt-4]}\n'
EXCUSED = """\
name: Front desk
lifecycle:
  policy_exceptions:
    name_pattern: printed on cards
"""


def test_a_reason_turns_a_fault_into_a_warning(tmp_path: Path) -> None:
    done = loaded(tmp_path, {"assistants-sync.yaml": PROJECT, "assistants/desk.yaml": EXCUSED})
    assert done.warnings == (
        Diagnostic(
            "policy_name_pattern",
            "Name out of pattern, by exception",
            "`name` does not fit `[a-z-]+`; the reason given: printed on cards",
            SourceRef("assistants/desk.yaml", 4, 5),
            "assistant.desk",
            None,
            "warning",
        ),
    )


def test_one_warning_counts_what_it_excuses(tmp_path: Path) -> None:
    text = """\
name: desk
model: {provider: openai, model: gpt-4, fallbackModels: [gpt-3.5-turbo]}
lifecycle: {policy_exceptions: {forbidden_models: until June}}
"""
    done = loaded(tmp_path, {"assistants-sync.yaml": PROJECT, "assistants/desk.yaml": text})
    (warning,) = done.warnings
    assert "(and 1 more); the reason given: until June" in warning.detail


def test_an_exception_to_a_policy_that_is_kept_or_off_says_nothing(tmp_path: Path) -> None:
    text = "name: desk\nlifecycle: {policy_exceptions: {name_pattern: a, require_protect: b}}\n"
    files = {"assistants-sync.yaml": PROJECT, "assistants/desk.yaml": text}
    assert loaded(tmp_path, files).warnings == ()


def test_an_exception_excuses_its_own_policy_only(tmp_path: Path) -> None:
    text = EXCUSED + "model: {provider: openai, model: gpt-4}\n"
    found = faults(tmp_path, {"assistants-sync.yaml": PROJECT, "assistants/desk.yaml": text})
    assert [each.code for each in found] == ["policy_forbidden_models"]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("{name_patern: a}", "did you mean `name_pattern`?"),
        ('{name_pattern: ""}', "at least 1"),
        ('{name_pattern: "  "}', "at least 1"),
        ("{name_pattern: true}", "text"),
        ("[name_pattern]", "an object"),
    ],
)
def test_an_exception_needs_a_policy_and_a_reason(tmp_path: Path, said: str, words: str) -> None:
    text = f"name: Desk\nlifecycle:\n  policy_exceptions: {said}\n"
    files = {"assistants-sync.yaml": PROJECT, "assistants/desk.yaml": text}
    (fault,) = faults(tmp_path, files)
    assert fault.where is not None
    assert fault.where.line == 3
    assert words in f"{fault.detail} {fault.hint}"


@pytest.mark.parametrize("command", [["validate"], ["--emulator", "plan"], ["--emulator", "apply"]])
def test_a_break_ends_every_command_before_anything_is_sent(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    command: list[str],
) -> None:
    write(tmp_path, {"assistants-sync.yaml": PROJECT, "assistants/desk.yaml": "name: Desk\n"})
    ended = Shell(tmp_path, capsys, monkeypatch)(*command)
    assert ended.code == 8
    assert "assistants/desk.yaml:1:1" in ended.err
    assert "Name out of pattern" in ended.err


def test_junit_and_sarif_bear_the_policy_and_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"assistants-sync.yaml": PROJECT, "assistants/desk.yaml": "name: Desk\n"})
    argv = ["validate", "--out-junit", "junit.xml", "--out-sarif", "found.sarif"]
    assert Shell(tmp_path, capsys, monkeypatch)(*argv).code == 8
    assert 'type="policy_name_pattern"' in (tmp_path / "junit.xml").read_text()
    (result,) = json.loads((tmp_path / "found.sarif").read_text())["runs"][0]["results"]
    assert result["ruleId"] == "policy_name_pattern"
    assert result["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 1,
        "startColumn": 1,
    }
