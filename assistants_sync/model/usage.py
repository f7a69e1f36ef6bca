"""Who still needs an assistant: what refers to it, and the calls it is in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from assistants_sync.model.address import RemoteId
from assistants_sync.model.value import Body, FieldPath, to_dotted

LIVE: Final = frozenset({"queued", "ringing", "in-progress", "forwarding"})
SCHEDULED: Final = "scheduled"


@dataclass(frozen=True, slots=True, order=True)
class Reference:
    """One place where something refers to an assistant, by its id or by its name."""

    kind: str
    id: RemoteId
    path: FieldPath
    name: str | None = field(default=None, compare=False)
    by: Literal["id", "name"] = "id"

    def __str__(self) -> str:
        named = f' "{self.name}"' if self.name else ""
        return f"{self.kind}{named} ({self.id}) at {to_dotted(self.path)}"


@dataclass(frozen=True, slots=True, order=True)
class Call:
    """A call that is not over; `when` is the time a scheduled one is for, ISO 8601."""

    id: RemoteId
    status: str
    when: str | None = None

    @property
    def is_live(self) -> bool:
        """Whether somebody is, or is about to be, on the line."""
        return self.status in LIVE

    def __str__(self) -> str:
        return f"{self.id} ({self.status}{f' for {self.when}' if self.when else ''})"


@dataclass(frozen=True, slots=True)
class Usage:
    """Everything one read found, by the assistant's id; and each kind nobody could read, and why.

    A kind that could not be read counts as in use. `bodies` are those of what refers.
    """

    references: Mapping[RemoteId, tuple[Reference, ...]] = field(default_factory=dict)
    calls: Mapping[RemoteId, tuple[Call, ...]] = field(default_factory=dict)
    bodies: Mapping[tuple[str, RemoteId], Body] = field(default_factory=dict)
    unreadable: Mapping[str, str] = field(default_factory=dict)
