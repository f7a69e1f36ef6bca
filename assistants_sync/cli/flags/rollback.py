"""The flags of `rollback`."""

import argparse
from pathlib import Path

from assistants_sync.cli.flags.outputs import add_plan_outputs
from assistants_sync.cli.flags.plan import add_choices, add_detailed
from assistants_sync.cli.flags.shared import add_parallelism, add_selection


def add_rollback_flags(parser: argparse.ArgumentParser) -> None:
    """Back to before what, and where the plan is saved."""
    parser.add_argument(
        "--to", metavar="RUN", required=True, help="undo it and all after it; see `history list`"
    )
    parser.add_argument(
        "--out", "-out", "-o", type=Path, metavar="FILE", required=True, help="for `apply FILE`"
    )
    add_selection(parser)
    add_choices(parser)
    add_detailed(parser)
    add_parallelism(parser)
    add_plan_outputs(parser)
