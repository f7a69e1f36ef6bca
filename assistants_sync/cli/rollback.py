"""`rollback`: a saved plan that brings back what was there before an apply. It writes nothing."""

import asyncio
from dataclasses import replace

from assistants_sync.cli.arguments import Arguments
from assistants_sync.cli.history import named
from assistants_sync.cli.options import plan_options
from assistants_sync.cli.outputs import faults_told, write_files
from assistants_sync.cli.plan import CHANGES_PRESENT, save_plan, show_plan
from assistants_sync.cli.session import Session
from assistants_sync.errors import UsageError
from assistants_sync.model.plan import Plan
from assistants_sync.observe import Job
from assistants_sync.planning.rollback import to_revert
from assistants_sync.views.escape import escape
from assistants_sync.workflow.plan import run_plan


def run(session: Session, arguments: Arguments) -> int:
    """Plan the way back, show and save it, and say what the definitions still say otherwise."""
    if arguments.out is None:
        raise UsageError("No file", "name one with --out")
    with faults_told(session, arguments):
        plan = asyncio.run(_plan(session, arguments))
    save_plan(plan, session, session.settings.root / arguments.out)
    write_files(session, arguments, plan)
    show_plan(session, plan)
    _tell_to_revert(session, plan)
    found = bool(plan.has_changes or plan.refusals)
    return CHANGES_PRESENT if arguments.detailed_exitcode and found else 0


async def _plan(session: Session, arguments: Arguments) -> Plan:
    loaded = session.load_bound()
    if not session.settings.wants_json:
        session.console.faults(loaded.warnings)
    async with (
        session.api(loaded.project, arguments.parallelism) as api,
        session.state(loaded.project) as store,
    ):
        first = named(await store.history(), arguments.to or "")
        options = replace(plan_options(arguments), rollback=first.id)
        job = Job(loaded.project, loaded.desired, options)
        return await run_plan(job, api, store, session.clock)


def _tell_to_revert(session: Session, plan: Plan) -> None:
    changes = to_revert(plan)
    if not changes:
        return
    places = sorted({each.source.file if each.source else each.address for each in changes})
    session.console.talk(
        f"The definitions do not say this yet: {', '.join(map(escape, places))}. Revert them too "
        "(`git revert`), or the next plan made from them brings back what is undone here."
    )
