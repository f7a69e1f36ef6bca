"""`lock`: who works on the state now, and letting go of what a run that died still holds."""

import asyncio
import json
from dataclasses import asdict

from assistants_sync.cli.arguments import Arguments
from assistants_sync.cli.session import Session
from assistants_sync.errors import UsageError
from assistants_sync.views.escape import escape


def run(session: Session, arguments: Arguments) -> int:
    """Run one of the commands below `lock`."""
    match arguments.subcommand:
        case "release":
            asyncio.run(_release(session, arguments))
        case _:
            asyncio.run(_show(session))
    return 0


async def _show(session: Session) -> None:
    async with session.state(session.project()) as store:
        holder = await store.lock.holder()
    if session.settings.wants_json:
        document = {"format_version": "1.0", "holder": asdict(holder) if holder else None}
        session.console.result(json.dumps(document, indent=2) + "\n")
    elif holder is None:
        session.console.result("Nobody holds it.\n")
    else:
        session.console.result(f"Held by {escape(str(holder))}.\nIts id: {escape(holder.id)}\n")


async def _release(session: Session, arguments: Arguments) -> None:
    if not arguments.reason or arguments.id is None:
        raise UsageError("No reason", "say why with --reason; whoever held it will be told")
    async with session.state(session.project()) as store:
        holder = await store.lock.break_open(arguments.id, arguments.reason)
    session.console.result(f"Released; it was held by {escape(str(holder))}.\n")
    session.console.talk("Should that run still be alive, its next write is refused.")
