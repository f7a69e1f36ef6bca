"""The shape of what `machine` and `history` write.

Their JSON Schemas are published: within a version fields are added, and none goes or changes.
"""

from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

from assistants_sync.planning.schema import SourceDocument
from assistants_sync.state.runs import RunDocument


class Versioned(BaseModel):
    """Whatever says of which form it is."""

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


class ErrorsDocument(Versioned):
    """The end of any command that failed; of an apply, its last line."""

    run_id: str
    errored: Literal[True]
    diagnostics: tuple[DiagnosticDocument, ...]


class ValidDocument(Versioned):
    """A validation without errors: how many definitions there are, and the warnings."""

    errored: Literal[False]
    definitions: int
    diagnostics: tuple[DiagnosticDocument, ...]


class HistoryDocument(Versioned):
    """What applies did, the oldest first; of `history show`, one of them."""

    runs: tuple[RunDocument, ...]


Validation: TypeAlias = ValidDocument | ErrorsDocument
"""What `validate --format json` writes."""
