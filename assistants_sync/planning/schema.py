"""The shape of a plan document: what a saved plan must look like to be one."""

from typing import Literal

from pydantic import BaseModel, ConfigDict
from pydantic import JsonValue as AnyJson

from assistants_sync.model.plan import Action, FieldKind, Reason


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True)


class SourceDocument(_Document):
    """Where a definition was written."""

    file: str
    line: int
    column: int


class BlockDocument(_Document):
    """A guard's refusal."""

    guard: str
    message: str
    hint: str | None


class FieldDocument(_Document):
    """One path that differs; `path` is a JSON Pointer."""

    path: str
    kind: FieldKind
    before: AnyJson
    after: AnyJson
    sensitive: bool


class ReferenceDocument(_Document):
    """One thing that still refers to a deleted assistant; `path` is a JSON Pointer."""

    kind: str
    id: str
    name: str | None
    path: str
    by: Literal["id", "name"]


class ChangeBody(_Document):
    """What would change; `after_sensitive` is true where a secret stands."""

    actions: tuple[Action]
    before: dict[str, AnyJson] | None
    after: dict[str, AnyJson] | None
    after_sensitive: dict[str, AnyJson]
    fields: tuple[FieldDocument, ...]


class ChangeDocument(_Document):
    """One address."""

    address: str
    kind: str
    key: str
    id: str | None
    name: str | None
    source: SourceDocument | None
    change: ChangeBody
    action_reason: Reason
    destructive: tuple[str, ...]
    blocked: tuple[BlockDocument, ...]
    notes: tuple[str, ...]
    preconditions: dict[str, str]
    still_used_by: tuple[ReferenceDocument, ...] = ()


class OptionsDocument(_Document):
    """What the plan was asked to look at."""

    targets: tuple[str, ...]
    excludes: tuple[str, ...]
    resolve: dict[str, str]
    skip_deletes: bool
    allow_same_name: bool
    drift_only: bool
    detach: tuple[str, ...] = ()
    ignore_unreadable: tuple[str, ...] = ()
    cleanup: tuple[str, ...] = ()
    quarantine: bool = False
    expired: tuple[str, ...] = ()


class PlanDocument(_Document):
    """A saved plan. `serial` and `journal` are null before the first apply."""

    format_version: str
    tool_version: str
    project: str
    environment: str
    org_id: str | None
    lineage: str | None
    serial: int | None
    journal: int | None
    complete_read: bool
    options: OptionsDocument
    resource_changes: tuple[ChangeDocument, ...]
    resource_drift: tuple[ChangeDocument, ...]
    blocked: tuple[BlockDocument, ...]
    owned_count: int
    unmanaged_count: int
    copies: tuple[str, ...]
    summary: dict[str, int]
    requests: dict[str, int]
    digest: str
