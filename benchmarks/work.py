"""What work costs, counted and not timed, so that it is the same on any machine.

    work.py [--store]

Counts are requests, fsyncs, YAML texts and DeepDiff calls, of 250 definitions at 100 a page; none
may grow. Instructions are those callgrind counts of a cold start, by those of a bare interpreter;
they may grow by 5 %. Where the interpreter or what it imports is not that of the stored figures,
they are not compared; a target that was met must still be met.
"""

import argparse
import json
import math
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

import project
import report
import start
import timing
from counted import DEEPDIFFS, FSYNCS, YAML_TEXTS
from ratios import Found, Measured, NotMeasured
from server import PAGE, Server, serving

COUNT: Final = 250
CHANGED: Final = 25
_COUNTED: Final = Path(__file__).with_name("counted.py")
_WORK: Final = Path(__file__).with_name("work.json")


def count() -> Iterator[Found]:
    """Count what apply and plan do."""
    pages, files = math.ceil(COUNT / PAGE), COUNT + 1
    with tempfile.TemporaryDirectory() as name, serving() as server:
        folder = Path(name)
        project.write_project(folder, COUNT)
        # One at a time: how many share a write depends on the moment.
        did = _run(folder, server, "apply", "--auto-approve", "--parallelism", "1")
        yield from _counts("apply", did, POST=COUNT, GET=1, **{FSYNCS: COUNT, YAML_TEXTS: files})
        shutil.rmtree(folder / "cache", ignore_errors=True)
        did = _run(folder, server, "plan")
        yield from _counts("no-op plan, cold", did, **{YAML_TEXTS: files})
        did = _run(folder, server, "plan")
        least = {"GET": pages, YAML_TEXTS: files, DEEPDIFFS: COUNT, FSYNCS: COUNT}
        yield from _counts("no-op plan, warm", did, **least)
        for number in range(CHANGED):
            project.write_prompt(folder, number, "Say goodbye by name.\n")
        did = _run(folder, server, "plan")
        least = {"GET": pages, YAML_TEXTS: files, DEEPDIFFS: CHANGED}
        yield from _counts(f"plan, {CHANGED} changed", did, **least)


def _counts(job: str, did: Mapping[str, int], **floors: int) -> Iterator[Measured]:
    for what, floor in floors.items():
        yield Measured(f"{job}: {what}", floor, did.get(what, 0), "")


def _run(folder: Path, server: Server, *argv: str) -> dict[str, int]:
    server.seen()
    counts = folder / "counts.json"
    command = [sys.executable, str(_COUNTED), str(counts), "--chdir", str(folder), *argv]
    timing.run(command, project.environ(server.base_url, folder / "cache"))
    found: dict[str, int] = json.loads(counts.read_text())
    return found | server.seen().requests


def instructions() -> Iterator[Found]:
    """Count the instructions of what `start` times, in millions."""
    if shutil.which("valgrind") is None:
        yield from (NotMeasured(job, "valgrind is not installed") for job in start.JOBS)
        return
    with tempfile.TemporaryDirectory() as cache:
        environ = start.environ(Path(cache)) | {"PYTHONHASHSEED": "0"}
        for job, (floor, ours) in start.JOBS.items():
            least = _millions(floor, environ)
            yield Measured(job, least, _millions(ours, environ), "M")


def _millions(argv: Sequence[str], environ: Mapping[str, str]) -> float:
    timing.run(argv, environ)  # compiles what is not yet, and fills what is cached
    grind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *argv]
    ended = subprocess.run(grind, env=environ, capture_output=True, text=True, check=True)
    found = re.search(r"Collected : (\d+)", ended.stderr)
    if found is None:
        raise RuntimeError(f"callgrind told no figure:\n{ended.stderr}")
    return int(found[1]) / 1e6


def _versions() -> dict[str, str]:
    python = {"python": ".".join(platform.python_version_tuple()[:2])}
    built = {"compiler": platform.python_compiler(), "machine": platform.machine()}
    return python | built | {name: version(name) for name in ("pydantic", "PyYAML")}


def main() -> int:
    """Count, print a line for each, and give the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--store", action="store_true", help="write the new counts, for a release")
    stores = parser.parse_args().store
    codes = (
        report.tell({"counts": count}, _WORK, stores=stores),
        report.tell({"instructions": instructions}, _WORK, stores=stores, versions=_versions()),
    )
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
