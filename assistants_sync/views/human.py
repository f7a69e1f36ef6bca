"""A plan for people: grouped by danger, the worst first; reads well without colour."""

from collections.abc import Callable, Iterator
from typing import Final

from assistants_sync.model.plan import Action, Block, Change, FieldKind, Plan, Reason
from assistants_sync.planning.document import count_requests, digest_of, render_plan, summarise
from assistants_sync.views.escape import escape
from assistants_sync.views.paint import Paint, painted
from assistants_sync.views.values import field_lines

_SIGNS: Final = {
    Action.CREATE: ("+", Paint.ADD),
    Action.UPDATE: ("~", Paint.CHANGE),
    Action.DELETE: ("-", Paint.REMOVE),
    Action.FORGET: (".", Paint.FAINT),
    Action.NO_OP: (" ", Paint.FAINT),
}

_REASONS: Final = {
    Reason.NOT_IN_STATE: "new",
    Reason.GONE: "gone from the server",
    Reason.DEFINITION_CHANGED: "definition changed",
    Reason.DRIFTED: "changed on the server",
    Reason.DEFINITION_REMOVED: "its definition is gone",
    Reason.REMOVED_BY_NAME: "named under removed:",
    Reason.ON_DELETE_FORGET: "its definition is gone; lifecycle says forget",
    Reason.STATE_ONLY: "state only, no request",
    Reason.UNCHANGED: "unchanged",
    Reason.UNREADABLE: "could not be read",
    Reason.UNRESOLVED: "a create without an answer",
    Reason.DELETION_SKIPPED: "deletion skipped",
    Reason.REPLACED: "moved to the successor",
    Reason.DETACHED: "unlinked",
    Reason.RESTORED: "brought back",
    Reason.REPOINTED: "pointed to the one brought back",
    Reason.QUARANTINED: "set aside",
    Reason.QUARANTINE_EXPIRED: "set aside long enough",
    Reason.STALE: "stale, owned by nobody",
}


def _has_kind(change: Change, *kinds: FieldKind) -> bool:
    return any(field.kind in kinds for field in change.fields)


_GROUPS: Final[tuple[tuple[str, Callable[[Change], bool]], ...]] = (
    ("Deletions", lambda change: change.action is Action.DELETE),
    ("Destructive updates", lambda change: bool(change.destructive)),
    ("Conflicts", lambda change: _has_kind(change, FieldKind.CONFLICT)),
    ("Drift", lambda change: _has_kind(change, FieldKind.DRIFT)),
    ("Updates", lambda change: change.action is Action.UPDATE),
    ("Creates", lambda change: change.action is Action.CREATE),
    ("Forgets", lambda change: change.action is Action.FORGET),
    ("Worth knowing", lambda change: bool(change.blocked or change.fields or change.notes)),
)


def render_human(plan: Plan, *, colour: bool = False) -> str:
    """Give the whole plan as text, ending in its summary line."""
    return "\n".join(_lines(plan, colour=colour)) + "\n"


def _lines(plan: Plan, *, colour: bool) -> Iterator[str]:
    yield _header(plan)
    left = list(plan.changes)
    for title, belongs in _GROUPS:
        group = [change for change in left if belongs(change)]
        left = [change for change in left if not belongs(change)]
        if group:
            yield ""
            yield painted(f"{title}:", Paint.BOLD, colour=colour)
            for change in group:
                yield from _change_lines(change, colour=colour)
    if plan.blocks:
        yield ""
        for block in plan.blocks:
            yield from _block_lines(block, colour=colour)
    yield ""
    yield from _summary(plan)


def _header(plan: Plan) -> str:
    where = f"Project {escape(plan.project)}, environment {escape(plan.environment)}"
    options = plan.options
    narrowed = [
        f"{flag} {escape(', '.join(addresses))}"
        for flag, addresses in (("--target", options.targets), ("--exclude", options.excludes))
        if addresses
    ]
    return f"{where}{'; only ' if narrowed else ''}{'; '.join(narrowed)}"


def _change_lines(change: Change, *, colour: bool) -> Iterator[str]:
    sign, paint = _SIGNS[change.action]
    parts = [painted(f"{sign} {escape(change.address)}", paint, colour=colour)]
    if change.name:
        parts.append(f'"{escape(change.name)}"')
    parts += [escape(text) for text in (change.id, _REASONS[change.reason]) if text]
    yield "  " + "  ".join(parts)
    if change.source and change.action is not Action.NO_OP:
        yield "      " + painted(escape(str(change.source)), Paint.FAINT, colour=colour)
    for sentence in change.destructive:
        yield "    " + painted(f"! {escape(sentence)}", Paint.DANGER, colour=colour)
    for field in change.fields:
        for line in field_lines(field, colour=colour):
            yield f"      {line}".rstrip()
    for reference in change.used_by:
        yield f"    still used by {escape(str(reference))}"
    for note in change.notes:
        yield f"    note: {escape(note)}"
    for block in change.blocked:
        for line in _block_lines(block, colour=colour):
            yield f"    {line}"


def _block_lines(block: Block, *, colour: bool) -> Iterator[str]:
    yield painted(
        f"blocked ({escape(block.guard)}): {escape(block.message)}", Paint.DANGER, colour=colour
    )
    if block.hint:
        yield f"  hint: {escape(block.hint)}"


def _summary(plan: Plan) -> Iterator[str]:
    counts, requests = summarise(plan), count_requests(plan)
    if plan.copies:
        yield (
            f"{len(plan.copies)} live objects bear our marker under an id we do not know "
            f"(copies?): {', '.join(map(escape, plan.copies))}"
        )
    if plan.unmanaged_count and not plan.options.cleanup:
        yield f"{plan.unmanaged_count} live objects are not managed here, and left alone."
    if plan.options.drift_only:
        yield f"Drift: {len(plan.changes)} of {plan.owned_count} owned were changed on the server."
        return
    if not plan.has_changes and not plan.refusals:
        yield f"No changes. {plan.owned_count} owned, all as defined."
        return
    yield (
        f"Plan: {counts['create']} to create, {counts['update']} to update, "
        f"{counts['delete']} to delete, {counts['forget']} to forget; "
        f"{counts['drift']} drifted, {counts['conflict']} in conflict, "
        f"{counts['blocked']} blocked."
    )
    sent = ", ".join(f"{count} {method}" for method, count in requests.items() if count)
    yield f"Applying it sends {sent or 'nothing'}. Digest {digest_of(render_plan(plan))[7:19]}."
