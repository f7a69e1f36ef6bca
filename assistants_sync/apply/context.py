"""What every step of one apply shares: the doors, the identity we sign with, and the running count.

All that is said goes through here, so that the counts and the events cannot disagree.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from assistants_sync.apply.journal import JournalWriter
from assistants_sync.errors import AccessError, ApiError, StateError, SyncError
from assistants_sync.model.address import Address, RemoteId, key_of
from assistants_sync.model.definition import Definition
from assistants_sync.model.diagnostic import Diagnostic
from assistants_sync.model.event import (
    ApplyFinished,
    ChangeApplied,
    ChangeFailed,
    ChangeSkipped,
    ChangeStarted,
)
from assistants_sync.model.journal import Entry, Pinned
from assistants_sync.model.live import LiveObject
from assistants_sync.model.marker import MARKER_KEY, Marker
from assistants_sync.model.plan import Action
from assistants_sync.model.ports import Clock, EmitEvent, HearRequestId, ResourceApi, StateStore
from assistants_sync.model.project import Project
from assistants_sync.model.state import Owned, State
from assistants_sync.model.value import Body, FieldPath, JsonValue, Secret, Value, lookup, to_dotted
from assistants_sync.resources.essence import seal_at
from assistants_sync.resources.fingerprint import Hasher
from assistants_sync.resources.kind import Kind


@dataclass(frozen=True, slots=True)
class Made:
    """What a create made, as its reply showed it, and as state owns it since."""

    owned: Owned
    live: LiveObject


@dataclass(slots=True)
class ApplyContext:
    """The doors and the identity of one apply.

    `planned_with` made the hashes of what the plan saw: before there is a state it has another
    key than `hasher`. `new_id` gives a fresh random id; `should_stop` turns true when the user
    asked to stop;
    `definitions` say where a field was written. `calls_since` is how far back a call may have begun
    that the plan did not see; `created` are the ids this run gave, `completing` what it made and
    owes a second write. `halted` is why nothing new may start; `is_troubled` stops all deletions.
    """

    kind: Kind
    project: Project
    state: State
    api: ResourceApi
    store: StateStore
    clock: Clock
    hasher: Hasher
    planned_with: Hasher
    planned_at: datetime
    emit: EmitEvent
    new_id: Callable[[], str]
    definitions: Mapping[Address, Definition] = field(default_factory=dict)
    should_stop: Callable[[], bool] = lambda: False
    org_id: str | None = None
    parallelism: int = 8
    calls_since: str | None = None
    ignore_unreadable: frozenset[str] = frozenset()
    created: dict[Address, RemoteId] = field(default_factory=dict)
    completing: dict[Address, Made] = field(default_factory=dict)
    halted: str | None = None
    is_troubled: bool = False
    journal: JournalWriter = field(init=False)
    _applied: Counter[str] = field(default_factory=Counter)
    _others: Counter[str] = field(default_factory=Counter)
    _request_ids: defaultdict[Address, list[str]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self.journal = JournalWriter(self.store)

    def marker(self, address: Address, *, attempt: str, write: str) -> dict[str, JsonValue]:
        """Give our note for an object of this address."""
        marker = Marker(
            project=self.project.name,
            environment=self.project.environment.name,
            key=key_of(address),
            lineage=self.state.lineage,
            attempt=attempt,
            write=write,
        )
        return {MARKER_KEY: marker.to_json()}

    async def read(self, owned: Owned) -> LiveObject | None:
        """GET an owned object as it is now, with what we sent as a secret sealed."""
        fresh = await self.api.get(self.kind.name, owned.id)
        return replace(fresh, body=seal_at(fresh.body, owned.secrets)) if fresh else None

    def pinned(self, live: LiveObject) -> tuple[Entry, ...]:
        """Give the entry that pins the organisation, the first time an object shows it."""
        if self.org_id is not None or live.org_id is None:
            return ()
        self.org_id = live.org_id
        return (Pinned(live.org_id),)

    def sent_at(self) -> str:
        """Give our time, as intents note it."""
        return self.clock.now().isoformat()

    def hears(self, address: Address) -> HearRequestId:
        """Give what notes the request ids of a change; they are told with its end."""
        return self._request_ids[address].append

    def may_start(self, address: Address, action: Action) -> bool:
        """Announce a change, or skip it because the run is ending."""
        reason = "interrupted" if self.should_stop() else self.halted
        if reason:
            self.skipped(address, action, reason)
            return False
        self.emit(ChangeStarted(address, action))
        return True

    def applied(
        self,
        address: Address,
        action: Action,
        remote_id: RemoteId,
        warnings: tuple[Diagnostic, ...] = (),
    ) -> None:
        """Say that a change is done and recorded."""
        self._applied[action] += 1
        if action is Action.CREATE:
            self.created[address] = remote_id
        self.emit(ChangeApplied(address, action, remote_id, warnings, self._heard(address)))

    def failed(
        self, address: Address, action: Action, error: SyncError, *, is_unknown: bool = False
    ) -> None:
        """Say that a change failed. A lost state or key ends the run: nothing new is started."""
        self._others["failed"] += 1
        self.is_troubled = True
        if isinstance(error, StateError):
            self.halted = "state could not be saved"
        if isinstance(error, AccessError):
            self.halted = "the key was refused"
        told = self._located(address, error)
        self.emit(ChangeFailed(address, action, told, is_unknown, self._heard(address)))

    def skipped(
        self, address: Address, action: Action, reason: str, *, is_stale: bool = False
    ) -> None:
        """Say that a change was not tried."""
        self._others["stale" if is_stale else "skipped"] += 1
        self.is_troubled = self.is_troubled or is_stale
        self.emit(ChangeSkipped(address, action, reason, is_stale, self._heard(address)))

    def _heard(self, address: Address) -> tuple[str, ...]:
        return tuple(self._request_ids.pop(address, ()))

    def _located(self, address: Address, error: SyncError) -> Diagnostic:
        """Point to where the refused field was written, and to what replaced it."""
        diagnostic = replace(error.diagnostic, address=address)
        definition = self.definitions.get(address)
        if definition is None or not isinstance(error, ApiError):
            return diagnostic
        if not error.fields:
            return replace(diagnostic, where=definition.where)
        path = tuple(error.fields[0].split("."))
        successor = self.kind.successors.get(path[0])
        hint = f"`{path[0]}` has a successor: {successor}" if successor else diagnostic.hint
        return replace(diagnostic, where=definition.place(path), hint=hint)

    def count_write(self) -> None:
        """Count a write that went out."""
        self._others["sent"] += 1

    def finished(self) -> ApplyFinished:
        """Give the counts of this run."""
        return ApplyFinished(
            applied=dict(self._applied),
            failed=self._others["failed"],
            skipped=self._others["skipped"],
            stale=self._others["stale"],
            sent=self._others["sent"],
            was_interrupted=self.should_stop(),
        )


def metadata_of(body: Body) -> dict[str, Value]:
    """Give a body's metadata, without its nulls, as an object our note can be added to."""
    metadata = body.get("metadata")
    if not isinstance(metadata, Mapping):
        return {}
    return {key: value for key, value in metadata.items() if value is not None}


def not_stored(
    context: ApplyContext, address: Address, tracked: Mapping[FieldPath, Value], reply: LiveObject
) -> tuple[Diagnostic, ...]:
    """Warn of every declared value that the reply does not show, and of a marker it dropped."""
    definition = context.definitions.get(address)
    lost = [
        Diagnostic(
            "not_stored",
            "The server did not store a field",
            f"`{to_dotted(path)}` is not in its reply",
            where=definition.place(path) if definition else None,
            address=address,
            severity="warning",
        )
        for path, value in tracked.items()
        if value is not None and not isinstance(value, Secret) and lookup(reply.body, path) is None
    ]
    if reply.marker is None:
        lost.append(
            Diagnostic(
                "marker_not_stored",
                "The server did not store our marker",
                "without it this tool never deletes the object",
                address=address,
                severity="warning",
            )
        )
    return tuple(lost)
