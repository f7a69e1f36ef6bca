"""A repository of definitions, the people and the bot around it, the API it speaks to."""

import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any, Final

import httpx
from action.github_server import GitHub, served
from action.job_runner import ROOT, run_workflow
from action.runs import Event, Machine, Ran, Run
from backends.http_state_server import PlainServer
from stand_in_doors import serve_on_loopback

from assistants_sync.emulator.app import create_app
from assistants_sync.emulator.store import Store

EXAMPLES: Final = ROOT / "examples"
KEY: Final = "canary-vapi-key"
SECRETS: Final = {
    "VAPI_API_KEY": KEY,
    "AWS_ACCESS_KEY_ID": "canary-access-key",
    "AWS_SECRET_ACCESS_KEY": "canary-secret-key",
}
Approve = Callable[[Path], bool]


class Scene:
    """Branches are folders; `main` is one of them. Nothing runs until an event is told."""

    def __init__(
        self, folder: Path, machine: Machine, state: PlainServer, api: httpx.Client
    ) -> None:
        self.folder, self.machine, self.state, self.api = folder, machine, state, api
        self.github = machine.github
        self.main, self.emulator_file = folder / "main", folder / "emulator.sqlite"
        shutil.copytree(EXAMPLES / "quickstart", self.main, ignore=shutil.ignore_patterns("state"))
        self.main.joinpath("assistants-sync.yaml").write_text(
            f"project: harbor\nstate: {{url: '{state.url('harbor')}'}}\n"
        )
        self._count = 0

    def branch(self) -> Path:
        """Give a branch of main, to be changed."""
        self._count += 1
        folder = self.folder / f"branch-{self._count}"
        shutil.copytree(self.main, folder)
        return folder

    def propose(self, branch: Path, number: int, **event: Any) -> Ran:  # noqa: ANN401 -- as GitHub's payloads are
        """Push a branch to a pull request: the example's workflow plans it."""
        ran = self.run("plan.yml", pull_request_event(self.github, branch, number, **event))
        return ran.jobs["plan"]

    def propose_with(self, branch: Path, **inputs: str) -> Run:
        """Open a pull request that the example plans with these inputs in place of its own."""
        text = (EXAMPLES / "ci/github/plan.yml").read_text()
        named = {name.replace("_", "-"): value for name, value in inputs.items()}
        lines = "".join(f"          {name}: {value}\n" for name, value in named.items())
        path = self.folder / "changed.yml"
        path.write_text(text.replace("          command: plan\n", lines, 1))
        event = pull_request_event(self.github, branch, self.github.open_pull_request())
        return run_workflow(self.machine, path, event)

    def merge(self, branch: Path, number: int, approve: Approve = lambda _kept: True) -> Run:
        """Merge it, and let the example's workflow apply it."""
        self.main = branch
        self.github.merge(number, "c0ffee" + "0" * 34)
        return self.push(approve)

    def push(self, approve: Approve = lambda _kept: True, again: Run | None = None) -> Run:
        """Let the example's workflow apply what is on main."""
        self.machine.approve = approve
        event = Event("push", self.main, sha="c0ffee" + "0" * 34)
        return run_workflow(self.machine, EXAMPLES / "ci/github/apply.yml", event, again)

    def run(self, name: str, event: Event) -> Run:
        """Run one of the examples."""
        return run_workflow(self.machine, EXAMPLES / "ci/github" / name, event)

    def nightly(self, name: str) -> Ran:
        """Run one of the scheduled examples, which has one job."""
        (ran,) = self.run(name, Event("schedule", self.main, {"schedule": "x"})).jobs.values()
        return ran

    def live(self) -> dict[str, dict[str, Any]]:
        """Give the live assistants by name."""
        answer = self.api.get("/assistant", params={"limit": 1000})
        return {each["name"]: each for each in answer.json()}


def pull_request_event(
    github: GitHub,
    branch: Path,
    number: int,
    *,
    name: str = "pull_request",
    head: str | None = None,
) -> Event:
    """Give the event of a push to a pull request; `head` is the repository it comes from."""
    repository = head or github.repository
    payload: Mapping[str, Any] = {
        "number": number,
        "pull_request": {
            "number": number,
            "head": {"sha": "beef" * 10, "repo": {"full_name": repository}},
        },
    }
    return Event(name, branch, payload, is_fork=repository != github.repository)


@contextmanager
def scene_in(folder: Path, like: Scene | None = None) -> Iterator[Scene]:
    """Set the scene: the emulator, the state's server and GitHub answer on this machine.

    `like` is one that is over: what was live and owned there is so here.
    """
    jobs = folder / "jobs"
    jobs.mkdir()
    if like is not None:
        shutil.copy(like.emulator_file, folder)
    with (
        Store(folder / "emulator.sqlite") as store,
        serve_on_loopback(create_app(store)) as base_url,
        PlainServer() as state,
        served(GitHub()) as github,
        httpx.Client(base_url=base_url, headers={"authorization": f"Bearer {KEY}"}) as api,
    ):
        machine = Machine(
            jobs,
            github,
            SECRETS,
            {"VAPI_BASE_URL": base_url},
            f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -P -m assistants_sync "$@"\n',
        )
        if like is not None:
            state.kept = deepcopy(like.state.kept)
        yield Scene(folder, machine, state, api)
