"""How an assistant that is set aside shows it: in its name, and in its `metadata`."""

from datetime import datetime
from typing import Final

from assistants_sync.model.value import Body, JsonValue, lookup

STAMP_KEY: Final = "assistants-sync-quarantine"
_PREFIX: Final = "zz-quarantined "
_NAME_LENGTH: Final = 40


def quarantined_name(name: str | None) -> str:
    """Give the name it goes by: sorted last, within what the API takes."""
    return (_PREFIX + (name or "")).strip()[:_NAME_LENGTH].rstrip()


def stamp(name: str | None, since: str) -> dict[str, JsonValue]:
    """Give the note that says since when, and what it was called."""
    return {STAMP_KEY: {"since": since, "name": name}}


def name_before(body: Body) -> str | None:
    """Give what it was called before it was set aside, if the note is still there."""
    name = lookup(body, ("metadata", STAMP_KEY, "name"))
    return name if isinstance(name, str) else None


def set_aside_since(body: Body) -> str | None:
    """Give when it was set aside, ISO 8601, if the note is there and says a time."""
    since = lookup(body, ("metadata", STAMP_KEY, "since"))
    if not isinstance(since, str):
        return None
    try:
        datetime.fromisoformat(since)
    except ValueError:
        return None
    return since
