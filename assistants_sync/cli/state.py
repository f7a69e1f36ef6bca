"""`state`: what is owned, and its book-keeping."""

import asyncio
import json
from dataclasses import asdict, replace

from assistants_sync.cli.arguments import Arguments
from assistants_sync.cli.session import Session, read_address
from assistants_sync.errors import StateError, UsageError
from assistants_sync.model.address import Address
from assistants_sync.model.journal import Dropped, Entry, Renamed
from assistants_sync.model.state import Owned, State
from assistants_sync.model.value import JsonValue
from assistants_sync.views.escape import escape


def run(session: Session, arguments: Arguments) -> int:
    """Run one of the commands below `state`."""
    match arguments.subcommand:
        case "list":
            _list(session)
        case "show":
            _show(session, _address(arguments.address))
        case "rm":
            address = _address(arguments.address)
            asyncio.run(_record(session, arguments, address, [Dropped(address)]))
            session.console.result(f"Forgot {address}; the live assistant is left as it is.\n")
        case "verify":
            return asyncio.run(_verify(session, arguments))
        case "migrate":
            asyncio.run(_migrate(session, arguments))
        case "recover":
            asyncio.run(_recover(session, arguments))
        case "rebuild":
            asyncio.run(_rebuild(session, arguments))
        case _:
            source, target = _address(arguments.address), _address(arguments.to_address)
            asyncio.run(_record(session, arguments, source, [Renamed(source, target)]))
            session.console.result(f"{source} is {target} now.\n")
    return 0


def _address(text: str | None) -> Address:
    if text is None:
        raise UsageError("No address", "name one, such as assistant.front-desk")
    return read_address(text)


def _read(session: Session) -> State | None:
    async def _look() -> State | None:
        async with session.state(session.project()) as store:
            return (await store.read()).state

    return asyncio.run(_look())


def _list(session: Session) -> None:
    state = _read(session)
    owned = sorted(state.owned.items()) if state else []
    if session.settings.wants_json:
        rows = [{"address": address, "id": each.id} for address, each in owned]
        _print_json(session, {"format_version": "1.0", "owned": rows})
        return
    for address, each in owned:
        session.console.result(f"{address}  {escape(each.id)}\n")


def _show(session: Session, address: Address) -> None:
    owned = _owned(_read(session), address)
    if session.settings.wants_json:
        _print_json(session, {"format_version": "1.0", "address": address, **asdict(owned)})
        return
    lifecycle = owned.lifecycle
    rows = {
        "id": owned.id,
        "created at": owned.created_at or "not known",
        "updated at": owned.updated_at or "not known",
        "protect": "true" if lifecycle.protect else "false",
        "on delete": lifecycle.on_delete,
        "ignores": ", ".join(lifecycle.ignore_changes) or "nothing",
        "last write": owned.write or "none by us: imported",
        "paths": ", ".join(owned.leaves) or "none yet",
    }
    session.console.result(f"{address}\n")
    for name, text in rows.items():
        session.console.result(f"  {name:<11} {escape(text)}\n")


def _owned(state: State | None, address: Address) -> Owned:
    if state is None or address not in state.owned:
        raise StateError(
            "Not owned", f"{address} is not in the state", hint="`state list` shows what is"
        )
    return state.owned[address]


async def _record(
    session: Session, arguments: Arguments, address: Address, entries: list[Entry]
) -> None:
    project = session.project()
    command = f"state {arguments.subcommand}"
    async with session.locked_state(project, command, arguments.lock_timeout) as store:
        state = (await store.read()).state
        _owned(state, address)
        if state and any(intent.address == address for intent in state.intents.values()):
            raise StateError(
                "An operation on it is not settled",
                f"{address}: a run ended before it knew what became of its last write",
                hint="run `apply` first: it finds out",
            )
        for entry in entries:
            match entry:
                case Renamed(_, target) if state and target in state.owned:
                    raise StateError("Owned already", f"{target} is in the state")
                case _:
                    continue
        await store.append(entries)
        await store.compact()


def _print_json(session: Session, content: JsonValue) -> None:
    session.console.result(json.dumps(content, indent=2) + "\n")


async def _verify(session: Session, arguments: Arguments) -> int:
    from assistants_sync.observe import Job
    from assistants_sync.workflow.ownership import run_verify

    loaded = session.load()
    async with (
        session.api(loaded.project, arguments.parallelism) as api,
        session.state(loaded.project) as store,
    ):
        found = await run_verify(Job(loaded.project, loaded.desired), api, store)
    if session.settings.wants_json:
        _print_json(session, {"format_version": "1.0", "disagreements": list(found)})
    for each in () if session.settings.wants_json else found or ("State and live agree.",):
        session.console.result(escape(each) + "\n")
    return 1 if found else 0


async def _rebuild(session: Session, arguments: Arguments) -> None:
    from assistants_sync.cli.writing import writing
    from assistants_sync.observe import Job
    from assistants_sync.workflow.ownership import run_rebuild

    loaded = session.load()
    async with writing(session, arguments, loaded.project, "state rebuild") as doors:
        state = await run_rebuild(Job(loaded.project, loaded.desired), doors.writers)
    for address, owned in sorted(state.owned.items()):
        session.console.result(f"{address}  {escape(owned.id)}\n")
    session.console.result(f"Rebuilt: {len(state.owned)} owned. `plan` shows what differs.\n")


async def _migrate(session: Session, arguments: Arguments) -> None:
    from assistants_sync.workflow.migrate import run_migrate

    project, wanted = session.project(), arguments.to or ""
    here = session.location(project)
    there = replace(here, url=None if wanted == "local" else wanted, is_trusted=True)
    if here.url == there.url:
        raise UsageError("It is there already", wanted)
    timeout = arguments.lock_timeout
    async with (
        session.locked_state(project, "state migrate", timeout) as source,
        session.locked_state(project, "state migrate", timeout, there) as target,
    ):
        moved = await run_migrate(source, target, to=there.shown)
    session.console.result(
        f"Moved {moved.owned} owned and {moved.backups} backups to {there.shown}.\n"
    )
    session.console.talk(
        "The old state is kept, and closed. Now tell the project file:\n"
        + (f"state:\n  url: {there.shown}" if there.url else "state: without a `url`")
    )


async def _recover(session: Session, arguments: Arguments) -> None:
    from assistants_sync.state.unsaved import read_unsaved
    from assistants_sync.workflow.ownership import run_recover

    path = session.settings.root / (arguments.file or "")
    lineage, entries = read_unsaved(path)
    command, timeout = "state recover", arguments.lock_timeout
    async with session.locked_state(session.project(), command, timeout) as store:
        told = await run_recover(store, lineage, entries)
    session.console.result(f"Told the state {told} of {len(entries)}; it knew the rest.\n")
