"""Floor 5: steps, API and state store to events. It decides nothing; one module per kind of write.

Every write is announced in the journal before it goes out and settled there when its end is known.
"""

from assistants_sync.apply.context import ApplyContext
from assistants_sync.apply.run import apply_steps

__all__ = ["ApplyContext", "apply_steps"]
