"""The shape of what `machine` writes, other than plans: events, and the end of a run.

Their JSON Schemas are published: within a version fields are added, and none goes or changes.
"""

from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

from assistants_sync.model.plan import Action
from assistants_sync.planning.schema import SourceDocument


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True)

    format_version: str


class DiagnosticDocument(BaseModel):
    """One fault: `code` and `summary` stay the same, the other words may not."""

    severity: Literal["error", "warning"]
    code: str
    summary: str
    detail: str
    address: str | None
    where: SourceDocument | None
    hint: str | None


class WorkDocument(BaseModel):
    """One change that is to be made."""

    address: str
    action: Action


class _Event(_Document):
    run_id: str


class PlanAcceptedLine(_Event):
    """All the work, before anything is sent."""

    type: Literal["plan_accepted"]
    changes: tuple[WorkDocument, ...]


class ChangeStartedLine(_Event):
    """A change is under way."""

    type: Literal["change_started"]
    address: str
    action: Action


class ChangeAppliedLine(_Event):
    """A change took effect; warnings name what the server did not store."""

    type: Literal["change_applied"]
    address: str
    action: Action
    id: str | None
    warnings: tuple[DiagnosticDocument, ...]


class ChangeFailedLine(_Event):
    """A change did not take effect, or nobody knows yet (`unknown`)."""

    type: Literal["change_failed"]
    address: str
    action: Action
    unknown: bool
    diagnostic: DiagnosticDocument


class ChangeSkippedLine(_Event):
    """A change was not tried; `stale` when the object is not what the plan saw."""

    type: Literal["change_skipped"]
    address: str
    action: Action
    reason: str
    stale: bool


class WaitingLine(_Event):
    """Nothing is sent for so many seconds, and why."""

    type: Literal["waiting"]
    seconds: float
    reason: str


class ApplyFinishedLine(_Event):
    """The end: counts of applied changes by action, and of the rest."""

    type: Literal["apply_finished"]
    applied: dict[str, int]
    failed: int
    skipped: int
    stale: int
    sent: int
    was_interrupted: bool


class ErrorsDocument(_Document):
    """The end of any command that failed; of an apply, its last line."""

    run_id: str
    errored: Literal[True]
    diagnostics: tuple[DiagnosticDocument, ...]


class ValidDocument(_Document):
    """A validation without errors: how many definitions there are, and the warnings."""

    errored: Literal[False]
    definitions: int
    diagnostics: tuple[DiagnosticDocument, ...]


EventLine: TypeAlias = (
    PlanAcceptedLine
    | ChangeStartedLine
    | ChangeAppliedLine
    | ChangeFailedLine
    | ChangeSkippedLine
    | WaitingLine
    | ApplyFinishedLine
    | ErrorsDocument
)
"""One line of `apply --format json`."""

Validation: TypeAlias = ValidDocument | ErrorsDocument
"""What `validate --format json` writes."""
