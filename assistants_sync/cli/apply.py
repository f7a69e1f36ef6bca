"""`apply`: a plan, a question, the work; or a saved plan, and exactly that."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from assistants_sync.cli.arguments import Arguments
from assistants_sync.cli.interrupt import Interrupt
from assistants_sync.cli.options import plan_options
from assistants_sync.cli.plan import show_plan
from assistants_sync.cli.session import Session
from assistants_sync.cli.show import read_saved
from assistants_sync.cli.writing import writing
from assistants_sync.errors import InterruptedRunError, UsageError
from assistants_sync.model.event import ApplyFinished
from assistants_sync.model.plan import Action, Plan, PlanOptions, Reason
from assistants_sync.observe import Job
from assistants_sync.planning.consent import Consent
from assistants_sync.planning.loading import SavedPlan
from assistants_sync.planning.saved import check_age
from assistants_sync.views.progress import render_finished
from assistants_sync.workflow.apply import exit_code_of, run_apply


def run(session: Session, arguments: Arguments) -> int:
    """Apply, and say exactly what was done."""
    saved = read_saved(session, arguments) if arguments.file is not None else None
    options = plan_options(arguments)
    if saved is not None:
        if options != PlanOptions():
            raise UsageError(
                "A saved plan is applied as it is", "give its flags to `plan`, not to `apply FILE`"
            )
        if saved.plan.options.drift_only:
            raise UsageError("This plan only shows drift", "make one without --refresh-only")
        if saved.plan.options.secrets_unavailable:
            raise UsageError("This plan was made without secrets", "it can only be looked at")
        options = saved.plan.options
    finished = asyncio.run(_apply(session, arguments, options, saved))
    if not session.settings.wants_json:
        session.console.result(render_finished(finished) + "\n")
    return exit_code_of(finished)


async def _apply(
    session: Session, arguments: Arguments, options: PlanOptions, saved: SavedPlan | None
) -> ApplyFinished:
    loaded = session.load_bound()
    project = loaded.project
    if not session.settings.wants_json:
        session.console.faults(loaded.warnings)
    async with writing(session, arguments, project, "apply") as doors:
        if saved is not None:
            check_age(saved, project, session.clock.now())
        return await run_apply(
            Job(project, loaded.desired, options),
            doors.writers,
            asking(session, arguments, doors.interrupt, is_saved=saved is not None),
            saved.plan if saved else None,
            expected=arguments.expect_digest,
        )


def asking(
    session: Session, arguments: Arguments, interrupt: Interrupt, *, is_saved: bool = False
) -> Callable[[Plan], Consent]:
    """Give what shows a plan and learns what the user agrees to: by flags, or by asking."""
    given = Consent(
        changes=arguments.auto_approve or is_saved,
        deletions=is_saved,
        allow_deletes=arguments.allow_deletes,
        allow_destructive=arguments.allow_destructive,
        accept_gone=arguments.accept_gone,
    )

    def ask(plan: Plan) -> Consent:
        if interrupt():
            raise InterruptedRunError("Interrupted", "nothing was sent")
        if not session.settings.wants_json:
            show_plan(session, plan)
        is_settled = given.changes or session.settings.wants_json
        if is_settled or not session.settings.has_terminal or not plan.has_changes:
            return given
        return _ask_person(session, plan, given)

    return ask


def _ask_person(session: Session, plan: Plan, given: Consent) -> Consent:
    """The danger decides the question: deletions are agreed to by typing their number."""
    count = len(plan.of(Action.DELETE))
    if plan.refusals and count == 0:
        return replace(given, changes=True)  # it is refused anyway; asking would be a trap
    if count:
        answer = session.console.ask(
            f"This deletes {count}. There is no undo; a new one gets a new id.\n"
            f"Type the number of deletions to go on: "
        )
        agreed = answer == str(count)
    else:
        agreed = session.console.ask("Apply this? Only `yes` goes on: ") == "yes"
    if not agreed:
        raise InterruptedRunError("Not applied", "nothing was sent")
    is_cleanup = any(each.reason is Reason.STALE for each in plan.of(Action.DELETE))
    exact = count if is_cleanup and given.allow_deletes is None else given.allow_deletes
    return replace(given, changes=True, deletions=True, allow_deletes=exact)
