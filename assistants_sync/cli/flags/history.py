"""The commands below `history`, and their flags."""

import argparse

from assistants_sync.cli.flags.shared import add_formats, command_adder


def add_history_commands(parser: argparse.ArgumentParser, shared: argparse.ArgumentParser) -> None:
    """The commands below `history`."""
    add = command_adder(parser, shared)
    add_formats(add("list", "List the applies that are kept, the newest first."))
    show = add("show", "Show one apply, change by change.")
    show.add_argument("id", metavar="RUN", help="the beginning of its id")
    add_formats(show)
