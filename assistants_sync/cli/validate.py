"""`validate`: every fault of the definitions at once, without network and without a key."""

from assistants_sync.cli.arguments import Arguments
from assistants_sync.cli.session import Session
from assistants_sync.views.faults import render_faults
from assistants_sync.views.machine import render_valid_json


def run(session: Session, _arguments: Arguments) -> int:
    """Check the project and say that it is valid; faults are raised."""
    loaded = session.load()
    count = len(loaded.desired.definitions)
    if session.settings.wants_json:
        session.console.result(render_valid_json(count, loaded.warnings))
        return 0
    if loaded.warnings:
        session.console.talk(render_faults(loaded.warnings, colour=session.settings.colour))
    plural = "" if count == 1 else "s"
    session.console.result(f"Valid: {count} definition{plural}.\n")
    return 0
