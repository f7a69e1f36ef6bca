"""One request and what came of it, as it is told: never a header, never a body."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request, sent once. `status` is None where there was no whole answer: see `error`.

    `request_id` is the name by which the server's operators find it, if the answer bears one.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    status: int | None = None
    seconds: float = 0.0
    request_id: str | None = None
    error: str | None = None
