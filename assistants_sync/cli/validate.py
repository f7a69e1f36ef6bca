"""`validate`: every fault of the definitions at once, without network and without a key."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from assistants_sync.cli.arguments import Arguments
from assistants_sync.cli.outputs import faults_told, tell_faults
from assistants_sync.cli.session import Session
from assistants_sync.cli.tracked import tracked_secrets
from assistants_sync.views.machine import render_valid_json

if TYPE_CHECKING:
    from assistants_sync.definitions.load import Loaded


def run(session: Session, arguments: Arguments) -> int:
    """Check the project, for one environment or for all, and say that it is valid."""
    settings, console = session.settings, session.console
    with faults_told(session, arguments):
        each = (session.load(),) if settings.environment else session.load_each()
    told = (warning for loaded in each for warning in loaded.warnings)
    warnings = tuple(dict.fromkeys((*told, *tracked_secrets(settings.root))))
    tell_faults(session, arguments, warnings)
    if settings.wants_json:
        most = max(len(loaded.desired.definitions) for loaded in each)
        console.result(render_valid_json(most, warnings))
    elif settings.output_format == "human":
        console.faults(warnings)
        console.result(f"Valid: {_counted(each)}.\n")
    return 0


def _counted(each: "Sequence[Loaded]") -> str:
    first, *others = each
    count = len(first.desired.definitions)
    text = f"{count} definition{'' if count == 1 else 's'}"
    if not others:
        return text
    rest = (f"{len(one.desired.definitions)} in {one.project.environment.name}" for one in others)
    return f"{text} in {first.project.environment.name}, {', '.join(rest)}"
