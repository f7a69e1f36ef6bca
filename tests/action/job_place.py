"""The fresh machine of one job: its folders, its variables, and what others' actions do there."""

import json
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from action.expressions import UnknownWordError
from action.runs import Event, Machine

PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_FILES: Final = ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_ENV", "GITHUB_PATH")


@dataclass(frozen=True)
class Script:
    """How a script ended, and what it wrote to the environment files."""

    code: int
    stdout: str
    stderr: str
    outputs: dict[str, str]
    summary: str


class JobPlace:
    """Made for one job, from one event; `artifacts` is what the jobs of a run share."""

    def __init__(self, machine: Machine, event: Event, artifacts: Path) -> None:
        self._machine, self._event, self._artifacts = machine, event, artifacts
        self._folder = Path(tempfile.mkdtemp(prefix="job-", dir=machine.folder))
        self._work, self._temp = self._folder / "work", self._folder / "temp"
        for each in (self._work, self._temp, self._folder / "home"):
            each.mkdir()
        repository = {"full_name": machine.github.repository}
        self.payload: dict[str, Any] = {"repository": repository, **event.payload}
        self._folder.joinpath("event.json").write_text(json.dumps(self.payload))
        if machine.tool:
            tool = self._temp / "assistants-sync/bin/assistants-sync"
            tool.parent.mkdir(parents=True)
            tool.write_text(machine.tool)
            tool.chmod(0o755)

    def run(self, script: str, environ: Mapping[str, str]) -> Script:
        """Run a script as `shell: bash` does."""
        with self._environment_files() as files:
            ended = subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],  # noqa: S607 -- from PATH, as there
                cwd=self._work,
                env={**self._variables(), **{name: str(files[name]) for name in files}, **environ},
                capture_output=True,
                stdin=subprocess.DEVNULL,
                text=True,
                check=False,
                timeout=120,
            )
            for name in ("GITHUB_ENV", "GITHUB_PATH"):
                if files[name].read_text():
                    raise UnknownWordError(f"{name} is not ours to write")
            outputs = read_outputs(files["GITHUB_OUTPUT"].read_text())
            summary = files["GITHUB_STEP_SUMMARY"].read_text()
        return Script(ended.returncode, ended.stdout, ended.stderr, outputs, summary)

    def use(self, action: str, given: Mapping[str, str]) -> dict[str, str]:
        """Do what an action of GitHub's does; give its outputs."""
        match action:
            case "actions/checkout":
                check_keys(given, frozenset({"persist-credentials"}))
                shutil.copytree(self._event.commit, self._work, dirs_exist_ok=True)
            case "actions/setup-python":
                check_keys(given, frozenset({"python-version", "update-environment"}))
                return {"python-path": sys.executable}
            case "actions/upload-artifact":
                self._upload(given)
            case "actions/download-artifact":
                check_keys(given, frozenset({"name", "path"}))
                kept = self._artifacts / given["name"]
                shutil.copytree(kept, self._work / given["path"], dirs_exist_ok=True)
            case _:
                raise UnknownWordError(f"no stand-in for {action}")
        return {}

    def _upload(self, given: Mapping[str, str]) -> None:
        check_keys(given, frozenset({"name", "path", "if-no-files-found", "overwrite"}))
        paths = [Path(line) for line in given["path"].split("\n") if line]
        kept = self._artifacts / given["name"]
        shutil.rmtree(kept, ignore_errors=True)
        for path in (each for each in paths if each.exists()):
            kept.mkdir(exist_ok=True)
            shutil.copy(path, kept)

    def _variables(self) -> dict[str, str]:
        return {
            "PATH": PATH,
            "HOME": str(self._folder / "home"),
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTOR": "robin",
            "GITHUB_API_URL": self._machine.github.address,
            "GITHUB_GRAPHQL_URL": f"{self._machine.github.address}/graphql",
            "GITHUB_SERVER_URL": "https://github.example",
            "GITHUB_EVENT_NAME": self._event.name,
            "GITHUB_EVENT_PATH": str(self._folder / "event.json"),
            "GITHUB_REPOSITORY": self._machine.github.repository,
            "GITHUB_RUN_ID": "4711",
            "GITHUB_SHA": self._event.sha,
            "GITHUB_WORKSPACE": str(self._work),
            "RUNNER_TEMP": str(self._temp),
            **self._machine.around,
        }

    @contextmanager
    def _environment_files(self) -> Iterator[dict[str, Path]]:
        files = {name: self._folder / f"{name}-{uuid.uuid4()}" for name in _FILES}
        for path in files.values():
            path.touch()
        yield files


def read_outputs(text: str) -> dict[str, str]:
    """Read an environment file of `name=value` lines and `name<<word` blocks.

    Raises:
        UnknownWordError: a line is neither, or a block does not end.
    """
    outputs = {}
    lines = iter(text.splitlines())
    for line in lines:
        name, sign, word = line.partition("<<")
        if sign and "=" not in name:
            block = []
            for each in lines:
                if each == word:
                    break
                block.append(each)
            else:
                raise UnknownWordError(f"{name} does not end")
            outputs[name] = "\n".join(block)
            continue
        name, sign, value = line.partition("=")
        if not sign:
            raise UnknownWordError(f"no output: {line}")
        outputs[name] = value
    return outputs


def check_keys(node: Mapping[str, Any], keys: frozenset[str]) -> None:
    """Check that a file says nothing that is passed over here.

    Raises:
        UnknownWordError: it does.
    """
    if not set(node) <= keys:
        raise UnknownWordError(f"not known here: {sorted(set(node) - keys)}")
