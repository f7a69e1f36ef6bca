"""What is kept of a deleted assistant: enough to make it again, and to point things back to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from assistants_sync.model.address import Address, RemoteId
from assistants_sync.model.definition import Lifecycle
from assistants_sync.model.usage import Reference
from assistants_sync.model.value import JsonValue

TRASH_FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class KeptReference:
    """One reference as it was.

    `moved_to` is what the deletion put there instead, an id or a name; `item` the list item that
    went with it when it was unlinked, without secrets.
    """

    reference: Reference
    moved_to: str | None = None
    item: JsonValue = None


@dataclass(frozen=True, slots=True)
class Trashed:
    """One backup. `body` has no secret; `secrets` are the JSON Pointers where they stood."""

    address: Address
    id: RemoteId
    project: str
    environment: str
    deleted_at: str
    body: Mapping[str, JsonValue]
    org_id: str | None = None
    created_at: str | None = None
    updated_at: str | None = None
    marker: Mapping[str, JsonValue] | None = None
    secrets: tuple[str, ...] = ()
    lifecycle: Lifecycle = Lifecycle()
    references: tuple[KeptReference, ...] = ()
    format_version: int = TRASH_FORMAT
    file: str = field(default="", compare=False)

    @property
    def name(self) -> str | None:
        """What it was called."""
        name = self.body.get("name")
        return name if isinstance(name, str) else None
