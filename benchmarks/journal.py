"""What an operation costs in the journal after 10, 1,000 and 10,000 others, by kind of state.

An operation is what apply makes durable of one update, under the lock: its intent before, its
outcome after. State owns as many as there were operations. The cost is wall time, since a server
may bear it for us; the three sizes take turns, so that whatever else the machine does falls on all
of them. 100 of each, of which the median counts.

On a state server most operations lengthen a short document, and now and then one writes the whole
state: there are so many of each that this happens, and the mean counts.
"""

import asyncio
import importlib
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import mean, median
from typing import TYPE_CHECKING, Final, NamedTuple

from ratios import Found, Measured, NotMeasured

from assistants_sync.model.address import Address, RemoteId
from assistants_sync.model.journal import Done, Intended, Recorded
from assistants_sync.model.state import Intent, Leaf, Owned, State
from assistants_sync.state.backend import LockHolder
from assistants_sync.state.journaled import JournaledState

if TYPE_CHECKING:
    from backends.place import Place, Server

SIZES: Final = (10, 1_000, 10_000)


class Kind(NamedTuple):
    """The server of a kind of state, as the tests of the backends call and start it."""

    name: str
    module: str
    operations: int = 100
    average: Callable[[Sequence[float]], float] = median


KINDS: Final = (
    Kind("local", "place_local"),
    Kind("s3", "place_objects"),
    Kind("azure", "place_objects"),
    Kind("gcs", "place_objects"),
    Kind("postgres", "place_postgres"),
    Kind("gitlab", "place_http", 1_200, mean),
)

_LEAVES: Final = tuple(f"/field{number}" for number in range(20))
_NOW: Final = "2026-01-01T00:00:00.000Z"


def measure() -> Iterator[Found]:
    """Measure on each server that is installed."""
    for kind in KINDS:
        jobs = [f"{kind.name}: operation {size:,}, by operation {SIZES[0]}" for size in SIZES[1:]]
        try:
            with _started(kind) as server, tempfile.TemporaryDirectory() as folder:
                places = [server.place(f"size-{size}", Path(folder)) for size in SIZES]
                os.environ.update(places[0].environ)  # noqa: TID251 -- obstore reads its keys there
                floor, *ours = asyncio.run(_milliseconds(kind, places))
        except (ImportError, RuntimeError) as error:
            why = f"not installed: {str(error).splitlines()[-1]}"
            yield from (NotMeasured(job, why) for job in jobs)
        else:
            pairs = zip(jobs, ours, strict=True)
            yield from (Measured(job, floor, took, "ms") for job, took in pairs)


@contextmanager
def _started(kind: Kind) -> "Iterator[Server]":
    tests = str(Path(__file__).parents[1] / "tests")
    if tests not in sys.path:
        sys.path.append(tests)
    servers: Sequence[Server] = importlib.import_module(f"backends.{kind.module}").PLACES
    (server,) = (each for each in servers if each.name == kind.name)
    with tempfile.TemporaryDirectory() as folder:
        try:
            server.start(Path(folder))
            yield server
        finally:
            server.stop()


async def _milliseconds(kind: Kind, places: "Sequence[Place]") -> list[float]:
    """Give what an operation takes on average at each size, a place for each."""
    stores = [await _filled(place.store(), size) for place, size in zip(places, SIZES, strict=True)]
    took: list[list[float]] = [[] for _ in stores]
    in_turns = list(zip(stores, took, strict=True))
    for number in range(kind.operations):
        # Each comes first as often: the disk is slower to the first after a pause.
        in_turns.append(in_turns.pop(0))
        for store, times in in_turns:
            begun = time.perf_counter()
            await _operate(store, number)
            times.append((time.perf_counter() - begun) * 1000)
    for place in places:
        await place.close()
    return [kind.average(times) for times in took]


async def _filled(store: JournaledState, size: int) -> JournaledState:
    """Give a state that owns so many, whose journal has as many entries, under its lock."""
    owned = dict(map(_owned, range(size)))
    await store.begin(State("lineage", "shop", "default", "0f" * 32, owned=owned))
    await store.append([Recorded(address, each) for address, each in owned.items()])
    await store.lock.take(LockHolder("1", "bench", "apply", _NOW))
    return store


async def _operate(store: JournaledState, number: int) -> None:
    address, owned = _owned(number)
    hashes = dict.fromkeys(_LEAVES, "a" * 32)
    intent = Intent(f"write-{number}", "update", address, _NOW, remote_id=owned.id, applied=hashes)
    await store.append([Intended(intent)])
    await store.append([Done(intent.id, owned)])


def _owned(number: int) -> tuple[Address, Owned]:
    leaves = dict.fromkeys(_LEAVES, Leaf("a" * 32, "b" * 32))
    return Address(f"assistant.desk-{number}"), Owned(RemoteId(f"id-{number}"), leaves)
