"""`history`: what earlier applies did."""

import asyncio

from assistants_sync.cli.arguments import Arguments
from assistants_sync.cli.session import Session
from assistants_sync.errors import StateError
from assistants_sync.model.history import RunRecord
from assistants_sync.views.history import render_run, render_runs, render_runs_json


def run(session: Session, arguments: Arguments) -> int:
    """Run one of the commands below `history`."""
    runs = asyncio.run(_read(session))
    if arguments.subcommand == "show":
        runs = (named(runs, arguments.id or ""),)
    if session.settings.wants_json:
        session.console.result(render_runs_json(runs))
    elif arguments.subcommand == "show":
        session.console.result(render_run(runs[0]))
    else:
        session.console.result(render_runs(runs))
    return 0


async def _read(session: Session) -> tuple[RunRecord, ...]:
    async with session.state(session.project()) as store:
        return await store.history()


def named(runs: tuple[RunRecord, ...], wanted: str) -> RunRecord:
    """Give the run that is meant by the beginning of its id.

    Raises:
        StateError: none begins so, or more than one does.
    """
    found = [each for each in runs if wanted and each.id.startswith(wanted)]
    if len(found) != 1:
        raise StateError(
            "Not in the history" if not found else "More than one begins like this",
            f"`{wanted}`",
            hint="`history list` shows what is there",
        )
    return found[0]
