"""What apply carries out: one step per change, with the values and secrets the plan does not hold.

A step is data and lives only in memory. Order is the planner's; apply decides nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from assistants_sync.model.address import Address, RemoteId
from assistants_sync.model.definition import Lifecycle
from assistants_sync.model.state import Owned
from assistants_sync.model.trash import KeptReference
from assistants_sync.model.usage import Reference
from assistants_sync.model.value import Body, FieldPath, Value


@dataclass(frozen=True, slots=True)
class Rename:
    """State only: an owned object goes by another address."""

    source: Address
    address: Address


@dataclass(frozen=True, slots=True)
class Record:
    """State only: what we know of an owned object changes, the object does not."""

    address: Address
    owned: Owned


@dataclass(frozen=True, slots=True)
class Create:
    """POST the declared body. `tracked` are the declared leaves compared from now on.

    `restores` is the id of the deleted object this one takes the place of. `later` are declared
    leaves that refer back, in a circle: they are sent by a PATCH once all are made.
    """

    address: Address
    body: Body
    tracked: Mapping[FieldPath, Value]
    lifecycle: Lifecycle
    restores: RemoteId | None = None
    later: tuple[FieldPath, ...] = ()


@dataclass(frozen=True, slots=True)
class Update:
    """PATCH whole top-level keys: the live ones at that moment, overlaid, minus the cleared.

    `before` is the keyed hash of each key at planning; `kept` are tracked paths left as live;
    `clears` go away: a one-key path becomes null, a longer one is left out of its object.
    `takes_over` lets it write over another project's marker.
    """

    address: Address
    owned: Owned
    keys: tuple[str, ...]
    overlay: Mapping[FieldPath, Value]
    clears: tuple[FieldPath, ...]
    tracked: Mapping[FieldPath, Value]
    kept: frozenset[FieldPath]
    before: Mapping[str, str]
    lifecycle: Lifecycle
    takes_over: bool = False


@dataclass(frozen=True, slots=True)
class Delete:
    """Back up, then DELETE, if body and marker still hash to `before` and no call is live.

    `references` are kept in the backup; one moved to an address means the id it will be given.
    """

    address: Address
    owned: Owned
    before: str
    references: tuple[KeptReference, ...] = ()


@dataclass(frozen=True, slots=True)
class Forget:
    """State only: drop the address, leave the live object alone (or it is gone already)."""

    address: Address
    id: RemoteId


@dataclass(frozen=True, slots=True)
class Edit:
    """One reference moved to `after`, an id or a name; or unlinked, where that is None.

    `expected` is what may stand there now. `target` stands for the id that a create of the same
    run will give. `item` is put back into the list it was taken from, under the new id.
    """

    reference: Reference
    expected: tuple[str | None, ...]
    after: str | None = None
    target: Address | None = None
    item: Value = None


@dataclass(frozen=True, slots=True)
class Relink:
    """GET something that refers to an assistant, PATCH its references, all of them at once."""

    address: Address
    kind: str
    id: RemoteId
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Quarantine:
    """PATCH name and metadata so that everybody sees it is set aside; nothing else changes."""

    address: Address
    owned: Owned
    before: str
    name: str


Step: TypeAlias = Rename | Record | Create | Update | Relink | Quarantine | Delete | Forget
