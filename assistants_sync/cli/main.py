"""The way in: what needs nothing of us is answered here and now, all else is run."""

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from assistants_sync import __version__
from assistants_sync.cli.streams import prepare

ASKED: Final = "_ARGCOMPLETE"
"""The variable by which a shell's script asks what could come next; see `completing`."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and give its exit code; it raises nothing."""
    prepare()
    typed = sys.argv[1:] if argv is None else argv
    if argv is None and ASKED in os.environ:  # noqa: TID251 -- a shell asks, nobody gave a command
        from assistants_sync.cli.completing import answer
        from assistants_sync.cli.parser import build_parser

        answer(build_parser())
    # What cannot be written goes the whole way, which says why.
    with suppress(OSError):
        if text := _known_at_once(typed):
            sys.stdout.write(text)
            sys.stdout.flush()
            return 0
    from assistants_sync.cli.running import run

    return run(typed)


def _known_at_once(typed: Sequence[str]) -> str | None:
    match typed:
        case ["--version" | "version"]:
            return f"assistants-sync {__version__}\n"
        case ["--help" | "-h"]:
            from assistants_sync.cli.parser import build_parser

            return build_parser(typed).format_help()
        case _:
            return None
