"""The flags that say in which forms a result is written, and where to."""

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from assistants_sync.cli.flags.choices import FAULT_FILES, FAULT_FORMATS, PLAN_FILES, PLAN_FORMATS


def add_plan_outputs(parser: argparse.ArgumentParser) -> None:
    """How a plan is shown, and what is written beside it."""
    _add(parser, PLAN_FORMATS, PLAN_FILES)
    add_detail(parser)


def add_detail(parser: argparse.ArgumentParser) -> None:
    """How much people are told of a plan."""
    detail = parser.add_mutually_exclusive_group()
    detail.add_argument(
        "--summary",
        action="store_const",
        const="summary",
        dest="detail",
        help="to people: a line for each address",
    )
    detail.add_argument(
        "--full",
        action="store_const",
        const="full",
        dest="detail",
        help="to people: everything, nothing shortened",
    )


def add_validate_outputs(parser: argparse.ArgumentParser) -> None:
    """How faults are told, and what is written beside them."""
    _add(parser, FAULT_FORMATS, FAULT_FILES)


def _add(parser: argparse.ArgumentParser, formats: Sequence[str], files: Sequence[str]) -> None:
    parser.add_argument("--format", choices=formats, help="how the result is written")
    for name in files:
        parser.add_argument(
            f"--out-{name}",
            action="append",
            dest="out_files",
            type=partial(_named, name),
            metavar="FILE",
            help=f"write it as {name} too",
        )


def _named(name: str, path: str) -> tuple[str, Path]:
    return name, Path(path)
