"""Floor 4, a door: where state lives. `codec` is pure; one module per backend, local first."""

from assistants_sync.state.local import LocalState, StatePaths
from assistants_sync.state.lock import LockHolder, StateLock, read_holder

__all__ = ["LocalState", "LockHolder", "StateLock", "StatePaths", "read_holder"]
