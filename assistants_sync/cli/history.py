"""`history`: what earlier applies did."""

import asyncio
import json
from dataclasses import asdict

from assistants_sync.cli.arguments import Arguments
from assistants_sync.cli.session import Session
from assistants_sync.errors import StateError
from assistants_sync.model.history import RunRecord
from assistants_sync.views.history import render_run, render_runs


def run(session: Session, arguments: Arguments) -> int:
    """Run one of the commands below `history`."""
    runs = asyncio.run(_read(session))
    if arguments.subcommand == "show":
        runs = (_named(runs, arguments.id or ""),)
    if session.settings.wants_json:
        document = {"format_version": "1.0", "runs": [asdict(each) for each in runs]}
        session.console.result(json.dumps(document, indent=2) + "\n")
    elif arguments.subcommand == "show":
        session.console.result(render_run(runs[0]))
    else:
        session.console.result(render_runs(runs))
    return 0


async def _read(session: Session) -> tuple[RunRecord, ...]:
    async with session.state(session.project()) as store:
        return await store.history()


def _named(runs: tuple[RunRecord, ...], wanted: str) -> RunRecord:
    found = [each for each in runs if wanted and each.id.startswith(wanted)]
    if len(found) != 1:
        raise StateError(
            "Not in the history" if not found else "More than one begins like this",
            f"`{wanted}`",
            hint="`history list` shows what is there",
        )
    return found[0]
