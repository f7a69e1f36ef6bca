"""Rollback: the plan that brings back what was there before a run. Pure.

It undoes that run and all after it, address by address, and leaves every other one alone, pending
changes and all. What it cannot undo it shows, and says what to do instead.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from assistants_sync.model.address import Address, RemoteId
from assistants_sync.model.definition import Definition
from assistants_sync.model.history import RunRecord
from assistants_sync.model.live import LiveObject
from assistants_sync.model.plan import Action, Change, Plan, Reason
from assistants_sync.model.state import Owned
from assistants_sync.model.step import Forget, Step
from assistants_sync.model.trash import Trashed
from assistants_sync.model.value import (
    FieldPath,
    JsonValue,
    Ref,
    Secret,
    Value,
    from_pointer,
    is_prefix,
    leaves,
    lookup,
    nested,
    without_secrets,
)
from assistants_sync.planning.former import former_of_deleted, former_of_owned
from assistants_sync.planning.inputs import Inputs
from assistants_sync.planning.let_go import usage_after, with_moved_on
from assistants_sync.planning.owned import OwnedPlanner
from assistants_sync.planning.planner import Planned, framed, no_longer_wanted, unreadable
from assistants_sync.planning.restore import Restoration, create_again, relinks
from assistants_sync.planning.undo import Before, moved_on, overlaid, what_was

_Planned = tuple[Change, Step | None]

SAYS_OTHERWISE: Final = (
    "its definition says otherwise: revert that too, or the next plan from it undoes this"
)
NOT_DEFINED: Final = "it has no definition: put that back, or the next plan deletes it"
STILL_DEFINED: Final = "its definition is still there: remove it, or the next plan creates it again"


@dataclass(frozen=True, slots=True)
class Rollback:
    """The runs to undo, the oldest first, the backups of what they deleted, and who refers to it.

    `referrers` are what refers to those now or did, None for one that is gone.
    """

    runs: tuple[RunRecord, ...]
    backups: tuple[Trashed, ...] = ()
    referrers: Mapping[tuple[str, RemoteId], LiveObject | None] = field(default_factory=dict)

    @property
    def addresses(self) -> frozenset[Address]:
        """Every address one of the runs was about."""
        return frozenset(change.address for run in self.runs for change in run.changes)

    @property
    def referring(self) -> tuple[tuple[str, RemoteId], ...]:
        """The kind and id of everything that referred to what was deleted, each once."""
        kept = [each.reference for backup in self.backups for each in backup.references]
        return tuple(sorted({(each.kind, each.id) for each in kept}))


def to_revert(plan: Plan) -> tuple[Change, ...]:
    """Give the changes that the definitions, as they are, would bring again."""
    notes = {SAYS_OTHERWISE, NOT_DEFINED, STILL_DEFINED}
    return tuple(each for each in plan.changes if notes & set(each.notes))


def plan_rollback(inputs: Inputs, rollback: Rollback) -> Planned:
    """Plan to undo what these runs did, and nothing else."""
    names = {owned.id: address for address, owned in inputs.owned.items()}
    befores = what_was(rollback.runs, names)
    undoing = _Undoing(inputs, rollback, befores)
    planned = [
        each
        for address, before in befores.items()
        if inputs.is_selected(address)
        for each in undoing.plan(address, before)
    ]
    planned += _not_pointed_back(rollback)
    freed = replace(inputs, usage=usage_after(inputs, planned))
    return with_moved_on(inputs, framed(freed, planned))


class _Undoing:
    """Plans one address after the other."""

    def __init__(
        self, inputs: Inputs, rollback: Rollback, befores: Mapping[Address, Before]
    ) -> None:
        self._inputs, self._rollback = inputs, rollback
        self._ids = dict(self._ids_of_today(befores))

    def plan(self, address: Address, before: Before) -> list[_Planned]:
        """Give what takes this address back, and what refers to it."""
        owned = self._inputs.owned.get(address)
        live = self._inputs.live.objects.get(owned.id) if owned else None
        if before.obstacle is not None:
            return [_impossible(address, owned, before.obstacle)]
        if owned is not None and owned.id in self._inputs.live.unreadable:
            return [(unreadable(self._inputs, address, owned), None)]
        if not before.existed:
            return self._gone_again(address, before, owned, live)
        if owned is None:
            return self._back_again(address, before)
        if live is None:
            why = "it was deleted on the server meanwhile; apply that first, and roll back then"
            return [_impossible(address, owned, why)]
        if before.fields is None:
            why = "its record does not say what was there; put its definition back and apply"
            return [_impossible(address, owned, why)]
        return self._as_before(address, before, owned, live)

    def _gone_again(
        self, address: Address, before: Before, owned: Owned | None, live: LiveObject | None
    ) -> list[_Planned]:
        unresolved = self._inputs.unresolved.get(address)
        if unresolved is not None:
            change = Change(address, Action.NO_OP, Reason.UNRESOLVED, blocked=(unresolved,))
            return [(change, None)]
        if owned is None:
            return []
        if live is None:
            gone = Change(address, Action.FORGET, Reason.GONE, owned.id)
            return [(gone, Forget(address, owned.id))]
        if owned.id not in before.made and None not in before.made:
            why = "another one was imported as this since; remove its definition and apply"
            return [_impossible(address, owned, why)]
        change, step = no_longer_wanted(self._inputs, address, owned, live)
        if change.action is Action.DELETE:
            change = replace(change, reason=Reason.ROLLED_BACK)
        today = self._inputs.definitions.get(address)
        if today is not None:
            change = replace(change, source=today.where, notes=(*change.notes, STILL_DEFINED))
        return [(change, step)]

    def _as_before(
        self, address: Address, before: Before, owned: Owned, live: LiveObject
    ) -> list[_Planned]:
        former, notes = former_of_owned(self._inputs, address, before, live, self._ids)
        change, step = OwnedPlanner(self._inputs, former, owned, live).plan()
        if change.action is Action.UPDATE:
            change = replace(change, reason=Reason.ROLLED_BACK)
        told = self._told(change, leaves(former.body), notes)
        wanted = self._restoration(address, before)
        # An earlier rollback may have died before it pointed back what pointed to it.
        return [(told, step), *(relinks(wanted, owned.id) if wanted else ())]

    def _back_again(self, address: Address, before: Before) -> list[_Planned]:
        wanted = self._restoration(address, before)
        if wanted is None:
            why = (
                "its backup is not in the trash any more; define it again and apply"
                if before.deleted
                else "state owns it no more, and no run deleted it; import it again"
            )
            return [_impossible(address, None, why)]
        inputs = self._inputs
        notes: tuple[str, ...] = ()
        if before.fields is not None:
            former, notes = former_of_deleted(inputs, before, address, wanted.last)
            last = replace(wanted.last, body=_body_before(wanted.last, before, former))
            wanted = replace(wanted, backups=(*wanted.backups[:-1], last))
            desired = replace(inputs.desired, definitions={address: former})
            inputs = replace(inputs, desired=desired)
        change, step = create_again(inputs, wanted)
        planned: list[_Planned] = [(self._told(change, step.tracked, notes), step)]
        return [*planned, *relinks(wanted, None)]

    def _restoration(self, address: Address, before: Before) -> Restoration | None:
        backups = tuple(each for each in self._rollback.backups if each.id == before.deleted)
        if not backups:
            return None
        return Restoration(backups, address, referrers=self._rollback.referrers, ids=self._ids)

    def _told(
        self, change: Change, managed: Mapping[FieldPath, Value], notes: tuple[str, ...]
    ) -> Change:
        today = self._inputs.definitions.get(change.address)
        if today is None:
            says: tuple[str, ...] = (NOT_DEFINED,)
        else:
            says = (SAYS_OTHERWISE,) if self._differs(today, managed) else ()
        source = today.where if today else None
        return replace(change, source=source, notes=(*change.notes, *notes, *says))

    def _differs(self, today: Definition, managed: Mapping[FieldPath, Value]) -> bool:
        ignored = tuple(map(from_pointer, today.lifecycle.ignore_changes))
        return any(
            not self._inputs.hasher.equal(path, lookup(today.body, path), managed.get(path))
            for path in {*leaves(today.body), *managed}
            if not any(is_prefix(each, path) for each in ignored)
        )

    def _ids_of_today(self, befores: Mapping[Address, Before]) -> Iterator[tuple[str, Value]]:
        """What stands now for each id that was deleted: what took its place, or is about to."""
        inputs, kept = self._inputs, {each.id for each in self._rollback.backups}
        for address, before in befores.items():
            if before.deleted is None or not before.existed or before.obstacle is not None:
                continue
            if address in inputs.owned:
                yield before.deleted, inputs.owned[address].id
            elif before.deleted in kept:
                yield before.deleted, Ref(address)


def _body_before(backup: Trashed, before: Before, former: Definition) -> dict[str, JsonValue]:
    """Give the body as it was before the first run, from as it was when it was deleted."""
    fields = {
        path: value for path, value in leaves(former.body).items() if not isinstance(value, Secret)
    }
    body = nested(overlaid(leaves(backup.body), fields, before.written))
    return {key: without_secrets(value) for key, value in body.items()}


def _impossible(address: Address, owned: Owned | None, why: str) -> _Planned:
    remote_id = owned.id if owned else None
    return Change(address, Action.NO_OP, Reason.NOT_ROLLED_BACK, remote_id, notes=(why,)), None


def _not_pointed_back(rollback: Rollback) -> list[_Planned]:
    """What a run moved on although the deletion that was to follow did not happen."""
    covered = {f"{kind}.{remote_id}" for kind, remote_id in rollback.referring}
    why = "what it refers to was changed for a deletion that did not happen; edit it there"
    return [
        (Change(each.address, Action.NO_OP, Reason.NOT_ROLLED_BACK, each.id, notes=(why,)), None)
        for each in moved_on(rollback.runs)
        if each.address not in covered
    ]
