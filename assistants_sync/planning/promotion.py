"""How the definitions of two environments differ, overlays and variables put in. Pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from assistants_sync.model.address import Address
from assistants_sync.model.definition import Definition, Desired
from assistants_sync.model.plan import FieldChange, FieldKind
from assistants_sync.model.value import Lookup, Ref, Secret, Value, leaves
from assistants_sync.planning.compare import field_changes
from assistants_sync.resources.kind import Kind


@dataclass(frozen=True, slots=True)
class Difference:
    """One address in two environments; a side is False where it is not defined there.

    `fields` lead from the first environment to the second. `is_tried` says whether the first one's
    definition is what was last applied there.
    """

    address: Address
    in_source: bool
    in_target: bool
    is_tried: bool
    fields: tuple[FieldChange, ...] = ()


def differences(
    kind: Kind, source: Desired, target: Desired, only: Collection[str], tried: Collection[Address]
) -> tuple[Difference, ...]:
    """Give what differs, by address, and what is not `tried`; `only` names addresses, empty: all.

    What is the same on both sides and tried in the first is left out.
    """
    addresses = sorted({*source.definitions, *target.definitions})
    found = (
        _difference(kind, each, source, target, is_tried=each in tried)
        for each in addresses
        if not only or each in only
    )
    return tuple(
        each
        for each in found
        if each.fields or each.in_source is not each.in_target or not each.is_tried
    )


def _difference(
    kind: Kind, address: Address, source: Desired, target: Desired, *, is_tried: bool
) -> Difference:
    ours, theirs = source.definitions.get(address), target.definitions.get(address)
    fields: tuple[FieldChange, ...] = ()
    if ours and theirs:
        fields = tuple(_fields(kind, ours, theirs))
    return Difference(
        address,
        in_source=ours is not None,
        in_target=theirs is not None,
        is_tried=is_tried or ours is None,
        fields=fields,
    )


def _fields(kind: Kind, ours: Definition, theirs: Definition) -> Iterator[FieldChange]:
    before = {path: _as_written(value) for path, value in leaves(ours.body).items()}
    after = {path: _as_written(value) for path, value in leaves(theirs.body).items()}
    for path in dict.fromkeys((*before, *after)):
        old, new = before.get(path), after.get(path)
        if old != new or (path in before) is not (path in after):
            yield from field_changes(kind, path, FieldKind.CHANGE, old, new)


def _as_written(value: Value) -> Value:
    """A secret is told by its name, an id by what it is asked for."""
    match value:
        case Secret(name=str(name)):
            return f"!secret {name}"
        case Ref(address):
            return f"!ref {address}"
        case Lookup():
            return str(value)
        case Mapping():
            return {key: _as_written(inner) for key, inner in value.items()}
        case str():
            return value
        case Sequence():
            return [_as_written(inner) for inner in value]
        case _:
            return value
