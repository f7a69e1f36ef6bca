"""`trash`: what was deleted and is kept; brought back, or removed for good."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime, timedelta

from assistants_sync.cli.apply import asking
from assistants_sync.cli.arguments import Arguments
from assistants_sync.cli.keeping import write_definitions
from assistants_sync.cli.plan import show_plan
from assistants_sync.cli.session import Session, read_address
from assistants_sync.cli.writing import writing
from assistants_sync.definitions import Loaded
from assistants_sync.errors import StateError, UsageError
from assistants_sync.importing import Adoption, declared_of
from assistants_sync.model.event import ApplyFinished
from assistants_sync.model.live import LiveObject
from assistants_sync.model.state import State
from assistants_sync.model.trash import Trashed
from assistants_sync.model.value import leaves
from assistants_sync.observe import Job
from assistants_sync.planning.restore import Restoration, restored_body
from assistants_sync.resources import KINDS
from assistants_sync.views.escape import escape
from assistants_sync.views.progress import render_finished
from assistants_sync.workflow.apply import exit_code_of
from assistants_sync.workflow.restore import plan_restoration, run_restore


def run(session: Session, arguments: Arguments) -> int:
    """Run one of the commands below `trash`."""
    match arguments.subcommand:
        case "list":
            _list(session)
        case "show":
            backup = _backups(session, arguments.id)[-1]
            session.console.result(json.dumps(asdict(backup), indent=2) + "\n")
        case "restore":
            return _restore(session, arguments)
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


def _restore(session: Session, arguments: Arguments) -> int:
    backups = _backups(session, arguments.id)
    address = read_address(arguments.restore_as) if arguments.restore_as else backups[-1].address
    if not address.startswith("assistant."):
        raise UsageError(
            "It needs an address", f"{address} was never ours", hint="name one: --as assistant.KEY"
        )
    wanted = Restoration(backups, address, tuple(sorted(arguments.without)))
    if arguments.dry_run:
        asyncio.run(_show(session, arguments, wanted))
        return 0
    finished = asyncio.run(_bring_back(session, arguments, wanted))
    if not session.settings.wants_json:
        session.console.result(render_finished(finished) + "\n")
    if finished.failed:
        session.console.talk(
            "A field the API no longer takes can be left out: --without FIELD. Run it again: what "
            "is done already is not done twice."
        )
    return exit_code_of(finished)


async def _show(session: Session, arguments: Arguments, wanted: Restoration) -> None:
    loaded = session.load_bound()
    async with (
        session.api(loaded.project, arguments.parallelism) as api,
        session.state(loaded.project) as store,
    ):
        job = Job(loaded.project, loaded.desired)
        observed = await plan_restoration(job, await store.read(), api, session.clock, wanted)
    show_plan(session, observed.planned.plan)


async def _bring_back(session: Session, arguments: Arguments, wanted: Restoration) -> ApplyFinished:
    loaded = session.load_bound()
    wanted, keep = _with_definition(session, loaded, wanted)
    async with writing(session, arguments, loaded.project, "trash restore") as doors:
        return await run_restore(
            Job(loaded.project, loaded.desired),
            doors.writers,
            wanted,
            asking(session, arguments, doors.interrupt),
            keep,
        )


def _with_definition(
    session: Session, loaded: Loaded, wanted: Restoration
) -> tuple[Restoration, Callable[[], None]]:
    """Say what writes the definition if it is gone too, and which paths it will declare.

    What is owned and not defined would be planned for deletion.
    """
    if wanted.address in loaded.desired.definitions:
        return wanted, lambda: None
    body, _ = restored_body(wanted.last, None, wanted.without)
    live = LiveObject(wanted.last.id, body, name=wanted.last.name)
    declared, _ = declared_of(KINDS["assistant"], loaded.project, live)
    adoption = Adoption(wanted.address, live, is_defined=False)
    return (
        replace(wanted, declares=frozenset(leaves(declared))),
        lambda: write_definitions(session, loaded, [adoption]),
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
