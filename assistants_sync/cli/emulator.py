"""`emulator`: the local stand-in of the API on a port, or its assistants removed."""

import asyncio
from dataclasses import replace

from assistants_sync.cli.arguments import Arguments
from assistants_sync.cli.session import Session, emulator_missing
from assistants_sync.emulator import EMULATOR_ORG_ID
from assistants_sync.errors import SyncError


def run(session: Session, arguments: Arguments) -> int:
    """Serve until interrupted, or reset."""
    if arguments.subcommand == "serve":
        return _serve(session, arguments.port)
    asyncio.run(_reset(session))
    return 0


def _serve(session: Session, port: int) -> int:
    try:
        from assistants_sync.emulator.server import serve
    except ImportError as error:
        raise emulator_missing() from error
    path = session.emulator_file(session.project())
    session.console.talk(
        f"Starting the emulator on http://127.0.0.1:{port}, which takes any key: "
        f"VAPI_BASE_URL=http://127.0.0.1:{port} VAPI_API_KEY=any"
    )
    try:
        serve(path, port=port)
    except OSError as error:
        raise SyncError(
            "The emulator cannot listen", f"port {port}: {error.strerror}", hint="try --port"
        ) from error
    return 0


async def _reset(session: Session) -> None:
    """Remove what the emulator holds, and the state only if it is the emulator's."""
    project = session.project()
    paths = session.paths(project)
    here = replace(session.location(project), url=None)
    async with session.locked_state(project, "emulator reset", 0.0, here) as store:
        state = (await store.read()).state
        session.emulator_file(project).unlink(missing_ok=True)
        session.console.talk("Removed the emulator's assistants.")
        if state is None:
            return
        if state.org_id != EMULATOR_ORG_ID:
            session.console.talk(f"Left {paths.state} alone: it is not the emulator's.")
            return
        for path in (paths.journal, paths.state, paths.backup):
            path.unlink(missing_ok=True)
        session.console.talk(f"Removed {paths.state}.")
