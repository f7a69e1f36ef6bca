"""What we remember: which live objects we own, and what we last did. No value, ever."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from assistants_sync.model.address import Address, RemoteId
from assistants_sync.model.definition import Lifecycle

STATE_FORMAT = 1

Operation = Literal["create", "update", "delete"]


@dataclass(frozen=True, slots=True)
class Leaf:
    """Keyed hashes of one declared path: as we sent it, and as the server returned it then.

    `kept` marks a difference the user chose to leave as it is live.
    """

    applied: str
    baseline: str
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Owned:
    """One live object we own. `leaves` is keyed by JSON Pointer; times are the server's ISO 8601.

    `attempt` and `write` are those of the marker we last wrote; an imported object we never wrote
    has neither, and `import_hash` of its whole body instead. `quarantined_at` is when it was set
    aside to be deleted after its grace, ISO 8601. `secrets` are the JSON Pointers at which we sent
    one, `*` for any list index: what stands there stays secret when its definition is gone.
    """

    id: RemoteId
    leaves: Mapping[str, Leaf] = field(default_factory=dict)
    lifecycle: Lifecycle = Lifecycle()
    created_at: str | None = None
    updated_at: str | None = None
    attempt: str | None = None
    write: str | None = None
    import_hash: str | None = None
    quarantined_at: str | None = None
    secrets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Intent:
    """A write about to go out, durable before it does.

    `id` is the attempt id of a create and the write id of an update or delete. `applied` and
    `before` are keyed hashes: of every declared leaf, and of each top-level key to be replaced.
    `sent_at` is our clock, `server_time` the server's as last heard, and `server_now` what it must
    have shown as this was written, all ISO 8601. `restores` is the id of the
    deleted object a create brings back; `quarantines` marks the update that sets one aside.
    """

    id: str
    operation: Operation
    address: Address
    sent_at: str
    server_time: str | None = None
    remote_id: RemoteId | None = None
    applied: Mapping[str, str] = field(default_factory=dict)
    kept: tuple[str, ...] = ()
    before: Mapping[str, str] = field(default_factory=dict)
    lifecycle: Lifecycle = Lifecycle()
    attempt: str | None = None
    restores: RemoteId | None = None
    quarantines: bool = False
    secrets: tuple[str, ...] = ()
    server_now: str | None = None


@dataclass(frozen=True, slots=True)
class Watch:
    """A write whose request never showed up, and might yet: known to be ours for a day."""

    address: Address
    sent_at: str


@dataclass(frozen=True, slots=True)
class State:
    """The state of one environment: `lineage` says which state, `serial` which generation of it.

    `restored` leads from the id of a deleted object to that of the one made in its place.
    `moved_to` is where this state lives now, when this is the copy it left behind.
    """

    lineage: str
    project: str
    environment: str
    hash_key: str
    serial: int = 0
    org_id: str | None = None
    owned: Mapping[Address, Owned] = field(default_factory=dict)
    intents: Mapping[str, Intent] = field(default_factory=dict)
    watch: Mapping[str, Watch] = field(default_factory=dict)
    restored: Mapping[RemoteId, RemoteId] = field(default_factory=dict)
    moved_to: str | None = None


@dataclass(frozen=True, slots=True)
class Generation:
    """Which bytes of state a plan was made from: the file's serial and the journal's length."""

    serial: int
    journal: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """State as it stands now, journal included. `state` is None before the first apply."""

    state: State | None = None
    generation: Generation | None = None
