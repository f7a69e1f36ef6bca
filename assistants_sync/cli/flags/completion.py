"""What `completion` takes."""

import argparse

from assistants_sync.cli.flags.choices import SHELLS


def add_completion_flags(parser: argparse.ArgumentParser) -> None:
    """Which shell."""
    parser.add_argument("shell", choices=SHELLS, help="the shell that is to complete")
