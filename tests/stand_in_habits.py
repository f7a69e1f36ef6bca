"""How a stand-in answers where the documents leave room, and how its lists come out of that."""

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from stand_in_wire import Body, Reply, Rewrite, is_within, json_reply, keys_reversed

ORG_ID = "0a0a0a0a-0000-4000-8000-00000000000a"


@dataclass(frozen=True, slots=True)
class Habits:
    """How this server answers where the documents leave room, or are wrong.

    `rewrite` changes what was sent before it is stored; `settle` changes it just after the reply,
    without a new `updatedAt`. `secrets` is about replies: `documented` hides the assistant's own
    only, `omitted` and `starred` hide all. These four are about assistants, the rest about every
    kind. `missing` and `forbidden` name paths of other kinds: all below them is 404, or 403.
    """

    order: Literal["newest", "oldest", "none"] = "newest"
    default_limit: int = 100
    silent_cap: int | None = None
    wraps_lists: bool = False
    ignores_time_filters: bool = False
    reverses_keys: bool = False
    shows_nulls: bool = False
    shows_version: bool = False
    secrets: Literal["documented", "omitted", "starred", "shown"] = "documented"
    extra: Mapping[str, object] = field(default_factory=dict)
    rewrite: Rewrite | None = None
    settle: Rewrite | None = None
    sends_date: bool = True
    whole_seconds: bool = False
    org_id: str = ORG_ID
    new_id: Callable[[], str] = lambda: str(uuid.uuid4())
    missing: frozenset[str] = frozenset()
    forbidden: frozenset[str] = frozenset()


def presented(body: Body, habits: Habits) -> Body:
    """Give an object with or without its nulls, its keys in the order of the habit."""
    if not habits.shows_nulls:
        body = {name: value for name, value in body.items() if value is not None}
    return dict(keys_reversed(body)) if habits.reverses_keys else body


def list_reply(
    objects: Iterable[Body],
    query: Mapping[str, str],
    habits: Habits,
    show: Callable[[Body], Body],
    *,
    is_paginated: bool = False,
) -> Reply:
    """Give a list; only a paginated one has pages, and `itemsPerPage` never tells of a cap."""
    found = list(objects)
    if not habits.ignores_time_filters:
        found = [each for each in found if is_within(each, query)]
    match habits.order:
        case "newest":
            found.sort(key=lambda each: str(each["createdAt"]), reverse=True)
        case "oldest":
            found.sort(key=lambda each: str(each["createdAt"]))
        case "none":
            found.sort(key=lambda each: str(each["id"]))
    limit = int(query.get("limit", habits.default_limit))
    size = min(limit, habits.silent_cap or limit)
    number = int(query.get("page", 1)) if is_paginated else 1
    page = [show(each) for each in found[(number - 1) * size : number * size]]
    if not (is_paginated or habits.wraps_lists):
        return json_reply(200, page)
    totals = {"itemsPerPage": limit, "totalItems": len(found), "currentPage": number}
    return json_reply(200, {"results": page, "metadata": totals})
