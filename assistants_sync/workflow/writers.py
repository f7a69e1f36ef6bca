"""What a job that writes is given."""

from collections.abc import Callable
from dataclasses import dataclass

from assistants_sync.model.ports import Clock, EmitEvent, ResourceApi, StateStore


@dataclass(frozen=True, slots=True)
class Writers:
    """What apply is given: the doors, and how to say, stop and name things."""

    api: ResourceApi
    store: StateStore
    clock: Clock
    emit: EmitEvent
    new_id: Callable[[], str]
    new_key: Callable[[], str]
    should_stop: Callable[[], bool] = lambda: False
    parallelism: int = 8
    wait_for_calls_seconds: float = 0.0
    who: str = "?"
    command: str = "apply"
