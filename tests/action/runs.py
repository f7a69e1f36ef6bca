"""What a run of a workflow is made of: the event, the machine, and how each job went."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from action.github_server import GitHub
from action.job_log import JobLog


@dataclass(frozen=True)
class Event:
    """What set a run off. `commit` is the folder that a checkout copies; a fork gets no secret."""

    name: str
    commit: Path
    payload: Mapping[str, Any] = field(default_factory=dict)
    sha: str = "0" * 40
    is_fork: bool = False


@dataclass
class Ran:
    """How a job went: `success`, `failure`, `skipped`, or `waiting` for want of an approval."""

    conclusion: str
    log: JobLog = field(default_factory=JobLog)
    outputs: dict[str, str] = field(default_factory=dict)
    summary: str = ""
    exit_code: int = 0


@dataclass(frozen=True)
class Run:
    """How every job went, and where the artifacts are kept."""

    jobs: Mapping[str, Ran]
    artifacts: Path


@dataclass
class Machine:
    """What is the same for every job: the place, its secrets, and who approves.

    `around` is put into every step's environment, as a runner of one's own may have it. `tool` is
    what stands in for the installed one; without it, it is installed. `approve` is asked before a
    job of an environment begins, with the folder in which the run keeps its artifacts.
    """

    folder: Path
    github: GitHub
    secrets: Mapping[str, str] = field(default_factory=dict)
    around: Mapping[str, str] = field(default_factory=dict)
    tool: str = ""
    approve: Callable[[Path], bool] = lambda _artifacts: True
