"""The flags of `import`."""

import argparse

from assistants_sync.cli.flags.outputs import add_detail
from assistants_sync.cli.flags.shared import add_locking, add_reading


def add_import_flags(parser: argparse.ArgumentParser) -> None:
    """What to take over, and how."""
    parser.add_argument(
        "what",
        nargs="*",
        default=(),
        metavar="ID",
        help="the ids of live assistants; or `ADDR ID`: one, and what it will be called here",
    )
    many = parser.add_mutually_exclusive_group()
    many.add_argument("--match", metavar="GLOB", help="every unmanaged one whose name fits")
    many.add_argument("--all", action="store_true", help="every unmanaged one")
    parser.add_argument(
        "--prompts-as-files",
        action="store_true",
        help="system prompts go to prompts/KEY.md, and the definitions name them",
    )
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="only show what would be written; with --full the files themselves",
    )
    parser.add_argument(
        "--write-env",
        action="store_true",
        help="put the secrets that the server shows into the .env file, which git has to ignore",
    )
    parser.add_argument("--claim", action="store_true", help="write our marker on it, one PATCH")
    parser.add_argument(
        "--take-over", action="store_true", help="even from another project; implies --claim"
    )
    add_locking(parser)
    add_reading(parser)
    add_detail(parser)
