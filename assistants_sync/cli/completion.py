"""`completion`: a script for the user's shell, which then asks this tool what could come next."""

from assistants_sync.cli.arguments import Arguments
from assistants_sync.cli.session import Session


def run(session: Session, arguments: Arguments) -> int:
    """Print the script for one shell."""
    from argcomplete.shell_integration import shellcode

    text = shellcode(["assistants-sync"], use_defaults=False, shell=arguments.shell)
    session.console.result(f"{text.strip()}\n")
    return 0
