"""A definition against the live object it is for, where no secret is read."""

from collections.abc import Mapping
from dataclasses import replace

from assistants_sync.model.definition import Definition
from assistants_sync.model.live import LiveObject
from assistants_sync.model.value import Secret, Value, is_list, leaves, lookup, without_secrets
from assistants_sync.resources.essence import canonical
from assistants_sync.resources.kind import Kind


def assume_unread(definition: Definition, live: LiveObject) -> Definition:
    """Give the definition with each unread secret as it is live; what is hidden there goes."""
    body = {
        key: _assumed(value, live.body.get(key))
        for key, value in definition.body.items()
        if not _is_hidden(value, live.body.get(key))
    }
    return replace(definition, body=body)


def agrees(kind: Kind, definition: Definition, live: LiveObject) -> bool:
    """Say whether a definition says nothing that is not so already, secrets nobody read aside."""
    declared = leaves(assume_unread(definition, live).body)
    return bool(declared) and all(
        canonical(kind, without_secrets(value), path)
        == canonical(kind, without_secrets(lookup(live.body, path)), path)
        for path, value in declared.items()
    )


def _assumed(declared: Value, live: Value) -> Value:
    match declared:
        case Secret():
            return live if declared.is_unknown else declared
        case Mapping() if isinstance(live, Mapping):
            return {
                key: _assumed(each, live.get(key))
                for key, each in declared.items()
                if not _is_hidden(each, live.get(key))
            }
        case _ if is_list(declared) and is_list(live) and len(declared) == len(live):
            return [_assumed(*pair) for pair in zip(declared, live, strict=True)]
        case _:
            return declared


def _is_hidden(declared: Value, live: Value) -> bool:
    return isinstance(declared, Secret) and declared.is_unknown and live is None
