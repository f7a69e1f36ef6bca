"""The flags of `plan`, `apply`, `drift` and `show`."""

import argparse
from pathlib import Path

from assistants_sync.cli.flags.consent import add_consent
from assistants_sync.cli.flags.outputs import add_detail, add_plan_outputs
from assistants_sync.cli.flags.quantities import read_seconds
from assistants_sync.cli.flags.shared import (
    add_locking,
    add_parallelism,
    add_reading,
    add_selection,
)


def add_plan_flags(parser: argparse.ArgumentParser) -> None:
    """What a plan looks at, and where it is saved."""
    add_selection(parser)
    add_choices(parser)
    parser.add_argument(
        "--out", "-out", "-o", type=Path, metavar="FILE", help="save the plan for apply"
    )
    parser.add_argument(
        "--refresh-only", "-refresh-only", action="store_true", help="the same as `drift`"
    )
    parser.add_argument(
        "--secrets-unavailable",
        action="store_true",
        help="read no secret; without a key read nothing live either; for review only",
    )
    add_detailed(parser)
    add_parallelism(parser)
    add_plan_outputs(parser)


def add_apply_flags(parser: argparse.ArgumentParser) -> None:
    """Consent, by its danger, and what else an apply takes."""
    parser.add_argument(
        "file", type=Path, metavar="FILE", nargs="?", default=None, help="a saved plan"
    )
    add_selection(parser)
    add_choices(parser)
    add_consent(parser)
    parser.add_argument(
        "--wait-for-calls",
        type=read_seconds,
        metavar="TIME",
        help="wait so long for live calls of what is to be deleted, as 15m",
    )
    add_locking(parser)
    add_reading(parser)
    add_detail(parser)


def add_show_flags(parser: argparse.ArgumentParser) -> None:
    """Which plan, and how it is shown."""
    parser.add_argument("file", type=Path, metavar="FILE", help="a plan saved with --out")
    add_plan_outputs(parser)


def add_drift_flags(parser: argparse.ArgumentParser) -> None:
    """What drift looks at, and whether it is brought back into the files."""
    add_selection(parser)
    parser.add_argument(
        "--pull", action="store_true", help="then bring all of it back into the files; see `pull`"
    )
    add_detailed(parser)
    add_parallelism(parser)
    add_plan_outputs(parser)


def add_detailed(parser: argparse.ArgumentParser) -> None:
    """Whether the exit code tells of changes."""
    parser.add_argument(
        "--detailed-exitcode",
        "-detailed-exitcode",
        action="store_true",
        help="end with 2 when there is something to do or to look at",
    )


def add_choices(parser: argparse.ArgumentParser) -> None:
    """What is to be done about what stands in the way."""
    parser.add_argument(
        "--resolve",
        action="append",
        metavar="WHOSE",
        help="settle conflicts and drift: ours, theirs, or ADDR=ours, ADDR=theirs",
    )
    parser.add_argument(
        "--skip-deletes", action="store_true", help="leave what would be deleted alone"
    )
    parser.add_argument(
        "--detach", action="append", metavar="ADDR", help="unlink what refers to it, then delete it"
    )
    parser.add_argument(
        "--ignore-unreadable",
        action="append",
        metavar="KIND",
        help="delete although this kind could not be read for uses",
    )
    parser.add_argument(
        "--allow-same-name",
        action="store_true",
        help="create although an unmanaged assistant has the same name",
    )
