"""The commands below `cleanup`, and their flags."""

import argparse
from pathlib import Path

from assistants_sync.cli.flags.choices import SORTS
from assistants_sync.cli.flags.quantities import read_seconds
from assistants_sync.cli.flags.shared import add_formats, add_parallelism, command_adder


def add_cleanup_commands(parser: argparse.ArgumentParser, shared: argparse.ArgumentParser) -> None:
    """The commands below `cleanup`."""
    add = command_adder(parser, shared)
    listing = add("list", "Show every assistant no state owns, and whether it seems stale.")
    _candidates(listing)
    listing.add_argument("--sort", choices=SORTS, help="the column to sort by (name)")
    listing.add_argument("--format", choices=["human", "json", "csv"], help="how it is written")
    plan = add("plan", "Make a saved plan that deletes the stale ones, each by its id.")
    plan.add_argument("ids", nargs="*", default=(), metavar="ID", help="exactly these")
    _candidates(plan)
    plan.add_argument(
        "--expired", action="store_true", help="what was set aside and whose grace is over"
    )
    plan.add_argument(
        "--quarantine", action="store_true", help="set them aside instead of deleting them"
    )
    plan.add_argument("--ignore-unreadable", action="append", metavar="KIND", help="as in `apply`")
    plan.add_argument(
        "--out", "-out", "-o", type=Path, metavar="FILE", required=True, help="for `apply FILE`"
    )
    add_formats(plan)


def _candidates(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--older-than", type=read_seconds, metavar="TIME", help="created before")
    parser.add_argument("--unused-for", type=read_seconds, metavar="TIME", help="no call since")
    parser.add_argument("--name", metavar="GLOB", help="whose name fits")
    parser.add_argument("--unreferenced", action="store_true", help="that nothing refers to")
    add_parallelism(parser)
