"""State and a reader to what is live: one complete list, and a GET for each owned id not in it.

Absence from a list never proves a deletion; only a 404 does, and only once an object has shown
that the key belongs to the organisation this state is pinned to.
"""

import asyncio
from collections.abc import Iterable

from assistants_sync.errors import AccessError, ApiError
from assistants_sync.model.address import RemoteId
from assistants_sync.model.live import Live, LiveObject
from assistants_sync.model.ports import ResourceReader
from assistants_sync.model.state import State
from assistants_sync.resources.kind import Kind


async def refresh(
    kind: Kind, state: State | None, reader: ResourceReader, *, org_id: str | None = None
) -> Live:
    """Read everything live; `org_id` pins the organisation before state does.

    Raises:
        AccessError: the key is refused, or is of another organisation than the pinned one.
        IncompleteReadError: the list could not be proved complete.
        ApiError: the list could not be read.
    """
    pinned = (state.org_id if state else None) or org_id
    owned = list(state.owned.values()) if state else []
    expected = [each.created_at for each in owned if each.created_at]
    listing = await reader.list_all(kind.name, expected=expected)
    objects = {each.id: each for each in listing.objects}
    missing = [each.id for each in owned if each.id not in objects]
    answers = await asyncio.gather(*(_read(kind, reader, remote_id) for remote_id in missing))
    found = dict(zip(missing, answers, strict=True))
    objects |= {each.id: each for each in found.values() if isinstance(each, LiveObject)}
    gone = frozenset(remote_id for remote_id, answer in found.items() if answer is None)
    seen = _check_organisation(objects.values(), pinned)
    if gone and (pinned is None or seen != pinned):
        raise AccessError(
            "Owned objects are not there, and nothing proves this is their organisation",
            f"{len(gone)} owned ids answered 404, and no object of organisation "
            f"{pinned or '(not known yet)'} was seen",
            hint="a key of another organisation looks exactly like this; if the key is right "
            "and they were deleted, `state rm` each address",
        )
    return Live(
        objects=objects,
        gone=gone,
        unreadable={key: answer for key, answer in found.items() if isinstance(answer, str)},
        org_id=seen or pinned,
        server_time=listing.server_time,
    )


async def _read(kind: Kind, reader: ResourceReader, remote_id: RemoteId) -> LiveObject | str | None:
    try:
        return await reader.get(kind.name, remote_id)
    except ApiError as error:
        return str(error)


def _check_organisation(objects: Iterable[LiveObject], pinned: str | None) -> str | None:
    seen: str | None = None
    for each in objects:
        if each.org_id is None:
            continue
        expected = pinned or seen or each.org_id
        if each.org_id != expected:
            raise AccessError(
                "The key belongs to another organisation",
                f"an object of organisation {each.org_id} was read; this is {expected}",
                hint="use the key of the organisation this environment was first applied to",
            )
        seen = each.org_id
    return seen
