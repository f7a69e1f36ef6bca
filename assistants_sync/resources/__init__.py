"""Floor 3: what we know of each kind, as data. A new kind is one file here and one line below."""

from collections.abc import Mapping
from typing import Final

from assistants_sync.resources.assistant import ASSISTANT
from assistants_sync.resources.kind import Kind
from assistants_sync.resources.referrers import CALL, CREDENTIAL, FILE, REFERRERS

KINDS: Final[Mapping[str, Kind]] = {kind.name: kind for kind in (ASSISTANT,)}
"""Every kind by name; the first one is the default of a definition."""

READABLE: Final[Mapping[str, Kind]] = {
    **KINDS,
    **REFERRERS,
    **{kind.name: kind for kind in (CALL, CREDENTIAL, FILE)},
}
"""Every kind the API may be asked about: those we own, and those that may need one of them."""

LOOKED_UP: Final = (
    "assistant",
    "tool",
    "squad",
    "structured-output",
    "scorecard",
    CREDENTIAL.name,
    FILE.name,
)
"""The kinds whose ids a definition may ask for by name."""
