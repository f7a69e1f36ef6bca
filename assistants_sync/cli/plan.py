"""`plan` and `drift`: what would be done, or what was done by others."""

import asyncio
from pathlib import Path

from assistants_sync.cli.arguments import Arguments
from assistants_sync.cli.options import plan_options
from assistants_sync.cli.outputs import faults_told, render_as, save_text, write_files
from assistants_sync.cli.session import Session
from assistants_sync.errors import SyncError
from assistants_sync.model.plan import Plan
from assistants_sync.observe import Job
from assistants_sync.views.human import render_human
from assistants_sync.views.plan_json import render_plan_json
from assistants_sync.workflow.plan import run_plan, run_plan_unread

CHANGES_PRESENT = 2


def run(session: Session, arguments: Arguments) -> int:
    """Plan, show the plan, and save it where that was asked for."""
    with faults_told(session, arguments):
        plan = asyncio.run(_plan(session, arguments))
    if arguments.out is not None:
        save_plan(plan, session, session.settings.root / arguments.out)
    write_files(session, arguments, plan)
    show_plan(session, plan)
    # That a plan knows no secret was asked for; it is nothing that was found.
    blocks = [block for _, block in plan.refusals if block.guard != "secrets_unavailable"]
    found = bool(plan.has_changes or blocks)
    return CHANGES_PRESENT if arguments.detailed_exitcode and found else 0


def show_plan(session: Session, plan: Plan) -> None:
    """Print a plan in the form that was asked for."""
    settings = session.settings
    if settings.output_format == "human":
        text = render_human(plan, colour=settings.colour, detail=settings.detail)
        session.console.result(text)
    else:
        session.console.result(render_as(session, plan, settings.output_format))


async def _plan(session: Session, arguments: Arguments) -> Plan:
    is_blind = arguments.secrets_unavailable
    loaded = session.load() if is_blind else session.load_bound()
    if not session.settings.wants_json:
        session.console.faults(loaded.warnings)
    options = plan_options(
        arguments, drift_only=arguments.refresh_only or arguments.command == "drift"
    )
    job = Job(loaded.project, loaded.desired, options)
    # A stranger's project brings its own files: none of them chooses what is read.
    if is_blind and not session.may_read(loaded.project, from_files=False):
        async with session.state(loaded.project) as store:
            return await run_plan_unread(job, store)
    async with (
        session.api(loaded.project, arguments.parallelism) as api,
        session.state(loaded.project) as store,
    ):
        return await run_plan(job, api, store, session.clock)


def save_plan(plan: Plan, session: Session, path: Path) -> None:
    """Save a plan for `apply`.

    Raises:
        SyncError: it could not be written.
    """
    try:
        save_text(session.redactor, path, render_plan_json(plan, session.clock.now()))
    except OSError as error:
        raise SyncError("The plan could not be saved", f"{path}: {error.strerror}") from error
    use = "it is for review only" if plan.options.secrets_unavailable else ""
    session.console.talk(
        f"Saved the plan to {path}; {use or f'`apply {path.name}` carries it out'}."
    )
