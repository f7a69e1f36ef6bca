"""From the name of a live object to a key: the same objects, the same keys, whatever the order."""

import re
import unicodedata
from typing import Final

from assistants_sync.model.address import KEY, Address, make_address
from assistants_sync.model.live import LiveObject
from assistants_sync.model.project import Project
from assistants_sync.resources.kind import Kind

_LONGEST: Final = 60
_ID_PART: Final = 8


def address_of(kind: Kind, project: Project, live: LiveObject) -> Address:
    """Give what our own marker says, if there is one (the state was lost); else one by its name."""
    marker = live.marker
    if marker is not None and bears_our_marker(project, live) and KEY.fullmatch(marker.key):
        return make_address(kind.name, marker.key)
    return make_address(kind.name, _key(kind, live))


def bears_our_marker(project: Project, live: LiveObject) -> bool:
    """Say whether this project and environment marked it."""
    scope = (project.name, project.environment.name)
    return live.marker is not None and (live.marker.project, live.marker.environment) == scope


def numbered(address: Address, number: int) -> Address:
    """Give the address of the `number`th of several that would have the same one."""
    return address if number == 1 else Address(f"{address}-{number}")


def _key(kind: Kind, live: LiveObject) -> str:
    """A name without a letter we can use says nothing, but the id always does."""
    folded = unicodedata.normalize("NFKD", (live.name or "").casefold())
    letters = "".join(each for each in folded if not unicodedata.combining(each))
    words = re.sub(r"[^a-z0-9]+", "-", letters).strip("-")
    return words[:_LONGEST].rstrip("-") or f"{kind.name}-{_tail(live.id)}"


def _tail(remote_id: str) -> str:
    return re.sub(r"[^a-z0-9]", "", remote_id.lower())[:_ID_PART] or "unnamed"
