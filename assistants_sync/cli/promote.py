"""`promote`: from one environment to another, with all that differs between them in view."""

import asyncio
from dataclasses import replace

from assistants_sync.cli.arguments import Arguments
from assistants_sync.cli.options import plan_options
from assistants_sync.cli.outputs import faults_told, render_as, write_files
from assistants_sync.cli.plan import CHANGES_PRESENT, save_plan, show_plan
from assistants_sync.cli.session import Session, read_address
from assistants_sync.errors import UsageError
from assistants_sync.observe import Job
from assistants_sync.views.promotion import render_differences, render_promotion_json
from assistants_sync.workflow.promote import Promotion, run_promote


def run(session: Session, arguments: Arguments) -> int:
    """Show what differs and what would be done; `apply` carries the saved plan out."""
    if arguments.source == arguments.to:
        raise UsageError("Nothing to promote", "--from and --to name the same environment")
    settings = session.settings
    target = Session(replace(settings, environment=arguments.to), session.console, session.redactor)
    with faults_told(target, arguments):
        promotion = asyncio.run(_promote(session, target, arguments))
    if arguments.out is not None:
        save_plan(promotion.plan, target, settings.root / arguments.out)
    write_files(target, arguments, promotion.plan)
    _show(target, promotion)
    is_due = bool(promotion.plan.has_changes or promotion.plan.refusals)
    return CHANGES_PRESENT if arguments.detailed_exitcode and is_due else 0


async def _promote(session: Session, target: Session, arguments: Arguments) -> Promotion:
    origin = Session(
        replace(session.settings, environment=arguments.source), session.console, session.redactor
    )
    ours, theirs = origin.load(), target.load_bound()
    addresses = tuple(sorted(map(read_address, arguments.addresses)))
    options = replace(plan_options(arguments), targets=addresses)
    async with (
        origin.state(ours.project) as source_state,
        target.state(theirs.project) as target_state,
        target.api(theirs.project, arguments.parallelism) as api,
    ):
        return await run_promote(
            Job(ours.project, ours.desired),
            source_state,
            Job(theirs.project, theirs.desired, options),
            target_state,
            api,
            target.clock,
        )


def _show(target: Session, promotion: Promotion) -> None:
    """The differences, then the plan, on one stdout; another form than these is the plan's."""
    settings = target.settings
    found, ends = promotion.differences, (promotion.source, promotion.target)
    match settings.output_format:
        case "json":
            plan_text = render_as(target, promotion.plan, "json")
            target.console.result(render_promotion_json(found, *ends, plan_text))
        case "human":
            colour, detail = settings.colour, settings.detail
            text = render_differences(found, *ends, colour=colour, detail=detail)
            target.console.result(f"{text}\n")
            show_plan(target, promotion.plan)
        case _:
            show_plan(target, promotion.plan)
