"""Pull: look, bring drifted values back into the files, look again to prove it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assistants_sync.definitions.rewrite import open_text, replace_bytes
from assistants_sync.errors import DefinitionError, SyncError
from assistants_sync.model.address import Address
from assistants_sync.model.plan import Plan
from assistants_sync.model.ports import Clock, ResourceReader, StateReader
from assistants_sync.model.value import FieldPath, is_prefix, to_dotted
from assistants_sync.observe import Job, Observed, observe
from assistants_sync.pulling.files import Edited, Pull, Puller
from assistants_sync.pulling.wanted import wanted_of
from assistants_sync.workflow.plan import check_selection


@dataclass(frozen=True, slots=True)
class Looked:
    """What was seen, and what a pull would write."""

    observed: Observed
    pull: Pull


async def look(
    job: Job,
    root: Path,
    reader: ResourceReader,
    state: StateReader,
    clock: Clock,
    theirs: Mapping[str, str],
) -> Looked:
    """Say what a pull would write. Nothing is, anywhere. `root` is resolved."""
    snapshot = await state.read()
    check_selection(job, snapshot)
    observed = await observe(job, snapshot, reader, clock)
    wanted = wanted_of(observed.planned.plan, observed.inputs, theirs)
    pull = Puller(root, job.kind).pull(wanted.drifted)
    return Looked(observed, Pull(pull.files, pull.done, (*wanted.left, *pull.left)))


def write(files: Sequence[Edited]) -> None:
    """Write the files of a pull, every one of them or none.

    Raises:
        SyncError: one could not be written; those before it are as they were.
    """
    written: list[Edited] = []
    try:
        for each in files:
            replace_bytes(each.opened, each.opened.with_text(each.text))
            written.append(each)
    except SyncError:
        put_back(written)
        raise


def put_back(files: Sequence[Edited]) -> None:
    """Give written files back what they held."""
    for each in files:
        root = each.opened.path.parent
        replace_bytes(open_text(root, each.opened.path), each.opened.data)


async def prove(
    before: Looked,
    job_now: Callable[[], Job],
    reader: ResourceReader,
    state: StateReader,
    clock: Clock,
) -> Plan:
    """Look again once the files are written, and give the plan.

    Raises:
        DefinitionError: what is live may not stand in a definition; the files are as they were.
        SyncError: they mean something else than what is live, and are as they were; or nothing
            could be read to prove it by.
    """
    try:
        job = job_now()
    except DefinitionError as refused:
        put_back(before.pull.files)
        raise DefinitionError(
            [
                replace(each, hint="the files hold again what they held")
                for each in refused.diagnostics
            ]
        ) from refused
    after = await observe(job, await state.read(), reader, clock)
    worse = _differences(after.planned.plan) - _differences(before.observed.planned.plan)
    worse |= {
        (change.address, each.path)
        for change in after.planned.plan.changes
        for each in change.fields
        for done in before.pull.done
        if done.address == change.address and is_prefix(done.path, each.path)
    }
    if worse:
        put_back(before.pull.files)
        paths = sorted(f"{address} {to_dotted(path)}" for address, path in worse)
        raise _not_meant(", ".join(paths))
    return after.planned.plan


def _differences(plan: Plan) -> set[tuple[Address, FieldPath]]:
    return {(change.address, each.path) for change in plan.changes for each in change.fields}


def _not_meant(detail: str) -> SyncError:
    return SyncError(
        "What was pulled would not mean what is live",
        detail,
        hint="the files hold again what they held; this is a bug, please report it",
    )
