"""State against the markers: what they disagree on, and state made again from them. Pure."""

from collections import Counter
from collections.abc import Iterator

from assistants_sync.errors import StateError
from assistants_sync.model.address import KEY, Address, make_address
from assistants_sync.model.definition import Desired, Lifecycle
from assistants_sync.model.live import Live, LiveObject
from assistants_sync.model.project import Project
from assistants_sync.model.quarantine import set_aside_since
from assistants_sync.model.state import Owned, State
from assistants_sync.resources.kind import Kind


def rebuilt(kind: Kind, project: Project, desired: Desired, live: Live, hash_key: str) -> State:
    """Give the state that the markers tell of: their lineage, and of copies the oldest one.

    Raises:
        StateError: there is no marker of this project and environment, or of several states.
    """
    marked = list(_marked(project, live))
    lineages = Counter(each.marker.lineage for each in marked if each.marker)
    if len(lineages) != 1:
        found = ", ".join(f"{lineage} ({count})" for lineage, count in sorted(lineages.items()))
        raise StateError(
            "State cannot be rebuilt",
            f"markers of {len(lineages)} states were found{': ' if found else ''}{found}",
            hint="`import` takes over each assistant by its id",
        )
    owned: dict[Address, Owned] = {}
    for each in marked:
        if each.marker is None or not KEY.fullmatch(each.marker.key):
            continue
        address = make_address(kind.name, each.marker.key)
        definition = desired.definitions.get(address)
        owned.setdefault(
            address,
            Owned(
                id=each.id,
                lifecycle=definition.lifecycle if definition else Lifecycle(),
                created_at=each.created_at,
                updated_at=each.updated_at,
                attempt=each.marker.attempt,
                write=each.marker.write,
                quarantined_at=set_aside_since(each.body),
            ),
        )
    return State(
        lineage=next(iter(lineages)),
        project=project.name,
        environment=project.environment.name,
        hash_key=hash_key,
        serial=1,
        org_id=live.org_id,
        owned=owned,
    )


def disagreements(project: Project, state: State, live: Live) -> tuple[str, ...]:
    """Say what state and the live objects do not agree on, one sentence each."""
    return tuple(_disagreements(project, state, live))


def _disagreements(project: Project, state: State, live: Live) -> Iterator[str]:
    for address, owned in sorted(state.owned.items()):
        found = live.objects.get(owned.id)
        if found is None:
            yield f"{address}: {owned.id} is gone from the server"
        elif found.marker is None:
            if owned.write is not None:
                yield f"{address}: {owned.id} does not bear our marker any more"
        elif (found.marker.lineage, found.marker.write) != (state.lineage, owned.write):
            yield (
                f"{address}: {owned.id} was last written by project {found.marker.project}, "
                f"{found.marker.environment}, write {found.marker.write}; we know {owned.write}"
            )
    ours = {owned.id for owned in state.owned.values()}
    for each in _marked(project, live):
        if each.id not in ours and each.marker is not None:
            yield f"{each.id} bears our marker for `{each.marker.key}`, and state does not own it"
    for intent in state.intents.values():
        yield f"{intent.address}: a {intent.operation} is not settled; `apply` finds out"


def _marked(project: Project, live: Live) -> Iterator[LiveObject]:
    """What bears a marker of this project and environment, the oldest first."""
    scope = (project.name, project.environment.name)
    for each in sorted(live.objects.values(), key=lambda one: (one.created_at or "", one.id)):
        if each.marker and (each.marker.project, each.marker.environment) == scope:
            yield each
