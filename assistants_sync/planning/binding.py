"""An intent and the object it became: what we own from then on."""

from collections.abc import Mapping
from dataclasses import replace

from assistants_sync.model.live import LiveObject
from assistants_sync.model.state import Intent, Leaf, Owned
from assistants_sync.model.value import (
    FieldPath,
    Value,
    from_pointer,
    is_plain,
    lookup,
    secret_paths,
    to_pointer,
)
from assistants_sync.resources.fingerprint import Hasher


def applied_hashes(hasher: Hasher, tracked: Mapping[FieldPath, Value]) -> dict[str, str]:
    """Hash every tracked leaf as we are about to send it, by JSON Pointer."""
    return {to_pointer(path): hasher.applied(path, value) for path, value in tracked.items()}


def secret_pointers(tracked: Mapping[FieldPath, Value]) -> tuple[str, ...]:
    """Give where secrets stand among these leaves, by JSON Pointer, `*` for any list index."""
    special = ((path, value) for path, value in tracked.items() if not is_plain(value))
    found = (deep for path, value in special for deep in secret_paths(value, path))
    starred = (tuple("*" if part.isdigit() else part for part in path) for path in found)
    return tuple(sorted(set(map(to_pointer, starred))))


def bind(hasher: Hasher, intent: Intent, live: LiveObject) -> Owned:
    """Give what we own after a create or update: its baseline is what the server returned."""
    return Owned(
        id=live.id,
        leaves={
            pointer: Leaf(
                applied,
                _baseline(hasher, from_pointer(pointer), live),
                kept=pointer in intent.kept,
            )
            for pointer, applied in intent.applied.items()
        },
        lifecycle=intent.lifecycle,
        created_at=live.created_at,
        updated_at=live.updated_at,
        attempt=intent.attempt,
        write=intent.id,
        secrets=intent.secrets,
    )


def bind_found(hasher: Hasher, intent: Intent, live: LiveObject) -> Owned:
    """Give what we own of a write that is found later, when others may have edited its object.

    What is not as we sent it, the server may have normalised or a person changed: such a leaf gets
    no baseline, so the next plan compares it with the definition.
    """
    bound = bind(hasher, intent, live)
    as_sent = {
        pointer: leaf
        for pointer, leaf in bound.leaves.items()
        if _is_as_sent(hasher, from_pointer(pointer), leaf, live)
    }
    return replace(bound, leaves=as_sent)


def _is_as_sent(hasher: Hasher, path: FieldPath, leaf: Leaf, live: LiveObject) -> bool:
    return leaf.kept or hasher.applied(path, lookup(live.body, path)) == leaf.applied


def set_aside(hasher: Hasher, owned: Owned, intent: Intent, live: LiveObject) -> Owned:
    """Give what we own after a quarantine: the same, under the name it has now."""
    name = live.body.get("name")
    leaf = Leaf(hasher.applied(("name",), name), hasher.observed(("name",), name))
    return replace(
        owned,
        leaves={**owned.leaves, "/name": leaf},
        updated_at=live.updated_at,
        attempt=intent.attempt,
        write=intent.id,
        import_hash=None,
        quarantined_at=intent.sent_at,
    )


def _baseline(hasher: Hasher, path: FieldPath, live: LiveObject) -> str:
    return hasher.observed(path, lookup(live.body, path))
