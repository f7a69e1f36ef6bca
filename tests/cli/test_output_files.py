"""One run, every form: beside the terminal's, from a fresh plan, a saved one, and a fault."""

import json
import os
from pathlib import Path

import pytest
from shell import Shell

from assistants_sync.cli import outputs
from assistants_sync.cli.flags.choices import FAULT_FILES, PLAN_FILES, PLAN_FORMATS
from assistants_sync.model.value import Secret
from assistants_sync.vapi.redactor import Redactor

_FORMS = {
    "markdown": "<!-- assistants-sync plan default -->\n## Plan for `default`: 3 to create\n",
    "html": "<!doctype html>",
    "gitlab": '{"create": 3, "update": 0, "delete": 0}\n',
    "junit": '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="assistants-sync plan',
    "sarif": '{\n  "$schema"',
}
_ALL = [argument for form in PLAN_FILES for argument in (f"--out-{form}", f"plan.{form}")]


@pytest.fixture
def project(shell: Shell) -> Shell:
    """Give a shell in the quick start."""
    shell.copy_example("quickstart")
    return shell


def _broken(shell: Shell) -> None:
    shell.write("assistants/new.yaml", 'firstMesage: "::error::x"\n')


def test_every_form_is_written_by_the_one_run_beside_the_terminals(project: Shell) -> None:
    ended = project("--emulator", "plan", "--out", "plan.json", *_ALL)
    assert ended.code == 0
    assert "3 to create" in ended.out
    assert ended.err.count("Wrote ") == len(PLAN_FILES)
    assert ended.err.count("Requests: 1 GET.") == 1
    for form, start in _FORMS.items():
        assert project.read(f"plan.{form}").lower().startswith(start.lower())
    assert [*project.folder.glob(".*.tmp")] == []


@pytest.mark.parametrize("form", PLAN_FORMATS[1:])
def test_a_fresh_plan_and_a_saved_one_are_the_same_in_every_form(project: Shell, form: str) -> None:
    fresh = project("--emulator", "plan", "--out", "plan.json", "--format", form)
    project("--emulator", "apply", "plan.json")
    stale = project("show", "plan.json", "--format", form, *_ALL)
    assert (fresh.code, stale.code) == (0, 0)
    assert fresh.out == stale.out
    if form != "json":
        assert project.read(f"plan.{form}") == stale.out


def test_drift_has_the_same_forms(project: Shell) -> None:
    project("--emulator", "apply", "--auto-approve")
    ended = project("--emulator", "drift", "--format", "markdown", *_ALL)
    assert ended.code == 0
    assert ended.out.startswith("<!-- assistants-sync drift default -->\n## Drift in `default`: 0")
    assert project.read("plan.markdown") == ended.out


def test_an_empty_plan_is_written_too(project: Shell) -> None:
    project("--emulator", "apply", "--auto-approve")
    project("--emulator", "plan", *_ALL)
    assert "no changes" in project.read("plan.markdown")
    assert project.read("plan.gitlab") == '{"create": 0, "update": 0, "delete": 0}\n'


def test_a_plan_that_apply_refuses_is_written_with_what_blocks_it(project: Shell) -> None:
    project("--emulator", "apply", "--auto-approve")
    for path in (project.folder / "assistants").iterdir():
        path.unlink()
    ended = project("--emulator", "plan", *_ALL)
    assert ended.code == 0
    assert " blocked.**" in project.read("plan.markdown")
    assert "<failure " in project.read("plan.junit")
    results = json.loads(project.read("plan.sarif"))["runs"][0]["results"]
    assert "error" in {each["level"] for each in results}


# --- faults ---------------------------------------------------------------------------------


def test_a_fault_is_told_in_every_form_that_has_one_and_no_older_file_stays(project: Shell) -> None:
    project("--emulator", "plan", *_ALL)
    _broken(project)
    ended = project("--emulator", "plan", *_ALL)
    assert ended.code == 8
    assert "No plan for `default`" in project.read("plan.markdown")
    assert "<failure " in project.read("plan.junit")
    run = json.loads(project.read("plan.sarif"))["runs"][0]
    assert run["invocations"] == [{"executionSuccessful": False}]
    assert not (project.folder / "plan.html").exists()
    assert not (project.folder / "plan.gitlab").exists()


@pytest.mark.parametrize(
    ("form", "start"),
    [
        ("markdown", "<!-- assistants-sync plan default -->\n## No plan"),
        ("junit", "<?xml"),
        ("sarif", "{"),
        ("html", ""),
    ],
)
def test_a_fault_goes_to_stdout_in_the_form_that_was_asked_for(
    project: Shell, form: str, start: str
) -> None:
    _broken(project)
    ended = project("--emulator", "plan", "--format", form)
    assert ended.code == 8
    assert ended.out.startswith(start)
    assert bool(ended.out) is bool(start)
    assert "error: Unknown field" in ended.err


def test_a_plan_file_that_is_none_is_a_fault_in_every_form(project: Shell) -> None:
    project.write("plan.json", "{}")
    ended = project("show", "plan.json", "--out-markdown", "plan.md")
    assert ended.code == 1
    assert "## No show for `default`" in project.read("plan.md")


def test_a_file_that_cannot_be_written_is_an_error_that_says_which(project: Shell) -> None:
    ended = project("--emulator", "plan", "--out-markdown", "no/such/folder/plan.md")
    assert ended.code == 1
    assert "The result could not be written" in ended.err
    assert "no/such/folder/plan.md" in ended.err


def test_the_fault_itself_is_told_when_its_document_cannot_be_written(project: Shell) -> None:
    _broken(project)
    ended = project("--emulator", "plan", "--out-markdown", "no/such/folder/plan.md")
    assert ended.code == 8
    assert "The result could not be written" in ended.err
    assert "Unknown field" in ended.err


# --- validate -------------------------------------------------------------------------------


def test_validate_annotates_the_line_as_seen_from_the_repositorys_root(project: Shell) -> None:
    _broken(project)
    project.set({"GITHUB_WORKSPACE": str(project.folder.parent)})
    ended = project("validate", "--format", "github")
    assert ended.code == 8
    assert ended.out == (
        "::error file=project/assistants/new.yaml,line=1,col=1,title=Unknown field::assistant.new: "
        "`firstMesage` is not a field of an assistant%0Ahint: did you mean `firstMessage`?\n"
    )


def test_validate_writes_its_reports_of_faults_and_of_none(project: Shell) -> None:
    files = [argument for form in FAULT_FILES for argument in (f"--out-{form}", f"v.{form}")]
    assert project("validate", *files).code == 0
    assert 'failures="0"' in project.read("v.junit")
    assert json.loads(project.read("v.sarif"))["runs"][0]["results"] == []
    _broken(project)
    assert project("validate", *files).code == 8
    assert 'failures="1"' in project.read("v.junit")
    assert len(json.loads(project.read("v.sarif"))["runs"][0]["results"]) == 1


def test_a_valid_project_has_nothing_to_annotate(project: Shell) -> None:
    ended = project("validate", "--format", "github")
    assert (ended.code, ended.out) == (0, "")


# --- how a file is written ------------------------------------------------------------------


@pytest.mark.parametrize("form", [*PLAN_FILES, "json"])
def test_no_secret_stands_in_any_form(project: Shell, form: str) -> None:
    canary = "canary <&\"'> 0815"
    project.set({"HOOK": canary})
    project.write(
        "assistants/hook.yaml", "name: x\nserver: {url: 'https://x', secret: !secret HOOK}\n"
    )
    project.write("assistants/loud.yaml", f"name: {json.dumps('a ' + canary)}\n")
    ended = project("--emulator", "plan", "--format", form, *_ALL)
    assert ended.code == 0
    for text in (ended.out, ended.err, *(project.read(f"plan.{each}") for each in PLAN_FILES)):
        assert "0815" not in text


def test_a_file_is_replaced_at_once_and_scrubbed(
    project: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    redactor = Redactor()
    redactor.learn(Secret("canary-0815"))
    seen: list[str] = []
    replace = Path.replace

    def look(self: Path, target: Path) -> Path:
        seen.append(target.read_text())
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", look)
    path = project.write("plan.md", "old")
    outputs.save_text(redactor, path, "a canary-0815 b")
    assert (seen, path.read_text()) == (["old"], "a (secret) b")


def test_a_link_or_a_pipe_is_written_through(project: Shell) -> None:
    real = project.write("real.md", "old")
    link = project.folder / "link.md"
    link.symlink_to(real)
    outputs.save_text(Redactor(), link, "new")
    assert link.is_symlink()
    assert real.read_text() == "new"
    reader, writer = os.pipe()
    outputs.save_text(Redactor(), Path(f"/dev/fd/{writer}"), "piped")
    os.close(writer)
    with os.fdopen(reader) as end:
        assert end.read() == "piped"
