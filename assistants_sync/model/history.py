"""What an apply did, kept beside the state: who, when, which plan, how each change ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from assistants_sync.model.address import Address, RemoteId
from assistants_sync.model.value import JsonValue

HISTORY_FORMAT: Final = 1
RUNS_KEPT: Final = 100

RunOutcome = Literal["applied", "failed", "unknown", "skipped", "not tried"]


@dataclass(frozen=True, slots=True)
class RunChange:
    """One change of a run.

    `prior` are the managed values as they were before, secrets masked, None for a create;
    `prior_hashes` are keyed hashes, by top-level key or of the whole body under the empty key.
    `request_ids` are the server's names of the writes it took, in order.
    """

    address: Address
    action: str
    reason: str
    outcome: RunOutcome
    id: RemoteId | None = None
    prior: Mapping[str, JsonValue] | None = None
    prior_hashes: Mapping[str, str] = field(default_factory=dict)
    paths: tuple[str, ...] = ()
    error: str | None = None
    request_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One apply. Times are ours, ISO 8601; `digest` is its plan's, `serial` the state's before.

    `id` is the run's own, as its log tells it.
    """

    id: str
    command: str
    who: str
    started_at: str
    ended_at: str
    tool_version: str
    project: str
    environment: str
    digest: str
    serial: int | None
    changes: tuple[RunChange, ...]
    was_interrupted: bool = False
    format_version: int = HISTORY_FORMAT

    @property
    def counts(self) -> Mapping[str, int]:
        """How many changes ended in each way, in the order of `RunOutcome`."""
        ends = [each.outcome for each in self.changes]
        return {end: ends.count(end) for end in dict.fromkeys(sorted(ends))}
