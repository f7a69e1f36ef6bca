"""Which changes a reviewer must see, in which order, and the words for why each would be made."""

from collections.abc import Callable, Mapping
from typing import Final

from assistants_sync.model.plan import Action, Change, FieldKind, Plan, Reason

REASON_WORDS: Final[Mapping[Reason, str]] = {
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
    Reason.ROLLED_BACK: "rolled back",
    Reason.NOT_ROLLED_BACK: "cannot be rolled back",
}


def in_conflict(change: Change) -> bool:
    """Say whether the file and the server were both changed at the same path."""
    return any(field.kind is FieldKind.CONFLICT for field in change.fields)


def is_grave(change: Change) -> bool:
    """Say whether a reviewer must see it, however long the plan is."""
    is_deletion = change.action is Action.DELETE
    return is_deletion or bool(change.blocked or change.destructive) or in_conflict(change)


GROUPS: Final[Mapping[str, Callable[[Change], bool]]] = {
    "Deletions": lambda change: change.action is Action.DELETE,
    "Blocked": lambda change: bool(change.blocked),
    "Destructive updates": lambda change: bool(change.destructive),
    "Conflicts": in_conflict,
    "Drift": lambda change: bool(change.drift),
    "Updates": lambda change: change.action is Action.UPDATE,
    "Creates": lambda change: change.action is Action.CREATE,
    "Forgets": lambda change: change.action is Action.FORGET,
    "Worth knowing": lambda change: bool(change.fields or change.notes),
}
"""Each group holds what no group before it holds."""


def by_danger(plan: Plan) -> dict[str, tuple[Change, ...]]:
    """Give the changes worth showing by group, the worst first; no group is empty.

    Every grave change stands in one of the first four.
    """
    left = list(plan.changes)
    found: dict[str, tuple[Change, ...]] = {}
    for title, belongs in GROUPS.items():
        group = tuple(change for change in left if belongs(change))
        left = [change for change in left if not belongs(change)]
        if group:
            found[title] = group
    return found
