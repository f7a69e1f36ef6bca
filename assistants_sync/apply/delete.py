"""Deletions: one by one, last of all, each backed up first; the first that fails stops the rest."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from assistants_sync.apply.context import ApplyContext
from assistants_sync.errors import ApiError, Outcome, SyncError
from assistants_sync.model.address import Address, RemoteId, key_of
from assistants_sync.model.journal import Done, Dropped, Failed, Intended
from assistants_sync.model.live import Live, LiveObject
from assistants_sync.model.plan import Action
from assistants_sync.model.state import Intent
from assistants_sync.model.step import Delete
from assistants_sync.model.trash import Trashed
from assistants_sync.model.usage import Reference, Usage
from assistants_sync.model.value import from_pointer, secret_paths, to_pointer, without_secrets
from assistants_sync.resources.referrers import CALL
from assistants_sync.usage import Question, read_calls, read_usage

_FRESH: Final = timedelta(minutes=1)
"""How long the plan's look at references is good for: a question may be answered late."""


async def delete_all(context: ApplyContext, steps: Sequence[Delete]) -> None:
    """Carry out the deletions, unless anything before them went wrong."""
    fresh = await _references_again(context, steps)
    for step in steps:
        if context.is_troubled:
            context.skipped(step.address, Action.DELETE, "something before it went wrong")
        elif new := _unseen(step, fresh):
            why = f"it is used by what the plan did not see: {'; '.join(map(str, new))}"
            context.skipped(step.address, Action.DELETE, why, is_stale=True)
        elif context.may_start(step.address, Action.DELETE):
            try:
                await _delete(context, step)
            except SyncError as error:
                context.failed(step.address, Action.DELETE, error)


async def _references_again(context: ApplyContext, steps: Sequence[Delete]) -> Usage:
    """Look once more at who uses the doomed, if the plan's look is not fresh any more."""
    if not steps or context.clock.now() - context.planned_at < _FRESH:
        return Usage()
    question = Question(deleted={step.owned.id: None for step in steps})
    return await read_usage(context.api, Live({}), question, with_calls=False)


def _unseen(step: Delete, fresh: Usage) -> list[Reference]:
    seen = {each.reference for each in step.references}
    return [each for each in fresh.references.get(step.owned.id, ()) if each not in seen]


async def back_up_references(context: ApplyContext, steps: Sequence[Delete]) -> None:
    """Keep what refers to a doomed one before it is moved on: a run may die in between."""
    for step in steps:
        if not step.references or context.is_troubled:
            continue
        try:
            fresh = await context.read(step.owned)
            if fresh is not None:
                backup = _trashed(context, step, fresh)
                await context.store.back_up(_file_name(context, step), backup)
        except SyncError as error:
            # Nothing was moved yet, and nothing will be: see `relink_all`.
            context.failed(step.address, Action.DELETE, error)


async def _delete(context: ApplyContext, step: Delete) -> None:
    remote_id = step.owned.id
    fresh = await context.read(step.owned)
    if fresh is None:
        await context.store.append([Dropped(step.address)])
        context.applied(step.address, Action.DELETE, remote_id)
        return
    if context.planned_with.deletable(fresh) != step.before:
        context.skipped(step.address, Action.DELETE, "changed since the plan", is_stale=True)
        return
    calls = await read_calls(context.api, remote_id, created_at_ge=context.calls_since)
    if isinstance(calls, str):
        if CALL.name not in context.ignore_unreadable:
            why = f"its calls could not be read: {calls}"
            context.skipped(step.address, Action.DELETE, why, is_stale=True)
            return
    elif calls:
        why = f"a call began: {', '.join(map(str, calls))}"
        context.skipped(step.address, Action.DELETE, why, is_stale=True)
        return
    await context.store.back_up(_file_name(context, step), _trashed(context, step, fresh))
    intent = Intent(
        id=context.new_id(),
        operation="delete",
        address=step.address,
        sent_at=context.sent_at(),
        server_time=context.api.server_time,
        remote_id=remote_id,
        before={"": step.before},
    )
    await context.store.append([Intended(intent)])
    try:
        context.count_write()
        await context.api.delete(context.kind.name, remote_id, heard=context.hears(step.address))
    except SyncError as error:
        if not await _is_gone_all_the_same(context, remote_id, error):
            await context.store.append([Failed(intent.id)])
            raise
    await context.store.append([Done(intent.id, None)])
    context.applied(step.address, Action.DELETE, remote_id)


async def _is_gone_all_the_same(
    context: ApplyContext, remote_id: RemoteId, error: SyncError
) -> bool:
    if not isinstance(error, ApiError) or error.outcome is not Outcome.UNKNOWN:
        return False
    return await context.api.get(context.kind.name, remote_id) is None


def _file_name(context: ApplyContext, step: Delete) -> str:
    time = context.clock.now().strftime("%Y%m%dT%H%M%S.%fZ")
    remote_id = re.sub(r"[^A-Za-z0-9._-]", "_", step.owned.id)[:80]
    return f"{time}-{key_of(step.address)[:80]}-{remote_id}"


def _trashed(context: ApplyContext, step: Delete, live: LiveObject) -> Trashed:
    body = without_secrets(live.body)
    return Trashed(
        address=step.address,
        id=live.id,
        project=context.project.name,
        environment=context.project.environment.name,
        deleted_at=context.sent_at(),
        body=body if isinstance(body, Mapping) else {},
        org_id=live.org_id,
        created_at=live.created_at,
        updated_at=live.updated_at,
        marker=live.marker.to_json() if live.marker else None,
        secrets=_secrets(context, step, live),
        lifecycle=step.owned.lifecycle,
        references=tuple(
            replace(each, moved_to=context.created.get(Address(each.moved_to), each.moved_to))
            if each.moved_to
            else each
            for each in step.references
        ),
    )


def _secrets(context: ApplyContext, step: Delete, live: LiveObject) -> tuple[str, ...]:
    """Where secrets stand: those the server shows, those it says it hides, those we once sent."""
    shown = set(map(to_pointer, secret_paths(live.body)))
    sent = {each for each in step.owned.leaves if context.kind.secrets.fit(from_pointer(each))}
    hidden = {to_pointer(path) for flag, path in context.kind.flags.items() if live.flags.get(flag)}
    return tuple(sorted(shown | sent if sent else shown | hidden))
