"""The flags of `import`."""

import argparse

from assistants_sync.cli.flags.shared import add_locking, add_reading


def add_import_flags(parser: argparse.ArgumentParser) -> None:
    """What to take over, and how."""
    parser.add_argument(
        "address", nargs="?", default=None, metavar="ADDR", help="what it will be called here"
    )
    parser.add_argument(
        "id", nargs="?", default=None, metavar="ID", help="the id of the live assistant"
    )
    many = parser.add_mutually_exclusive_group()
    many.add_argument("--match", metavar="GLOB", help="every unmanaged one whose name fits")
    many.add_argument("--all", action="store_true", help="every unmanaged one")
    parser.add_argument("--claim", action="store_true", help="write our marker on it, one PATCH")
    parser.add_argument(
        "--take-over", action="store_true", help="even from another project; implies --claim"
    )
    add_locking(parser)
    add_reading(parser)
