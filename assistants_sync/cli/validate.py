"""`validate`: every fault of the definitions at once, without network and without a key."""

from assistants_sync.cli.arguments import Arguments
from assistants_sync.cli.outputs import faults_told, tell_faults
from assistants_sync.cli.session import Session
from assistants_sync.views.machine import render_valid_json


def run(session: Session, arguments: Arguments) -> int:
    """Check the project and say that it is valid; faults are raised."""
    settings, console = session.settings, session.console
    with faults_told(session, arguments):
        loaded = session.load()
    tell_faults(session, arguments, loaded.warnings)
    count = len(loaded.desired.definitions)
    if settings.wants_json:
        console.result(render_valid_json(count, loaded.warnings))
    elif settings.output_format == "human":
        console.faults(loaded.warnings)
        plural = "" if count == 1 else "s"
        console.result(f"Valid: {count} definition{plural}.\n")
    return 0
