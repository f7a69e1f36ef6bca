"""`import`: live assistants become ours, with a definition each, and the next plan is empty."""

import asyncio
from collections.abc import Sequence
from typing import Final

from assistants_sync.cli.arguments import Arguments
from assistants_sync.cli.env_file import env_file_of, write_env
from assistants_sync.cli.keeping import Keeping, drafts_of, kept
from assistants_sync.cli.session import Session, read_address
from assistants_sync.cli.writing import writing
from assistants_sync.definitions.load import Loaded
from assistants_sync.errors import ApplyError, GuardError, UsageError
from assistants_sync.importing import Choice, Draft, Wish
from assistants_sync.model.address import RemoteId
from assistants_sync.model.plan import Plan
from assistants_sync.observe import Job
from assistants_sync.views.imported import (
    Imported,
    render_imported,
    render_imported_json,
    render_remarks,
)
from assistants_sync.workflow.importing import look_import, prove_import, run_import
from assistants_sync.workflow.writers import Writers

_MANY: Final = 20
"""From so many on it takes a while, and people are told what is under way."""


def run(session: Session, arguments: Arguments) -> int:
    """Take over what was asked for, then prove it with a plan."""
    wish = _wish(arguments)
    work = _look if arguments.dry_run else _import
    imported = asyncio.run(work(session, arguments, wish))
    settings = session.settings
    if settings.wants_json:
        session.console.result(render_imported_json(imported))
    else:
        session.console.faults(imported.left_out)
        for remark in render_remarks(imported):
            session.console.talk(remark)
        text = render_imported(imported, colour=settings.colour, detail=settings.detail)
        session.console.result(text)
    return _exit_code(imported)


def _exit_code(imported: Imported) -> int:
    failed = any(each.severity == "error" for each in imported.left_out)
    if imported.is_dry_run or not (failed or imported.is_disproved):
        return 0
    return ApplyError.exit_code if imported.adoptions else GuardError.exit_code


def _wish(arguments: Arguments) -> Wish:
    what = tuple(arguments.what)
    is_many = arguments.all or arguments.match is not None
    has_address = any("." in each for each in what)
    is_one = len(what) == len(("ADDR", "ID")) and "." in what[0]
    if is_many == bool(what) or (has_address and not is_one):
        raise UsageError(
            "What shall be imported?", "give ids, or ADDR and ID, or --match GLOB, or --all"
        )
    return Wish(
        address=read_address(what[0]) if is_one else None,
        id=RemoteId(what[1]) if is_one else None,
        ids=() if is_one else tuple(map(RemoteId, what)),
        pattern=arguments.match or "*",
        claim=arguments.claim,
        take_over=arguments.take_over,
    )


async def _look(session: Session, arguments: Arguments, wish: Wish) -> Imported:
    loaded = session.load_known()
    async with (
        session.api(loaded.project, arguments.parallelism) as api,
        session.state(loaded.project) as store,
    ):
        job = Job(loaded.project, loaded.desired)
        choice = await look_import(job, api, store, session.clock, wish)
    drafts = drafts_of(loaded, choice.adoptions, with_files=arguments.prompts_as_files)
    return Imported(
        adoptions=kept(choice.adoptions, drafts),
        drafts=drafts.drafts,
        left_out=(*choice.left_out, *drafts.refused),
        folder=loaded.project.definitions_dir,
        is_dry_run=True,
    )


async def _import(session: Session, arguments: Arguments, wish: Wish) -> Imported:
    loaded = session.load_known()
    environment = loaded.project.environment
    # Before anything is written: a file that git would publish ends the import.
    env_file = env_file_of(session.settings.root, environment) if arguments.write_env else None
    keeping = Keeping(session, loaded, with_files=arguments.prompts_as_files)
    async with writing(session, arguments, loaded.project, "import") as doors:
        choice = await run_import(Job(loaded.project, loaded.desired), doors.writers, wish, keeping)
        if len(choice.adoptions) >= _MANY:
            session.console.talk("Planning, to prove that nothing is left to do")
        plan = await _prove(keeping.written, doors.writers, choice)
    if env_file is not None:
        write_env(env_file, environment, _shown(keeping.drafts.drafts))
    return Imported(
        adoptions=choice.adoptions,
        drafts=keeping.drafts.drafts,
        left_out=(*choice.left_out, *keeping.drafts.refused),
        folder=loaded.project.definitions_dir,
        plan=plan,
        env_file=env_file.name if env_file else None,
    )


def _shown(drafts: Sequence[Draft]) -> dict[str, str]:
    """The secrets whose values the server shows, by the names of their variables."""
    found = {each.name: each.value.reveal() for draft in drafts for each in draft.secrets}
    return {name: value for name, value in sorted(found.items()) if isinstance(value, str)}


async def _prove(written: Loaded, writers: Writers, choice: Choice) -> Plan | None:
    if not choice.adoptions:
        return None
    job = Job(written.project, written.desired)
    return await prove_import(job, writers, choice.adoptions)
