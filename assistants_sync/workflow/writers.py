"""What a job that writes is given."""

from collections.abc import Callable
from dataclasses import dataclass

from assistants_sync.model.ports import Clock, EmitEvent, ResourceApi, StateStore


@dataclass(frozen=True, slots=True)
class Writers:
    """What apply is given: the doors, and how to say, stop and name things.

    `run_id` is of this run alone, in its record as in its log.
    """

    api: ResourceApi
    store: StateStore
    clock: Clock
    emit: EmitEvent
    new_id: Callable[[], str]
    new_key: Callable[[], str]
    run_id: str
    should_stop: Callable[[], bool] = lambda: False
    parallelism: int = 8
    wait_for_calls_seconds: float = 0.0
    who: str = "?"
    command: str = "apply"
