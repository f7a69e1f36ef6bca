"""A long life: many assistants, many runs, every fault and many kills; then all is as written.

Time is simulated. A bounded life runs with the suite; ASSISTANTS_SYNC_CRASH=full leads the whole
one, and ASSISTANTS_SYNC_SOAK_SEED another than the usual one.
"""

import gc
import os
import random
import resource
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from core.watched import Household, is_crash
from crash.scene import IS_FULL
from crashing import Fuse
from stand_in_faults import DOUBTS, Fault, lost_reply, refused, status, throttled
from world import body

from assistants_sync.errors import SyncError
from assistants_sync.model.address import key_of
from assistants_sync.model.definition import Removal
from assistants_sync.model.plan import Action, PlanOptions, Reason
from assistants_sync.model.value import Value
from assistants_sync.planning.consent import Consent

_SEED = int(os.environ.get("ASSISTANTS_SYNC_SOAK_SEED", "20261121"))  # noqa: TID251 -- which life to lead is asked of the tests, not of the tool
_T = TypeVar("_T")
_OURS = PlanOptions(resolve={"*": "ours"}, allow_same_name=True)
_READ_FAULTS: list[Callable[[], Fault]] = [
    lost_reply,
    throttled,
    lambda: throttled("7"),
    lambda: status(503),
]
_WRITE_FAULTS: list[Callable[[], Fault]] = [
    *DOUBTS,
    refused,
    throttled,
    lambda: throttled("7"),
    lambda: status(422),
]
_GROWTH = 1.15  # a leak of one assistant's worth a run would be far beyond
_ENDED_EARLY = ("api", "stale", "state", "apply", "access", "incomplete_read", "unreadable")
_STATE_BYTES_EACH = 2_000  # of an owned assistant: ids, times and a few hashes
_NOTE = "said in the dashboard"
_FEW = 6  # edits of one kind between two runs


@dataclass(frozen=True)
class Size:
    """How long a life is; memory is looked at after `warm` runs and at the end."""

    assistants: int
    runs: int
    warm: int


@dataclass
class Soak:
    """One life: who edits what, what goes wrong, and what was seen."""

    world: Household
    chance: random.Random
    size: Size
    number: int = 0
    strangers: dict[str, str] = field(default_factory=dict)
    noted: set[str] = field(default_factory=set)  # ids with a field of the dashboard's own
    most: Counter[str] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)

    def begin(self) -> None:
        for _ in range(self.size.assistants):
            self.define_new()
        for name in ("Stranger", "Somebody else"):
            stranger = self.world.server.add(**body(name))
            self.strangers[stranger] = str(self.world.server.objects[stranger])
        self.calm_run()

    def define_new(self) -> None:
        self.number += 1
        self.world.define(f"a{self.number:05}", self.words(f"Agent {self.number}"))

    def words(self, name: str) -> dict[str, Value]:
        return body(name, firstMessage=f"Hello {self.chance.randrange(10**9)}")

    def run(self) -> None:
        """Some edits, then an apply that may meet a fault, or be killed."""
        self.world.clock.time += timedelta(hours=self.chance.uniform(0.1, 12))
        self.edit_files()
        self.edit_by_hand()
        consent = self.exact_consent()
        match self.chance.randrange(3):
            case 0:
                self.world.rewire(Fuse(self.chance.randrange(60)))
            case 1:
                self.add_faults()
            case _:
                pass
        self.apply(consent)
        self.world.rewire()
        self.world.server.forget_faults()

    def edit_files(self) -> None:
        world, defined = self.world, sorted(self.world.definitions)
        for where in self.some(defined):
            name = str(world.definitions[where].body["name"])
            world.define(key_of(where), self.words(name))
        for _ in range(self.chance.randrange(_FEW)):
            self.define_new()
        surplus = len(world.definitions) - self.size.assistants
        for where in self.chance.sample(defined, max(surplus, 0)):
            del world.definitions[where]
            if self.chance.random() < 0.2:
                world.removals[where] = Removal(where, "delete")

    def edit_by_hand(self) -> None:
        server = self.world.server
        owned = {each.id for each in self.world.owned.values()}
        for remote_id in self.some(sorted(owned & server.objects.keys())):
            match self.chance.randrange(4):
                case 0:
                    server.remove(remote_id)
                case 1:
                    server.edit(remote_id, voicemailMessage=_NOTE)
                    self.noted.add(remote_id)
                case _:
                    server.edit(remote_id, firstMessage="by hand")

    def add_faults(self) -> None:
        for method, faults in (
            ("GET", _READ_FAULTS),
            ("POST", _WRITE_FAULTS),
            ("PATCH", _WRITE_FAULTS),
            ("DELETE", _WRITE_FAULTS),
        ):
            nth, times = self.chance.randrange(1, 4), self.chance.choice((1, 1, 2, 4))
            fault = self.chance.choice(faults)()
            self.world.server.fail(method, "/assistant", fault, nth=nth, times=times)

    def some(self, many: Sequence[_T]) -> list[_T]:
        return self.chance.sample(many, min(self.chance.randrange(_FEW), len(many)))

    def exact_consent(self) -> Consent:
        plan = self.world.plan(_OURS)
        return Consent(
            changes=True,
            allow_deletes=len(plan.of(Action.DELETE)),
            allow_destructive=sum(bool(each.destructive) for each in plan.changes),
            accept_gone=sum(each.reason is Reason.GONE for each in plan.changes),
        )

    def apply(self, consent: Consent) -> None:
        try:
            finished = self.world.apply(consent, options=_OURS)
        except SyncError as error:
            self.seen[error.code] += 1
        except BaseException as error:
            if not is_crash(error):
                raise
            self.seen["killed"] += 1
        else:
            self.seen.update({f"{action}": count for action, count in finished.applied.items()})
            self.seen["failed"] += finished.failed
            self.measure()

    def calm_run(self) -> None:
        """An apply that nothing disturbs does everything."""
        finished = self.world.apply(self.exact_consent(), options=_OURS)
        assert finished.failed == finished.skipped == finished.stale == 0
        self.measure()

    def measure(self) -> None:
        """After an apply that came to its end: no journal, and state as large as what it owns."""
        world, state = self.world, self.world.state
        folder = world.folder / "state"
        assert not (folder / "default.journal").exists()
        size = (folder / "default.json").stat().st_size
        assert size < _STATE_BYTES_EACH * (len(state.owned) + len(state.watch) + 1)
        self.most |= Counter(
            state_bytes_each=size // max(len(state.owned), 1),
            owned=len(state.owned),
            watched=len(state.watch),
        )
        assert not state.restored
        # What the test itself remembers is no leak of the tool.
        world.server.requests.clear()
        world.clock.slept.clear()

    def come_to_rest(self) -> None:
        """Two runs nobody disturbs, and a day later everything is settled."""
        for hours in (1, 25):
            self.world.clock.time += timedelta(hours=hours)
            self.calm_run()
        world = self.world
        plan, state = world.plan(_OURS), world.state
        assert not plan.has_changes
        assert not plan.refusals
        assert not state.intents
        assert not state.watch
        assert not world.unlike()
        assert world.owned.keys() == world.definitions.keys()
        owned = [each.id for each in world.owned.values()]
        assert len(owned) == len(set(owned))
        # Nothing made is forgotten, nothing is there twice, nothing else was made or taken over.
        assert {*owned, *self.strangers} == world.server.objects.keys()
        assert set(owned) <= world.watched.made.keys()
        assert {each: str(world.server.objects[each]) for each in self.strangers} == self.strangers
        for noted in self.noted & world.server.objects.keys():
            assert world.server.objects[noted]["voicemailMessage"] == _NOTE
        self.check_deletions()

    def check_deletions(self) -> None:
        """What was deleted is in the trash, once or once a try, and nothing else is."""
        assert not self.world.case.crimes
        deleted = set(self.world.watched.deleted)
        files = [path.stem for path in (self.world.folder / "state/default.trash").iterdir()]
        for remote_id in deleted:
            assert any(remote_id in name for name in files), f"{remote_id} is not in the trash"
        tries = sum(self.seen[each] for each in ("killed", "failed", *_ENDED_EARLY))
        assert len(files) <= len(deleted) + tries
        assert not any(live in name for live in self.world.server.objects for name in files)
        self.most["trash"] = len(files)


def _memory() -> tuple[int, int]:
    """Give how many objects are alive, and the most memory there ever was, in units of the host."""
    gc.collect()
    return len(gc.get_objects()), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _lead(size: Size, folder: Path) -> Soak:
    soak = Soak(Household(folder), random.Random(_SEED), size)  # noqa: S311 -- a life to lead again, no secret
    soak.begin()
    before = _memory()
    for number in range(size.runs):
        if number == size.warm:
            before = _memory()
        soak.run()
    objects, peak = (now / then for now, then in zip(_memory(), before, strict=True))
    soak.come_to_rest()
    sys.stdout.write(
        f"seed {_SEED}: {size.assistants} assistants, {size.runs} runs, {dict(soak.seen)}; "
        f"at most {dict(soak.most)}; from run {size.warm} on objects x {objects:.3f}, "
        f"peak memory x {peak:.3f}\n"
    )
    assert objects < _GROWTH
    assert peak < _GROWTH
    return soak


def test_a_long_life_of_edits_faults_and_kills_ends_as_written_and_does_not_grow(
    tmp_path: Path,
) -> None:
    size = Size(500, 200, warm=50) if IS_FULL else Size(60, 60, warm=15)
    soak = _lead(size, tmp_path)
    assert soak.seen["killed"] > size.runs / 8
    assert min(soak.seen[each] for each in ("create", "update", "delete")) > 0
