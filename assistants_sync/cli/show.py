"""`show FILE`: a saved plan, as it would be carried out."""

from typing import Final

from assistants_sync.cli.arguments import Arguments
from assistants_sync.cli.plan import show_plan
from assistants_sync.cli.session import Session
from assistants_sync.errors import PlanFileError, UsageError
from assistants_sync.model.plan import Plan
from assistants_sync.planning.document import load_plan

_MOST_BYTES: Final = 128 << 20
"""Several times a plan of 10,000 changes."""


def run(session: Session, arguments: Arguments) -> int:
    """Read the file and show the plan in it."""
    show_plan(session, read_plan(session, arguments))
    return 0


def read_plan(session: Session, arguments: Arguments) -> Plan:
    """Read the plan file that was named.

    Raises:
        PlanFileError: it is not there, not readable, or no plan.
        StaleError: it was edited.
    """
    if arguments.file is None:
        raise UsageError("No plan file", "name the file saved with `plan --out`")
    path = session.settings.root / arguments.file
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            size = f"more than {_MOST_BYTES >> 20} MiB"
            raise PlanFileError("The plan file is too large", f"{path}: {size}")
        text = data.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise PlanFileError("The plan file cannot be read", f"{path}: {error}") from error
    return load_plan(text, str(path))
