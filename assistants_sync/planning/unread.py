"""The plan for what we own where nothing live was read: what changed since it was last sent.

Without a key there is no live, so no drift, no conflict and no value from before. What is left is
D against A, by hash: enough for a reviewer to see what a stranger's change would touch.
"""

from collections.abc import Iterator

from assistants_sync.model.address import Address
from assistants_sync.model.definition import Definition
from assistants_sync.model.plan import Action, Change, FieldChange, FieldKind, Reason
from assistants_sync.model.state import Owned
from assistants_sync.model.value import (
    NOT_READ,
    from_pointer,
    has_secret,
    is_prefix,
    leaves,
    mask,
    to_pointer,
)
from assistants_sync.planning import guards
from assistants_sync.planning.inputs import Inputs
from assistants_sync.planning.three_way import differs_from_applied


def change_unread(
    inputs: Inputs, address: Address, definition: Definition | None, owned: Owned
) -> Change:
    """Give what the definitions say would become of one owned address."""
    if definition is None:
        return _no_longer_wanted(inputs, address, owned)
    if not owned.leaves:
        note = "imported and never applied since: what it changes cannot be told unread"
        return Change(address, Action.NO_OP, Reason.UNREADABLE, owned.id, notes=(note,))
    fields = tuple(_fields(inputs, definition, owned))
    name = definition.body.get("name")
    return Change(
        address=address,
        action=Action.UPDATE if fields else Action.NO_OP,
        reason=Reason.DEFINITION_CHANGED if fields else Reason.UNCHANGED,
        id=owned.id,
        source=definition.where,
        name=name if isinstance(name, str) else None,
        after={key: mask(value) for key, value in definition.body.items()} if fields else None,
        sensitive=tuple(path for path, each in leaves(definition.body).items() if has_secret(each)),
        fields=fields,
    )


def _fields(inputs: Inputs, definition: Definition, owned: Owned) -> Iterator[FieldChange]:
    declared = leaves(definition.body)
    ignored = [from_pointer(each) for each in definition.lifecycle.ignore_changes]
    for path, value in declared.items():
        leaf = owned.leaves.get(to_pointer(path))
        if any(is_prefix(each, path) for each in ignored):
            continue
        if leaf is None:
            yield FieldChange(path, FieldKind.ADD, None, mask(value), has_secret(value))
        elif differs_from_applied(inputs.hasher, path, value, leaf):
            yield FieldChange(path, FieldKind.CHANGE, NOT_READ, mask(value), has_secret(value))
    for path in map(from_pointer, owned.leaves):
        overlaps = any(is_prefix(path, each) or is_prefix(each, path) for each in declared)
        if not overlaps and not any(is_prefix(each, path) for each in ignored):
            yield FieldChange(path, FieldKind.REMOVE, NOT_READ)


def _no_longer_wanted(inputs: Inputs, address: Address, owned: Owned) -> Change:
    removal = inputs.desired.removals.get(address)
    reason = Reason.REMOVED_BY_NAME if removal else Reason.DEFINITION_REMOVED
    block = guards.protected(inputs, owned)
    blocked = (block,) if block else ()
    match removal.action if removal else owned.lifecycle.on_delete:
        case "forget":
            reason = reason if removal else Reason.ON_DELETE_FORGET
            return Change(address, Action.FORGET, reason, owned.id)
        case "quarantine":
            is_done = owned.quarantined_at is not None
            action = Action.NO_OP if is_done else Action.UPDATE
            return Change(address, action, Reason.QUARANTINED, owned.id, blocked=blocked)
        case "delete" if inputs.options.skip_deletes:
            return Change(address, Action.NO_OP, Reason.DELETION_SKIPPED, owned.id)
        case _:
            return Change(address, Action.DELETE, reason, owned.id, blocked=blocked)
