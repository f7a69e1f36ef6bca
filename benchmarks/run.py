"""Every benchmark, or those that are named, held against the ratios of the last release.

    run.py [--store] [start] [plans] [throttle] [journal] [views]

Ends 1 when a job is worse than its stored ratio by more than its margin, or is stored and no
longer measured. A star marks a target that is missed. `--store` writes the new ratios.
"""

import argparse
import sys
from pathlib import Path
from typing import Final

import journal
import plans
import report
import start
import throttle
import views

SCRIPTS: Final[report.Groups] = {
    "start": start.measure,
    "plans": plans.measure,
    "throttle": throttle.measure,
    "journal": journal.measure,
    "views": views.measure,
}
RATIOS: Final = Path(__file__).with_name("ratios.json")


def main() -> int:
    """Measure, print a line for each job, and give the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(SCRIPTS))
    parser.add_argument("--store", action="store_true", help="write the new ratios, for a release")
    arguments = parser.parse_args()
    if strange := {*arguments.names} - {*SCRIPTS}:
        parser.error(f"there is no {', '.join(sorted(strange))}")
    chosen = {name: SCRIPTS[name] for name in arguments.names or SCRIPTS}
    return report.tell(chosen, RATIOS, stores=arguments.store)


if __name__ == "__main__":
    sys.exit(main())
