"""Every command and flag, in one table that reads like the help text.

argparse, because it starts in two milliseconds and takes Terraform's single-dash spellings.
"""

import argparse
import difflib
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from assistants_sync.cli.arguments import Arguments
from assistants_sync.cli.quantities import read_number, read_parallelism, read_seconds
from assistants_sync.errors import UsageError


class _Help(argparse.HelpFormatter):
    """Flags on one line with one metavar, as Python 3.13 writes them and 3.11 does not."""

    def _format_action_invocation(self, action: argparse.Action) -> str:
        if not action.option_strings or action.nargs == 0:
            return super()._format_action_invocation(action)
        metavar = self._format_args(action, self._get_default_metavar_for_optional(action))
        return f"{', '.join(action.option_strings)} {metavar}"


class _Parser(argparse.ArgumentParser):
    """A parser whose faults are ours: one form, exit 64, and the nearest flag as a hint."""

    def error(self, message: str) -> NoReturn:
        unknown = re.match(r"unrecognized arguments: (-\S+)", message)
        near: list[str] = []
        if unknown:
            near = difflib.get_close_matches(unknown[1].partition("=")[0], self.flags(), n=1)
        raise UsageError(
            "The command line is not understood",
            f"{message}; see `{self.prog} --help`",
            hint=f"did you mean `{near[0]}`?" if near else None,
        )

    def flags(self) -> list[str]:
        """Give every flag of this parser and of the commands below it."""
        found = [flag for action in self._actions for flag in action.option_strings]
        for action in self._actions:
            if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 -- no public way to the commands
                for parser in action.choices.values():
                    found += parser.flags()
        return found


def parse(argv: Sequence[str]) -> Arguments:
    """Read the command line.

    Raises:
        UsageError: it is not one this tool understands.
        SystemExit: the help text or the version was asked for, and printed.
    """
    return build_parser().parse_args(argv, namespace=Arguments())


def build_parser() -> argparse.ArgumentParser:
    """Give the parser of the whole command line."""
    shared = _shared_flags()
    parser = _Parser(
        prog="assistants-sync",
        description="Declarative sync for Vapi voice assistants.",
        epilog="Exit codes: 0 done, 1 error, 2 changes present (--detailed-exitcode), 3 refused "
        "by a guard, 4 stale, 5 locked, 6 finished with failures, 7 not authorised, 8 definitions "
        "not valid, 64 usage, 70 a bug in us, 130 interrupted.",
        parents=[shared],
        formatter_class=_Help,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--version",
        action="store_const",
        const="version",
        dest="command",
        help="print the version",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command")

    def add(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(
            name,
            help=text,
            description=text,
            parents=[shared],
            argument_default=argparse.SUPPRESS,
            formatter_class=_Help,
            allow_abbrev=False,
        )

    _formats(add("validate", "Check every definition; needs no network and no key."))
    _plan_flags(add("plan", "Show what apply would do; writes nothing, anywhere."))
    _apply_flags(add("apply", "Carry out a plan: a fresh one after a question, or a saved one."))
    show = add("show", "Show a saved plan.")
    show.add_argument("file", type=Path, metavar="FILE", help="a plan saved with --out")
    _formats(show)
    _drift_flags(add("drift", "Show what somebody else changed on the server."))
    _import_flags(add("import", "Take over live assistants, without changing them."))
    _state_commands(add("state", "Look at what is owned, or change its book-keeping."), shared)
    _lock_commands(add("lock", "Look at the lock of the state."), shared)
    _emulator_commands(add("emulator", "Run or reset the local stand-in of the API."), shared)
    add("version", "Print the version.")
    return parser


def _shared_flags() -> _Parser:
    """Flags that may stand before or after the command."""
    parser = _Parser(add_help=False, argument_default=argparse.SUPPRESS, allow_abbrev=False)
    group = parser.add_argument_group("everywhere")
    group.add_argument("--chdir", "-chdir", type=Path, metavar="DIR", help="the project's folder")
    group.add_argument("--env", metavar="NAME", help="the environment (default: `default`)")
    group.add_argument(
        "--emulator", action="store_true", help="use the local stand-in of the API, no network"
    )
    group.add_argument(
        "--allow-host",
        action="append",
        metavar="HOST",
        help="a host the key may go to besides *.vapi.ai and this machine",
    )
    group.add_argument("--no-color", "-no-color", action="store_true", help="plain text")
    group.add_argument("-v", "--verbose", action="store_true", help="more about what goes wrong")
    return parser


def _formats(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", choices=["human", "json"], help="how the result is written")


def _selection(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--target", "-target", action="append", metavar="ADDR", help="only this address"
    )
    parser.add_argument(
        "--exclude", "-exclude", action="append", metavar="ADDR", help="not this address"
    )


def _reading(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--parallelism",
        "-parallelism",
        type=read_parallelism,
        metavar="N",
        help="requests at a time (8)",
    )
    _formats(parser)


def _plan_flags(parser: argparse.ArgumentParser) -> None:
    _selection(parser)
    _choices(parser)
    parser.add_argument(
        "--out", "-out", "-o", type=Path, metavar="FILE", help="save the plan for apply"
    )
    parser.add_argument(
        "--refresh-only", "-refresh-only", action="store_true", help="the same as `drift`"
    )
    _detailed(parser)
    _reading(parser)


def _detailed(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--detailed-exitcode",
        "-detailed-exitcode",
        action="store_true",
        help="end with 2 when there is something to do or to look at",
    )


def _choices(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--resolve",
        action="append",
        metavar="WHOSE",
        help="settle conflicts and drift: ours, theirs, or ADDR=ours, ADDR=theirs",
    )
    parser.add_argument(
        "--skip-deletes", action="store_true", help="leave what would be deleted alone"
    )
    parser.add_argument(
        "--allow-same-name",
        action="store_true",
        help="create although an unmanaged assistant has the same name",
    )


def _apply_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", type=Path, metavar="FILE", nargs="?", default=None, help="a saved plan"
    )
    _selection(parser)
    _choices(parser)
    parser.add_argument(
        "--auto-approve",
        "-auto-approve",
        action="store_true",
        help="do not ask; covers everything but deletions",
    )
    parser.add_argument(
        "--allow-deletes", type=read_number, metavar="N", help="consent to exactly N deletions"
    )
    parser.add_argument(
        "--allow-destructive",
        type=read_number,
        metavar="N",
        help="to exactly N destructive updates",
    )
    parser.add_argument(
        "--accept-gone", type=read_number, metavar="N", help="to exactly N owned that are gone"
    )
    _locking(parser)
    _reading(parser)


def _locking(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--lock-timeout",
        "-lock-timeout",
        type=read_seconds,
        metavar="TIME",
        help="wait so long for the lock, as 30s or 2m",
    )


def _drift_flags(parser: argparse.ArgumentParser) -> None:
    _selection(parser)
    _detailed(parser)
    _reading(parser)


def _import_flags(parser: argparse.ArgumentParser) -> None:
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
    _locking(parser)
    _reading(parser)


def _state_commands(parser: argparse.ArgumentParser, shared: argparse.ArgumentParser) -> None:
    add = _below(parser, shared)
    _formats(add("list", "List what is owned."))
    show = add("show", "Show what is known of one address.")
    show.add_argument("address", metavar="ADDR")
    _formats(show)
    remove = add("rm", "Forget an address; the live assistant stays.")
    remove.add_argument("address", metavar="ADDR")
    _locking(remove)
    move = add("mv", "Give an owned assistant another address.")
    move.add_argument("address", metavar="FROM")
    move.add_argument("to_address", metavar="TO")
    _locking(move)


def _lock_commands(parser: argparse.ArgumentParser, shared: argparse.ArgumentParser) -> None:
    _formats(_below(parser, shared)("show", "Say who holds the lock, for what, since when."))


def _emulator_commands(parser: argparse.ArgumentParser, shared: argparse.ArgumentParser) -> None:
    add = _below(parser, shared)
    serve = add("serve", "Serve the emulator on a port of this machine.")
    serve.add_argument("--port", type=read_number, metavar="PORT", help="the port (8484)")
    add("reset", "Remove the emulator's assistants, and the state that belongs to them.")


def _below(
    parser: argparse.ArgumentParser, shared: argparse.ArgumentParser
) -> Callable[[str, str], argparse.ArgumentParser]:
    commands = parser.add_subparsers(
        title="commands", metavar="COMMAND", dest="subcommand", required=True
    )

    def add(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(
            name,
            help=text,
            description=text,
            parents=[shared],
            argument_default=argparse.SUPPRESS,
            formatter_class=_Help,
            allow_abbrev=False,
        )

    return add
