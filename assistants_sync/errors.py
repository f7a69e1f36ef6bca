"""Every way a run ends badly, with its exit code.

`SyncError` carries one or more diagnostics. Nouns raise ValueError; the door that knows the place
turns it into one of these.
"""

from collections.abc import Sequence
from enum import Enum
from typing import ClassVar, Final

from assistants_sync.model.diagnostic import Diagnostic
from assistants_sync.model.source import SourceRef

_FIRST_ERROR: Final = 400


class SyncError(Exception):
    """A run that ends with a clear message; `exit_code` is what a pipeline reads."""

    exit_code: ClassVar[int] = 1
    code: ClassVar[str] = "error"

    def __init__(
        self,
        summary: str,
        detail: str = "",
        *,
        where: SourceRef | None = None,
        address: str | None = None,
        hint: str | None = None,
    ) -> None:
        self.diagnostics: tuple[Diagnostic, ...] = (
            Diagnostic(self.code, summary, detail, where, address, hint),
        )
        super().__init__(f"{summary}: {detail}" if detail else summary)

    def add(self, later: Sequence[Diagnostic]) -> None:
        """Add what went wrong while this was told; the exit code stays."""
        self.diagnostics = (*self.diagnostics, *later)

    @property
    def diagnostic(self) -> Diagnostic:
        """The first fault; for most errors the only one."""
        return self.diagnostics[0]


class UsageError(SyncError):
    """The command line is not one this tool understands."""

    exit_code = 64
    code = "usage"


class DefinitionError(SyncError):
    """The project file or the definitions are not valid; it carries every fault found."""

    exit_code = 8
    code = "definition"

    def __init__(self, faults: Sequence[Diagnostic]) -> None:
        super().__init__(f"{len(faults)} faults in the definitions")
        self.diagnostics = tuple(faults)


class StateError(SyncError):
    """State cannot be read or written; it is left as it was."""

    code = "state"


class LockedError(StateError):
    """Another run holds the state."""

    exit_code = 5
    code = "locked"


class StaleError(SyncError):
    """What was planned is no longer what would be done."""

    exit_code = 4
    code = "stale"


class PlanFileError(SyncError):
    """A saved plan cannot be read, or is newer than this tool."""

    code = "plan_file"


class GuardError(SyncError):
    """Apply refused before any write; it carries every refusal."""

    exit_code = 3
    code = "refused"

    def __init__(self, refusals: Sequence[Diagnostic]) -> None:
        super().__init__(f"{len(refusals)} refusals")
        self.diagnostics = tuple(refusals)


class ApplyError(SyncError):
    """Apply ended with failures; what was done is saved."""

    exit_code = 6
    code = "apply"


class OutputError(SyncError):
    """What was asked for could not be shown; what was done is saved."""

    code = "output"


class InterruptedRunError(SyncError):
    """The user or the machine asked us to stop; what was done is saved."""

    exit_code = 130
    code = "interrupted"


class AccessError(SyncError):
    """No key, a key the server refuses, or a key of another organisation."""

    exit_code = 7
    code = "access"


class IncompleteReadError(SyncError):
    """A list could not be proved complete, so nothing may be concluded from it."""

    code = "incomplete_read"


class Outcome(Enum):
    """What an answer means for the write it answers."""

    NOT_SENT = "not sent"
    THROTTLED = "throttled"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class ApiError(SyncError):
    """The API did not do what we asked. It never holds the token nor a known secret.

    `messages` are the server's own words, capped; `fields` the dotted paths they name, if any.
    """

    code = "api"

    def __init__(
        self,
        *,
        method: str,
        path: str,
        outcome: Outcome,
        status: int | None = None,
        messages: tuple[str, ...] = (),
        fields: tuple[str, ...] = (),
        hint: str | None = None,
    ) -> None:
        said = "; ".join(messages) or "no message"
        answer = f"{status} {said}" if status is not None else said
        super().__init__(
            "The API refused a request"
            if outcome is Outcome.REFUSED and status is not None and status >= _FIRST_ERROR
            else "The API gave no usable answer",
            f"{method} {path}: {answer}",
            hint=hint,
        )
        self.method, self.path, self.status = method, path, status
        self.outcome, self.messages, self.fields = outcome, messages, fields
