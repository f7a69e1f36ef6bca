"""What GET said: one live object, and everything one refresh read."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from assistants_sync.model.address import RemoteId
from assistants_sync.model.marker import Marker
from assistants_sync.model.value import Body


@dataclass(frozen=True, slots=True)
class LiveObject:
    """One object as the server returned it.

    `body` has no server-owned key and no marker, and its secret values are `Secret`; `flags`
    holds what the server says about hidden secrets (`isServerUrlSecretSet`).
    """

    id: RemoteId
    body: Body
    org_id: str | None = None
    name: str | None = None
    created_at: str | None = None
    updated_at: str | None = None
    marker: Marker | None = None
    flags: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Listing:
    """A list read to its end; `server_time` is the `Date` of its first page, ISO 8601."""

    objects: tuple[LiveObject, ...]
    server_time: str | None = None


@dataclass(frozen=True, slots=True)
class Live:
    """Everything one refresh read: objects by id, owned ids gone, owned ids it could not read.

    `is_read` is False where there was no key to read with: then it says nothing at all.
    """

    objects: Mapping[RemoteId, LiveObject]
    gone: frozenset[RemoteId] = frozenset()
    unreadable: Mapping[RemoteId, str] = field(default_factory=dict)
    org_id: str | None = None
    server_time: str | None = None
    is_read: bool = True
