"""`pull` and `drift --pull`: what was edited in the dashboard comes back into the files."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from assistants_sync.cli.arguments import Arguments
from assistants_sync.cli.options import plan_options
from assistants_sync.cli.outputs import faults_told, write_files
from assistants_sync.cli.plan import show_plan
from assistants_sync.cli.session import Session, read_address
from assistants_sync.errors import UsageError
from assistants_sync.model.plan import Plan, PlanOptions
from assistants_sync.model.project import Project
from assistants_sync.observe import Job
from assistants_sync.planning.drift import drift_of
from assistants_sync.pulling.files import Pull
from assistants_sync.views.file_diff import render_diff
from assistants_sync.workflow.pull import Looked, look, prove, write

LEFT_ALONE: Final = 1


def run(session: Session, arguments: Arguments) -> int:
    """Pull; it ends with 1 when something that was asked for had to be left alone."""
    options = _options(arguments)
    with faults_told(session, arguments):
        pull = asyncio.run(_pull(session, arguments, options))
    session.console.faults(pull.left)
    session.console.result(f"{_count(pull, is_dry=arguments.dry_run)}\n")
    return LEFT_ALONE if pull.left else 0


def _options(arguments: Arguments) -> PlanOptions:
    if arguments.command == "drift":
        return plan_options(arguments)
    if bool(arguments.addresses) == arguments.all:
        raise UsageError("What shall be pulled?", "give ADDR, one or more, or --all")
    if any(choice.endswith("ours") for choice in arguments.resolve):
        raise UsageError("Not a choice here", "`pull` takes theirs; ours is what `apply` does")
    targets = tuple(sorted(map(read_address, arguments.addresses)))
    return replace(plan_options(arguments), targets=targets)


async def _pull(session: Session, arguments: Arguments, options: PlanOptions) -> Pull:
    root = session.settings.root.resolve()
    # The planner must tell conflicts as such: who settles them is decided here.
    settled = replace(options, resolve={})
    loaded = session.load_bound()

    def again() -> Job:
        now = session.load_bound()
        return Job(now.project, now.desired, settled)

    async with (
        session.api(loaded.project, arguments.parallelism) as api,
        session.state(loaded.project) as store,
    ):
        job = Job(loaded.project, loaded.desired, settled)
        looked = await look(job, root, api, store, session.clock, options.resolve)
        if arguments.command == "drift":
            _show_drift(session, arguments, drift_of(looked.observed.planned.plan))
        for diff in _diffs(session, looked):
            session.console.result(diff)
        _tell_of_shared(session, loaded.project, looked.pull)
        if not arguments.dry_run and looked.pull.files:
            write(looked.pull.files)
            await prove(looked, again, api, store, session.clock)
    return looked.pull


def _show_drift(session: Session, arguments: Arguments, plan: Plan) -> None:
    write_files(session, arguments, plan)
    show_plan(session, plan)


def _diffs(session: Session, looked: Looked) -> Iterator[str]:
    for each in looked.pull.files:
        yield render_diff(
            each.opened.name, each.opened.text, each.text, colour=session.settings.colour
        )


def _tell_of_shared(session: Session, project: Project, pull: Pull) -> None:
    """Tell which files other environments read too: what was edited in one is not so in all."""
    if len(project.environments) > 1:
        for each in pull.files:
            if not each.opened.path.stem.endswith(f".{project.environment.name}"):
                session.console.talk(f"{each.opened.name} is read for every environment.")


def _count(pull: Pull, *, is_dry: bool) -> str:
    paths, files = len(pull.done), len(pull.files)
    if not paths:
        return "Nothing pulled." if pull.left else "Nothing has drifted."
    would = "Would pull" if is_dry else "Pulled"
    said = f"{would} {paths} path{'s' * (paths > 1)} into {files} file{'s' * (files > 1)}"
    return f"{said}; {len(pull.left)} left alone." if pull.left else f"{said}."
