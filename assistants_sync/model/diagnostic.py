"""What is wrong, where, and how to mend it: the one form every error and warning takes."""

from dataclasses import dataclass
from typing import Literal

from assistants_sync.model.source import SourceRef

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One fault. `summary` is learnable and never holds user data; `code` is for machines."""

    code: str
    summary: str
    detail: str = ""
    where: SourceRef | None = None
    address: str | None = None
    hint: str | None = None
    severity: Severity = "error"
