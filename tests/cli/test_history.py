"""Every apply leaves a record beside the state: who, when, which plan, how each change ended."""

import json
from pathlib import Path

import pytest
from shell import Shell


@pytest.fixture
def shell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Shell:
    made = Shell(tmp_path / "project", capsys, monkeypatch)
    made.write("assistants-sync.yaml", "project: shop\n")
    made.write("assistants/desk.yaml", "name: Desk\nfirstMessage: Hello\n")
    assert made("--emulator", "apply", "--auto-approve").code == 0
    return made


def test_an_apply_is_recorded_with_what_was_there_before(shell: Shell) -> None:
    shell.write("assistants/desk.yaml", "name: Desk\nfirstMessage: Good day\n")
    assert shell("--emulator", "apply", "--auto-approve").code == 0
    created, updated = json.loads(shell("history", "list", "--format", "json").out)["runs"]
    assert [each["action"] for each in created["changes"]] == ["create"]
    (change,) = updated["changes"]
    assert (change["outcome"], change["paths"]) == ("applied", ["firstMessage"])
    assert change["prior"]["firstMessage"] == "Hello"
    assert change["id"] == created["changes"][0]["id"]
    assert updated["digest"].startswith("sha256:")
    assert updated["command"] == "apply"


def test_an_apply_with_nothing_to_do_leaves_no_record(shell: Shell) -> None:
    shell("--emulator", "apply", "--auto-approve")
    assert len(json.loads(shell("history", "list", "--format", "json").out)["runs"]) == 1


def test_a_job_of_a_ci_is_named(shell: Shell) -> None:
    shell.set({"GITHUB_ACTOR": "anna", "GITHUB_RUN_ID": "4711"})
    shell.write("assistants/night.yaml", "name: Night\n")
    shell("--emulator", "apply", "--auto-approve")
    assert "anna in CI job 4711" in shell("history", "list").out.splitlines()[0]


def test_one_run_is_shown_change_by_change(shell: Shell) -> None:
    (run,) = json.loads(shell("history", "list", "--format", "json").out)["runs"]
    shown = shell("history", "show", run["id"][:8]).out
    assert run["digest"] in shown
    assert "assistant.desk" in shown
    assert "create applied" in shown


def test_a_run_that_is_not_there_is_told(shell: Shell) -> None:
    ended = shell("history", "show", "nothing")
    assert ended.code == 1
    assert "Not in the history" in ended.err


def test_a_record_holds_no_secret(shell: Shell) -> None:
    shell.set({"HOOK": "canary-secret-4711"})
    text = "name: Desk\nserver: {url: 'https://a.example', secret: !secret HOOK}\n"
    shell.write("assistants/desk.yaml", text)
    assert shell("--emulator", "apply", "--auto-approve").code == 0
    shell.set({"HOOK": "canary-secret-4712"})
    assert shell("--emulator", "apply", "--auto-approve").code == 0
    runs = [path.read_text() for path in (shell.folder / "state" / "default.runs").iterdir()]
    assert len(runs) == 3
    assert "canary" not in "".join(runs)
    assert "canary" not in shell("history", "list", "--format", "json").out


def test_a_record_that_cannot_be_read_is_told_and_left(shell: Shell) -> None:
    (path,) = (shell.folder / "state" / "default.runs").iterdir()
    for text in ("{", "[]", '{"format_version": 9}', '{"format_version": 1}'):
        path.write_text(text)
        ended = shell("history", "list")
        assert ended.code == 1
        assert "A run record" in ended.err
        assert path.read_text() == text
