"""The flags of each command; `parser` puts them together."""

import argparse
from collections.abc import Callable
from pathlib import Path

from assistants_sync.cli.choices import SORTS
from assistants_sync.cli.consent_flags import add_consent
from assistants_sync.cli.output_flags import add_detail, add_plan_outputs
from assistants_sync.cli.quantities import read_number, read_parallelism, read_seconds


class Help(argparse.HelpFormatter):
    """Flags on one line with one metavar, as Python 3.13 writes them and 3.11 does not."""

    def _format_action_invocation(self, action: argparse.Action) -> str:
        if not action.option_strings or action.nargs == 0:
            return super()._format_action_invocation(action)
        metavar = self._format_args(action, self._get_default_metavar_for_optional(action))
        return f"{', '.join(action.option_strings)} {metavar}"


def add_formats(parser: argparse.ArgumentParser) -> None:
    """How the result is written."""
    parser.add_argument("--format", choices=["human", "json"], help="how the result is written")


def _selection(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--target", "-target", action="append", metavar="ADDR", help="only this address"
    )
    parser.add_argument(
        "--exclude", "-exclude", action="append", metavar="ADDR", help="not this address"
    )


def _reading(parser: argparse.ArgumentParser) -> None:
    _parallelism(parser)
    add_formats(parser)


def _parallelism(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--parallelism",
        "-parallelism",
        type=read_parallelism,
        metavar="N",
        help="requests at a time (8)",
    )


def add_plan_flags(parser: argparse.ArgumentParser) -> None:
    """What a plan looks at, and where it is saved."""
    _selection(parser)
    _choices(parser)
    parser.add_argument(
        "--out", "-out", "-o", type=Path, metavar="FILE", help="save the plan for apply"
    )
    parser.add_argument(
        "--refresh-only", "-refresh-only", action="store_true", help="the same as `drift`"
    )
    _detailed(parser)
    _parallelism(parser)
    add_plan_outputs(parser)


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
        "--detach", action="append", metavar="ADDR", help="unlink what refers to it, then delete it"
    )
    parser.add_argument(
        "--ignore-unreadable",
        action="append",
        metavar="KIND",
        help="delete although this kind could not be read for uses",
    )
    parser.add_argument(
        "--allow-same-name",
        action="store_true",
        help="create although an unmanaged assistant has the same name",
    )


def add_apply_flags(parser: argparse.ArgumentParser) -> None:
    """Consent, by its danger, and what else an apply takes."""
    parser.add_argument(
        "file", type=Path, metavar="FILE", nargs="?", default=None, help="a saved plan"
    )
    _selection(parser)
    _choices(parser)
    add_consent(parser)
    parser.add_argument(
        "--wait-for-calls",
        type=read_seconds,
        metavar="TIME",
        help="wait so long for live calls of what is to be deleted, as 15m",
    )
    _locking(parser)
    _reading(parser)
    add_detail(parser)


def _locking(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--lock-timeout",
        "-lock-timeout",
        type=read_seconds,
        metavar="TIME",
        help="wait so long for the lock, as 30s or 2m",
    )


def add_drift_flags(parser: argparse.ArgumentParser) -> None:
    """What drift looks at."""
    _selection(parser)
    _detailed(parser)
    _parallelism(parser)
    add_plan_outputs(parser)


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
    _locking(parser)
    _reading(parser)


def add_state_commands(parser: argparse.ArgumentParser, shared: argparse.ArgumentParser) -> None:
    """The commands below `state`."""
    add = command_adder(parser, shared)
    add_formats(add("list", "List what is owned."))
    show = add("show", "Show what is known of one address.")
    show.add_argument("address", metavar="ADDR")
    add_formats(show)
    remove = add("rm", "Forget an address; the live assistant stays.")
    remove.add_argument("address", metavar="ADDR")
    _locking(remove)
    move = add("mv", "Give an owned assistant another address.")
    move.add_argument("address", metavar="FROM")
    move.add_argument("to_address", metavar="TO")
    _locking(move)
    verify = add("verify", "Say what state and the live assistants disagree on.")
    _reading(verify)
    migrate = add("migrate", "Move the state to another place; the old one stays, closed.")
    migrate.add_argument(
        "--to", metavar="URL", required=True, help="such as s3://bucket/folder, or `local`"
    )
    _locking(migrate)
    recover = add("recover", "Take back what an apply could not save.")
    recover.add_argument("file", type=Path, metavar="FILE", help="the file that it named")
    _locking(recover)
    rebuild = add("rebuild", "Make a lost state again from the markers of the live assistants.")
    _locking(rebuild)
    _reading(rebuild)


def add_history_commands(parser: argparse.ArgumentParser, shared: argparse.ArgumentParser) -> None:
    """The commands below `history`."""
    add = command_adder(parser, shared)
    add_formats(add("list", "List the applies that are kept, the newest first."))
    show = add("show", "Show one apply, change by change.")
    show.add_argument("id", metavar="RUN", help="the beginning of its id")
    add_formats(show)


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
    _locking(restore)
    _reading(restore)
    purge = add("purge", "Remove old backups for good.")
    purge.add_argument(
        "--older-than", type=read_seconds, metavar="TIME", required=True, help="such as 90d"
    )
    purge.add_argument("--auto-approve", "-auto-approve", action="store_true", help="do not ask")
    _locking(purge)


def add_cleanup_commands(parser: argparse.ArgumentParser, shared: argparse.ArgumentParser) -> None:
    """The commands below `cleanup`."""
    add = command_adder(parser, shared)
    listing = add("list", "Show every assistant no state owns, and whether it seems stale.")
    _candidates(listing)
    listing.add_argument("--sort", choices=SORTS, help="the column to sort by (name)")
    listing.add_argument("--format", choices=["human", "json", "csv"], help="how it is written")
    plan = add("plan", "Make a saved plan that deletes the stale ones, each by its id.")
    plan.add_argument("ids", nargs="*", default=(), metavar="ID", help="exactly these")
    _candidates(plan)
    plan.add_argument(
        "--expired", action="store_true", help="what was set aside and whose grace is over"
    )
    plan.add_argument(
        "--quarantine", action="store_true", help="set them aside instead of deleting them"
    )
    plan.add_argument("--ignore-unreadable", action="append", metavar="KIND", help="as in `apply`")
    plan.add_argument(
        "--out", "-out", "-o", type=Path, metavar="FILE", required=True, help="for `apply FILE`"
    )
    add_formats(plan)


def _candidates(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--older-than", type=read_seconds, metavar="TIME", help="created before")
    parser.add_argument("--unused-for", type=read_seconds, metavar="TIME", help="no call since")
    parser.add_argument("--name", metavar="GLOB", help="whose name fits")
    parser.add_argument("--unreferenced", action="store_true", help="that nothing refers to")
    _parallelism(parser)


def add_lock_commands(parser: argparse.ArgumentParser, shared: argparse.ArgumentParser) -> None:
    """The commands below `lock`."""
    add = command_adder(parser, shared)
    add_formats(add("show", "Say who holds the lock, for what, since when."))
    release = add("release", "Let go of the lock of a run that cannot do it any more.")
    release.add_argument("id", metavar="ID", help="the id that `lock show` names")
    release.add_argument("--reason", metavar="TEXT", required=True, help="told to who held it")


def add_emulator_commands(parser: argparse.ArgumentParser, shared: argparse.ArgumentParser) -> None:
    """The commands below `emulator`."""
    add = command_adder(parser, shared)
    serve = add("serve", "Serve the emulator on a port of this machine.")
    serve.add_argument("--port", type=read_number, metavar="PORT", help="the port (8484)")
    add("reset", "Remove the emulator's assistants, and the state that belongs to them.")


def command_adder(
    parser: argparse.ArgumentParser, shared: argparse.ArgumentParser, *, dest: str = "subcommand"
) -> Callable[[str, str], argparse.ArgumentParser]:
    """Give what adds one command to a parser: its name, and what it is for."""
    commands = parser.add_subparsers(
        title="commands", metavar="COMMAND", dest=dest, required=dest == "subcommand"
    )

    def add(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(
            name,
            help=text,
            description=text,
            parents=[shared],
            argument_default=argparse.SUPPRESS,
            formatter_class=Help,
            allow_abbrev=False,
        )

    return add
