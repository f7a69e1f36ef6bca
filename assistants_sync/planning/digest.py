"""A digest: one short text that stands for one content, and for no other."""

import hashlib
import json
from dataclasses import asdict

from assistants_sync.model.definition import Desired
from assistants_sync.model.value import JsonValue, mask


def digest(content: JsonValue) -> str:
    """Give the digest of a content, in whatever order its keys stand."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def digest_of_definitions(desired: Desired) -> str:
    """Give the digest of all that is wanted, resolved, with every secret masked.

    It does not know in which files that was written, nor in which order.
    """
    return digest(
        {
            # Each by a digest of its own: the text of them all would be as large as the project.
            "definitions": {
                address: digest({"body": mask(each.body), "lifecycle": asdict(each.lifecycle)})
                for address, each in desired.definitions.items()
            },
            "moved": {each.target: each.source for each in desired.moves},
            "removed": {address: asdict(each) for address, each in desired.removals.items()},
        }
    )
