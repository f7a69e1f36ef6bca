"""What plans of many definitions cost, by a floor that only fetches, parses and compares.

The definitions are of 5 KB, their prompts in files. The CPU of both, at no latency; then the wall
time, where every answer takes 50 ms.
"""

import math
import sys
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import project
import timing
from ratios import Found, Measured
from server import PAGE, Server, created_at, serving
from timing import Took

PEER_SECONDS: Final = 712.1
"""A no-op push of 500 at 50 ms a request: 501 GET, 500 PATCH. The list was whole; cut to 100 a
page, as documented, the push exits 1. Source: VapiAI/gitops commit 5b3b5b9, measured 2026-06
against a stand-in.
"""

LATENCY_SECONDS: Final = 0.05
MOST_MEGABYTES: Final = 250
_FLOOR: Final = Path(__file__).with_name("floor.py")
_ROUNDS: Final = 3


@dataclass(frozen=True, slots=True)
class Applied:
    """A project of so many definitions, all of them live on a server; `cpu` is of that apply."""

    folder: Path
    count: int
    server: Server
    cpu: float

    def no_op(self) -> tuple[Took, Took]:
        """Plan what needs no change; give the floor and ours."""
        # Newest first, so that each page is full but the last.
        cuts = [created_at(number) for number in range(self.count - 1, -1, -PAGE)]
        floor = [sys.executable, str(_FLOOR), str(self.folder), self.server.base_url, *cuts]
        took = timing.in_turns(_ROUNDS, partial(timing.run, floor, self._environ()), self.plan)
        return took[0], took[1]

    def plan(self) -> Took:
        """Plan once."""
        return timing.run(project.command(self.folder, "plan"), self._environ())

    def _environ(self) -> dict[str, str]:
        return project.environ(self.server.base_url, self.folder / "cache")


@contextmanager
def applied(count: int) -> Iterator[Applied]:
    """Write a project, and apply it."""
    with tempfile.TemporaryDirectory() as name, serving() as server:
        folder = Path(name)
        project.write_project(folder, count)
        argv = project.command(folder, "apply", "--auto-approve", "--parallelism", "32")
        took = timing.run(argv, project.environ(server.base_url, folder / "cache"))
        yield Applied(folder, count, server, took.cpu)


def measure() -> Iterator[Found]:
    """Measure 500 by the peer, 1,000 and 10,000 by the floor, and 10,000 by 1,000."""
    with applied(500) as world:
        world.server.wait(LATENCY_SECONDS)
        _, ours = world.no_op()
        yield Measured("no-op plan of 500, 50 ms, wall, by the peer", PEER_SECONDS, ours.wall)
    with applied(1_000) as world:
        few, few_cpu = (yield from _no_op(world)), world.cpu
    with applied(10_000) as world:
        yield Measured("apply of 10,000 creates, CPU, by that of 1,000", few_cpu, world.cpu)
        many = yield from _no_op(world)
        yield Measured("no-op plan of 10,000, CPU, by that of 1,000", few.cpu, many.cpu)
        yield Measured("no-op plan of 10,000, peak, by 250", MOST_MEGABYTES, many.megabytes, "MB")
        yield _requests(world)
        yield _tenth_changed(world, many)


def _no_op(world: Applied) -> Generator[Measured, None, Took]:
    """Measure without latency and with; give what our plan took without."""
    what = f"no-op plan of {world.count:,}"
    floor, ours = world.no_op()
    yield Measured(f"{what}, CPU", floor.cpu, ours.cpu)
    world.server.wait(LATENCY_SECONDS)
    slow_floor, slow_ours = world.no_op()
    yield Measured(f"{what}, 50 ms, wall", slow_floor.wall, slow_ours.wall)
    world.server.wait(0)
    return ours


def _requests(world: Applied) -> Measured:
    world.server.seen()
    world.plan()
    sent = sum(world.server.seen().requests.values())
    pages = math.ceil(world.count / PAGE)
    return Measured(f"no-op plan of {world.count:,}, requests, by pages + 2", pages + 2, sent, "")


def _tenth_changed(world: Applied, no_op: Took) -> Measured:
    """Edit one prompt in ten, each time anew: what has changed is in no cache."""
    changed = range(0, world.count, 10)
    took = []
    for number in range(_ROUNDS):
        for each in changed:
            project.write_prompt(world.folder, each, f"Say goodbye by name, {number} times.\n")
        took.append(world.plan())
    told = project.run(world.folder, world.server.base_url, "plan")
    if f"{len(changed)} to update" not in told.replace(",", ""):
        raise RuntimeError(f"the plan is not of {len(changed)} updates:\n{told[-500:]}")
    ours = timing.median_of(took).cpu
    return Measured(f"plan of {world.count:,}, 10 % changed, CPU, by no-op", no_op.cpu, ours)
