"""Rollback: what the history and the trash say was there before a run, as the job to be done."""

from dataclasses import replace

from assistants_sync.errors import StateError
from assistants_sync.model.ports import StateReader
from assistants_sync.observe import Job
from assistants_sync.planning.rollback import Rollback
from assistants_sync.planning.undo import deleted_ids


async def with_rollback(job: Job, store: StateReader) -> Job:
    """Give the job with what there is to go by, if its options ask for a rollback.

    Definitions only lend it their secrets, so `moved:` and `removed:` wait for a plan of theirs.

    Raises:
        StateError: the run is not in the history, or that or the trash cannot be read.
    """
    wanted = job.options.rollback
    if wanted is None:
        return job
    runs = await store.history()
    first = next((at for at, run in enumerate(runs) if run.id == wanted), None)
    if first is None:
        raise StateError(
            "Not in the history", f"`{wanted}`", hint="`history list` shows what is there"
        )
    deleted = deleted_ids(runs[first:])
    backups = tuple(each for each in await store.trash() if each.id in deleted)
    return replace(
        job,
        desired=replace(job.desired, moves=(), removals={}),
        rollback=Rollback(runs[first:], backups),
    )
