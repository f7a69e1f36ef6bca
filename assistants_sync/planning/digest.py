"""A digest: one short text that stands for one content, and for no other."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from functools import lru_cache
from typing import Final

from assistants_sync.model.definition import Definition, Desired, Lifecycle
from assistants_sync.model.value import Value, mask

_ENCODE: Final = json.JSONEncoder(
    sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=mask
).encode


def digest(content: Mapping[str, Value]) -> str:
    """Give the digest of a content, in whatever order its keys stand, every secret masked."""
    return "sha256:" + hashlib.sha256(_ENCODE(content).encode()).hexdigest()


def digest_of_definitions(desired: Desired) -> str:
    """Give the digest of all that is wanted, resolved.

    It does not know in which files that was written, nor in which order.
    """
    return digest(
        {
            "definitions": {
                address: _digest_of(each) for address, each in desired.definitions.items()
            },
            "moved": {each.target: each.source for each in desired.moves},
            "removed": {address: asdict(each) for address, each in desired.removals.items()},
        }
    )


def _digest_of(definition: Definition) -> str:
    # Each has one of its own: the text of them all would be as large as the project.
    return digest({"body": definition.body, "lifecycle": _plain(definition.lifecycle)})


@lru_cache(maxsize=64)
def _plain(lifecycle: Lifecycle) -> dict[str, Value]:
    return asdict(lifecycle)
