"""Our note in a live object's `metadata`: it finds things, and never licenses a deletion alone."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

from assistants_sync.model.value import JsonValue, Value

MARKER_KEY: Final = "assistants-sync"
MARKER_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Marker:
    """Who owns the object: `attempt` is from its create, `write` is the id of our last write."""

    project: str
    environment: str
    key: str
    lineage: str
    attempt: str
    write: str
    v: int = MARKER_VERSION

    def to_json(self) -> dict[str, JsonValue]:
        """Give the marker as it stands in `metadata`."""
        return asdict(self)


def parse_marker(value: Value) -> Marker | None:
    """Read a marker from what stands under our key; None for anything that is not one."""
    if not isinstance(value, Mapping):
        return None
    texts = {
        name: value.get(name)
        for name in ("project", "environment", "key", "lineage", "attempt", "write")
    }
    if not all(isinstance(text, str) for text in texts.values()):
        return None
    version = value.get("v")
    return Marker(
        **{name: str(text) for name, text in texts.items()},
        v=version if isinstance(version, int) else 0,
    )
