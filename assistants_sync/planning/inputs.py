"""What a plan is made from: everything, passed in; and what follows from it at once."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from assistants_sync.model.address import Address, RemoteId, key_of
from assistants_sync.model.definition import Definition, Desired, Move
from assistants_sync.model.live import Live, LiveObject
from assistants_sync.model.marker import Marker
from assistants_sync.model.plan import Block, PlanOptions
from assistants_sync.model.project import Project
from assistants_sync.model.state import Owned, Snapshot
from assistants_sync.model.usage import Usage
from assistants_sync.model.value import Lookup, Ref, with_ids
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
    definitions: Mapping[Address, Definition] = field(init=False)
    """What is wanted, with every id in it that is known; a `Ref` is left to what is to be made."""
    moves: tuple[Move, ...] = field(init=False)
    unowned: tuple[LiveObject, ...] = field(init=False)
    """Every live object state does not own, by id."""
    _unowned_by_key: Mapping[str, list[LiveObject]] = field(init=False, repr=False)
    _unmarked_by_name: Mapping[str | None, list[LiveObject]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Apply `moved:` to what state owns, and lay out what it does not own, to be looked up."""
        owned = dict(self.snapshot.state.owned) if self.snapshot.state else {}
        made = []
        for move in self.desired.moves:
            if move.source in owned and move.target not in owned:
                owned[move.target] = owned.pop(move.source)
                made.append(move)
        object.__setattr__(self, "owned", owned)
        object.__setattr__(self, "moves", tuple(made))
        object.__setattr__(self, "definitions", self._with_known_ids())
        ids = {each.id for each in owned.values()}
        strangers = (
            self.live.objects[each] for each in sorted(self.live.objects) if each not in ids
        )
        object.__setattr__(self, "unowned", tuple(strangers))
        by_key, by_name = defaultdict(list), defaultdict(list)
        for each in self.unowned:
            if each.marker is None:
                by_name[each.name].append(each)
            elif (each.marker.project, each.marker.environment) == self._scope:
                by_key[each.marker.key].append(each)
        object.__setattr__(self, "_unowned_by_key", by_key)
        object.__setattr__(self, "_unmarked_by_name", by_name)

    @property
    def lineage(self) -> str | None:
        """Which state this is; None before the first apply."""
        return self.snapshot.state.lineage if self.snapshot.state else None

    @property
    def owned_ids(self) -> frozenset[RemoteId]:
        """The id of every object state owns."""
        return frozenset(owned.id for owned in self.owned.values())

    def unowned_marked_as(self, address: Address) -> Sequence[LiveObject]:
        """Give what bears this address of this project and environment, of any state, unowned."""
        return self._unowned_by_key.get(key_of(address), ())

    def unmarked_named(self, name: str) -> Sequence[LiveObject]:
        """Give what nobody manages and is called like this."""
        return self._unmarked_by_name.get(name, ())

    def is_ours(self, marker: Marker | None) -> bool:
        """Say whether a marker names this project, environment and state."""
        return (
            marker is not None
            and (marker.project, marker.environment) == self._scope
            and marker.lineage == self.lineage
        )

    def is_selected(self, address: Address) -> bool:
        """Say whether `--target` and `--exclude` leave an address in."""
        targets, excludes = self.options.targets, self.options.excludes
        return (not targets or address in targets) and address not in excludes

    def _with_known_ids(self) -> dict[Address, Definition]:
        gone = {
            each.id
            for each in self.owned.values()
            if self.live.is_read
            and each.id not in self.live.objects
            and each.id not in self.live.unreadable
        }
        ids: dict[Ref | Lookup, str] = {
            Ref(address): each.id for address, each in self.owned.items() if each.id not in gone
        }
        return {
            address: replace(
                each, body={key: with_ids(value, ids) for key, value in each.body.items()}
            )
            if any(each.ids)
            else each
            for address, each in self.desired.definitions.items()
        }

    @property
    def _scope(self) -> tuple[str, str]:
        return self.project.name, self.project.environment.name
