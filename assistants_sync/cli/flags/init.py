"""The flags of `init`."""

import argparse
from pathlib import Path

from assistants_sync.cli.flags.choices import FORGES


def add_init_flags(parser: argparse.ArgumentParser) -> None:
    """What would be asked on a terminal, and what may be left out."""
    parser.add_argument("--project", metavar="NAME", help="its name (the folder's)")
    parser.add_argument(
        "--environment",
        action="append",
        dest="environments",
        metavar="NAME",
        help="an environment of it (`default`); the first one is imported from, and CI's",
    )
    parser.add_argument(
        "--definitions", metavar="DIR", help="the folder of the definitions (assistants)"
    )
    parser.add_argument("--state", metavar="URL", help="where a team shares its state")
    parser.add_argument(
        "--forge", choices=FORGES, help="whose CI files to write (by the address of `origin`)"
    )
    parser.add_argument(
        "--import",
        dest="import_now",
        action="store_true",
        help="then import every assistant there is; nothing is asked about it",
    )
    parser.add_argument(
        "--write-env", action="store_true", help="put the secrets of what is taken over into .env"
    )
    parser.add_argument(
        "--from-gitops",
        type=Path,
        metavar="DIR",
        help="then take over what the vendor's gitops repository there manages",
    )
    parser.add_argument("--example", action="store_true", help="write a first definition too")
    parser.add_argument(
        "--without-key", action="store_true", help="use no key: check and pin no organisation"
    )
    parser.add_argument("--dry-run", action="store_true", help="only list what would be written")
