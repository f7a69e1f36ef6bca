"""A reader to who still needs an assistant: every list that may refer to it, and its calls.

Read only when a plan wants to delete, or to rename what something may refer to by name. What
cannot be read to its end is told, and counts as in use.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from assistants_sync.errors import SyncError
from assistants_sync.model.address import RemoteId
from assistants_sync.model.live import Live, LiveObject
from assistants_sync.model.ports import ResourceReader
from assistants_sync.model.usage import LIVE, SCHEDULED, Call, Reference, Usage
from assistants_sync.model.value import Body
from assistants_sync.resources import KINDS
from assistants_sync.resources.kind import Kind
from assistants_sync.resources.references import find_references, value_at
from assistants_sync.resources.referrers import CALL, REFERRERS

_BY_NAME: Final = ("squad", "tool")
"""The kinds that may refer by name, besides assistants themselves."""


@dataclass(frozen=True, slots=True)
class Question:
    """What to look for: `deleted` by id, name and call, `renamed` by the old name alone."""

    deleted: Mapping[RemoteId, str | None] = field(default_factory=dict)
    renamed: Mapping[RemoteId, str] = field(default_factory=dict)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds whose lists have to be read."""
        return tuple(REFERRERS) if self.deleted else _BY_NAME


async def read_usage(
    reader: ResourceReader, live: Live, question: Question, *, with_calls: bool = True
) -> Usage:
    """Read who refers to these, and which calls the deleted ones are in."""
    lists = await asyncio.gather(*(_list(reader, kind) for kind in question.kinds))
    unreadable = {
        kind: found
        for kind, found in zip(question.kinds, lists, strict=True)
        if isinstance(found, str)
    }
    readable = [
        (REFERRERS[kind], found)
        for kind, found in zip(question.kinds, lists, strict=True)
        if not isinstance(found, str)
    ]
    owner = KINDS["assistant"]
    references, bodies = _references(question, [(owner, live.objects.values()), *readable])
    calls = await _all_calls(reader, tuple(question.deleted)) if with_calls else {}
    if isinstance(calls, str):
        unreadable[CALL.name], calls = calls, {}
    return Usage(references, calls, bodies, unreadable)


async def read_calls(
    reader: ResourceReader, remote_id: RemoteId, *, created_at_ge: str | None = None
) -> tuple[Call, ...] | str:
    """Give the calls of one assistant that are not over; or why they could not be read."""
    try:
        listing = await reader.list_all(
            CALL.name, created_at_ge=created_at_ge, where={"assistantId": remote_id}
        )
    except SyncError as error:
        return error.diagnostic.detail or error.diagnostic.summary
    theirs = [each for each in listing.objects if each.body.get("assistantId") in {None, remote_id}]
    return tuple(sorted(call for call in map(read_open_call, theirs) if call))


async def _all_calls(
    reader: ResourceReader, ids: tuple[RemoteId, ...]
) -> dict[RemoteId, tuple[Call, ...]] | str:
    """The calls of each; or why they could not be read, found out by the first of them."""
    found: dict[RemoteId, tuple[Call, ...]] = {}
    for some in (ids[:1], ids[1:]):
        answers = await asyncio.gather(*(read_calls(reader, each) for each in some))
        for remote_id, answer in zip(some, answers, strict=True):
            if isinstance(answer, str):
                return answer
            found[remote_id] = answer
    return found


async def _list(reader: ResourceReader, kind: str) -> tuple[LiveObject, ...] | str:
    try:
        return (await reader.list_all(kind)).objects
    except SyncError as error:
        return error.diagnostic.detail or error.diagnostic.summary


def _references(
    question: Question, lists: Iterable[tuple[Kind, Iterable[LiveObject]]]
) -> tuple[dict[RemoteId, tuple[Reference, ...]], dict[tuple[str, RemoteId], Body]]:
    by_name: dict[str, set[RemoteId]] = defaultdict(set)
    for remote_id, name in (*question.deleted.items(), *question.renamed.items()):
        if name is not None:
            by_name[name].add(remote_id)
    found: dict[RemoteId, list[Reference]] = defaultdict(list)
    bodies: dict[tuple[str, RemoteId], Body] = {}
    for kind, objects in lists:
        for each in objects:
            for value, reference in find_references(kind, each, question.deleted, by_name):
                bodies[kind.name, each.id] = each.body
                meant = by_name[value] if reference.by == "name" else {RemoteId(value)}
                for remote_id in meant - _itself(kind, each):
                    found[remote_id].append(reference)
    return {remote_id: tuple(sorted(each)) for remote_id, each in found.items()}, bodies


def _itself(kind: Kind, live: LiveObject) -> set[RemoteId]:
    return {live.id} if kind.name in KINDS else set()


def read_open_call(live: LiveObject) -> Call | None:
    """Give a call that is not over; a status nobody documents counts as live."""
    status = live.body.get("status")
    if status in CALL.is_over:
        return None
    when = value_at(live.body, ("schedulePlan", "earliestAt"))
    is_known = isinstance(status, str) and (status in LIVE or status == SCHEDULED)
    return Call(
        live.id, str(status) if is_known else "queued", when if isinstance(when, str) else None
    )
