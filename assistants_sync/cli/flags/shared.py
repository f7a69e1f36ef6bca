"""What several commands take: the form of help, and flags in common."""

import argparse
import os
import sys
from collections.abc import Callable
from typing import Final

from assistants_sync.cli.flags.quantities import read_parallelism, read_seconds

_USUAL_COLUMNS: Final = 80


class Help(argparse.HelpFormatter):
    """Flags on one line with one metavar, as Python 3.13 writes them and 3.11 does not."""

    def __init__(self, prog: str) -> None:
        # Left to itself it imports shutil, which takes as long as all of our flags.
        super().__init__(prog, width=_columns() - 2)

    def _format_action_invocation(self, action: argparse.Action) -> str:
        if not action.option_strings or action.nargs == 0:
            return super()._format_action_invocation(action)
        metavar = self._format_args(action, self._get_default_metavar_for_optional(action))
        return f"{', '.join(action.option_strings)} {metavar}"


def _columns() -> int:
    said = os.environ.get("COLUMNS", "")  # noqa: TID251 -- of the terminal, as argparse reads it
    if said.isdecimal() and int(said):
        return int(said)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or _USUAL_COLUMNS
    except (OSError, ValueError):
        return _USUAL_COLUMNS


def add_formats(parser: argparse.ArgumentParser) -> None:
    """How the result is written."""
    parser.add_argument("--format", choices=["human", "json"], help="how the result is written")


def add_selection(parser: argparse.ArgumentParser) -> None:
    """Which addresses."""
    parser.add_argument(
        "--target", "-target", action="append", metavar="ADDR", help="only this address"
    )
    parser.add_argument(
        "--exclude", "-exclude", action="append", metavar="ADDR", help="not this address"
    )


def add_parallelism(parser: argparse.ArgumentParser) -> None:
    """How many requests at a time."""
    parser.add_argument(
        "--parallelism",
        "-parallelism",
        type=read_parallelism,
        metavar="N",
        help="requests at a time (8)",
    )


def add_reading(parser: argparse.ArgumentParser) -> None:
    """How live is read, and the result written."""
    add_parallelism(parser)
    add_formats(parser)


def add_locking(parser: argparse.ArgumentParser) -> None:
    """How long to wait for the lock."""
    parser.add_argument(
        "--lock-timeout",
        "-lock-timeout",
        type=read_seconds,
        metavar="TIME",
        help="wait so long for the lock, as 30s or 2m",
    )


def command_adder(
    parser: argparse.ArgumentParser,
    shared: argparse.ArgumentParser,
    *,
    dest: str = "subcommand",
    is_optional: bool = False,
) -> Callable[[str, str], argparse.ArgumentParser]:
    """Give what adds one command to a parser: its name, and what it is for."""
    commands = parser.add_subparsers(
        title="commands",
        metavar="COMMAND",
        dest=dest,
        required=dest == "subcommand" and not is_optional,
    )

    def add(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(
            name,
            help=text,
            description=text,
            parents=[shared],
            argument_default=argparse.SUPPRESS,
            formatter_class=Help,
            allow_abbrev=False,
        )

    return add
