"""Every command and flag, in one table that reads like the help text.

argparse, because it is in every Python, starts fast, and takes Terraform's single-dash spellings.
"""

import argparse
import re
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import NoReturn, TypeAlias

from assistants_sync.cli.arguments import Arguments
from assistants_sync.cli.flags.cleanup import add_cleanup_commands
from assistants_sync.cli.flags.completion import add_completion_flags
from assistants_sync.cli.flags.emulator import add_emulator_commands
from assistants_sync.cli.flags.fmt import add_fmt_flags
from assistants_sync.cli.flags.history import add_history_commands
from assistants_sync.cli.flags.importing import add_import_flags
from assistants_sync.cli.flags.init import add_init_flags
from assistants_sync.cli.flags.outputs import add_validate_outputs
from assistants_sync.cli.flags.plan import (
    add_apply_flags,
    add_drift_flags,
    add_plan_flags,
    add_show_flags,
)
from assistants_sync.cli.flags.promote import add_promote_flags
from assistants_sync.cli.flags.pull import add_pull_flags
from assistants_sync.cli.flags.rollback import add_rollback_flags
from assistants_sync.cli.flags.schema import add_schema_commands
from assistants_sync.cli.flags.shared import Help, add_formats, command_adder
from assistants_sync.cli.flags.state import add_lock_commands, add_state_commands
from assistants_sync.cli.flags.trash import add_trash_commands

_AddFlags: TypeAlias = Callable[[argparse.ArgumentParser], None]
_AddCommands: TypeAlias = Callable[[argparse.ArgumentParser, argparse.ArgumentParser], None]


def _without_values(message: str) -> str:
    """Keep the flags of what was not understood: what follows one may be a key."""
    kind, colon, words = message.partition("unrecognized arguments: ")
    if not colon:
        return message
    flags = [word.partition("=")[0] for word in words.split() if word.startswith("-")]
    return kind + colon + " ".join(flags or ["more than it takes"])


class _Parser(argparse.ArgumentParser):
    """A parser whose faults are ours: one form, exit 64, and the nearest flag as a hint."""

    def error(self, message: str) -> NoReturn:
        import difflib

        from assistants_sync.errors import UsageError

        unknown = re.match(r"unrecognized arguments: (-\S+)", message)
        near: list[str] = []
        if unknown:
            near = difflib.get_close_matches(unknown[1].partition("=")[0], self.flags(), n=1)
        raise UsageError(
            "The command line is not understood",
            f"{_without_values(message)}; see `{self.prog} --help`",
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
    return build_parser(frozenset(argv)).parse_args(argv, namespace=Arguments())


def build_parser(typed: Collection[str] | None = None) -> argparse.ArgumentParser:
    """Give the parser of the whole command line, or with the flags of the commands typed alone."""
    shared = _shared_flags()
    parser = _Parser(
        prog="assistants-sync",
        description="Declarative sync for Vapi voice assistants.",
        epilog="Exit codes: 0 done, 1 error, 2 changes present (--detailed-exitcode), 3 refused "
        "by a guard, 4 stale, 5 locked, 6 finished with failures, 7 not authorised, 8 definitions "
        "not valid, 64 usage, 70 a bug in us, 130 interrupted.",
        parents=[shared],
        formatter_class=Help,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--version",
        action="store_const",
        const="version",
        dest="command",
        help="print the version",
    )
    _add_commands(command_adder(parser, shared, dest="command"), shared, typed)
    return parser


def _add_commands(
    add_command: Callable[[str, str], argparse.ArgumentParser],
    shared: argparse.ArgumentParser,
    typed: Collection[str] | None,
) -> None:
    def add(name: str, text: str, add_flags: _AddFlags | None = None) -> None:
        command = add_command(name, text)
        # All flags of all commands take longer to make than the rest of `--help` together.
        if add_flags is not None and (typed is None or name in typed):
            add_flags(command)

    def add_group(name: str, text: str, add_commands: _AddCommands) -> None:
        add(name, text, lambda command: add_commands(command, shared))

    add("init", "Begin a project in this folder; nothing is overwritten.", add_init_flags)
    add("validate", "Check every definition; needs no network and no key.", add_validate_outputs)
    add("fmt", "Rewrite definitions in the canonical layout.", add_fmt_flags)
    add("plan", "Show what apply would do; changes nothing, anywhere.", add_plan_flags)
    add("apply", "Carry out a plan: a fresh one after a question, or a saved one.", add_apply_flags)
    add("show", "Show a saved plan.", add_show_flags)
    add("drift", "Show what somebody else changed on the server.", add_drift_flags)
    add("pull", "Bring dashboard edits back into the files they belong to.", add_pull_flags)
    add("import", "Take over live assistants, without changing them.", add_import_flags)
    add_group("state", "Look at what is owned, or change its book-keeping.", add_state_commands)
    add_group("history", "Look at what earlier applies did.", add_history_commands)
    add("promote", "Compare two environments, and plan the second.", add_promote_flags)
    add("rollback", "Plan to bring back what was there before an apply.", add_rollback_flags)
    add_group("trash", "Look at what was deleted, and bring it back.", add_trash_commands)
    add_group("cleanup", "Find and remove assistants nobody needs.", add_cleanup_commands)
    add_group("lock", "Look at the lock of the state.", add_lock_commands)
    add_group("schema", "Tell an editor, and us, which fields there are.", add_schema_commands)
    add_group("emulator", "Run or reset the local stand-in of the API.", add_emulator_commands)
    add("doctor", "Find what is wrong with the set-up; shows no secret.", add_formats)
    add("completion", "Print what makes a shell complete commands.", add_completion_flags)
    add("version", "Print the version.")


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
    group.add_argument(
        "--no-cache", action="store_true", help="read every definition again, and keep none"
    )
    group.add_argument(
        "--log-format", choices=["human", "json"], help="how stderr tells what happens"
    )
    group.add_argument(
        "-v",
        "--verbose",
        action="store_true",
        help="every request, and more about what goes wrong",
    )
    return parser
