"""The plan: what would change and why, as plain data. No clock, no host: equal inputs, equal plan.

Every value in it is redacted already; what apply needs beyond it (declared values, secrets) is in
`model.step` and never saved.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from assistants_sync.model.address import Address, RemoteId
from assistants_sync.model.source import SourceRef
from assistants_sync.model.state import Generation
from assistants_sync.model.usage import Reference
from assistants_sync.model.value import FieldPath, JsonValue


class Action(StrEnum):
    """What would be done, in Terraform's words."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    FORGET = "forget"
    NO_OP = "no-op"


class Reason(StrEnum):
    """Why an action was chosen. It explains and never steers."""

    NOT_IN_STATE = "not_in_state"
    GONE = "gone"
    DEFINITION_CHANGED = "definition_changed"
    DRIFTED = "drifted"
    DEFINITION_REMOVED = "definition_removed"
    REMOVED_BY_NAME = "removed_by_name"
    ON_DELETE_FORGET = "on_delete_forget"
    STATE_ONLY = "state_only"
    UNCHANGED = "unchanged"
    UNREADABLE = "unreadable"
    UNRESOLVED = "unresolved_create"
    DELETION_SKIPPED = "deletion_skipped"
    REPLACED = "replaced"
    DETACHED = "detached"
    RESTORED = "restored"
    REPOINTED = "repointed"
    QUARANTINED = "quarantined"
    QUARANTINE_EXPIRED = "quarantine_expired"
    STALE = "stale_assistant"
    ROLLED_BACK = "rolled_back"
    NOT_ROLLED_BACK = "not_rolled_back"


class FieldKind(StrEnum):
    """How one declared path stands."""

    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"
    DRIFT = "drift"
    CONFLICT = "conflict"
    KEPT = "kept"
    NOT_STORED = "not_stored"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One path that differs. `before` is the live value, `after` the declared one, both masked."""

    path: FieldPath
    kind: FieldKind
    before: JsonValue = None
    after: JsonValue = None
    is_secret: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """A guard's refusal: apply stops before any write while one stands."""

    guard: str
    message: str
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What would happen to one address.

    `before` and `after` hold the declared paths only. `preconditions` are keyed hashes by
    top-level key (an update) or of the whole body (a deletion, under the empty key). `used_by`
    is what still refers to a deleted one. `later` are paths of a create that a second write sends.
    """

    address: Address
    action: Action
    reason: Reason
    id: RemoteId | None = None
    source: SourceRef | None = None
    name: str | None = None
    before: Mapping[str, JsonValue] | None = None
    after: Mapping[str, JsonValue] | None = None
    sensitive: tuple[FieldPath, ...] = ()
    fields: tuple[FieldChange, ...] = ()
    destructive: tuple[str, ...] = ()
    blocked: tuple[Block, ...] = ()
    notes: tuple[str, ...] = ()
    preconditions: Mapping[str, str] = field(default_factory=dict)
    used_by: tuple[Reference, ...] = ()
    later: tuple[FieldPath, ...] = ()

    @property
    def drift(self) -> tuple[FieldChange, ...]:
        """The paths somebody else changed: drift and conflicts, kept ones included."""
        kinds = (FieldKind.DRIFT, FieldKind.CONFLICT, FieldKind.KEPT)
        return tuple(change for change in self.fields if change.kind in kinds)


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """What the user asked the plan to look at; a saved plan is made again with the same.

    `cleanup` holds ids no state owns, to be deleted or, with `quarantine`, set aside; `expired`
    are owned addresses whose quarantine is over. Either makes a plan of nothing else. A plan with
    `secrets_unavailable` knows no secret, and where there was no key either, nothing that is live.
    `rollback` is the id of a run: the plan undoes what it and those after it did, and nothing else.
    """

    targets: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    resolve: Mapping[str, str] = field(default_factory=dict)
    skip_deletes: bool = False
    allow_same_name: bool = False
    drift_only: bool = False
    detach: tuple[str, ...] = ()
    ignore_unreadable: tuple[str, ...] = ()
    cleanup: tuple[str, ...] = ()
    quarantine: bool = False
    expired: tuple[str, ...] = ()
    secrets_unavailable: bool = False
    rollback: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """An ordered change set. `lineage` and `generation` are None before the first apply.

    `definitions_digest` is of everything that is wanted, whatever of it the plan is about.
    `complete_read` is False only where there was no key to read anything live with.
    """

    tool_version: str
    project: str
    environment: str
    org_id: str | None
    lineage: str | None
    generation: Generation | None
    changes: tuple[Change, ...] = field(repr=False)
    """Not in the repr: asyncio makes that of what it ran, for nobody to read."""
    blocks: tuple[Block, ...] = ()
    unmanaged_count: int = 0
    copies: tuple[RemoteId, ...] = ()
    owned_count: int = 0
    options: PlanOptions = PlanOptions()
    definitions_digest: str | None = None
    complete_read: bool = True

    def of(self, *actions: Action) -> tuple[Change, ...]:
        """Give the changes with one of these actions, in order."""
        return tuple(change for change in self.changes if change.action in actions)

    @property
    def has_changes(self) -> bool:
        """Whether applying it would change the server or forget something."""
        return any(change.action is not Action.NO_OP for change in self.changes)

    @property
    def refusals(self) -> tuple[tuple[Address | None, Block], ...]:
        """Every block, with the address it stands on (None: on the plan as a whole)."""
        whole = [(None, block) for block in self.blocks]
        each = [(change.address, block) for change in self.changes for block in change.blocked]
        return (*whole, *each)
