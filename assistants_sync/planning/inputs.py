"""What a plan is made from: everything, passed in; and what follows from it at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from assistants_sync.model.address import Address, RemoteId, key_of
from assistants_sync.model.definition import Desired, Move
from assistants_sync.model.live import Live, LiveObject
from assistants_sync.model.marker import Marker
from assistants_sync.model.plan import Block, PlanOptions
from assistants_sync.model.project import Project
from assistants_sync.model.state import Owned, Snapshot
from assistants_sync.model.usage import Usage
from assistants_sync.resources.fingerprint import Hasher
from assistants_sync.resources.kind import Kind


@dataclass(frozen=True, slots=True)
class Inputs:
    """Desired, state and live, and the options.

    `owned` stands under the addresses of today (`moves` are those that took effect here);
    `unresolved` are addresses whose create nobody knows the end of yet. `usage` is None until it is
    known that something is to be deleted or renamed.
    """

    kind: Kind
    project: Project
    desired: Desired
    snapshot: Snapshot
    live: Live
    hasher: Hasher
    tool_version: str
    options: PlanOptions = PlanOptions()
    unresolved: Mapping[Address, Block] = field(default_factory=dict)
    usage: Usage | None = None
    owned: Mapping[Address, Owned] = field(init=False)
    moves: tuple[Move, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Apply `moved:` to what state owns."""
        owned = dict(self.snapshot.state.owned) if self.snapshot.state else {}
        made = []
        for move in self.desired.moves:
            if move.source in owned and move.target not in owned:
                owned[move.target] = owned.pop(move.source)
                made.append(move)
        object.__setattr__(self, "owned", owned)
        object.__setattr__(self, "moves", tuple(made))

    @property
    def lineage(self) -> str | None:
        """Which state this is; None before the first apply."""
        return self.snapshot.state.lineage if self.snapshot.state else None

    @property
    def owned_ids(self) -> frozenset[RemoteId]:
        """The id of every object state owns."""
        return frozenset(owned.id for owned in self.owned.values())

    @property
    def unowned(self) -> tuple[LiveObject, ...]:
        """Every live object state does not own, by id."""
        ours = self.owned_ids
        return tuple(
            self.live.objects[remote_id]
            for remote_id in sorted(self.live.objects)
            if remote_id not in ours
        )

    def is_ours(self, marker: Marker | None) -> bool:
        """Say whether a marker names this project, environment and state."""
        return (
            marker is not None
            and (marker.project, marker.environment) == self._scope
            and marker.lineage == self.lineage
        )

    def is_of_address(self, marker: Marker | None, address: Address) -> bool:
        """Say whether a marker names this address of this project and environment, in any state."""
        return (
            marker is not None
            and (marker.project, marker.environment) == self._scope
            and marker.key == key_of(address)
        )

    def is_selected(self, address: Address) -> bool:
        """Say whether `--target` and `--exclude` leave an address in."""
        targets, excludes = self.options.targets, self.options.excludes
        return (not targets or address in targets) and address not in excludes

    @property
    def _scope(self) -> tuple[str, str]:
        return self.project.name, self.project.environment.name
