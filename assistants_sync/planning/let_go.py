"""What refers to a deleted one now, and will not any more once its turn comes. Pure.

Deletions come last, and none is begun after anything before it went wrong.
"""

from collections.abc import Sequence
from dataclasses import replace

from assistants_sync.model.plan import Change
from assistants_sync.model.step import Delete, Relink, Step
from assistants_sync.model.trash import KeptReference
from assistants_sync.model.usage import Reference, Usage
from assistants_sync.planning.freed import is_freed
from assistants_sync.planning.inputs import Inputs
from assistants_sync.planning.planner import Planned

_Planned = tuple[Change, Step | None]


def usage_after(inputs: Inputs, planned: Sequence[_Planned]) -> Usage | None:
    """Give who uses what, without the references that these changes move on or take away."""
    if inputs.usage is None:
        return None
    steps = [step for _, step in planned if step]
    moved = _moved(steps)
    left = {
        remote_id: tuple(
            each
            for each in references
            if each not in moved
            and not (each.by == "id" and is_freed(inputs, steps, each, remote_id))
        )
        for remote_id, references in inputs.usage.references.items()
    }
    return replace(inputs.usage, references=left)


def with_moved_on(inputs: Inputs, planned: Planned) -> Planned:
    """Keep in the backup of each deleted one what was moved on: so it can be pointed back."""
    moved = _moved(planned.steps)
    usage = inputs.usage.references if inputs.usage else {}
    steps = tuple(
        replace(
            step,
            references=(
                *step.references,
                *(
                    KeptReference(each, moved[each])
                    for each in usage.get(step.owned.id, ())
                    if each in moved
                ),
            ),
        )
        if isinstance(step, Delete)
        else step
        for step in planned.steps
    )
    return replace(planned, steps=steps)


def _moved(steps: Sequence[Step]) -> dict[Reference, str]:
    return {
        edit.reference: moved
        for step in steps
        if isinstance(step, Relink)
        for edit in step.edits
        if (moved := edit.after or edit.target)
    }
