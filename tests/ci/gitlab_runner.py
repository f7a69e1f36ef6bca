"""A small GitLab: reads a component, decides which jobs a pipeline has, and runs their scripts.

It knows the keywords that our component uses; any other is an error, so that none is passed over.
Sources: docs.gitlab.com/ci/inputs, /ci/yaml, /ci/jobs/job_rules and /ci/yaml/artifacts_reports (all
read 2026-11-21); the options of the shell: gitlab-runner's shells/bash.go.
"""

import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml
from ci.gitlab_rules import expand, holds

_INPUT: Final = re.compile(r"\$\[\[ inputs\.(\w+) \]\]")
_JOB_KEYS: Final = {
    "image", "stage", "variables", "interruptible", "needs", "rules", "script", "artifacts",
    "allow_failure", "resource_group", "environment",
}  # fmt: skip
_ARTIFACT_KEYS: Final = {"when", "access", "expire_in", "expose_as", "paths", "reports"}
_DOTENV: Final = re.compile(r"[A-Za-z0-9_]+=[^\n]*")
_DOTENV_BYTES, _DOTENV_LINES = 5 * 1024, 20


class PipelineError(Exception):
    """GitLab would not make this pipeline, or this runner does not know what it asks for."""


@dataclass(frozen=True)
class Ran:
    """How a job ended; `files` holds its artifacts at their paths in the project."""

    code: int
    log: str
    files: Path
    dotenv: Mapping[str, str]
    is_allowed_to_fail: bool


def read_component(path: Path, given: Mapping[str, str]) -> dict[str, Any]:
    """Give the jobs of a component, inputs put in and `extends` carried out."""
    header, body = yaml.safe_load_all(path.read_text())
    jobs = _put_in(body, _inputs(header["spec"]["inputs"], given))
    merged = {name: _extended(jobs, job) for name, job in jobs.items() if not name.startswith(".")}
    for name, job in merged.items():
        strange = {*job} - _JOB_KEYS | {*job.get("artifacts", {})} - _ARTIFACT_KEYS
        if strange:
            raise PipelineError(f"{name}: {sorted(strange)} is not known here")
    return merged


def _inputs(declared: Mapping[str, Mapping[str, str]], given: Mapping[str, str]) -> dict[str, str]:
    if strange := {*given} - {*declared}:
        raise PipelineError(f"unknown inputs: {sorted(strange)}")
    values: dict[str, str] = {}
    for name, said in declared.items():
        value = given.get(name, said.get("default"))
        if value is None:
            raise PipelineError(f"the input {name} has no value")
        if "regex" in said and not re.search(said["regex"], value):
            raise PipelineError(f"the input {name} is not as it should be")
        values[name] = value
    return values


def _put_in(node: Any, inputs: Mapping[str, str]) -> Any:  # noqa: ANN401 -- any YAML
    match node:
        case str():
            return _INPUT.sub(lambda found: inputs[found[1]], node)
        case list():
            return [_put_in(each, inputs) for each in node]
        case dict():
            return {_put_in(key, inputs): _put_in(value, inputs) for key, value in node.items()}
        case _:
            return node


def _extended(jobs: Mapping[str, Any], job: Mapping[str, Any]) -> dict[str, Any]:
    base = jobs[job["extends"]] if "extends" in job else {}
    own = {key: value for key, value in job.items() if key != "extends"}
    for key in base.keys() & own.keys():
        if isinstance(base[key], dict):
            own[key] = {**base[key], **own[key]}
    return {**base, **own}


@dataclass
class Pipeline:
    """One pipeline of one commit: `source` is the project's files, `place` a folder to work in."""

    jobs: Mapping[str, Any]
    source: Path
    variables: Mapping[str, str]
    place: Path
    ran: dict[str, Ran] = field(default_factory=dict)

    def plan(self) -> dict[str, str]:
        """Give the jobs this pipeline has, and when each of them runs."""
        whens = {name: self._when(job) for name, job in self.jobs.items()}
        present = {name: when for name, when in whens.items() if when != "never"}
        for name in present:
            for needed in _needed(self.jobs[name]):
                if needed not in present:
                    raise PipelineError(f"{name} needs {needed}, which is not in the pipeline")
        return present

    def run(self, name: str, extra: Mapping[str, str] | None = None) -> Ran:
        """Run a job in a fresh checkout, with the artifacts it needs and `extra` typed in."""
        job = self.jobs[name]
        if name not in self.plan():
            raise PipelineError(f"{name} is not in this pipeline")
        checkout = self.place / name.replace(":", "-") / "checkout"
        shutil.rmtree(checkout.parent, ignore_errors=True)
        shutil.copytree(self.source, checkout)
        dotenv: dict[str, str] = {}
        for needed in _needed(job):
            before = self.ran[needed]
            if before.code and not before.is_allowed_to_fail:
                raise PipelineError(f"{name} needs {needed}, which failed")
            shutil.copytree(before.files, checkout, dirs_exist_ok=True)
            dotenv |= before.dotenv
        # The project's variables go over those of the job and of other jobs, as at GitLab.
        said = {"CI_PROJECT_DIR": str(checkout), **job.get("variables", {}), **dotenv}
        environment = expand({**said, **self.variables, **(extra or {})})
        script = "set -eo pipefail; set +o noclobber\n" + "\n".join(job["script"])
        ended = subprocess.run(
            ["bash", "-c", script],  # noqa: S607 -- from PATH, as there
            cwd=checkout, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        self.ran[name] = self._ended(job, checkout, ended)
        return self.ran[name]

    def _when(self, job: Mapping[str, Any]) -> str:
        for rule in job["rules"]:
            if strange := {*rule} - {"if", "when"}:
                raise PipelineError(f"rules: {sorted(strange)} is not known here")
            if "if" not in rule or holds(rule["if"], self.variables):
                return str(rule.get("when", "on_success"))
        return "never"

    def _ended(
        self, job: Mapping[str, Any], checkout: Path, ended: "subprocess.CompletedProcess[str]"
    ) -> Ran:
        artifacts = job.get("artifacts", {})
        reports = artifacts.get("reports", {})
        files = checkout.parent / "artifacts"
        files.mkdir()
        dotenv: dict[str, str] = {}
        # A report is sent however the job ended, and only `dotenv` and paths reach later jobs.
        for path in reports.values():
            if (checkout / path).exists():
                _keep(checkout, path, checkout.parent / "reports")
        if ended.returncode == 0 or artifacts.get("when") == "always":
            for path in artifacts.get("paths", ()):
                if (checkout / path).exists():
                    _keep(checkout, path, files)
        if "dotenv" in reports and (checkout / reports["dotenv"]).exists():
            dotenv = _read_dotenv((checkout / reports["dotenv"]).read_text())
        allowed = job.get("allow_failure", {})
        is_allowed = ended.returncode == allowed.get("exit_codes") if allowed else False
        return Ran(ended.returncode, ended.stdout, files, dotenv, is_allowed)


def _needed(job: Mapping[str, Any]) -> list[str]:
    return [each if isinstance(each, str) else each["job"] for each in job.get("needs", ())]


def _keep(checkout: Path, path: str, place: Path) -> None:
    (place / path).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(checkout / path, place / path)


def _read_dotenv(text: str) -> dict[str, str]:
    lines = [line for line in text.splitlines() if line]
    if len(text.encode()) > _DOTENV_BYTES or len(lines) > _DOTENV_LINES:
        raise PipelineError("a dotenv report is too long")
    for line in lines:
        if not _DOTENV.fullmatch(line):
            raise PipelineError("a dotenv report has a line that is no variable")
    return dict(line.split("=", 1) for line in lines)
