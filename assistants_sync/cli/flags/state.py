"""The commands below `state` and `lock`, and their flags."""

import argparse
from pathlib import Path

from assistants_sync.cli.flags.shared import add_formats, add_locking, add_reading, command_adder


def add_state_commands(parser: argparse.ArgumentParser, shared: argparse.ArgumentParser) -> None:
    """The commands below `state`."""
    add = command_adder(parser, shared)
    add_formats(add("list", "List what is owned."))
    show = add("show", "Show what is known of one address.")
    show.add_argument("address", metavar="ADDR")
    add_formats(show)
    remove = add("rm", "Forget an address; the live assistant stays.")
    remove.add_argument("address", metavar="ADDR")
    add_locking(remove)
    move = add("mv", "Give an owned assistant another address.")
    move.add_argument("address", metavar="FROM")
    move.add_argument("to_address", metavar="TO")
    add_locking(move)
    verify = add("verify", "Say what state and the live assistants disagree on.")
    add_reading(verify)
    migrate = add("migrate", "Move the state to another place; the old one stays, closed.")
    migrate.add_argument(
        "--to", metavar="URL", required=True, help="such as s3://bucket/folder, or `local`"
    )
    add_locking(migrate)
    recover = add("recover", "Take back what an apply could not save.")
    recover.add_argument("file", type=Path, metavar="FILE", help="the file that it named")
    add_locking(recover)
    rebuild = add("rebuild", "Make a lost state again from the markers of the live assistants.")
    add_locking(rebuild)
    add_reading(rebuild)


def add_lock_commands(parser: argparse.ArgumentParser, shared: argparse.ArgumentParser) -> None:
    """The commands below `lock`."""
    add = command_adder(parser, shared)
    add_formats(add("show", "Say who holds the lock, for what, since when."))
    release = add("release", "Let go of the lock of a run that cannot do it any more.")
    release.add_argument("id", metavar="ID", help="the id that `lock show` names")
    release.add_argument("--reason", metavar="TEXT", required=True, help="told to who held it")
