"""What a command costs, run as a child: CPU seconds, wall seconds, peak memory."""

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Took:
    """What one run took: CPU is user and system together, memory the peak, in MB.

    A peak below that of this process is not seen: a child's begins at what its parent has.
    """

    cpu: float
    wall: float
    megabytes: float


def run(argv: Sequence[str], environ: Mapping[str, str]) -> Took:
    """Run a command to its end.

    Raises:
        RuntimeError: it failed; with what it printed.
    """
    with tempfile.TemporaryFile() as said:
        begun = time.perf_counter()
        process = subprocess.Popen(argv, env=environ, stdout=said, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise RuntimeError(said.read().decode(errors="replace"))
    return Took(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * 1024 / 1e6)


def in_turns(rounds: int, *jobs: Callable[[], Took]) -> list[Took]:
    """Give the median of each job; a first round fills what is cached, and is not counted.

    In turns, so that whatever else the machine does falls on all of them.
    """
    took = [[job() for job in jobs] for _ in range(1 + rounds)]
    return [median_of(each) for each in zip(*took[1:], strict=True)]


def median_of(took: Sequence[Took]) -> Took:
    """Give the median of each figure."""
    return Took(
        median(each.cpu for each in took),
        median(each.wall for each in took),
        median(each.megabytes for each in took),
    )
