"""`drift`: what somebody else changed on the server, and with `--pull` back into the files."""

from assistants_sync.cli import plan, pull
from assistants_sync.cli.arguments import Arguments
from assistants_sync.cli.session import Session


def run(session: Session, arguments: Arguments) -> int:
    """Show the drift; pull all of it where that was asked for."""
    if arguments.pull:
        return pull.run(session, arguments)
    return plan.run(session, arguments)
