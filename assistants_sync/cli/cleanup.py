"""`cleanup`: assistants that no state owns, judged; and a plan that removes some of them."""

import asyncio
from datetime import datetime, timedelta

from assistants_sync.cli.arguments import Arguments
from assistants_sync.cli.options import readable_kinds
from assistants_sync.cli.plan import save_plan, show_plan
from assistants_sync.cli.session import Session
from assistants_sync.errors import UsageError
from assistants_sync.model.plan import Plan, PlanOptions
from assistants_sync.model.ports import ResourceReader, StateReader
from assistants_sync.observe import Job
from assistants_sync.planning.stale import Candidate, Filters, find_stale, ordered
from assistants_sync.survey import requests_at_least
from assistants_sync.views.stale import (
    render_candidates,
    render_candidates_csv,
    render_candidates_json,
)
from assistants_sync.workflow.ownership import run_survey
from assistants_sync.workflow.plan import run_plan

_SHOWN_CALLS = timedelta(days=30)


def run(session: Session, arguments: Arguments) -> int:
    """Run one of the commands below `cleanup`."""
    if arguments.subcommand == "list":
        candidates = asyncio.run(_find(session, arguments))
        _show(session, arguments, ordered(candidates, arguments.sort))
        return 0
    if arguments.out is None:
        raise UsageError("No file", "name one with --out")
    plan = asyncio.run(_plan(session, arguments))
    save_plan(plan, session, session.settings.root / arguments.out)
    show_plan(session, plan)
    return 0


def _show(session: Session, arguments: Arguments, candidates: tuple[Candidate, ...]) -> None:
    match arguments.format:
        case "json":
            session.console.result(render_candidates_json(candidates))
        case "csv":
            session.console.result(render_candidates_csv(candidates))
        case _:
            session.console.result(render_candidates(candidates))


async def _find(session: Session, arguments: Arguments) -> tuple[Candidate, ...]:
    loaded = session.load()
    async with session.api(loaded.project, arguments.parallelism) as api:
        job = Job(loaded.project, loaded.desired)
        return await _candidates(session, arguments, job, api)


async def _candidates(
    session: Session, arguments: Arguments, job: Job, api: ResourceReader
) -> tuple[Candidate, ...]:
    filters = Filters(
        older_than=_span(arguments.older_than),
        unused_for=_span(arguments.unused_for),
        name=arguments.name,
        unreferenced=arguments.unreferenced,
        ids=tuple(arguments.ids),
    )
    async with session.state(job.project) as store:
        survey = await run_survey(
            job,
            api,
            store,
            session.clock,
            calls_for=max(filters.unused_for or _SHOWN_CALLS, _SHOWN_CALLS),
            announce=lambda count: session.console.talk(
                f"{count} assistants no state owns; reading what uses them takes "
                f"{requests_at_least(count)} requests or more"
            ),
        )
    return find_stale(survey, job.project, filters, session.clock.now())


async def _plan(session: Session, arguments: Arguments) -> Plan:
    loaded = session.load_bound()
    project = loaded.project
    job = Job(project, loaded.desired)
    async with session.api(project, arguments.parallelism) as api, session.state(project) as store:
        if arguments.expired:
            options = PlanOptions(expired=await _expired(session, job, store))
        else:
            ids = tuple(sorted(set(arguments.ids)))
            if not ids:
                found = await _candidates(session, arguments, job, api)
                ids = tuple(each.id for each in found if each.verdict == "stale")
            options = PlanOptions(cleanup=ids, quarantine=arguments.quarantine)
        if not options.cleanup and not options.expired:
            raise UsageError("Nothing to clean up", "no assistant fits", hint="see `cleanup list`")
        options = PlanOptions(
            cleanup=options.cleanup,
            quarantine=options.quarantine,
            expired=options.expired,
            ignore_unreadable=readable_kinds(arguments),
        )
        return await run_plan(Job(project, loaded.desired, options), api, store, session.clock)


async def _expired(session: Session, job: Job, store: StateReader) -> tuple[str, ...]:
    state = (await store.read()).state
    grace = timedelta(days=job.project.environment.safety.quarantine_days)
    return tuple(
        sorted(
            address
            for address, owned in (state.owned.items() if state else ())
            if owned.quarantined_at is not None
            and session.clock.now() - datetime.fromisoformat(owned.quarantined_at) >= grace
        )
    )


def _span(seconds: float | None) -> timedelta | None:
    return timedelta(seconds=seconds) if seconds is not None else None
