"""Names and prompts are text to GitHub too, whatever they hold; so are the inputs."""

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from action.action_scene import Scene
from action.expressions import UnknownWordError
from action.job_log import JobLog
from action.job_place import PATH, read_outputs
from action.job_runner import ROOT, read_yaml

_ATTACKS = (
    "::set-output name=digest::sha256:0",
    "   ::add-path::/tmp",
    "##[add-mask]e",
    "::error title=assistants-sync::all is lost",
    "::stop-commands::x",
    "digest=sha256:0",
    "EOF",
    "<!-- assistants-sync action: plan default . -->",
    "```",
    "-->",
    "</details><img src=x onerror=alert(1)>",
    "@everyone ![x](https://evil.example/x)",
    "${{ secrets.VAPI_API_KEY }}",
    "$(touch /tmp/owned) `id` ; exit 1",
)


@pytest.fixture
def hostile(applied: Scene) -> Path:
    """Give a branch whose every text is an attack, which fails to be one."""
    branch = applied.branch()
    (branch / "prompts/front-desk.txt").write_text("\n".join(_ATTACKS) + "\n")
    for at, attack in enumerate(_ATTACKS):
        text = attack[:40].replace("'", "''")
        (branch / f"assistants/bad-{at}.yaml").write_text(f"name: '{text}'\n")
    return branch


def test_no_text_of_a_definition_acts(applied: Scene, hostile: Path) -> None:
    number = applied.github.open_pull_request()
    ran = applied.propose(hostile, number)
    assert ran.conclusion == "success", ran.log.text
    assert ran.log.commands == []
    (comment,) = applied.github.comments_on(number)
    assert comment.startswith(
        "<!-- assistants-sync action: plan default . -->\n<!-- digest sha256:"
    )
    assert f"{len(_ATTACKS)} to create, 1 to update" in comment
    assert not Path("/tmp/owned").exists()  # noqa: S108 -- the attack names it

    run = applied.merge(hostile, number)
    assert run.jobs["apply"].conclusion == "success", run.jobs["apply"].log.text
    assert run.jobs["apply"].log.commands == []
    assert "This is the plan" in run.jobs["plan"].summary


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"command": "'rm -rf /; plan'"}, "the input command is"),
        ({"command": "apply"}, "needs both plan-file and expect-digest"),
        ({"command": "apply", "plan_file": "p.json"}, "needs both"),
        ({"command": "apply", "plan_file": "p", "expect_digest": "'$(id)'"}, "is no digest"),
        ({"command": "plan", "plan_file": "p.json"}, "inputs of apply alone"),
        ({"command": "plan", "key_variable": "'a b'"}, "a variable's name"),
        (
            {"command": "apply", "plan_file": "p", "expect_digest": "abc", "allow_deletes": "x"},
            "a number",
        ),
    ],
)
def test_inputs_that_cannot_be_meant_are_refused(
    scene: Scene, given: dict[str, str], why: str
) -> None:
    ran = scene.propose_with(scene.main, **given).jobs["plan"]
    assert (ran.conclusion, ran.exit_code) == ("failure", 64)
    assert why in ran.log.text
    assert scene.state.asked == []


def test_arguments_are_taken_line_by_line_and_never_by_the_shell(applied: Scene) -> None:
    text = "|\n            --target\n            assistant.$(touch owned) *\n"
    ran = applied.propose_with(applied.main, command="plan", arguments=text).jobs["plan"]
    assert ran.exit_code == 64
    assert "`$(touch owned) *` is not a key" in ran.log.text


def test_no_text_of_a_fault_acts(applied: Scene) -> None:
    branch = applied.branch()
    (branch / "assistants/new.yaml").write_text("'##[add-mask]e': 1\n'::add-path::/tmp': 1\n")
    ran = applied.propose(branch, applied.github.open_pull_request())
    assert ran.exit_code == 8
    assert "[add-mask]e" in ran.log.text
    assert {name for name, _ in ran.log.commands} == {"error"}


def test_the_runner_obeys_what_it_reads_and_so_would_find_an_attack() -> None:
    log = JobLog()
    log.read("::stop-commands::w\n::error::a\n::w::\n  ::set-output name=x::b", "x ##[add-mask]c")
    assert log.commands == [("set-output", "b"), ("add-mask", "c")]
    assert read_outputs("a=1\nb<<E\n2\nc=3\nE\n") == {"a": "1", "b": "2\nc=3"}
    with pytest.raises(UnknownWordError):
        read_outputs("no output\n")


def script_around(folder: Path, tool: str) -> tuple[list[str], dict[str, str]]:
    """Give the action's step that runs the tool, as argv and environment, around another tool."""
    path = folder / "tool"
    path.write_text(f"#!/bin/bash\n{tool}")
    path.chmod(0o755)
    steps = read_yaml(ROOT / "action.yml")["runs"]["steps"]
    (step,) = [each for each in steps if each.get("id") == "run"]
    return ["/bin/bash", "-c", step["run"]], {
        **dict.fromkeys(step["env"], ""),
        "PATH": PATH,
        "TOOL": str(path),
        "FOLDER": str(folder),
        "COMMAND": "apply",
        "WORKING_DIRECTORY": ".",
        "PLAN_FILE": "/plan.json",
        "EXPECT_DIGEST": "0" * 64,
        "GITHUB_ACTION_PATH": str(ROOT),
        "GITHUB_OUTPUT": str(folder / "output"),
    }


def test_the_tool_may_print_what_it_likes(tmp_path: Path) -> None:
    argv, environ = script_around(tmp_path, "echo ::error::a\necho ::add-path::/b >&2\nexit 6\n")
    ended = subprocess.run(argv, env=environ, capture_output=True, text=True, check=True)
    assert "::error::a" in ended.stdout
    log = JobLog()
    log.read(ended.stdout, ended.stderr)
    assert log.commands == []
    assert "exit-code=6" in (tmp_path / "output").read_text()


def test_a_cancelled_job_lets_the_tool_end_in_its_own_time(tmp_path: Path) -> None:
    argv, environ = script_around(
        tmp_path,
        "trap 'echo saved; exit 130' TERM\necho ready >&2\n"
        "while :; do read -r -t 1 _ <> <(:) || true; done\n",
    )
    with subprocess.Popen(
        argv, env=environ, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as script:
        try:
            assert script.stdout is not None
            while "ready" not in script.stdout.readline():
                pass
            os.kill(script.pid, signal.SIGINT)
            rest, _ = script.communicate(timeout=20)
            assert script.returncode == 0
        finally:
            with suppress(ProcessLookupError):
                os.killpg(script.pid, signal.SIGKILL)
    assert "saved" in rest
    assert "exit-code=130" in (tmp_path / "output").read_text()
