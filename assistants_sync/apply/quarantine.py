"""Setting aside: one PATCH of name and metadata. The assistant still answers, and says so."""

from collections.abc import Sequence

from assistants_sync.apply.context import ApplyContext, metadata_of
from assistants_sync.errors import ApiError, Outcome, SyncError
from assistants_sync.model.journal import Done, Failed, Intended
from assistants_sync.model.plan import Action
from assistants_sync.model.quarantine import stamp
from assistants_sync.model.state import Intent
from assistants_sync.model.step import Quarantine
from assistants_sync.model.value import Value
from assistants_sync.planning.binding import set_aside


async def quarantine_all(context: ApplyContext, steps: Sequence[Quarantine]) -> None:
    """Set aside, one by one."""
    for step in steps:
        if context.may_start(step.address, Action.UPDATE):
            try:
                await _quarantine(context, step)
            except SyncError as error:
                context.failed(step.address, Action.UPDATE, error)


async def _quarantine(context: ApplyContext, step: Quarantine) -> None:
    fresh = await context.read(step.owned)
    if fresh is None or context.planned_with.deletable(fresh) != step.before:
        context.skipped(step.address, Action.UPDATE, "changed since the plan", is_stale=True)
        return
    write = context.new_id()
    attempt = fresh.marker.attempt if fresh.marker else step.owned.attempt
    intent = Intent(
        id=write,
        operation="update",
        address=step.address,
        sent_at=context.sent_at(),
        server_time=context.api.server_time,
        remote_id=step.owned.id,
        before={"": step.before},
        lifecycle=step.owned.lifecycle,
        attempt=attempt or write,
        quarantines=True,
    )
    marker = context.marker(step.address, attempt=attempt or write, write=write)
    body: dict[str, Value] = {
        "name": step.name,
        "metadata": {
            **metadata_of(fresh.body),
            **stamp(fresh.name, intent.sent_at),
            **marker,
        },
    }
    await context.store.append([Intended(intent)])
    context.count_write()
    try:
        reply = await context.api.update(
            context.kind.name, step.owned.id, body, heard=context.hears(step.address)
        )
    except SyncError as error:
        if isinstance(error, ApiError) and error.outcome is Outcome.UNKNOWN:
            # The intent stays open: the next run looks, and knows.
            context.failed(step.address, Action.UPDATE, error, is_unknown=True)
            return
        await context.store.append([Failed(intent.id)])
        raise
    owned = set_aside(context.hasher, step.owned, intent, reply)
    await context.store.append([Done(intent.id, owned)])
    context.applied(step.address, Action.UPDATE, reply.id)
