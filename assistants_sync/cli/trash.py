"""`trash`: what was deleted and is kept; brought back, or removed for good."""

import asyncio
import json
from dataclasses import asdict
from datetime import datetime, timedelta

from assistants_sync.cli.arguments import Arguments
from assistants_sync.cli.session import Session
from assistants_sync.errors import StateError, UsageError
from assistants_sync.model.state import State
from assistants_sync.model.trash import Trashed
from assistants_sync.views.escape import escape


def run(session: Session, arguments: Arguments) -> int:
    """Run one of the commands below `trash`."""
    match arguments.subcommand:
        case "list":
            _list(session)
        case "show":
            backup = _backups(session, arguments.id)[-1]
            session.console.result(json.dumps(asdict(backup), indent=2) + "\n")
        case "restore":
            from assistants_sync.cli.restoring import restore

            return restore(session, arguments, _backups(session, arguments.id))
        case _:
            asyncio.run(_purge(session, arguments))
    return 0


async def _all(session: Session) -> tuple[tuple[Trashed, ...], State | None]:
    """Give every backup, and the state beside them."""
    async with session.state(session.project()) as store:
        return await store.trash(), (await store.read()).state


def _backups(session: Session, wanted: str | None) -> tuple[Trashed, ...]:
    """Give every backup of the one that is meant, the oldest first."""
    found = [
        each
        for each in asyncio.run(_all(session))[0]
        if wanted is not None and (each.id.startswith(wanted) or each.file == wanted)
    ]
    ids = {each.id for each in found}
    if len(ids) != 1:
        raise StateError(
            "Not in the trash" if not ids else "More than one begins like this",
            f"`{wanted}`" + (f": {', '.join(sorted(ids))}" if ids else ""),
            hint="`trash list` shows what is there",
        )
    return tuple(found)


def _list(session: Session) -> None:
    found, state = asyncio.run(_all(session))
    backups = {each.id: each for each in found}
    restored = state.restored if state else {}
    if session.settings.wants_json:
        rows = [
            {
                "id": each.id,
                "address": each.address,
                "name": each.name,
                "deleted_at": each.deleted_at,
                "references": len(each.references),
                "restored_as": restored.get(each.id),
                "file": each.file,
            }
            for each in backups.values()
        ]
        content = json.dumps({"format_version": "1.0", "trash": rows}, indent=2)
        session.console.result(content + "\n")
        return
    for each in backups.values():
        again = restored.get(each.id)
        session.console.result(
            f'{escape(each.id)}  {escape(each.address)}  "{escape(each.name or "")}"  '
            f"deleted {each.deleted_at[:19]}, {len(each.references)} references"
            f"{f', restored as {escape(again)}' if again else ''}\n"
        )


async def _purge(session: Session, arguments: Arguments) -> None:
    project = session.project()
    before = session.clock.now() - timedelta(seconds=arguments.older_than or 0)
    async with session.locked_state(project, "trash purge", arguments.lock_timeout) as store:
        old = [
            each for each in await store.trash() if datetime.fromisoformat(each.deleted_at) < before
        ]
        for each in old:
            session.console.talk(f'{escape(each.file)}: "{escape(each.name or "")}"')
        if old and not arguments.auto_approve:
            asked = session.settings.has_terminal and session.console.ask(
                f"Remove these {len(old)} backups for good? Only `yes` goes on: "
            )
            if asked != "yes":
                raise UsageError(
                    "Nobody consented", "nothing was removed", hint="--auto-approve agrees to it"
                )
        await store.purge(tuple(each.file for each in old))
        session.console.result(f"Removed {len(old)} backups.\n")
