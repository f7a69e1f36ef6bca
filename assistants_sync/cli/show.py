"""`show FILE`: a saved plan, as it would be carried out."""

from assistants_sync.cli.arguments import Arguments
from assistants_sync.cli.plan import show_plan
from assistants_sync.cli.session import Session
from assistants_sync.errors import PlanFileError, UsageError
from assistants_sync.model.plan import Plan
from assistants_sync.planning.document import load_plan


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
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PlanFileError("The plan file cannot be read", f"{path}: {error}") from error
    return load_plan(text, str(path))
