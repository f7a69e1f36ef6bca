"""One command line from what was typed to its exit code, however it ends."""

import gc
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from itertools import pairwise
from typing import Final

from assistants_sync import __version__
from assistants_sync.cli.arguments import Arguments
from assistants_sync.cli.log import Log
from assistants_sync.cli.parser import parse
from assistants_sync.cli.streams import write_result
from assistants_sync.errors import OutputError, SyncError, UsageError
from assistants_sync.vapi.redactor import Redactor

INTERRUPTED: Final = 130
BUG: Final = 70
_RARELY: Final = (100_000, 50, 1_000)

_COMMANDS: Final[Mapping[str, str]] = {
    "init": "init",
    "validate": "validate",
    "fmt": "fmt",
    "plan": "plan",
    "drift": "drift",
    "show": "show",
    "apply": "apply",
    "pull": "pull",
    "import": "importing",
    "state": "state",
    "history": "history",
    "promote": "promote",
    "rollback": "rollback",
    "trash": "trash",
    "cleanup": "cleanup",
    "lock": "lock",
    "schema": "schema",
    "emulator": "emulator",
    "doctor": "doctor",
    "completion": "completion",
}
"""The module of each command; it is imported only when its command is run."""


def run(typed: Sequence[str]) -> int:
    """Run what was typed and give its exit code; it raises nothing."""
    redactor = Redactor()
    arguments = Arguments()
    # Before the flags are understood: a machine that asked for JSON gets it for any fault.
    arguments.format = "json" if _asks_for_json(typed, "--format") else "human"
    log = Log(redactor.scrub, as_json=_asks_for_json(typed, "--log-format"))
    try:
        arguments = parse(typed)
        log.as_json = arguments.log_format == "json"
        return _run_command(arguments, redactor, log)
    except SyncError as error:
        return _end_badly(error, arguments, redactor, log)
    except KeyboardInterrupt:
        log.remark("interrupted; nothing more was sent", "warning")
        return INTERRUPTED
    except BrokenPipeError:
        return 1  # whoever read us went away
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    except Exception as error:  # noqa: BLE001 -- the last door: a traceback never reaches a user
        return _report_bug(error, arguments, redactor, log)


def _run_command(arguments: Arguments, redactor: Redactor, log: Log) -> int:
    if arguments.command == "version":
        write_result(f"assistants-sync {__version__}\n")
        return 0
    if not arguments.command:
        raise UsageError("No command", "see `assistants-sync --help`")
    if not arguments.chdir.is_dir():
        raise UsageError("No such folder", f"--chdir {arguments.chdir}")
    from assistants_sync.cli.console import Console
    from assistants_sync.cli.session import Session
    from assistants_sync.cli.settings import Settings

    # Nearly all that a run makes lives to its end: a search for garbage goes through it in vain.
    gc.set_threshold(*_RARELY)
    settings = Settings.read(arguments)
    console = Console(settings, log)
    module = import_module(f"assistants_sync.cli.{_COMMANDS[arguments.command]}")
    run_it: Callable[[Session, Arguments], int] = module.run
    return run_it(Session(settings, console, redactor), arguments)


def _end_badly(error: SyncError, arguments: Arguments, redactor: Redactor, log: Log) -> int:
    from assistants_sync.cli.console import tell_faults
    from assistants_sync.views.machine import render_errors_json

    if arguments.format == "json":
        # Apply writes one event a line, and this is its last one.
        text = render_errors_json(
            error.diagnostics, log.run_id, one_line=arguments.command == "apply"
        )
        with suppress(OSError, SyncError):
            write_result(redactor.scrub(text))
    if arguments.format != "json" or log.as_json or isinstance(error, OutputError):
        colour = sys.stderr.isatty() and not arguments.no_color
        tell_faults(log, error.diagnostics, colour=colour)
    return error.exit_code


def _report_bug(error: Exception, arguments: Arguments, redactor: Redactor, log: Log) -> int:
    bug = SyncError(
        "A bug in assistants-sync",
        f"{type(error).__name__} in {_place(error)}",
        hint="please report it to the maintainers, with the command and these lines"
        + ("" if arguments.verbose else "; -v shows more, with known secrets taken out"),
    )
    _end_badly(bug, arguments, redactor, log)
    if arguments.verbose:
        import traceback

        log.remark("".join(traceback.format_exception(error)), "error")
    return BUG


def _place(error: Exception) -> str:
    import traceback

    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{os.path.basename(last.filename)}:{last.lineno}"  # noqa: PTH119 -- a name, no path


def _asks_for_json(typed: Sequence[str], flag: str) -> bool:
    return f"{flag}=json" in typed or (flag, "json") in pairwise(typed)
