"""What the contract writes: entries that can be told apart, and a backup; and how they are read."""

from dataclasses import replace

from backends.place import Place
from unit.state import samples
from unit.state.samples import OWNED, STATE

from assistants_sync.model.address import Address, RemoteId
from assistants_sync.model.definition import Lifecycle
from assistants_sync.model.journal import Entry, Recorded
from assistants_sync.model.state import Generation, Leaf, Owned, Snapshot, State
from assistants_sync.model.trash import KeptReference, Trashed
from assistants_sync.model.usage import Reference
from assistants_sync.state.journaled import JournaledState

BACKUP = Trashed(
    address=Address("assistant.desk"),
    id=RemoteId("id-1"),
    project="shop",
    environment="default",
    deleted_at="2026-11-21T09:00:00+00:00",
    body={"name": "Café", "model": {"tools": [{"type": "endCall"}], "temperature": 0.5}},
    org_id="org-1",
    created_at="2026-01-01T00:00:00Z",
    marker={"v": 1},
    secrets=("/server/secret",),
    lifecycle=Lifecycle(protect=True, ignore_changes=("/voice",)),
    references=(KeptReference(Reference("squad", RemoteId("s"), ("members", "0"), "Team"), "x"),),
)

ENTRIES: tuple[Entry, ...] = tuple(
    replace(each, owned=replace(OWNED, id=RemoteId("id-9"))) if isinstance(each, Recorded) else each
    for each in samples.ENTRIES
)
"""One of each type; after each of them no assistant has two addresses."""

STRANGE = "é 名 😀 \u202e \u2028 \x00 \\ ' \" % { --\n\t"


def recorded(number: int, remote_id: str = "remote") -> Recorded:
    """Give an entry that can be told from the others."""
    owned = Owned(RemoteId(f"{remote_id}-{number}"), {"/name": Leaf(f"a{number}", f"o{number}")})
    return Recorded(Address(f"assistant.n{number}"), owned)


async def read(place: Place) -> Snapshot:
    """Give what a new run reads."""
    return await place.store().read()


async def begun(place: Place) -> JournaledState:
    """Give a store that has written its first state."""
    store = place.store()
    await store.begin(STATE)
    return store


async def state_of(place: Place) -> State:
    """Give the state a new run reads."""
    state = (await read(place)).state
    assert state is not None
    return state


async def generation_of(place: Place) -> Generation:
    """Give the generation a new run reads: the serial, and how many entries follow."""
    generation = (await read(place)).generation
    assert generation is not None
    return generation
