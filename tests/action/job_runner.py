"""Runs the jobs of a workflow file, and the composite action they use, as GitHub's runner does.

It reads the real files. Others' actions are stood in for by a few lines each; what a file says that
is not known here is an error.
"""

import tempfile
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import yaml
from action.expressions import PURE, Data, Functions, UnknownWordError, fill, holds
from action.github_server import Grant
from action.job_place import JobPlace, check_keys
from action.runs import Event, Machine, Ran, Run

ROOT: Final = Path(__file__).parents[2]
_OURS: Final = "your-org/assistants-sync"
_STEP_KEYS: Final = frozenset({"id", "name", "if", "uses", "with", "env", "run", "shell"})
_JOB_KEYS: Final = frozenset({"needs", "if", "runs-on", "timeout-minutes", "permissions"}) | {
    "environment",
    "concurrency",
    "outputs",
    "steps",
}
Node = dict[str, Any]


def run_workflow(machine: Machine, path: Path, event: Event, again: Run | None = None) -> Run:
    """Run every job of a file, in the order of their needs.

    `again` is an earlier run of which only the jobs that nothing needs are run once more.
    """
    workflow = read_yaml(path)
    jobs: Node = workflow["jobs"]
    needed = {each for job in jobs.values() for each in _needs(job)}
    ran = {name: each for name, each in again.jobs.items() if name in needed} if again else {}
    made = Path(tempfile.mkdtemp(prefix="artifacts-", dir=machine.folder))
    artifacts = again.artifacts if again else made
    waiting = {name: job for name, job in jobs.items() if name not in ran}
    while waiting:
        name = next(each for each, job in waiting.items() if set(_needs(job)) <= set(ran))
        job = waiting.pop(name)
        job.setdefault("permissions", workflow.get("permissions"))
        place = JobPlace(machine, event, artifacts)
        is_waiting = "environment" in job and not machine.approve(artifacts)
        ran[name] = Ran("waiting") if is_waiting else _Job(machine, event, job, ran, place).run()
    return Run(ran, artifacts)


def read_yaml(path: Path) -> Node:
    """Read a file in which every scalar is text, as `on` and `true` are here."""
    return dict(yaml.load(path.read_text(), Loader=yaml.BaseLoader))  # noqa: S506 -- it makes text alone


class _Job:
    """One job: a token of its own, and its steps one after the other."""

    def __init__(
        self, machine: Machine, event: Event, job: Node, ran: Mapping[str, Ran], place: JobPlace
    ) -> None:
        check_keys(job, _JOB_KEYS)
        self._machine, self._event, self._job, self._place = machine, event, job, place
        self._ran = Ran("success")
        self._needs: dict[str, Data] = {
            each: {"outputs": dict(ran[each].outputs), "result": ran[each].conclusion}
            for each in _needs(job)
        }
        self._token = f"canary-token-{uuid.uuid4()}"
        self._is_failing = False

    def run(self) -> Ran:
        """Run it, if it is its turn; its token is good until then."""
        steps = self._job["steps"]
        contexts = self._contexts(steps, needs=self._needs, secrets=self._secrets())
        functions = {**PURE, **_status(self._needs_went_well)}
        if not holds(self._job.get("if", "success()"), contexts, functions):
            return Ran("skipped")
        self._machine.github.grants[self._token] = self._grant()
        self._run_steps(steps, contexts, {})
        del self._machine.github.grants[self._token]
        self._ran.conclusion = "failure" if self._is_failing else "success"
        self._ran.outputs = {
            name: fill(text, contexts, PURE) for name, text in self._job.get("outputs", {}).items()
        }
        return self._ran

    def _run_steps(
        self, steps: list[Node], contexts: dict[str, Data], around: Mapping[str, str]
    ) -> None:
        functions = {**PURE, **_status(lambda: not self._is_failing)}
        for step in steps:
            check_keys(step, _STEP_KEYS)
            if not holds(step.get("if", "success()"), contexts, functions):
                continue
            filled = {
                part: {
                    name: fill(text, contexts, functions)
                    for name, text in step.get(part, {}).items()
                }
                for part in ("env", "with")
            }
            environ = {**around, **filled["env"]}
            if "uses" in step:
                outputs = self._use(step["uses"].partition("@")[0], filled["with"], environ)
            else:
                outputs = self._run_script(step, fill(step["run"], contexts, functions), environ)
            known = contexts["steps"]
            if "id" in step and isinstance(known, dict):
                known[step["id"]] = {"outputs": _Outputs(outputs)}

    def _run_script(self, step: Node, script: str, environ: Mapping[str, str]) -> dict[str, str]:
        if step["shell"] != "bash":
            raise UnknownWordError(step["shell"])
        ended = self._place.run(script, environ)
        self._ran.log.read(ended.stdout, ended.stderr)
        self._ran.summary += ended.summary
        self._ran.exit_code = ended.code or self._ran.exit_code
        self._is_failing |= ended.code != 0
        return ended.outputs

    def _use(
        self, name: str, given: Mapping[str, str], environ: Mapping[str, str]
    ) -> dict[str, str]:
        if name != _OURS:
            return self._place.use(name, given)
        action = read_yaml(ROOT / "action.yml")
        check_keys(given, frozenset(action["inputs"]))
        inputs: dict[str, Data] = {}
        for each, entry in action["inputs"].items():
            if each not in given and "default" not in entry:
                raise UnknownWordError(f"the input {each} is required")
            plain = self._contexts([])
            inputs[each] = given.get(each, fill(entry.get("default", ""), plain, PURE))
        steps = action["runs"]["steps"]
        contexts = self._contexts(steps, inputs=inputs)
        self._run_steps(steps, contexts, {**environ, "GITHUB_ACTION_PATH": str(ROOT)})
        return {
            each: fill(entry["value"], contexts, PURE) for each, entry in action["outputs"].items()
        }

    def _contexts(self, steps: list[Node], **more: Data) -> dict[str, Data]:
        github: dict[str, Data] = {
            "token": self._token,
            "event": self._place.payload,
            "event_name": self._event.name,
        }
        none: dict[str, Data] = {
            each["id"]: {"outputs": _Outputs()} for each in steps if "id" in each
        }
        return {"github": github, "steps": none, **more}

    def _secrets(self) -> dict[str, Data]:
        is_fork = self._event.is_fork
        return {name: "" if is_fork else each for name, each in self._machine.secrets.items()}

    def _grant(self) -> Grant:
        """A job that says nothing about permissions is an error; a fork's may only read."""
        said: Mapping[str, str] = self._job["permissions"]
        is_fork = self._event.is_fork
        return Grant({scope: "read" if is_fork else level for scope, level in said.items()})

    def _needs_went_well(self) -> bool:
        return all(
            isinstance(each, dict) and each["result"] == "success" for each in self._needs.values()
        )


class _Outputs(dict[str, Data]):
    """A step's outputs: one that was not made is empty, on GitHub too. A test checks the names."""

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str)

    def __missing__(self, name: str) -> Data:
        return ""


def _status(is_good: Callable[[], bool]) -> Functions:
    return {
        "success": is_good,
        "failure": lambda: not is_good(),
        "always": lambda: True,
        "cancelled": lambda: False,
    }


def _needs(job: Node) -> list[str]:
    said = job.get("needs", [])
    return [said] if isinstance(said, str) else list(said)
