"""`trash restore`: what was deleted made again, with its definition if that is gone too."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from assistants_sync.cli.apply import asking
from assistants_sync.cli.arguments import Arguments
from assistants_sync.cli.keeping import write_definitions
from assistants_sync.cli.plan import show_plan
from assistants_sync.cli.session import Session, read_address
from assistants_sync.cli.writing import writing
from assistants_sync.definitions.load import Loaded
from assistants_sync.errors import UsageError
from assistants_sync.importing import Adoption, declared_of
from assistants_sync.model.event import ApplyFinished
from assistants_sync.model.live import LiveObject
from assistants_sync.model.trash import Trashed
from assistants_sync.model.value import leaves
from assistants_sync.observe import Job
from assistants_sync.planning.restore import Restoration, restored_body
from assistants_sync.resources import KINDS
from assistants_sync.views.progress import render_finished
from assistants_sync.workflow.apply import exit_code_of
from assistants_sync.workflow.restore import plan_restoration, run_restore


def restore(session: Session, arguments: Arguments, backups: tuple[Trashed, ...]) -> int:
    """Make again what these are the backups of, the oldest first; give the exit code."""
    address = read_address(arguments.restore_as) if arguments.restore_as else backups[-1].address
    if not address.startswith("assistant."):
        raise UsageError(
            "It needs an address", f"{address} was never ours", hint="name one: --as assistant.KEY"
        )
    wanted = Restoration(backups, address, tuple(sorted(arguments.without)))
    if arguments.dry_run:
        asyncio.run(_show(session, arguments, wanted))
        return 0
    finished = asyncio.run(_bring_back(session, arguments, wanted))
    if not session.settings.wants_json:
        session.console.result(render_finished(finished) + "\n")
    if finished.failed:
        session.console.talk(
            "A field the API no longer takes can be left out: --without FIELD. Run it again: what "
            "is done already is not done twice."
        )
    return exit_code_of(finished)


async def _show(session: Session, arguments: Arguments, wanted: Restoration) -> None:
    loaded = session.load_bound()
    async with (
        session.api(loaded.project, arguments.parallelism) as api,
        session.state(loaded.project) as store,
    ):
        job = Job(loaded.project, loaded.desired)
        observed = await plan_restoration(job, await store.read(), api, session.clock, wanted)
    show_plan(session, observed.planned.plan)


async def _bring_back(session: Session, arguments: Arguments, wanted: Restoration) -> ApplyFinished:
    loaded = session.load_bound()
    wanted, keep = _with_definition(session, loaded, wanted)
    async with writing(session, arguments, loaded.project, "trash restore") as doors:
        return await run_restore(
            Job(loaded.project, loaded.desired),
            doors.writers,
            wanted,
            asking(session, arguments, doors.interrupt),
            keep,
        )


def _with_definition(
    session: Session, loaded: Loaded, wanted: Restoration
) -> tuple[Restoration, Callable[[], None]]:
    """Say what writes the definition if it is gone too, and which paths it will declare.

    What is owned and not defined would be planned for deletion.
    """
    if wanted.address in loaded.desired.definitions:
        return wanted, lambda: None
    body, _ = restored_body(wanted.last, None, wanted.without)
    live = LiveObject(wanted.last.id, body, name=wanted.last.name)
    declared, _ = declared_of(KINDS["assistant"], loaded.project, live)
    adoption = Adoption(wanted.address, live, is_defined=False)
    return (
        replace(wanted, declares=frozenset(leaves(declared))),
        lambda: write_definitions(session, loaded, [adoption]),
    )
