"""What a change is found by on the page: its action, and what makes it worth a second look."""

from collections.abc import Callable
from typing import Final

from assistants_sync.model.plan import Action, Change, FieldKind
from assistants_sync.views.danger import in_conflict

ACTION_WORDS: Final = {
    Action.CREATE: "+ create",
    Action.UPDATE: "~ update",
    Action.DELETE: "− delete",  # noqa: RUF001 -- a minus sign is as wide as the plus above it
    Action.FORGET: "· forget",
    Action.NO_OP: "= no-op",
}


def _has_drifted(change: Change) -> bool:
    """Whether the server alone was changed at some path; at the same path as the file: conflict."""
    return any(field.kind in {FieldKind.DRIFT, FieldKind.KEPT} for field in change.fields)


FLAGS: Final[tuple[tuple[str, Callable[[Change], bool]], ...]] = (
    ("destructive", lambda change: bool(change.destructive)),
    ("conflict", in_conflict),
    ("drift", _has_drifted),
    ("blocked", lambda change: bool(change.blocked)),
)
"""A change bears every flag that fits."""


def kinds_of(change: Change) -> list[str]:
    """Give the action of a change, then its flags."""
    return [change.action, *(flag for flag, belongs in FLAGS if belongs(change))]
