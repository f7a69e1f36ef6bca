"""Updates: GET, compare with what the plan saw, PATCH whole keys of the fresh object."""

import asyncio
from collections.abc import Sequence
from typing import Final

from assistants_sync.apply.context import ApplyContext, metadata_of, not_stored
from assistants_sync.apply.refs import missing, with_made_ids
from assistants_sync.errors import ApiError, Outcome, SyncError
from assistants_sync.model.journal import Done, Failed, Intended
from assistants_sync.model.live import LiveObject
from assistants_sync.model.plan import Action
from assistants_sync.model.state import Intent
from assistants_sync.model.step import Update
from assistants_sync.model.value import Value, to_pointer
from assistants_sync.planning.binding import applied_hashes, bind, secret_pointers
from assistants_sync.planning.overlay import overlaid

_TRIES: Final = 3


async def update_all(context: ApplyContext, steps: Sequence[Update]) -> None:
    """Carry out every update, as many at a time as `parallelism` allows."""
    gate = asyncio.Semaphore(context.parallelism)

    async def _in_turn(step: Update) -> None:
        async with gate:
            absent = ", ".join(missing(context, step))
            if absent:
                why = f"{absent}, whose id it holds, was not made"
                context.skipped(step.address, Action.UPDATE, why)
            elif context.may_start(step.address, Action.UPDATE):
                try:
                    await _update(context, with_made_ids(context, step))
                except SyncError as error:
                    context.failed(step.address, Action.UPDATE, error)

    async with asyncio.TaskGroup() as group:
        for step in steps:
            group.create_task(_in_turn(step))


async def _update(context: ApplyContext, step: Update) -> None:
    fresh = await context.read(step.owned)
    for tries_left in reversed(range(_TRIES)):
        stale = _why_stale(context, step, fresh)
        if fresh is None or stale:
            context.skipped(step.address, Action.UPDATE, stale or "it is gone", is_stale=True)
            return
        intent = _intent(context, step, fresh)
        await context.journal.append([Intended(intent)])
        answer = _of_this_write(await _send(context, step, intent, fresh), intent)
        if isinstance(answer, ApiError):
            # No usable answer: the object itself says whether the write happened.
            fresh = await context.read(step.owned)
            if fresh is None or fresh.marker is None or fresh.marker.write != intent.id:
                await context.journal.append([Failed(intent.id, watch=True)])
                if tries_left:
                    continue
                context.failed(step.address, Action.UPDATE, answer, is_unknown=True)
                return
            answer = fresh
        await _commit(context, step, intent, answer)
        return


async def _send(
    context: ApplyContext, step: Update, intent: Intent, fresh: LiveObject
) -> LiveObject | ApiError:
    """PATCH and give the reply, or the error that leaves its end unknown.

    Raises:
        SyncError: it certainly did not happen; the intent is settled.
    """
    body = _body(context, step, intent, fresh)
    try:
        reply = await context.api.update(
            context.kind.name, step.owned.id, body, heard=context.hears(step.address)
        )
    except SyncError as error:
        if isinstance(error, ApiError) and error.outcome is Outcome.UNKNOWN:
            context.count_write()
            return error
        await context.journal.append([Failed(intent.id)])
        raise
    context.count_write()
    return reply


def _of_this_write(answer: LiveObject | ApiError, intent: Intent) -> LiveObject | ApiError:
    """Take a reply for no answer when it shows the object as another write left it."""
    if isinstance(answer, ApiError) or answer.marker is None or answer.marker.write == intent.id:
        return answer
    return ApiError(
        method="PATCH",
        path=f"/{answer.id}",
        outcome=Outcome.UNKNOWN,
        messages=("the reply shows what another write left",),
    )


def _why_stale(context: ApplyContext, step: Update, fresh: LiveObject | None) -> str | None:
    if fresh is None:
        return None
    scope = (context.project.name, context.project.environment.name)
    is_foreign = fresh.marker and (fresh.marker.project, fresh.marker.environment) != scope
    if is_foreign and not step.takes_over:
        return "it is marked by another project now"
    changed = [
        key
        for key in step.keys
        if context.planned_with.whole((key,), fresh.body.get(key)) != step.before[key]
    ]
    return f"changed since the plan: {', '.join(changed)}" if changed else None


def _intent(context: ApplyContext, step: Update, fresh: LiveObject) -> Intent:
    attempt = fresh.marker.attempt if fresh.marker else step.owned.attempt
    write = context.new_id()
    return Intent(
        id=write,
        operation="update",
        address=step.address,
        sent_at=context.sent_at(),
        server_time=context.api.server_time,
        remote_id=step.owned.id,
        applied=applied_hashes(context.hasher, step.tracked),
        secrets=secret_pointers(step.tracked),
        kept=tuple(sorted(map(to_pointer, step.kept))),
        before=step.before,
        lifecycle=step.lifecycle,
        attempt=attempt or write,
    )


def _body(
    context: ApplyContext, step: Update, intent: Intent, fresh: LiveObject
) -> dict[str, Value]:
    body = overlaid(fresh.body, step.keys, step.overlay, step.clears)
    marker = context.marker(step.address, attempt=intent.attempt or intent.id, write=intent.id)
    metadata = metadata_of(body if "metadata" in body else fresh.body)
    return {**body, "metadata": {**metadata, **marker}}


async def _commit(context: ApplyContext, step: Update, intent: Intent, reply: LiveObject) -> None:
    await context.journal.append([Done(intent.id, bind(context.hasher, intent, reply))])
    warnings = not_stored(context, step.address, step.tracked, reply)
    context.applied(step.address, Action.UPDATE, reply.id, warnings)
