"""Creates: one POST per attempt id, and never a second object after a lost reply.

The API has no idempotency key, so each attempt is journaled first and signs the object with its
id. An answer that leaves doubt is settled by looking for that id: at once, and again when the
request can no longer arrive; only then is there a new attempt.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from assistants_sync.apply.context import ApplyContext, Made, metadata_of, not_stored
from assistants_sync.apply.refs import first_of, missing, with_made_ids
from assistants_sync.errors import ApiError, Outcome, StateError, SyncError
from assistants_sync.model.event import Waiting
from assistants_sync.model.journal import Done, Failed, Intended
from assistants_sync.model.live import LiveObject
from assistants_sync.model.plan import Action
from assistants_sync.model.state import Intent
from assistants_sync.model.step import Create
from assistants_sync.model.value import Value
from assistants_sync.planning.binding import applied_hashes, bind, secret_pointers

_TRIES: Final = 8
_THROTTLED_TRIES: Final = 30
_LONGEST_PAUSE_SECONDS: Final = 30.0
_CLOCK_SLACK: Final = timedelta(seconds=60)
_CONFLICT: Final = 409


@dataclass(frozen=True, slots=True)
class _Doubt:
    """A create that may or may not have happened."""

    step: Create
    intent: Intent
    error: SyncError


async def create_all(context: ApplyContext, steps: Sequence[Create]) -> None:
    """Carry out every create, each after those whose ids it holds."""
    waiting, doubts = list(steps), list[_Doubt]()
    while waiting:
        ready = [step for step in waiting if not missing(context, step)]
        taken = {step.address for step in ready}
        waiting = [step for step in waiting if step.address not in taken]
        if ready:
            doubts += await _attempt_all(context, ready)
        elif doubts:
            await _settle(context, doubts)
            doubts = []
        else:
            break
    await _settle(context, doubts)
    for step in waiting:
        absent = ", ".join(missing(context, step))
        context.skipped(step.address, Action.CREATE, f"{absent}, whose id it holds, was not made")


async def _settle(context: ApplyContext, doubts: list[_Doubt]) -> None:
    """Find out what became of creates without an answer; what was lost is tried once more."""
    again = await _attempt_all(context, await _settle_and_wait(context, doubts))
    with suppress(SyncError):
        again = await _look(context, again)
    _leave_open(context, again)


async def _attempt_all(context: ApplyContext, steps: Sequence[Create]) -> list[_Doubt]:
    doubts: list[_Doubt] = []
    gate = asyncio.Semaphore(context.parallelism)

    async def attempt(step: Create) -> None:
        async with gate:
            if context.may_start(step.address, Action.CREATE):
                doubt = await _attempt(context, with_made_ids(context, first_of(step)))
                doubts.extend([doubt] if doubt else [])

    async with asyncio.TaskGroup() as group:
        for step in steps:
            group.create_task(attempt(step))
    return doubts


async def _attempt(context: ApplyContext, step: Create) -> _Doubt | None:
    """Try until an attempt leaves the house; give the doubt it left, if any."""
    tried = 0
    while True:
        tried += 1
        await context.api.ready()
        intent = _intent(context, step)
        try:
            await context.journal.append([Intended(intent)])
        except SyncError as error:
            context.failed(step.address, Action.CREATE, error)
            return None
        try:
            made = await context.api.create(
                context.kind.name,
                _body(context, step, intent),
                announced_at=datetime.fromisoformat(intent.sent_at),
                heard=context.hears(step.address),
            )
        except ApiError as error:
            if error.outcome is Outcome.UNKNOWN:
                context.count_write()
                return _Doubt(step, intent, error)
            if not await _give_up(context, step, intent, error, retry=_may_retry(error, tried)):
                return None
            await _pause(context, error, tried)
        except SyncError as error:
            await _give_up(context, step, intent, error, retry=False)
            return None
        else:
            context.count_write()
            await _commit(context, step, intent, made)
            return None


def _may_retry(error: ApiError, tried: int) -> bool:
    """Whether an attempt that certainly made nothing is worth another one."""
    if error.outcome is Outcome.THROTTLED:
        return tried < _THROTTLED_TRIES
    return error.outcome is Outcome.NOT_SENT and tried < _TRIES


async def _give_up(
    context: ApplyContext, step: Create, intent: Intent, error: SyncError, *, retry: bool
) -> bool:
    """Settle an attempt that made nothing; say whether there may be another one."""
    try:
        await context.journal.append([Failed(intent.id)])
    except SyncError as lost:
        context.failed(step.address, Action.CREATE, lost)
        return False
    if retry and not context.should_stop() and not context.halted:
        return True
    context.failed(step.address, Action.CREATE, error)
    return False


async def _pause(context: ApplyContext, error: ApiError, tried: int) -> None:
    # After a 429 the client's gate waits, for every request alike.
    if error.outcome is not Outcome.THROTTLED:
        await context.clock.sleep(min(0.5 * 2**tried, _LONGEST_PAUSE_SECONDS))


def _intent(context: ApplyContext, step: Create) -> Intent:
    attempt = context.new_id()
    return Intent(
        id=attempt,
        operation="create",
        address=step.address,
        sent_at=context.sent_at(),
        server_time=context.api.server_time,
        server_now=context.api.server_now,
        applied=applied_hashes(context.hasher, step.tracked),
        secrets=secret_pointers(step.tracked),
        lifecycle=step.lifecycle,
        attempt=attempt,
        restores=step.restores,
    )


def _body(context: ApplyContext, step: Create, intent: Intent) -> dict[str, Value]:
    marker = context.marker(step.address, attempt=intent.id, write=intent.id)
    sent = {key: value for key, value in step.body.items() if value is not None}
    return {**sent, "metadata": {**metadata_of(step.body), **marker}}


async def _commit(context: ApplyContext, step: Create, intent: Intent, made: LiveObject) -> None:
    owned = bind(context.hasher, intent, made)
    try:
        await context.journal.append([Done(intent.id, owned), *context.pinned(made)])
    except SyncError as error:
        told = error.diagnostic
        found = (
            f"created as {made.id}, not recorded: {told.detail}; "
            "the next apply finds it by its marker"
        )
        context.failed(
            step.address,
            Action.CREATE,
            StateError(told.summary, found, hint=told.hint),
            is_unknown=True,
        )
        return
    if step.later:
        context.completing[step.address] = Made(owned, made)
    warnings = not_stored(context, step.address, step.tracked, made)
    context.applied(step.address, Action.CREATE, made.id, warnings)


async def _settle_and_wait(context: ApplyContext, doubts: list[_Doubt]) -> list[Create]:
    """Settle what can be settled; give the creates that are certain never to have arrived."""
    left = doubts
    with suppress(SyncError):
        left = await _look(context, doubts)
    if not left:
        return []
    await _wait_until_none_can_arrive(context, left)
    try:
        left = await _look(context, left)
    except SyncError:
        # Not having been able to look proves nothing: a new attempt could be a second assistant.
        _leave_open(context, left)
        return []
    if context.should_stop() or context.halted:
        _leave_open(context, left)
        return []
    return [doubt.step for doubt in left if await _may_try_again(context, doubt)]


async def _may_try_again(context: ApplyContext, doubt: _Doubt) -> bool:
    """Close an attempt that can no longer arrive; a conflict would only be met again."""
    try:
        await context.journal.append([Failed(doubt.intent.id, watch=True)])
    except SyncError as error:
        context.failed(doubt.step.address, Action.CREATE, error, is_unknown=True)
        return False
    if isinstance(doubt.error, ApiError) and doubt.error.status == _CONFLICT:
        context.failed(doubt.step.address, Action.CREATE, doubt.error)
        return False
    return True


def _leave_open(context: ApplyContext, doubts: list[_Doubt]) -> None:
    """Leave the intents in the journal: the next run finds out."""
    for doubt in doubts:
        context.failed(doubt.step.address, Action.CREATE, doubt.error, is_unknown=True)


async def _look(context: ApplyContext, doubts: list[_Doubt]) -> list[_Doubt]:
    """List what was created since, bind what is ours, give the doubts that remain.

    Raises:
        SyncError: the list could not be read to its end.
    """
    if not doubts:
        return []
    listing = await context.api.list_all(context.kind.name, created_at_ge=_since(doubts))
    left = []
    for doubt in doubts:
        made = [
            each
            for each in listing.objects
            if each.marker and each.marker.attempt == doubt.intent.id
        ]
        if made:
            oldest = min(made, key=lambda each: (each.created_at or "", each.id))
            await _commit(context, doubt.step, doubt.intent, oldest)
        else:
            left.append(doubt)
    return left


def _since(doubts: list[_Doubt]) -> str | None:
    """A minute before the first of them by the server's clock; None, all, where it told none."""
    times = [doubt.intent.server_time for doubt in doubts]
    known = [datetime.fromisoformat(time) for time in times if time]
    if len(known) < len(times):
        return None
    return (min(known) - _CLOCK_SLACK).isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def _wait_until_none_can_arrive(context: ApplyContext, doubts: list[_Doubt]) -> None:
    api = context.project.environment.api
    last = max(datetime.fromisoformat(doubt.intent.sent_at) for doubt in doubts)
    passed = (context.clock.now() - last).total_seconds()
    # A clock that was set back meanwhile makes nobody wait longer than for what left just now.
    left = api.timeout_seconds + api.settle_seconds - max(passed, 0.0)
    if left > 0:
        context.emit(Waiting(left, f"{len(doubts)} creates without an answer may still arrive"))
    while left > 0 and not context.should_stop():
        await context.clock.sleep(min(left, 1.0))
        left -= 1.0
