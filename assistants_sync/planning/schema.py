"""The shape of a plan document: what a saved plan must look like to be one.

Its JSON Schema is published: a field may be added, with a default, to be left out by older files.
"""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict
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
    sent_later: tuple[str, ...] = ()
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
    secrets_unavailable: bool = False
    rollback: str | None = None


class SummaryDocument(_Document):
    """How many changes of each action, and what stands apart."""

    create: int = 0
    update: int = 0
    delete: int = 0
    forget: int = 0
    no_op: int = 0
    drift: int = 0
    conflict: int = 0
    blocked: int = 0


class EnvelopeDocument(_Document):
    """What is known of the file, not of the plan in it; the digest does not cover it."""

    created_at: AwareDatetime


class PlanDocument(_Document):
    """A plan. `serial` and `journal` are null before the first apply.

    `digest` is over everything but itself and `envelope`, which only a saved plan has;
    `definitions_digest` is of all that is wanted, secrets masked.
    """

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
    definitions_digest: str | None = None
    resource_changes: tuple[ChangeDocument, ...]
    resource_drift: tuple[ChangeDocument, ...]
    blocked: tuple[BlockDocument, ...]
    owned_count: int
    unmanaged_count: int
    copies: tuple[str, ...]
    summary: SummaryDocument
    requests: dict[str, int]
    envelope: EnvelopeDocument | None = None
    digest: str
