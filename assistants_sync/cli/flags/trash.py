"""The commands below `trash`, and their flags."""

import argparse

from assistants_sync.cli.flags.quantities import read_seconds
from assistants_sync.cli.flags.shared import add_formats, add_locking, add_reading, command_adder


def add_trash_commands(parser: argparse.ArgumentParser, shared: argparse.ArgumentParser) -> None:
    """The commands below `trash`."""
    add = command_adder(parser, shared)
    add_formats(add("list", "List what was deleted and is kept."))
    show = add("show", "Show one backup.")
    show.add_argument("id", metavar="ID", help="the id it had, or the name of the backup")
    restore = add("restore", "Make it again, and point back what pointed to it.")
    restore.add_argument("id", metavar="ID", help="the id it had, or the name of the backup")
    restore.add_argument(
        "--as", dest="restore_as", metavar="ADDR", help="under this address, not its old one"
    )
    restore.add_argument("--dry-run", action="store_true", help="show the plan, and stop")
    restore.add_argument(
        "--without",
        action="append",
        metavar="FIELD",
        help="leave out a field the API no longer takes",
    )
    restore.add_argument("--auto-approve", "-auto-approve", action="store_true", help="do not ask")
    add_locking(restore)
    add_reading(restore)
    purge = add("purge", "Remove old backups for good.")
    purge.add_argument(
        "--older-than", type=read_seconds, metavar="TIME", required=True, help="such as 90d"
    )
    purge.add_argument("--auto-approve", "-auto-approve", action="store_true", help="do not ask")
    add_locking(purge)
