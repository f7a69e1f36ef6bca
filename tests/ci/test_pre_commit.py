"""The pre-commit hooks: what they run, and that pre-commit itself stops a commit with them."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from ci.served_emulator import ROOT, path_with_tool

MANIFEST: Final = ROOT / ".pre-commit-hooks.yaml"
PARTS: Final = (
    "assistants_sync",
    "examples",
    "pyproject.toml",
    "README.md",
    "LICENSE",
    MANIFEST.name,
)
needs_index = pytest.mark.skipif(
    os.environ.get("ASSISTANTS_SYNC_CI") != "full",  # noqa: TID251 -- chosen before any test
    reason="installs from a package index: ASSISTANTS_SYNC_CI=full",
)


def hooks() -> dict[str, dict[str, Any]]:
    return {each["id"]: each for each in yaml.safe_load(MANIFEST.read_text())}


@pytest.fixture
def voice(tmp_path: Path) -> Path:
    """Give a repository with a project in the folder `voice`."""
    shutil.copytree(
        ROOT / "examples" / "quickstart",
        tmp_path / "repository" / "voice",
        ignore=shutil.ignore_patterns("state"),
    )
    return tmp_path / "repository" / "voice"


def run_hook(voice: Path, hook: str, *argv: str) -> "subprocess.CompletedProcess[str]":
    """Run a hook as pre-commit does: its entry, then the user's args, at the repository's root."""
    return run(voice, hooks()[hook]["entry"], *argv)


def run(voice: Path, command: str, *argv: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*command.split(), *argv],
        cwd=voice.parent,
        env={"PATH": path_with_tool(voice.parents[1] / "bin")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_validate_finds_the_folder_and_every_fault(voice: Path) -> None:
    good = run_hook(voice, "assistants-sync-validate", "--chdir", "voice")
    assert (good.returncode, good.stdout) == (0, "Valid: 3 definitions.\n")
    (voice / "assistants" / "new.yaml").write_text("firstMesage: Hello\n")
    assert run_hook(voice, "assistants-sync-validate", "--chdir", "voice").returncode == 8


def test_fmt_stops_a_commit_of_a_definition_that_is_not_formatted(voice: Path) -> None:
    hook = "assistants-sync-fmt"
    # Without --check it formats, as the hook's description says.
    formatting = hooks()[hook]["entry"].removesuffix(" --check")
    assert run(voice, formatting, "--chdir", "voice").returncode == 0
    assert run_hook(voice, hook, "--chdir", "voice").returncode == 0
    desk = voice / "assistants" / "front-desk.yaml"
    desk.write_text("name:     Front desk\nmodel:   {provider:   openai,\n   model: gpt-4.1}\n")
    ended = run_hook(voice, hook, "--chdir", "voice")
    assert ended.returncode == 1
    assert "front-desk.yaml" in ended.stdout + ended.stderr


def test_hooks_run_once_for_a_commit_and_without_a_network() -> None:
    assert {*hooks()} == {"assistants-sync-validate", "assistants-sync-fmt"}
    for hook in hooks().values():
        # Paths of a commit are from the repository's root, ours are from the project's.
        assert hook["pass_filenames"] is False
        assert hook["language"] == "python"
        assert not {"plan", "apply", "drift"} & {*hook["entry"].split()}


@dataclass(frozen=True)
class Author:
    """Somebody with git, a package index and nothing of ours installed."""

    home: Path

    def __call__(self, folder: Path, *argv: str | Path) -> "subprocess.CompletedProcess[str]":
        variables = {
            **os.environ,  # noqa: TID251 -- the caller's package index
            "HOME": str(self.home),
            "PYTHONPATH": "",
            "PRE_COMMIT_HOME": str(self.home / "pre-commit"),
            "GIT_CONFIG_GLOBAL": "/dev/null",
            **{f"GIT_{who}_NAME": "Test" for who in ("AUTHOR", "COMMITTER")},
            **{f"GIT_{who}_EMAIL": "test@localhost" for who in ("AUTHOR", "COMMITTER")},
        }
        return subprocess.run(
            argv, cwd=folder, env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip

    def publish(self, folder: Path) -> str:
        """Make a folder a repository of one commit; give its name."""
        for argv in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "All")):
            assert self(folder, "git", *argv).returncode == 0
        return self(folder, "git", "rev-parse", "HEAD").stdout.strip()

    def commit(self, folder: Path) -> "subprocess.CompletedProcess[str]":
        """Commit everything."""
        self(folder, "git", "add", ".")
        return self(folder, "git", "commit", "-m", "More")


@needs_index
def test_a_commit_with_a_fault_is_stopped_by_pre_commit_itself(voice: Path, tmp_path: Path) -> None:
    author = Author(tmp_path / "home")
    venv = author.home / "venv"
    author(tmp_path, sys.executable, "-m", "venv", venv)
    installed = author(tmp_path, venv / "bin/pip", "install", "--quiet", "pre-commit>=4")
    assert installed.returncode == 0, installed.stdout
    ours = tmp_path / "assistants-sync"
    ours.mkdir()
    for name in PARTS:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile
        copy(ROOT / name, ours / name)
    (voice.parent / ".pre-commit-config.yaml").write_text(
        f"repos:\n- repo: {ours}\n  rev: {author.publish(ours)}\n  hooks:\n"
        "  - {id: assistants-sync-validate, args: [--chdir, voice]}\n"
    )
    author.publish(voice.parent)
    assert author(voice.parent, venv / "bin/pre-commit", "install").returncode == 0

    (voice / "assistants" / "new.yaml").write_text("firstMesage: Hello\n")
    stopped = author.commit(voice.parent)
    assert stopped.returncode == 1, stopped.stdout
    assert "did you mean `firstMessage`?" in stopped.stdout, stopped.stdout

    (voice / "assistants" / "new.yaml").write_text("firstMessage: Hello\n")
    passed = author.commit(voice.parent)
    assert passed.returncode == 0, passed.stdout
    assert "assistants-sync validate" in passed.stdout
