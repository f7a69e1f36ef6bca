"""What the user wrote: one definition per thing, and all of them together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from assistants_sync.model.address import Address
from assistants_sync.model.source import SourceRef
from assistants_sync.model.value import (
    Body,
    FieldPath,
    Lookup,
    Ref,
    Secret,
    Special,
    specials_in,
)

OnDelete = Literal["delete", "forget", "quarantine"]


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """How a thing may change; kept whole in state, so that it outlives the file.

    `ignore_changes` holds JSON Pointers: those paths are sent on create and never compared.
    `replace_with` is the assistant that what refers to this one is moved to before it is deleted.
    """

    protect: bool = False
    ignore_changes: tuple[str, ...] = ()
    on_delete: OnDelete = "delete"
    replace_with: Address | None = None


@dataclass(frozen=True, slots=True)
class Definition:
    """One YAML document: a body in the API's own field names, and where each path was written.

    `left_alone` are paths nobody knows the wanted value of: not compared, not sent, not cleared.
    """

    address: Address
    body: Body
    where: SourceRef
    lifecycle: Lifecycle = Lifecycle()
    places: Mapping[FieldPath, SourceRef] = field(default_factory=dict)
    left_alone: frozenset[FieldPath] = frozenset()
    specials: Sequence[tuple[FieldPath, Special]] = field(init=False, repr=False, compare=False)
    """All in the body that is more than JSON: looked for once, since every step asks for it."""

    def __post_init__(self) -> None:
        """Look through the body."""
        object.__setattr__(self, "specials", tuple(specials_in(self.body)))

    @property
    def ids(self) -> Iterator[tuple[FieldPath, Ref | Lookup]]:
        """Every id in the body that is still to be found out."""
        return ((path, each) for path, each in self.specials if not isinstance(each, Secret))

    @property
    def secrets(self) -> Iterator[tuple[FieldPath, Secret]]:
        """Every secret in the body."""
        return ((path, each) for path, each in self.specials if isinstance(each, Secret))

    def place(self, path: FieldPath) -> SourceRef:
        """Give the place of the nearest written ancestor of a path."""
        while path:
            if path in self.places:
                return self.places[path]
            path = path[:-1]
        return self.where


@dataclass(frozen=True, slots=True)
class Move:
    """A key was renamed: the same assistant goes by another address now."""

    source: Address
    target: Address


@dataclass(frozen=True, slots=True)
class Removal:
    """Consent by name to what happens to a thing whose definition is gone."""

    address: Address
    action: OnDelete
    replace_with: Address | None = None


@dataclass(frozen=True, slots=True)
class Desired:
    """All definitions, resolved. `has_folder` tells an empty folder from a missing one."""

    definitions: Mapping[Address, Definition]
    moves: tuple[Move, ...] = ()
    removals: Mapping[Address, Removal] = field(default_factory=dict)
    has_folder: bool = True
