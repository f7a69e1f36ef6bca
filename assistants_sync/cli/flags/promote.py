"""The flags of `promote`."""

import argparse
from pathlib import Path

from assistants_sync.cli.flags.outputs import add_plan_outputs
from assistants_sync.cli.flags.plan import add_choices, add_detailed
from assistants_sync.cli.flags.shared import add_parallelism


def add_promote_flags(parser: argparse.ArgumentParser) -> None:
    """From where to where, what of it, and where the plan is saved."""
    parser.add_argument(
        "--from", dest="source", metavar="NAME", required=True, help="as it is here"
    )
    parser.add_argument("--to", metavar="NAME", required=True, help="the plan is for this one")
    parser.add_argument(
        "addresses", nargs="*", default=(), metavar="ADDR", help="only these; all without any"
    )
    parser.add_argument(
        "--out", "-out", "-o", type=Path, metavar="FILE", help="save the plan for apply"
    )
    add_choices(parser)
    add_detailed(parser)
    add_parallelism(parser)
    add_plan_outputs(parser)
