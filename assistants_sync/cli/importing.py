"""`import`: live assistants become ours, with a definition each, and the next plan is empty."""

import asyncio
from collections.abc import Sequence

from assistants_sync.cli.arguments import Arguments
from assistants_sync.cli.session import Session, read_address
from assistants_sync.cli.writing import writing
from assistants_sync.definitions import Loaded, dump_definition
from assistants_sync.errors import SyncError, UsageError
from assistants_sync.importing import Adoption, Choice, Wish, declared_of
from assistants_sync.model.address import RemoteId, key_of
from assistants_sync.model.plan import Plan
from assistants_sync.observe import Job
from assistants_sync.resources import KINDS
from assistants_sync.views.escape import escape
from assistants_sync.views.human import render_human
from assistants_sync.workflow.importing import run_import
from assistants_sync.workflow.plan import run_plan


def run(session: Session, arguments: Arguments) -> int:
    """Take over what was asked for, then prove it with a plan."""
    choice, plan = asyncio.run(_import(session, arguments, _wish(arguments)))
    session.console.faults(choice.left_out)
    for each in choice.adoptions:
        session.console.result(f"{each.address}  {escape(each.live.id)}\n")
    session.console.result(f"Imported {len(choice.adoptions)}.\n")
    if plan is not None:
        session.console.result("\n" + render_human(plan, colour=session.settings.colour))
    return 0


def _wish(arguments: Arguments) -> Wish:
    is_many = arguments.all or arguments.match is not None
    is_one = arguments.address is not None and arguments.id is not None
    if is_many == is_one or (is_many and arguments.address is not None):
        raise UsageError("What shall be imported?", "give ADDR and ID, or --match GLOB, or --all")
    address = read_address(arguments.address) if arguments.address is not None else None
    return Wish(
        address=address,
        id=RemoteId(arguments.id) if arguments.id is not None else None,
        pattern=arguments.match or "*",
        claim=arguments.claim,
        take_over=arguments.take_over,
    )


async def _import(session: Session, arguments: Arguments, wish: Wish) -> tuple[Choice, Plan | None]:
    loaded = session.load_bound()
    project = loaded.project

    def keep(adoptions: Sequence[Adoption]) -> None:
        write_definitions(session, loaded, adoptions)

    async with writing(session, arguments, project, "import") as doors:
        choice = await run_import(Job(project, loaded.desired), doors.writers, wish, keep)
        if not choice.adoptions:
            return choice, None
        again = session.load_bound()
        job = Job(again.project, again.desired)
        writers = doors.writers
        return choice, await run_plan(job, writers.api, writers.store, session.clock)


def write_definitions(session: Session, loaded: Loaded, adoptions: Sequence[Adoption]) -> None:
    """Write a definition for each that has none; nothing is ever overwritten.

    Raises:
        SyncError: a file is in the way, or cannot be written.
    """
    folder = session.settings.root / loaded.project.definitions_dir
    texts = {}
    for each in adoptions:
        if each.is_defined:
            continue
        path = folder / f"{key_of(each.address)}.yaml"
        body, left_out = declared_of(KINDS["assistant"], loaded.project, each.live)
        if path.exists():
            raise SyncError("A file is in the way", f"{path}; nothing was imported")
        texts[path] = dump_definition(body)
        if left_out:
            names = ", ".join(left_out)
            session.console.talk(
                f"{each.address}: left out of its definition (secret, or in no reference): {names}"
            )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in texts.items():
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
    except OSError as error:
        raise SyncError(
            "A definition could not be written", f"{error.filename}: {error.strerror}"
        ) from error
