"""The flags by which somebody consents: by the danger, by number, or to one content."""

import argparse

from assistants_sync.cli.flags.quantities import read_digest, read_number


def add_consent(parser: argparse.ArgumentParser) -> None:
    """What is agreed to before it is known what would be done."""
    parser.add_argument(
        "--auto-approve",
        "-auto-approve",
        action="store_true",
        help="do not ask; covers everything but deletions",
    )
    parser.add_argument(
        "--allow-deletes", type=read_number, metavar="N", help="consent to exactly N deletions"
    )
    parser.add_argument(
        "--allow-destructive",
        type=read_number,
        metavar="N",
        help="to exactly N destructive updates",
    )
    parser.add_argument(
        "--accept-gone", type=read_number, metavar="N", help="to exactly N owned that are gone"
    )
    parser.add_argument(
        "--expect-digest",
        type=read_digest,
        metavar="DIGEST",
        help="go on only with the plan of this digest, or of one that begins so",
    )
