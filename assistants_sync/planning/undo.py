"""What was there before a run: the records of it and of all runs after it, read backwards. Pure."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from assistants_sync.model.address import Address, RemoteId, kind_of
from assistants_sync.model.history import RunChange, RunRecord
from assistants_sync.model.plan import Action, Reason
from assistants_sync.model.value import FieldPath, Value, is_prefix, leaves, to_dotted
from assistants_sync.planning.cleanup import UNMANAGED

_HAPPENED: Final = ("applied", "unknown")
MOVED_ON: Final = (Reason.REPLACED, Reason.DETACHED)
"""Changes of what referred to a deleted one; it is pointed back with that one."""


@dataclass(frozen=True, slots=True)
class Before:
    """How one address was before the first of the runs that changed it.

    `fields` are its managed leaves, secrets masked; None where no record tells them. `written` are
    dotted paths the runs wrote. `made` are the ids the runs gave it, None for one nobody learned;
    `deleted` is the id of the first they deleted. `obstacle` says why there is no way back, and
    what to do instead.
    """

    existed: bool
    fields: Mapping[FieldPath, Value] | None = None
    written: frozenset[str] = frozenset()
    made: frozenset[RemoteId | None] = frozenset()
    deleted: RemoteId | None = None
    obstacle: str | None = None


def what_was(runs: Sequence[RunRecord], names: Mapping[RemoteId, Address]) -> dict[Address, Before]:
    """Give how each address was before these runs, the oldest first; `names` are today's, by id.

    What was renamed since stands under the name of today.
    """
    found: dict[Address, list[RunChange]] = defaultdict(list)
    for change in _changes(runs):
        if change.reason not in (*MOVED_ON, Reason.REPOINTED):
            now = names.get(change.id) if change.id else None
            found[now or change.address].append(change)
    return {address: _before(found[address]) for address in sorted(found)}


def moved_on(runs: Sequence[RunRecord]) -> tuple[RunChange, ...]:
    """Give every change of what referred to one that was to be deleted, each address once."""
    found = {each.address: each for each in _changes(runs) if each.reason in MOVED_ON}
    return tuple(found[address] for address in sorted(found))


def deleted_ids(runs: Sequence[RunRecord]) -> frozenset[RemoteId]:
    """Give the id of everything these runs deleted."""
    return frozenset(
        each.id for each in _changes(runs) if each.action == Action.DELETE and each.id is not None
    )


def _changes(runs: Sequence[RunRecord]) -> list[RunChange]:
    return [each for run in runs for each in run.changes if each.outcome in _HAPPENED]


def _before(changes: Sequence[RunChange]) -> Before:
    first = changes[0]
    back = _Backwards()
    for change in reversed(changes):
        back.undo(change)
    deletions = [each.id for each in changes if each.action == Action.DELETE]
    return Before(
        existed=first.action != Action.CREATE,
        fields=back.fields,
        written=frozenset(back.written),
        made=frozenset(each.id for each in changes if each.action == Action.CREATE),
        deleted=deletions[0] if deletions else None,
        obstacle=_obstacle(first),
    )


def _obstacle(first: RunChange) -> str | None:
    if kind_of(first.address) == UNMANAGED:
        return f"no state owned it; `trash restore {first.id} --as ADDR` brings it back"
    if first.action == Action.FORGET and first.reason == Reason.GONE:
        return "it was gone from the server already; put its definition back and apply"
    if first.action == Action.FORGET:
        return f"it was forgotten, not changed; `import {first.address} {first.id}` owns it again"
    if first.reason == Reason.QUARANTINED:
        return "it was set aside; put its definition back and apply, that lifts it"
    if first.action == Action.UPDATE and first.prior is None:
        return "its record does not say what was there; put its definition back and apply"
    return None


@dataclass(slots=True)
class _Backwards:
    """The leaves of one address, going back change by change."""

    fields: dict[FieldPath, Value] | None = None
    written: set[str] = field(default_factory=set)

    def undo(self, change: RunChange) -> None:
        """Go back to before one change."""
        prior = None if change.prior is None else leaves(change.prior)
        if change.action != Action.UPDATE:
            # What came later was another object.
            self.fields, self.written = prior, set()
        elif prior is not None:
            self.fields = overlaid(self.fields or {}, prior, change.paths)
            self.written |= set(change.paths)


def overlaid(
    later: Mapping[FieldPath, Value],
    prior: Mapping[FieldPath, Value],
    written: Collection[str],
) -> dict[FieldPath, Value]:
    """Lay what was there before over what was there later, without what was only written then.

    `written` are dotted paths, as deep as into lists.
    """
    kept = {
        path: value
        for path, value in later.items()
        if not _is_written(path, written)
        and not any(is_prefix(path, each) or is_prefix(each, path) for each in prior)
    }
    return {**kept, **prior}


def _is_written(path: FieldPath, written: Collection[str]) -> bool:
    here = to_dotted(path)
    return any(each == here or _is_below(each, here) or _is_below(here, each) for each in written)


def _is_below(lower: str, upper: str) -> bool:
    return lower.startswith((f"{upper}.", f"{upper}["))


def is_written(path: FieldPath, before: Before) -> bool:
    """Say whether one of the runs wrote at, above or below a path."""
    return _is_written(path, before.written)
