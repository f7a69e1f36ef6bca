"""What refers to a deleted one now, and will not any more once its turn comes. Pure.

Deletions come last, and none is begun after anything before it went wrong.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from assistants_sync.model.address import RemoteId
from assistants_sync.model.plan import Change
from assistants_sync.model.step import Delete, Relink, Step, Update
from assistants_sync.model.trash import KeptReference
from assistants_sync.model.usage import Reference, Usage
from assistants_sync.model.value import Value
from assistants_sync.planning.inputs import Inputs
from assistants_sync.planning.overlay import overlaid
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
            if each not in moved and not _is_taken_away(inputs, steps, each, remote_id)
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


def _is_taken_away(
    inputs: Inputs, steps: Sequence[Step], reference: Reference, remote_id: RemoteId
) -> bool:
    """Whether an update leaves nothing of the id under the key in which it stands."""
    live, key = inputs.live.objects.get(reference.id), reference.path[0]
    for step in steps:
        if isinstance(step, Update) and step.owned.id == reference.id and key in step.keys:
            after = overlaid(live.body if live else {}, step.keys, step.overlay, step.clears)
            return reference.by == "id" and remote_id not in _texts(after[key])
    return False


def _texts(value: Value) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for inner in value.values():
                yield from _texts(inner)
        case Sequence():
            for inner in value:
                yield from _texts(inner)
        case _:
            return
