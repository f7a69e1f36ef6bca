"""A definition as it was before: recorded values, and what no record holds from elsewhere. Pure.

A record has no secret and no value the server never shows. Those are the ones of today's
definition, as far as it has them; nothing is said of the others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from assistants_sync.model.address import Address
from assistants_sync.model.definition import Definition
from assistants_sync.model.live import LiveObject
from assistants_sync.model.source import SourceRef
from assistants_sync.model.state import Owned
from assistants_sync.model.trash import Trashed
from assistants_sync.model.value import (
    MASK,
    Body,
    FieldPath,
    Secret,
    Value,
    from_pointer,
    is_list,
    is_prefix,
    lookup,
    mask,
    nested,
    to_dotted,
    to_pointer,
)
from assistants_sync.planning.inputs import Inputs
from assistants_sync.planning.restore import lend_secrets, renewed
from assistants_sync.planning.undo import Before, is_written

_HISTORY: Final = SourceRef("history")


@dataclass(slots=True)
class _Found:
    """What is known of the paths of one definition."""

    fields: dict[FieldPath, Value] = field(default_factory=dict)
    unknown: list[FieldPath] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def has(self, path: FieldPath) -> bool:
        return any(is_prefix(each, path) or is_prefix(path, each) for each in self.fields)


def former_of_owned(
    inputs: Inputs, address: Address, before: Before, live: LiveObject, ids: Mapping[str, Value]
) -> tuple[Definition, tuple[str, ...]]:
    """Give the definition of something that is there, as it was; and what to say about it."""
    owned, today = inputs.owned[address], _today(inputs, address)
    found = _recorded(before, today)
    for path in tuple(found.unknown):
        found.notes.append(
            f"`{to_dotted(path)}` held a secret that no definition says: it is left as it is"
        )
        here = lookup(live.body, path)
        if here is not None:
            found.fields[path] = here
            found.unknown.remove(path)
    for path, value in found.fields.items():
        found.fields[path] = _as_sent(inputs, owned, today, live, path, renewed(value, ids))
    _add_never_shown(inputs, owned, today, live, found)
    definition = Definition(
        address,
        nested(found.fields),
        _HISTORY,
        owned.lifecycle,
        left_alone=frozenset(found.unknown),
    )
    return definition, tuple(found.notes)


def former_of_deleted(
    inputs: Inputs, before: Before, address: Address, backup: Trashed
) -> tuple[Definition, tuple[str, ...]]:
    """Give the definition of something that is gone, as it was; and what to say about it."""
    today = _today(inputs, address)
    found = _recorded(before, today)
    for path in map(from_pointer, backup.secrets):
        declared = lookup(today, path)
        if isinstance(declared, Secret) and not found.has(path):
            found.fields[path] = declared
    definition = Definition(address, nested(found.fields), _HISTORY, backup.lifecycle)
    return definition, tuple(found.notes)


def _today(inputs: Inputs, address: Address) -> Body:
    definition = inputs.definitions.get(address)
    return definition.body if definition else {}


def _recorded(before: Before, today: Body) -> _Found:
    found = _Found()
    for path, value in (before.fields or {}).items():
        lent = _with_secrets(value, lookup(today, path))
        if lent is None:
            found.unknown.append(path)
            continue
        found.fields[path] = lent
        if lent is not value and is_written(path, before):
            found.notes.append(_todays_secret(path))
    return found


def _todays_secret(path: FieldPath) -> str:
    return f"the secret at `{to_dotted(path)}` is the one of today: an older one is not kept"


def _with_secrets(value: Value, declared: Value) -> Value:
    """Give a recorded leaf with the secrets it hides; None where they are not all declared."""
    if value == MASK:
        return declared if isinstance(declared, Secret) else None
    bare = _without_masks(value)
    if not is_list(value) or bare == value:
        return value
    lent = lend_secrets(bare, declared)
    return lent if mask(lent) == value else None


def _without_masks(value: Value) -> Value:
    match value:
        case str():
            return None if value == MASK else value
        case Mapping():
            return {key: _without_masks(inner) for key, inner in value.items() if inner != MASK}
        case Sequence():
            return [_without_masks(inner) for inner in value]
        case _:
            return value


def _as_sent(
    inputs: Inputs, owned: Owned, today: Body, live: LiveObject, path: FieldPath, value: Value
) -> Value:
    """Give the declared value where it is what we sent and the server made of it what it was.

    A record knows only what the server made of it: told apart, the next plan would see a change.
    """
    declared, leaf = lookup(today, path), owned.leaves.get(to_pointer(path))
    if declared is None or leaf is None:
        return value
    is_sent = inputs.hasher.applied(path, declared) == leaf.applied
    return (
        declared if is_sent and inputs.hasher.equal(path, lookup(live.body, path), value) else value
    )


def _add_never_shown(
    inputs: Inputs, owned: Owned, today: Body, live: LiveObject, found: _Found
) -> None:
    """Add what we sent and the server never showed: that a record lacks it proves nothing."""
    hasher = inputs.hasher
    for pointer, leaf in owned.leaves.items():
        path = from_pointer(pointer)
        is_shown = lookup(live.body, path) is not None or leaf.baseline != hasher.observed(
            path, None
        )
        if is_shown or found.has(path) or path in found.unknown:
            continue
        declared, is_secret = lookup(today, path), inputs.kind.secrets.fit(path)
        if declared is not None and hasher.applied(path, declared) == leaf.applied:
            found.fields[path] = declared
        elif is_secret and isinstance(declared, Secret):
            found.fields[path] = declared
            found.notes.append(_todays_secret(path))
        elif is_secret:
            found.unknown.append(path)
            found.notes.append(f"the secret at `{to_dotted(path)}` is left as it is")
