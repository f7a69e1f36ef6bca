"""Open intents and what is live to what became of them. Pure: the reading is refresh's.

An intent is a write that went out, or was about to, when a run ended. A create is found by its
attempt id, an update by its write id, a deletion by its absence. What did not happen is planned
again; what nobody can know yet blocks its address.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from assistants_sync.model.address import Address
from assistants_sync.model.journal import Done, Entry, Failed, Unwatched
from assistants_sync.model.live import Live, LiveObject
from assistants_sync.model.plan import Block
from assistants_sync.model.project import ApiSettings
from assistants_sync.model.state import Intent, Owned, State
from assistants_sync.planning.binding import bind_found, set_aside
from assistants_sync.resources.fingerprint import Hasher

_WATCH_FOR: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Recovery:
    """What became of every open intent, as journal entries; and the creates still in the dark.

    `wait_seconds` is how long until the last of those can no longer arrive.
    """

    entries: tuple[Entry, ...] = ()
    unresolved: dict[Address, Block] = field(default_factory=dict)
    wait_seconds: float = 0.0


def recover(
    state: State, live: Live, hasher: Hasher, *, now: datetime, api: ApiSettings
) -> Recovery:
    """Judge every open intent by a complete read made after it."""
    entries: list[Entry] = []
    unresolved: dict[Address, Block] = {}
    wait_seconds = 0.0
    for intent in state.intents.values():
        entry = _judge(intent, state, live, hasher)
        if entry is not None:
            entries.append(entry)
        elif intent.operation == "create":
            left = _seconds_left(intent, live, now, api)
            if left <= 0:
                entries.append(Failed(intent.id, watch=True))
            else:
                unresolved[intent.address] = _unresolved(intent, left)
                wait_seconds = max(wait_seconds, left)
    entries += _expired_watches(state, live, now)
    return Recovery(tuple(entries), unresolved, wait_seconds)


def oldest_of_attempt(state: State, live: Live, attempt: str) -> LiveObject | None:
    """Give the object an attempt made; a copy made in the dashboard is younger, and not it."""
    found = [
        each
        for each in live.objects.values()
        if each.marker and (each.marker.attempt, each.marker.lineage) == (attempt, state.lineage)
    ]
    return min(found, key=lambda each: (each.created_at or "", each.id), default=None)


def _judge(intent: Intent, state: State, live: Live, hasher: Hasher) -> Entry | None:
    if intent.operation == "create":
        made = oldest_of_attempt(state, live, intent.id)
        return Done(intent.id, bind_found(hasher, intent, made)) if made else None
    if intent.remote_id is None or intent.remote_id in live.unreadable:
        return None
    there = live.objects.get(intent.remote_id)
    if intent.operation == "delete":
        return Failed(intent.id) if there else Done(intent.id, None)
    if there and there.marker and there.marker.write == intent.id:
        if intent.quarantines:
            before = state.owned.get(intent.address, Owned(there.id, created_at=there.created_at))
            return Done(intent.id, set_aside(hasher, before, intent, there))
        return Done(intent.id, bind_found(hasher, intent, there))
    # Not ours, so not done, or not yet: the three-way rule says whether to send it again.
    return Failed(intent.id, watch=True)


def _seconds_left(intent: Intent, live: Live, now: datetime, api: ApiSettings) -> float:
    """By the server's own clock where both ends have it: ours may have been set meanwhile.

    Whatever the clocks say, never longer than for a request that left just now.
    """
    since, until = intent.sent_at, now
    sent = intent.server_now or intent.server_time
    if sent and live.server_time:
        since, until = sent, datetime.fromisoformat(live.server_time)
    elapsed = (until - datetime.fromisoformat(since)).total_seconds()
    return api.timeout_seconds + api.settle_seconds - max(elapsed, 0.0)


def _unresolved(intent: Intent, left: float) -> Block:
    return Block(
        "unresolved_create",
        f"a create sent at {intent.sent_at} got no answer, and may still take effect for "
        f"{left:.0f} s",
        "apply waits for it; a later plan knows",
    )


def _expired_watches(state: State, live: Live, now: datetime) -> Iterator[Entry]:
    """A write that arrived late after all stays known as ours for as long as it shows."""
    shown = {each.marker.write for each in live.objects.values() if each.marker}
    for write, watch in state.watch.items():
        if write not in shown and now - datetime.fromisoformat(watch.sent_at) > _WATCH_FOR:
            yield Unwatched(write)
