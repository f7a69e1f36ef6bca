"""A project begins: from an empty folder to an empty plan, with and without a terminal."""

import json
import os
import pty
import select
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from ci.served_emulator import served_emulator
from shell import Shell

from assistants_sync.cli.starting import files, recipes
from assistants_sync.cli.starting.answers import as_key
from assistants_sync.cli.starting.texts import with_lines
from assistants_sync.emulator import EMULATOR_ORG_ID

ROOT = Path(__file__).parents[2]
GIT = shutil.which("git") or "git"
BODIES = ({"name": "Front desk"}, {"name": "After hours", "firstMessage": "We are closed."})
ALWAYS = {
    "assistants-sync.yaml",
    ".env.example",
    ".gitignore",
    ".assistants-sync/definition.schema.json",
    ".assistants-sync/project.schema.json",
    ".vscode/settings.json",
    ".vscode/extensions.json",
}
WORKFLOWS = {
    f".github/workflows/assistants-sync-{name}.yml"
    for name in ("apply", "cleanup", "drift", "plan")
}


@pytest.fixture
def shell(shell: Shell) -> Shell:
    """Give a shell in a folder that is there, and empty."""
    shell.folder.mkdir(parents=True)
    return shell


@pytest.fixture
def vapi(shell: Shell, tmp_path: Path) -> Iterator[httpx.Client]:
    """Serve an organisation of two assistants that nobody manages."""
    with served_emulator(tmp_path / "store") as vapi:
        shell.set({"VAPI_BASE_URL": str(vapi.base_url), "VAPI_API_KEY": "canary-key"})
        for body in BODIES:
            vapi.post("/assistant", json=body).raise_for_status()
        yield vapi


def _written(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(folder).parts
    }


def _yaml(text: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(text)
    return document


def test_an_organisation_is_under_control_without_a_question(
    shell: Shell, vapi: httpx.Client
) -> None:
    before = vapi.get("/assistant").json()
    ended = shell("init", "--import", "--forge", "github")
    assert ended.code == 0
    assert f"default: {EMULATOR_ORG_ID}, pinned" in ended.out
    assert "Imported 2." in ended.out
    assert {*_written(shell.folder)} >= {
        *ALWAYS,
        *WORKFLOWS,
        "assistants/front-desk.yaml",
        "assistants/after-hours.yaml",
    }
    assert _yaml(shell.read("assistants-sync.yaml")) == {
        "project": "project",
        "environments": {"default": {"org_id": EMULATOR_ORG_ID}},
    }
    plan = shell("plan", "--detailed-exitcode")
    assert (plan.code, "No changes. 2 owned" in plan.out) == (0, True)
    assert vapi.get("/assistant").json() == before
    assert shell("validate").code == shell("fmt", "--check").code == 0
    assert f"{EMULATOR_ORG_ID}, as pinned" in shell("doctor").out
    assert not any(b"canary" in each for each in _written(shell.folder).values())


def test_on_a_terminal_four_questions_lead_there(shell: Shell, vapi: httpx.Client) -> None:
    answers = {
        "Project name [project]: ": "Not a key",
        "Environments, with spaces between [default]: ": "",
        "CI files for (github, gitlab, none) [none]: ": "gitlab",
        "Import every assistant there is now? [no]: ": "yes",
    }
    code, told = _on_a_terminal(shell.folder, [*answers.items()], again=("Project name", "harbor"))
    assert code == 0, told
    assert _yaml(shell.read("assistants-sync.yaml"))["project"] == "harbor"
    assert (shell.folder / ".gitlab-ci.yml").exists()
    plan = shell("plan", "--detailed-exitcode")
    assert (plan.code, "No changes. 2 owned" in plan.out) == (0, True)
    assert len(vapi.get("/assistant").json()) == 2


def test_ctrl_c_at_a_question_leaves_nothing(shell: Shell, vapi: httpx.Client) -> None:
    code, _ = _on_a_terminal(shell.folder, [("Project name [project]: ", "\x03")])
    assert (code, _written(shell.folder)) == (130, {})
    assert vapi.get("/assistant").is_success


def _on_a_terminal(
    folder: Path, answers: list[tuple[str, str]], again: tuple[str, str] | None = None
) -> tuple[int, str]:
    """Answer each question once, in their order; `again` the first one, when it is asked again."""
    ours, theirs = pty.openpty()
    waiting = [*answers[:1], *([again] if again else []), *answers[1:]]
    with subprocess.Popen(
        [sys.executable, "-m", "assistants_sync", "--chdir", str(folder), "init"],
        cwd=ROOT,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        told = seen = ""
        while select.select([ours], [], [], 30)[0]:
            try:
                new = os.read(ours, 65536).decode(errors="replace")
            except OSError:
                break
            told, seen = told + new, seen + new
            if waiting and waiting[0][0] in seen:
                seen = ""
                answer = waiting.pop(0)[1]
                if answer == "\x03":
                    process.send_signal(2)
                else:
                    os.write(ours, answer.encode() + b"\n")
        else:
            process.kill()
        code = process.wait(30)
    os.close(ours)
    assert not waiting, told
    return code, told


def test_a_second_time_changes_nothing(shell: Shell, vapi: httpx.Client) -> None:
    assert shell("init", "--forge", "gitlab", "--example").code == 0
    before = _written(shell.folder)
    for argv in (["--forge", "gitlab", "--example"], []):
        ended = shell("init", *argv)
        assert (ended.code, _written(shell.folder)) == (0, before)
        assert ended.out.startswith("Nothing to write.\n")
        assert "assistants-sync.yaml" in ended.out.partition("Left alone")[2]
    assert shell("init", "--forge", "github").code == 0  # what is new is added
    assert {*_written(shell.folder)} - {*before} == WORKFLOWS
    ended = shell("init", "--project", "other")
    assert (ended.code, "edit assistants-sync.yaml" in ended.err) == (64, True)
    assert vapi.get("/assistant").is_success


def test_nothing_that_is_there_is_overwritten(shell: Shell) -> None:
    mine = {
        ".gitignore": "node_modules\n.env.*\n!.env.example\n*.log",
        ".vscode/settings.json": '{"editor.tabSize": 2}\n',
        ".vscode/extensions.json": '{"recommendations": ["redhat.vscode-yaml"]}\n',
        ".gitlab-ci.yml": "stages: [test]\n",
        ".env.example": "MINE=\n",
    }
    for name, text in mine.items():
        shell.write(name, text)
    ended = shell("init", "--forge", "gitlab")
    assert ended.code == 0
    assert {name: shell.read(name) for name in mine if name != ".gitignore"} == {
        name: text for name, text in mine.items() if name != ".gitignore"
    }
    assert shell.read(".gitignore").startswith(mine[".gitignore"] + "\n\n# assistants-sync\n.env\n")
    lacking = ended.out.partition(".vscode/settings.json says nothing of this")[2]
    assert "yaml.customTags" in lacking
    assert "- component: " in lacking
    assert "extensions.json says nothing" not in ended.out


def test_a_write_that_fails_leaves_nothing(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    shell.write(".gitignore", "mine\n")
    before = _written(shell.folder)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    for broken in ("save_text", "fsync"):
        with monkeypatch.context() as patched:
            patched.setattr(files if broken == "save_text" else os, broken, full)
            ended = shell("init", "--forge", "github")
        assert (ended.code, "nothing was written" in ended.err) == (1, True)
        assert _written(shell.folder) == before
    assert [each.name for each in shell.folder.iterdir()] == [".gitignore"]
    shell.write(".gitignore", b"\xff")
    assert shell("init").code == 1
    assert [each.name for each in shell.folder.iterdir()] == [".gitignore"]


def test_a_dry_run_lists_and_writes_nothing(shell: Shell, vapi: httpx.Client) -> None:
    ended = shell("init", "--forge", "github", "--import", "--dry-run")
    assert (ended.code, _written(shell.folder)) == (0, {})
    listed = ended.out.partition("Would write:\n")[2].partition("\n\n")[0].split()
    assert {*listed} == (ALWAYS - {".gitignore"}) | WORKFLOWS
    assert vapi.get("/assistant").is_success


def test_without_a_key_it_says_what_to_set(shell: Shell) -> None:
    ended = shell("init")
    assert (ended.code, {*_written(shell.folder)}) == (0, ALWAYS)
    assert "default: no key: VAPI_API_KEY is not set" in ended.out
    assert "1. set VAPI_API_KEY" in ended.out
    assert shell("validate").code == shell("fmt", "--check").code == 0


def test_an_import_without_a_key_is_refused_before_anything_is_written(shell: Shell) -> None:
    ended = shell("init", "--import")
    assert (ended.code, _written(shell.folder)) == (7, {})


def test_a_key_that_is_refused_or_cannot_be_checked_writes_nothing(
    shell: Shell, vapi: httpx.Client
) -> None:
    shell.set({"VAPI_BASE_URL": f"{vapi.base_url}/nowhere"})
    assert (shell("init").code, _written(shell.folder)) == (1, {})
    shell.set({"VAPI_BASE_URL": "http://127.0.0.1:9"})
    ended = shell("init")
    assert (ended.code, "--without-key" in ended.err) == (1, True)
    assert _written(shell.folder) == {}
    ended = shell("init", "--without-key")
    assert (ended.code, "not asked for" in ended.out) == (0, True)


def test_an_empty_organisation_cannot_be_pinned_yet(shell: Shell, vapi: httpx.Client) -> None:
    for each in vapi.get("/assistant").json():
        vapi.delete(f"/assistant/{each['id']}")
    ended = shell("init")
    assert (ended.code, "default: it has no assistant yet" in ended.out) == (0, True)
    assert "org_id" not in shell.read("assistants-sync.yaml")


def test_the_emulators_organisation_is_not_pinned(shell: Shell) -> None:
    ended = shell("--emulator", "init", "--example")
    assert (ended.code, "not pinned" in ended.out) == (0, True)
    assert shell("--emulator", "apply", "--auto-approve").code == 0
    assert "org_id" not in shell.read("assistants-sync.yaml")


def test_each_environment_has_a_key_and_an_organisation_of_its_own(
    shell: Shell, vapi: httpx.Client
) -> None:
    shell.set({"VAPI_PROD_EU_KEY": "canary-other"})
    ended = shell(
        *("init", "--project", "true", "--environment", "dev", "--environment", "prod-eu"),
        *("--definitions", "voice", "--state", "s3://bucket/folder", "--forge", "github"),
    )
    assert ended.code == 0
    assert _yaml(shell.read("assistants-sync.yaml")) == {
        "project": "true",
        "definitions": "voice",
        "state": {"url": "s3://bucket/folder"},
        "environments": {
            "dev": {"token_env": "VAPI_DEV_KEY"},
            "prod-eu": {"token_env": "VAPI_PROD_EU_KEY", "org_id": EMULATOR_ORG_ID},
        },
    }
    assert "dev: no key: VAPI_DEV_KEY is not set" in ended.out
    assert shell.read(".env.example").splitlines()[1:] == ["VAPI_DEV_KEY=", "VAPI_PROD_EU_KEY="]
    assert "/state/\n" in shell.read(".gitignore")
    assert "voice/**/*.yaml" in shell.read(".vscode/settings.json")
    step = _step(_yaml(shell.read(".github/workflows/assistants-sync-plan.yml")))
    assert step["with"] == {"command": "plan", "environment": "dev", "key-variable": "VAPI_DEV_KEY"}
    assert step["env"]["VAPI_DEV_KEY"] == "${{ secrets.VAPI_DEV_KEY }}"
    assert shell("validate").code == shell("fmt", "--check").code == 0
    assert vapi.get("/assistant").is_success


def _step(workflow: Mapping[str, Any]) -> dict[str, Any]:
    (job,) = workflow["jobs"].values()
    step: dict[str, Any] = job["steps"][-1]
    return step


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["--project", "Not A Key"], 64),
        (["--environment", "a b"], 64),
        (["--environment", "a", "--environment", "a"], 64),
        (["--definitions", "../elsewhere"], 8),
        (["--state", "ftp://somewhere"], 8),
        (["--state", "https://user:canary@host/x"], 8),
        (["--forge", "sourcehut"], 64),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_written(
    shell: Shell, argv: list[str], code: int
) -> None:
    ended = shell("init", *argv)
    assert (ended.code, _written(shell.folder)) == (code, {})
    assert "canary" not in ended.err


def test_ci_files_stand_at_the_top_of_the_repository(shell: Shell) -> None:
    top = shell.folder.parent
    subprocess.run([GIT, "init", "-q", str(top)], check=True)
    remote = ["remote", "add", "origin", "git@github.com:some/where.git"]
    subprocess.run([GIT, "-C", str(top), *remote], check=True)
    ended = shell("init")  # origin says which forge
    assert "../.github/workflows/assistants-sync-plan.yml" in ended.out
    for name in WORKFLOWS:
        for job in _yaml((top / name).read_text())["jobs"].values():
            for step in job["steps"]:
                if "command" in step.get("with", {}):
                    assert step["with"]["working-directory"] == "project"
    shell("init", "--forge", "gitlab")
    (included,) = _yaml((top / ".gitlab-ci.yml").read_text())["include"]
    assert included["inputs"]["working_directory"] == "project"


def test_ci_files_are_the_examples_own(shell: Shell) -> None:
    shell("init", "--forge", "github")
    shell("init", "--forge", "gitlab")
    examples = ROOT / "examples" / "ci"
    for path in (examples / "github").glob("*.yml"):
        ours = shell.read(f".github/workflows/assistants-sync-{path.name}")
        assert ours == path.read_text()
    assert shell.read(".gitlab-ci.yml") == (examples / "gitlab" / ".gitlab-ci.yml").read_text()


def test_the_wheel_has_the_ci_files_where_they_are_looked_for() -> None:
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    in_wheel, in_checkout = (
        {forge: (folder / forge).relative_to(ROOT).as_posix() for forge in ("github", "gitlab")}
        for folder in recipes.FOLDERS
    )
    assert build["targets"]["wheel"]["force-include"] == {
        in_checkout[forge]: in_wheel[forge] for forge in in_wheel
    }


def test_git_ignores_secrets_and_what_is_of_one_machine(shell: Shell) -> None:
    subprocess.run([GIT, "init", "-q", str(shell.folder)], check=True)
    shell("--emulator", "init", "--example")
    shell("--emulator", "apply", "--auto-approve")
    shell("--emulator", "apply", "--auto-approve")
    for name in (".env", ".env.prod", "state/default.json.backup", "state/default.journal"):
        shell.write(name, "A=1\n")
    told = subprocess.run(
        [GIT, "-C", str(shell.folder), "status", "--porcelain", "-uall"],
        check=True,
        capture_output=True,
        text=True,
    )
    seen = {line[3:] for line in told.stdout.splitlines()}
    assert seen >= {".env.example", "state/default.json", "state/default.journal"}
    assert not seen & {".env", ".env.prod", "state/default.lock", "state/default.json.backup"}
    assert not any("sqlite" in each for each in seen)


def test_an_exception_stands_behind_what_it_is_an_exception_of() -> None:
    lines = (".env.*", "!.env.example")
    assert with_lines("!.env.example\n", lines).split()[-2:] == [*lines]
    once = with_lines("", lines)
    assert with_lines(once, lines) == once


def test_an_editor_is_told_of_tags_and_schemas(shell: Shell) -> None:
    shell("init")
    settings = json.loads(shell.read(".vscode/settings.json"))
    for schema in settings["yaml.schemas"]:
        assert json.loads(shell.read(schema.removeprefix("./")))["$schema"]
    assert "!secret scalar" in settings["yaml.customTags"]


@pytest.mark.parametrize(
    ("name", "key"),
    [("My Shop", "my-shop"), ("Café_2.0", "cafe_2.0"), ("-.-", "voice"), ("日本", "voice")],
)
def test_a_folders_name_becomes_a_key(name: str, key: str) -> None:
    assert as_key(name) == key
