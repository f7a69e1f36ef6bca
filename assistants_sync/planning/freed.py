"""What refers to an assistant now, and will not once the updates of the same plan are done. Pure.

Deletions come last, and none is begun after anything before it went wrong: so what an update takes
away is gone when its turn comes.
"""

from collections.abc import Iterator, Mapping, Sequence

from assistants_sync.model.step import Step, Update
from assistants_sync.model.usage import Reference
from assistants_sync.model.value import Value
from assistants_sync.planning.inputs import Inputs
from assistants_sync.planning.overlay import overlaid


def is_freed(inputs: Inputs, steps: Sequence[Step], reference: Reference, held: str) -> bool:
    """Say whether an update leaves nothing of the id or name under the key in which it stands."""
    live, key = inputs.live.objects.get(reference.id), reference.path[0]
    for step in steps:
        if isinstance(step, Update) and step.owned.id == reference.id and key in step.keys:
            after = overlaid(live.body if live else {}, step.keys, step.overlay, step.clears)
            return held not in _texts(after[key])
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
