"""The state: there, readable, ours, and nobody's work left open in it."""

from collections.abc import Iterator
from pathlib import Path

from assistants_sync.cli.session import Session
from assistants_sync.errors import SyncError
from assistants_sync.model.check import Check
from assistants_sync.model.project import Project
from assistants_sync.model.state import Snapshot, State
from assistants_sync.state.backend import LockHolder
from assistants_sync.state.unsaved import find_unsaved


async def check_state(session: Session, project: Project) -> tuple[State | None, list[Check]]:
    """Read it, with its lock and its journal."""
    location = session.location(project)
    checks = [Check("ok", "state location", location.shown)]
    snapshot: Snapshot | None = None
    holder: LockHolder | None = None
    try:
        async with session.state(project) as store:
            try:
                holder = await store.lock.holder()
                checks.append(_lock(holder))
            except SyncError as error:
                checks.append(_failed("lock", error))
            snapshot = await store.read()
    except SyncError as error:
        checks.append(_failed("state", error))
    if snapshot is None:
        return None, checks
    checks += _read(snapshot, holder)
    if snapshot.state is not None:
        checks += _emergency(session, snapshot.state)
        if location.url is None:
            checks.append(_backup(session.paths(project).backup, snapshot.state))
    return snapshot.state, checks


def _failed(what: str, error: SyncError) -> Check:
    first = error.diagnostic
    return Check("fail", what, f"{first.summary}: {first.detail}", first.hint)


def _lock(holder: LockHolder | None) -> Check:
    if holder is None:
        return Check("ok", "lock", "nobody holds it")
    hint = f"if that run is dead: lock release {holder.id} --reason TEXT"
    return Check("warn", "lock", f"held by {holder}", hint)


def _read(snapshot: Snapshot, holder: LockHolder | None) -> Iterator[Check]:
    state = snapshot.state
    if state is None:
        yield Check("ok", "state", "none yet: the first apply or import begins it")
        return
    yield Check("ok", "state", f"{len(state.owned)} owned, serial {state.serial}")
    entries = snapshot.generation.journal if snapshot.generation else 0
    if entries and holder is None:
        yield Check(
            "warn",
            "journal",
            f"{entries} entries of a run that did not end, {len(state.intents)} writes unsettled",
            hint="the next `apply` settles them; `plan` shows what it knows",
        )
    else:
        yield Check("ok", "journal", "of the run that holds the lock" if entries else "closed")


def _backup(path: Path, state: State) -> Check:
    if path.exists():
        return Check("ok", "state backup", path.name)
    if state.serial == 0:
        return Check("ok", "state backup", "none yet: the state was written once")
    hint = "the next `apply` keeps one; until then the state file is the only copy here"
    return Check("warn", "state backup", "the generation before is not there", hint)


def _emergency(session: Session, state: State) -> Iterator[Check]:
    found = find_unsaved(session.emergency_folders, state.environment, state.lineage)
    if found:
        names = ", ".join(map(str, found))
        hint = f"`state recover {found[0]}` takes it back; then remove it"
        yield Check("warn", "unsaved", f"what a run could not save is in {names}", hint)
