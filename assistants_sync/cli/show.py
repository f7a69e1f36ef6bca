"""`show FILE`: a saved plan, as it would be carried out."""

from typing import Final

from assistants_sync.cli.arguments import Arguments
from assistants_sync.cli.outputs import faults_told, write_files
from assistants_sync.cli.plan import show_plan
from assistants_sync.cli.session import Session
from assistants_sync.errors import PlanFileError, UsageError
from assistants_sync.planning.loading import SavedPlan, load_saved

_MOST_BYTES: Final = 128 << 20
"""Several times a plan of 10,000 changes."""


def run(session: Session, arguments: Arguments) -> int:
    """Read the file and show the plan in it."""
    with faults_told(session, arguments):
        plan = read_saved(session, arguments).plan
    write_files(session, arguments, plan)
    show_plan(session, plan)
    return 0


def read_saved(session: Session, arguments: Arguments) -> SavedPlan:
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
    return load_saved(text, str(path))
