"""A reader to what is known of assistants that no state owns: references, and their last calls.

Calls are read for each assistant where those are few, and else once for all, as far back as the
question needs: an organisation has many calls, and most of them are long over.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from assistants_sync.errors import SyncError
from assistants_sync.model.address import RemoteId
from assistants_sync.model.live import Live, LiveObject
from assistants_sync.model.ports import ResourceReader
from assistants_sync.model.usage import Call
from assistants_sync.planning.stale import Survey
from assistants_sync.resources.referrers import CALL, REFERRERS
from assistants_sync.usage import Question, read_open_call, read_usage

_FEW: Final = 5
"""Up to so many assistants are asked about one by one."""


def requests_at_least(count: int) -> int:
    """Give how many requests a survey of so many assistants takes, if every list is one page."""
    return len(REFERRERS) + (count if count <= _FEW else 1)


async def survey(
    reader: ResourceReader,
    live: Live,
    unowned: Sequence[LiveObject],
    *,
    now: datetime,
    calls_for: timedelta,
) -> Survey:
    """Read what refers to these and the calls they are or were in, back to `calls_for` ago."""
    since = (now - calls_for).isoformat(timespec="seconds").replace("+00:00", "Z")
    names = {each.id: each.name for each in unowned}
    usage = await read_usage(reader, live, Question(deleted=names), with_calls=False)
    try:
        calls = await _calls(reader, names, since)
    except SyncError as error:
        why = error.diagnostic.detail or error.diagnostic.summary
        usage = replace(usage, unreadable={**usage.unreadable, CALL.name: why})
        return Survey(tuple(unowned), usage, calls_since=since)
    last: dict[RemoteId, str] = {}
    open_calls: dict[RemoteId, list[Call]] = {}
    for each in calls:
        owner = each.body.get("assistantId")
        if not isinstance(owner, str) or owner not in names:
            continue
        remote_id = RemoteId(owner)
        last[remote_id] = max(last.get(remote_id, ""), each.created_at or "")
        call = read_open_call(each)
        if call is not None:
            open_calls.setdefault(remote_id, []).append(call)
    found = {remote_id: tuple(sorted(each)) for remote_id, each in open_calls.items()}
    return Survey(tuple(unowned), replace(usage, calls=found), last, since)


async def _calls(
    reader: ResourceReader, names: Mapping[RemoteId, str | None], since: str
) -> list[LiveObject]:
    if len(names) > _FEW:
        return list((await reader.list_all(CALL.name, created_at_ge=since)).objects)
    found: list[LiveObject] = []
    for remote_id in names:
        listing = await reader.list_all(CALL.name, where={"assistantId": remote_id})
        found.extend(listing.objects)
    return found
