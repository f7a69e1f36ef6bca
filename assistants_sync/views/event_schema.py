"""The shape of one line: of events on stdout, and of the log on stderr, which tells them too.

Their JSON Schemas are published: within a version fields are added, and none goes or changes.
"""

from typing import Literal, TypeAlias

from pydantic import AwareDatetime, BaseModel

from assistants_sync.model.plan import Action
from assistants_sync.views.schema import DiagnosticDocument, ErrorsDocument, Versioned


class _Event(Versioned):
    run_id: str


class _LogLine(Versioned):
    time: AwareDatetime
    level: Literal["debug", "info", "warning", "error"]
    run_id: str


class WorkDocument(BaseModel):
    """One change that is to be made."""

    address: str
    action: Action


class _Accepted(BaseModel):
    changes: tuple[WorkDocument, ...]


class _Ended(BaseModel):
    address: str
    action: Action
    request_ids: tuple[str, ...] = ()


class _Applied(_Ended):
    id: str | None
    warnings: tuple[DiagnosticDocument, ...]


class _Failed(_Ended):
    unknown: bool
    diagnostic: DiagnosticDocument


class _Skipped(_Ended):
    reason: str
    stale: bool


class _Waiting(BaseModel):
    seconds: float
    reason: str


class _Finished(BaseModel):
    applied: dict[str, int]
    failed: int
    skipped: int
    stale: int
    sent: int
    was_interrupted: bool


class PlanAcceptedLine(_Accepted, _Event):
    """All the work, before anything is sent."""

    type: Literal["plan_accepted"]


class ChangeStartedLine(WorkDocument, _Event):
    """A change is under way."""

    type: Literal["change_started"]


class ChangeAppliedLine(_Applied, _Event):
    """A change took effect; warnings name what the server did not store."""

    type: Literal["change_applied"]


class ChangeFailedLine(_Failed, _Event):
    """A change did not take effect, or nobody knows yet (`unknown`)."""

    type: Literal["change_failed"]


class ChangeSkippedLine(_Skipped, _Event):
    """A change was not tried; `stale` when the object is not what the plan saw."""

    type: Literal["change_skipped"]


class WaitingLine(_Waiting, _Event):
    """Nothing is sent for so many seconds, and why."""

    type: Literal["waiting"]


class ApplyFinishedLine(_Finished, _Event):
    """The end: counts of applied changes by action, and of the rest."""

    type: Literal["apply_finished"]


class RemarkLog(_LogLine):
    """Something that is only words."""

    event: Literal["remark"]
    message: str


class RequestLog(_LogLine):
    """One request, sent once, to the API or to what keeps the state; no header and no body."""

    event: Literal["request", "state_request"]
    method: str
    path: str
    query: dict[str, str]
    status: int | None
    duration_ms: float
    request_id: str | None
    error: str | None


class RequestsSentLog(_LogLine):
    """How many requests went to the API, by method."""

    event: Literal["requests_sent"]
    count: dict[str, int]


class FaultLog(_LogLine):
    """One fault."""

    event: Literal["error", "warning"]
    diagnostic: DiagnosticDocument


class PlanAcceptedLog(_Accepted, _LogLine):
    """A `PlanAcceptedLine`, in the log."""

    event: Literal["plan_accepted"]


class ChangeStartedLog(WorkDocument, _LogLine):
    """A `ChangeStartedLine`, in the log."""

    event: Literal["change_started"]


class ChangeAppliedLog(_Applied, _LogLine):
    """A `ChangeAppliedLine`, in the log."""

    event: Literal["change_applied"]


class ChangeFailedLog(_Failed, _LogLine):
    """A `ChangeFailedLine`, in the log."""

    event: Literal["change_failed"]


class ChangeSkippedLog(_Skipped, _LogLine):
    """A `ChangeSkippedLine`, in the log."""

    event: Literal["change_skipped"]


class WaitingLog(_Waiting, _LogLine):
    """A `WaitingLine`, in the log."""

    event: Literal["waiting"]


class ApplyFinishedLog(_Finished, _LogLine):
    """An `ApplyFinishedLine`, in the log."""

    event: Literal["apply_finished"]


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

LogLine: TypeAlias = (
    RemarkLog
    | RequestLog
    | RequestsSentLog
    | FaultLog
    | PlanAcceptedLog
    | ChangeStartedLog
    | ChangeAppliedLog
    | ChangeFailedLog
    | ChangeSkippedLog
    | WaitingLog
    | ApplyFinishedLog
)
"""One line of `--log-format json`."""
