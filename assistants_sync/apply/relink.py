"""Re-pointing what refers to an assistant: GET, change exactly the references, PATCH once.

It needs no journal: done twice it is the same, and the next plan sees what is left to do.
"""

from collections.abc import Mapping, Sequence

from assistants_sync.apply.context import ApplyContext
from assistants_sync.errors import ApiError, Outcome, SyncError
from assistants_sync.model.live import LiveObject
from assistants_sync.model.plan import Action
from assistants_sync.model.step import Edit, Relink
from assistants_sync.model.value import Body, FieldPath, Value, secrets_in
from assistants_sync.planning.guards import looks_masked
from assistants_sync.resources.references import (
    can_unlink,
    unlinked,
    value_at,
    with_item,
    with_value,
)
from assistants_sync.resources.referrers import REFERRERS


async def relink_all(context: ApplyContext, steps: Sequence[Relink]) -> None:
    """Carry out every re-pointing, one by one; a failed one stops the rest, and all deletions.

    None is begun after a failure: what is not going to be deleted must not be unlinked either.
    """
    for step in steps:
        if context.is_troubled:
            context.skipped(step.address, Action.UPDATE, "something before it went wrong")
        elif context.may_start(step.address, Action.UPDATE):
            try:
                await _relink(context, step)
            except SyncError as error:
                context.failed(step.address, Action.UPDATE, error)


async def _relink(context: ApplyContext, step: Relink) -> None:
    fresh = await context.api.get(step.kind, step.id)
    changed = _changed(context, step, fresh.body) if fresh else None
    if fresh is None or changed is None:
        why = "it does not refer to what the plan saw any more"
        context.skipped(step.address, Action.UPDATE, why, is_stale=True)
        return
    if any(looks_masked(secret) for each in changed.values() for secret in secrets_in(each)):
        why = "it holds a secret the server does not show: edit it there"
        context.skipped(step.address, Action.UPDATE, why, is_stale=True)
        return
    if changed:
        await _send(context, step, fresh, changed)
    context.applied(step.address, Action.UPDATE, step.id)


async def _send(
    context: ApplyContext, step: Relink, fresh: LiveObject, changed: Mapping[str, Value]
) -> None:
    needed = {
        key: fresh.body.get(key) for key in REFERRERS[step.kind].patch_needs if key not in changed
    }
    context.count_write()
    try:
        heard = context.hears(step.address)
        await context.api.update(step.kind, step.id, {**needed, **changed}, heard=heard)
    except ApiError as error:
        if error.outcome is not Outcome.UNKNOWN:
            raise
        again = await context.api.get(step.kind, step.id)
        if again is None or any(again.body.get(key) != changed[key] for key in changed):
            raise


def _changed(context: ApplyContext, step: Relink, body: Body) -> dict[str, Value] | None:
    """The top-level keys as they should be; None where something else stands there now."""
    now: dict[str, Value] = dict(body)
    changed: dict[str, Value] = {}
    for edit in sorted(step.edits, key=lambda each: _place(each.reference.path), reverse=True):
        path, after = edit.reference.path, _after(context, edit)
        if edit.item is not None and after is not None:
            part = with_item(now, path, edit.item, after)
            now |= part
            changed |= part
            continue
        here = value_at(now, path)
        if after is not None and here == after:
            continue
        if here not in edit.expected or (edit.target is not None and after is None):
            return None
        if after is None:
            if not can_unlink(step.kind, path, now):
                return None
            part = unlinked(step.kind, now, path)
        else:
            part = with_value(now, path, after)
        now |= part
        changed |= part
    return changed


def _after(context: ApplyContext, edit: Edit) -> str | None:
    return context.created.get(edit.target) if edit.target is not None else edit.after


def _place(path: FieldPath) -> tuple[tuple[int, str], ...]:
    """Later list items first, so that taking one out does not move the others."""
    return tuple((int(part) if part.isdigit() else -1, part) for part in path)
