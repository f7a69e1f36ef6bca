"""The commands below `schema`; without one it writes what an editor needs."""

import argparse

from assistants_sync.cli.flags.shared import command_adder


def add_schema_commands(parser: argparse.ArgumentParser, shared: argparse.ArgumentParser) -> None:
    """The commands below `schema`."""
    add = command_adder(parser, shared, is_optional=True)
    add("definition", "Print the JSON Schema of a definition.")
    add("project", "Print the JSON Schema of the project file.")
    pull = add("pull", "Keep the API's own document, to check nested objects by.")
    pull.add_argument(
        "source",
        metavar="SOURCE",
        nargs="?",
        default=None,
        help="a URL or a file (default: where the API publishes it)",
    )
