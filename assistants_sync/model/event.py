"""What apply says while it works: the first event is all the work, the last one the counts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from assistants_sync.model.address import Address, RemoteId
from assistants_sync.model.diagnostic import Diagnostic
from assistants_sync.model.plan import Action


@dataclass(frozen=True, slots=True)
class PlanAccepted:
    """All the work, before anything is sent."""

    work: tuple[tuple[Address, Action], ...]


@dataclass(frozen=True, slots=True)
class ChangeStarted:
    """A change is under way."""

    address: Address
    action: Action


@dataclass(frozen=True, slots=True)
class ChangeApplied:
    """A change took effect and is in the journal; warnings name what the server did not store.

    Here and below, `request_ids` are the server's names of the writes it took, in order.
    """

    address: Address
    action: Action
    id: RemoteId | None = None
    warnings: tuple[Diagnostic, ...] = ()
    request_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangeFailed:
    """A change did not take effect, or nobody knows yet (`is_unknown`)."""

    address: Address
    action: Action
    diagnostic: Diagnostic
    is_unknown: bool = False
    request_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangeSkipped:
    """A change was not tried; `is_stale` when the object is not what the plan saw."""

    address: Address
    action: Action
    reason: str
    is_stale: bool = False
    request_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing is sent for a while, and why."""

    seconds: float
    reason: str


@dataclass(frozen=True, slots=True)
class ApplyFinished:
    """The end: counts of applied changes by action, and of the rest."""

    applied: Mapping[str, int] = field(default_factory=dict)
    failed: int = 0
    skipped: int = 0
    stale: int = 0
    sent: int = 0
    was_interrupted: bool = False


Event: TypeAlias = (
    PlanAccepted
    | ChangeStarted
    | ChangeApplied
    | ChangeFailed
    | ChangeSkipped
    | Waiting
    | ApplyFinished
)
