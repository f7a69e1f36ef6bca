"""The commands below `emulator`, and their flags."""

import argparse

from assistants_sync.cli.flags.quantities import read_number
from assistants_sync.cli.flags.shared import command_adder


def add_emulator_commands(parser: argparse.ArgumentParser, shared: argparse.ArgumentParser) -> None:
    """The commands below `emulator`."""
    add = command_adder(parser, shared)
    serve = add("serve", "Serve the emulator on a port of this machine.")
    serve.add_argument("--port", type=read_number, metavar="PORT", help="the port (8484)")
    add("reset", "Remove the emulator's assistants, and the state that belongs to them.")
