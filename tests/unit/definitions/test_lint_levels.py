"""A lint may be off, or an error, or excused with a reason; every form of the output tells it."""

import json
from pathlib import Path

import pytest
from shell import Shell
from unit.definitions.project_folder import faults, loaded, write

from assistants_sync.model.diagnostic import Diagnostic
from assistants_sync.model.source import SourceRef

FILE = "assistants/desk.yaml"
OLD = "name: Desk\nanalysisPlan: {}\n"
EXCUSED = """\
name: Desk
lifecycle:
  lint_exceptions:
    deprecated_key: the report reads it
"""


def project(text: str) -> dict[str, str]:
    """Give a project file with these lines, and a definition with a deprecated key."""
    return {"assistants-sync.yaml": f"project: p\n{text}\n", FILE: OLD}


def test_off_is_a_word_and_turns_one_off(tmp_path: Path) -> None:
    assert loaded(tmp_path, project("lints: {deprecated_key: off}")).warnings == ()


def test_a_lint_that_is_an_error_refuses(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, project("lints: {deprecated_key: error}"))
    assert (fault.code, fault.severity) == ("deprecated_key", "error")
    assert fault.where == SourceRef(FILE, 2, 1)


def test_an_environment_goes_over_the_project_lint_by_lint(tmp_path: Path) -> None:
    text = (
        "lints: {deprecated_key: error, name_long: off}\n"
        "environments: {dev: {lints: {deprecated_key: warn}}, prod: {lints: {name_long: warn}}}"
    )
    files = project(text) | {FILE: f"name: {'x' * 41}\nanalysisPlan: {{}}\n"}
    assert [each.code for each in loaded(tmp_path, files, "dev").warnings] == ["deprecated_key"]
    assert [each.code for each in faults(tmp_path, files, "prod")] == ["deprecated_key"]


def test_a_reason_silences_a_lint_even_one_that_is_an_error(tmp_path: Path) -> None:
    text = EXCUSED + "analysisPlan: {}\n"
    files = project("lints: {deprecated_key: error}") | {FILE: text}
    assert loaded(tmp_path, files).warnings == ()


def test_a_reason_silences_its_own_lint_only(tmp_path: Path) -> None:
    files = {FILE: EXCUSED + "analysisPlan: {}\nserver: {url: https://a.example}\n"}
    assert [each.code for each in loaded(tmp_path, files).warnings] == ["server_without_secret"]


def test_an_exception_that_excuses_nothing_is_told(tmp_path: Path) -> None:
    assert loaded(tmp_path, {FILE: EXCUSED}).warnings == (
        Diagnostic(
            "unused_exception",
            "Exception that excuses nothing",
            "`deprecated_key` finds nothing here (unused_exception)",
            SourceRef(FILE, 4, 5),
            "assistant.desk",
            "remove it: it would hide the next finding",
            "warning",
        ),
    )


def test_an_exception_to_a_lint_that_is_off_here_is_not_useless(tmp_path: Path) -> None:
    files = project("lints: {deprecated_key: off}") | {FILE: EXCUSED + "analysisPlan: {}\n"}
    assert loaded(tmp_path, files).warnings == ()


@pytest.mark.parametrize(("level", "found"), [("off", 0), ("warn", 1)])
def test_whether_useless_exceptions_are_told_can_be_said(
    tmp_path: Path, level: str, found: int
) -> None:
    files = project(f"lints: {{unused_exception: {level}}}") | {FILE: EXCUSED}
    assert len(loaded(tmp_path, files).warnings) == found


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("{deprecated_kee: a}", "did you mean `deprecated_key`?"),
        ("{unused_exception: a}", "one of 11 words"),
        ('{deprecated_key: ""}', "at least 1"),
        ('{deprecated_key: "  "}', "at least 1"),
        ("{deprecated_key: true}", "text"),
        ("[deprecated_key]", "an object"),
    ],
)
def test_an_exception_needs_a_lint_and_a_reason(tmp_path: Path, said: str, words: str) -> None:
    (fault,) = faults(tmp_path, {FILE: f"name: D\nlifecycle:\n  lint_exceptions: {said}\n"})
    assert fault.where is not None
    assert fault.where.line == 3
    assert words in f"{fault.detail} {fault.hint}"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("deprecated_kee: off", "did you mean `deprecated_key`?"),
        ("deprecated_key: of", "did you mean `off`?"),
        ("deprecated_key: false", "one of off, warn, error"),
    ],
)
def test_a_level_that_cannot_be_one_is_a_fault_of_the_project_file(
    tmp_path: Path, said: str, words: str
) -> None:
    (fault,) = faults(tmp_path, project(f"environments:\n  default:\n    lints:\n      {said}"))
    assert fault.where is not None
    assert (fault.where.file, fault.where.line) == ("assistants-sync.yaml", 5)
    assert words in f"{fault.detail} {fault.hint}"


@pytest.mark.parametrize("command", [["validate"], ["--emulator", "plan"], ["--emulator", "apply"]])
def test_a_warning_is_told_at_its_line_and_stops_nothing(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    command: list[str],
) -> None:
    write(tmp_path, {FILE: "name: Desk\n"})
    shell = Shell(tmp_path, capsys, monkeypatch)
    assert shell("--emulator", "apply", "--auto-approve").code == 0
    ended = shell(*command)
    assert (ended.code, "warning" in ended.err) == (0, False)
    write(tmp_path, {FILE: "name: Desk\nlifecycle: {lint_exceptions: {name_long: was once}}\n"})
    ended = shell(*command)
    assert ended.code == 0
    assert "warning: Exception that excuses nothing" in ended.err
    assert f"{FILE}:2:31  assistant.desk  `name_long` finds nothing here (unused" in ended.err
    assert "excuses" not in ended.out


def test_an_error_ends_with_8(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, project("lints: {deprecated_key: error}"))
    assert Shell(tmp_path, capsys, monkeypatch)("validate").code == 8


def test_every_form_bears_the_code_and_the_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {FILE: OLD})
    shell = Shell(tmp_path, capsys, monkeypatch)
    (told,) = json.loads(shell("validate", "--format", "json").out)["diagnostics"]
    assert (told["code"], told["severity"], told["where"]["line"]) == (
        "deprecated_key",
        "warning",
        2,
    )
    (run,) = json.loads(shell("validate", "--format", "sarif").out)["runs"]
    (result,) = run["results"]
    assert (result["ruleId"], result["level"]) == ("deprecated_key", "warning")
    assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == 2
    (rule,) = run["tool"]["driver"]["rules"]
    assert "calls deprecated" in rule["shortDescription"]["text"]
    report = shell("validate", "--format", "junit").out
    assert f"{FILE}:2:1: Deprecated key: `analysisPlan` is deprecated (deprecated_key)" in report
    annotation = shell("validate", "--format", "github").out
    assert annotation.startswith("::warning file=")
    assert f"{FILE},line=2,col=1,title=Deprecated key::" in annotation
    assert "(deprecated_key)%0Ahint: use artifactPlan" in annotation
