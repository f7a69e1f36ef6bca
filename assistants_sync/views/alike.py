"""Changes that are the same edit at many addresses: told once, with every address."""

from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias

from assistants_sync.model.plan import Action, Change, FieldChange
from assistants_sync.model.value import FieldPath
from assistants_sync.views.danger import is_grave
from assistants_sync.views.prompt_diff import Mark
from assistants_sync.views.prompts import prompts_in

_ALIKE: Final = 5
"""From so many on, one telling is easier to review than as many."""

_Edit: TypeAlias = tuple[FieldPath, str, str]


def alike(changes: Sequence[Change]) -> list[Sequence[Change]]:
    """Give the changes in order, those that are alike together where the first of them stands.

    Alike are changes of the same values, or of the same words in prompts. What is grave, and what
    bears a note, stands alone.
    """
    edits = [_edit(change) or at for at, change in enumerate(changes)]
    groups: dict[object, list[Change]] = {}
    for edit, change in zip(edits, changes, strict=True):
        groups.setdefault(edit, []).append(change)
    told: list[Sequence[Change]] = []
    for edit, change in zip(edits, changes, strict=True):
        group = groups[edit]
        if len(group) < _ALIKE:
            told.append([change])
        elif change is group[0]:
            told.append(group)
    return told


def _edit(change: Change) -> tuple[object, ...] | None:
    stands_alone = is_grave(change) or change.notes or change.used_by or not change.fields
    if stands_alone or change.action is Action.CREATE:
        return None
    edits = (edit for field in change.fields for edit in _edits(change, field))
    return (change.action, change.reason, *edits)


def _edits(change: Change, field: FieldChange) -> Iterator[_Edit]:
    prompts = prompts_in(change, field)
    for prompt in prompts:
        for line in prompt.diff().changed:
            words = [span for span in line.spans if span.mark is not Mark.KEPT]
            yield prompt.path, field.kind, repr(words)
    if not prompts:
        yield field.path, field.kind, repr((field.before, field.after))
