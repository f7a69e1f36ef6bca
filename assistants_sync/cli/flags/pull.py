"""The flags of `pull`."""

import argparse

from assistants_sync.cli.flags.shared import add_parallelism


def add_pull_flags(parser: argparse.ArgumentParser) -> None:
    """Whose edits, and whether anything is written."""
    parser.add_argument("addresses", nargs="*", metavar="ADDR", help="which assistants")
    parser.add_argument("--all", action="store_true", help="every one that has drifted")
    parser.add_argument(
        "--resolve",
        action="append",
        metavar="WHOSE",
        help="in conflict too: theirs, or ADDR=theirs, takes the server's value over the file's",
    )
    parser.add_argument("--dry-run", action="store_true", help="show the diff, write nothing")
    add_parallelism(parser)
