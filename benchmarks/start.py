"""What a command costs before it does anything, by what Python itself costs: CPU, started cold."""

import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import project
import timing
from ratios import Found, Measured

_BARE: Final = (sys.executable, "-c", "pass")
_NEEDED: Final = (
    sys.executable,
    "-c",
    "import argparse, json, pathlib, yaml, pydantic\nclass One(pydantic.BaseModel): name: str",
)
"""What `validate` cannot do without: flags, paths, YAML, and one model of what stands in it."""

_OURS: Final = (sys.executable, "-m", "assistants_sync")
_THREE: Final = Path(__file__).parents[1] / "examples" / "quickstart"
_ROUNDS: Final = 15

JOBS: Final[Mapping[str, tuple[Sequence[str], Sequence[str]]]] = {
    "--version, by a bare interpreter": (_BARE, (*_OURS, "--version")),
    "--help, by a bare interpreter": (_BARE, (*_OURS, "--help")),
    "validate of 3 files, by the imports it needs": (_NEEDED, project.command(_THREE, "validate")),
}
"""Each job's floor, and ours."""


def environ(cache: Path) -> dict[str, str]:
    """Give the environment they run in; there is no server."""
    return project.environ("http://127.0.0.1:9", cache)


def measure() -> Iterator[Found]:
    """Measure each job in turns with its floor."""
    with tempfile.TemporaryDirectory() as cache:
        around = environ(Path(cache))
        for job, commands in JOBS.items():
            doing = [partial(timing.run, each, around) for each in commands]
            floor, ours = timing.in_turns(_ROUNDS, *doing)
            yield Measured(job, floor.cpu, ours.cpu)
