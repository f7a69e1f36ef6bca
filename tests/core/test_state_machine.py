"""Any order of edits, applies, faults and crashes: nothing twice, nothing lost, nothing killed.

The machine plays everybody at once: the one who writes the files, somebody in the dashboard, the
network, the clock, a process that dies, and a colleague with an older copy of the state. The judge
stands on the wire; what it holds against a request it learns from the server and the disk alone.
"""

import json
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import httpx
from crashing import CrashError, CrashingStore, CrashingWire, Fuse
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from stand_in import StandIn
from stand_in_faults import (
    DOUBTS,
    Fault,
    Meanwhile,
    echoed,
    pinned,
    redirected,
    refused,
    status,
    throttled,
    without_id,
)
from world import EVERYTHING, World, address, body

from assistants_sync.errors import GuardError, StaleError, SyncError
from assistants_sync.model.address import RemoteId
from assistants_sync.model.definition import Lifecycle
from assistants_sync.model.plan import Action, Plan, PlanOptions, Reason
from assistants_sync.model.state import Owned, State
from assistants_sync.planning.consent import Consent

_KEYS = ("a", "b", "c", "d")
_KEY = st.sampled_from(_KEYS)
_WORDS = st.sampled_from(["Hi", "Hello", "Good day"])
_LIFECYCLES = st.builds(
    Lifecycle,
    protect=st.sampled_from([False] * 5 + [True]),
    on_delete=st.sampled_from(["delete"] * 5 + ["forget"]),
)
_ASKED = st.builds(
    PlanOptions,
    resolve=st.sampled_from([{}, {"*": "ours"}, {"*": "theirs"}]),
    skip_deletes=st.sampled_from([False, False, False, True]),
    allow_same_name=st.booleans(),
)
_ALL_OURS = PlanOptions(resolve={"*": "ours"}, allow_same_name=True)
_UNSURE: list[Callable[[], Fault]] = [
    *DOUBTS,
    refused,
    throttled,
    lambda: throttled("7"),
    lambda: throttled("soon"),
    redirected,
    echoed,
    lambda: status(401),
    lambda: status(403),
    lambda: status(422),
]
"""What a server may do to any request. A lying 404 is not here: nobody could tell it."""
_FAULTS: list[tuple[str, Callable[[], Fault]]] = [
    *((method, fault) for method in ("GET", "POST", "PATCH", "DELETE") for fault in _UNSURE),
    ("POST", without_id),
    ("PATCH", without_id),
    ("POST", lambda: status(402)),
    ("POST", lambda: status(409, "conflict")),
    ("PATCH", lambda: status(404)),
    ("DELETE", pinned),
]


@dataclass(frozen=True)
class Agreed:
    """A consent in terms of the plan it answers: each number is exact, missing, or off by one."""

    changes: bool = True
    deletions: bool = True
    off_by: int | None = 0

    def to(self, plan: Plan) -> Consent:
        counts = (
            len(plan.of(Action.DELETE)),
            sum(bool(each.destructive) for each in plan.changes),
            sum(each.reason is Reason.GONE for each in plan.changes),
        )
        numbers = [None if self.off_by is None else count + self.off_by for count in counts]
        return Consent(self.changes, self.deletions, *numbers)


_AGREED = st.builds(
    Agreed,
    changes=st.sampled_from([True, True, True, False]),
    deletions=st.booleans(),
    off_by=st.sampled_from([0, 0, 0, 0, None, 1]),
)


_CALM = st.just(Agreed()) | _AGREED


@dataclass
class Tally:
    """How much was really tried, over all runs."""

    steps: int = 0
    seen: Counter[str] = field(default_factory=Counter)


_TALLY = Tally()


class Judge(httpx.AsyncBaseTransport):
    """A wire that knows what was made over it, and what speaks against each DELETE."""

    def __init__(self, way: httpx.AsyncBaseTransport, machine: "Everybody") -> None:
        self._way, self._machine = way, machine

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        server = self._machine.world.server
        remote_id = request.url.path.rpartition("/")[2]
        if request.method != "GET":
            self._machine.writes[request.method] += 1
        if request.method == "DELETE" and remote_id in server.objects:
            await self._hear(remote_id)
        before = set(server.objects)
        try:
            response = await self._way.handle_async_request(request)
        finally:
            if request.method == "POST":
                self._machine.made |= set(server.objects) - before
        if request.method == self._machine.dies_after:
            raise CrashError
        return response

    async def _hear(self, remote_id: str) -> None:
        world = self._machine.world
        live = world.server.objects[remote_id]
        snapshot = await world.store().read()
        owned = snapshot.state.owned if snapshot.state else {}
        addresses = [each for each, one in owned.items() if one.id == remote_id]
        others = world.server.others
        charges = {
            "nobody here made it": remote_id not in self._machine.made,
            "no state owns it": not addresses,
            "it is defined": any(each in world.definitions for each in addresses),
            "it is protected": any(owned[each].lifecycle.protect for each in addresses),
            "it bears no marker": "assistants-sync" not in (live.get("metadata") or {}),
            "a number rings it": any(
                each.get("assistantId") == remote_id for each in others["/phone-number"].values()
            ),
            "it is in a call": any(
                each["assistantId"] == remote_id and each["status"] != "ended"
                for each in others["/call"].values()
            ),
            "it was not backed up": not self._is_backed_up(live),
        }
        self._machine.crimes += [f"{remote_id}: {each}" for each, is_so in charges.items() if is_so]

    def _is_backed_up(self, live: Mapping[str, object]) -> bool:
        folder = self._machine.world.folder / "state" / "default.trash"
        kept = [json.loads(path.read_text()) for path in folder.glob(f"*{live['id']}*.json")]
        return any(each["body"]["model"] == live["model"] for each in kept)


class Everybody(RuleBasedStateMachine):
    """All who touch one project, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.world = World(Path(self._folder.name))
        self._ahead = timedelta()  # what our own clock was set back by; the server's never is
        self.world.server = StandIn(now=lambda: self.world.clock.now() + self._ahead)
        self.made: set[str] = set()
        self.crimes: list[str] = []
        self.writes: Counter[str] = Counter()
        self.dies_after: str | None = None
        self._released: set[str] = set()  # let go of on purpose
        self._before: Mapping[RemoteId, Owned] = {}
        self._saved: Plan | None = None
        self._older: dict[Path, bytes] = {}
        self._has_rival = False  # a second state wrote: only its owner can say which is right

    @initialize()
    def start(self) -> None:
        self.world.server.add(**body("Stranger"))
        for key in _KEYS[:3]:
            self.world.define(key, body(f"Agent {key}"))
        self._wired()
        self.world.apply()

    # --- who writes the files ---

    @rule(key=_KEY, words=_WORDS, lifecycle=_LIFECYCLES)
    def define(self, key: str, words: str, lifecycle: Lifecycle) -> None:
        self.world.define(key, body(f"Agent {key}", firstMessage=words), lifecycle)

    @rule(key=_KEY)
    def undefine(self, key: str) -> None:
        self.world.definitions.pop(address(key), None)

    @rule(key=_KEY, protect=st.booleans())
    def guard(self, key: str, protect: bool) -> None:  # noqa: FBT001 -- a rule's own words
        found = self.world.definitions.get(address(key))
        if found:
            lifecycle = replace(found.lifecycle, protect=protect)
            self.world.definitions[address(key)] = replace(found, lifecycle=lifecycle)

    # --- somebody in the dashboard ---

    @rule(key=_KEY, words=_WORDS)
    def edit_by_hand(self, key: str, words: str) -> None:
        self._edit(key, firstMessage=f"{words} by hand")

    @rule(key=_KEY)
    def strip_the_marker(self, key: str) -> None:
        self._edit(key, metadata=None)

    @rule(key=_KEY)
    def delete_by_hand(self, key: str) -> None:
        if live := self._live(key):
            self.world.server.remove(live)

    @rule(key=_KEY)
    def copy_by_hand(self, key: str) -> None:
        if live := self._live(key):
            given = ("name", "model", "firstMessage", "metadata")
            original = self.world.server.objects[live]
            self.world.server.add(**{each: original[each] for each in given if each in original})

    @rule(key=_KEY, is_namesake=st.booleans())
    def add_a_stranger(self, key: str, is_namesake: bool) -> None:  # noqa: FBT001 -- as above
        self.world.server.add(**body(f"Agent {key}" if is_namesake else "Stranger"))

    @rule(key=_KEY)
    def attach_a_number(self, key: str) -> None:
        if live := self._live(key):
            self.world.server.add_other("/phone-number", assistantId=live, name="Desk")

    @rule()
    def detach_all_numbers(self) -> None:
        self.world.server.others["/phone-number"].clear()

    @rule()
    def let_everybody_go(self) -> None:
        self.detach_all_numbers()
        self.end_all_calls()

    @rule(key=_KEY, now=st.sampled_from(["queued", "ringing", "in-progress", "forwarding"]))
    def begin_a_call(self, key: str, now: str) -> None:
        if live := self._live(key):
            self.world.server.add_other("/call", assistantId=live, status=now)

    @rule()
    def end_all_calls(self) -> None:
        for each in self.world.server.others["/call"].values():
            each["status"] = "ended"

    # --- the clock ---

    @rule(hours=st.sampled_from([0.01, 1, 30]))
    def let_time_pass(self, hours: float) -> None:
        self.world.clock.time += timedelta(hours=hours)

    @rule(hours=st.sampled_from([0.01, 1, 30]))
    def set_our_clock_back(self, hours: float) -> None:
        self.world.clock.time -= timedelta(hours=hours)
        self._ahead += timedelta(hours=hours)

    # --- us ---

    @rule(options=_ASKED)
    def save_a_plan(self, options: PlanOptions) -> None:
        before = self._files()
        self._saved = self._planned(options)
        assert self._files() == before, "plan wrote something"

    @rule(options=_ASKED, agreed=_AGREED)
    def apply(self, options: PlanOptions, agreed: Agreed) -> None:
        self._apply(options, agreed)

    @rule(agreed=_CALM)
    def apply_as_we_want_it(self, agreed: Agreed) -> None:
        self._apply(_ALL_OURS, agreed)

    @rule(key=_KEY)
    def delete_one(self, key: str) -> None:
        self.undefine(key)
        self.let_everybody_go()
        self._apply(_ALL_OURS, Agreed())

    @precondition(lambda self: self._saved is not None)
    @rule(agreed=_AGREED)
    def apply_the_saved_plan(self, agreed: Agreed) -> None:
        assert self._saved is not None
        self._apply(self._saved.options, agreed, saved=self._saved)

    @rule(
        agreed=_CALM,
        fault=st.sampled_from(_FAULTS),
        nth=st.integers(1, 4),
        times=st.sampled_from([1, 1, 2, 99]),
    )
    def apply_with_a_fault(
        self, agreed: Agreed, fault: tuple[str, Callable[[], Fault]], nth: int, times: int
    ) -> None:
        method, make = fault
        self._give_cause(method)
        consent = self._consent(_ALL_OURS, agreed)
        self.world.server.fail(method, "/assistant", make(), nth=nth, times=times)
        try:
            self._apply(_ALL_OURS, consent)
        finally:
            self.world.server.forget_faults()

    @rule(key=_KEY, nth=st.integers(1, 3))
    def delete_one_while_a_call_begins(self, key: str, nth: int) -> None:
        if live := self._live(key):
            begins = Meanwhile(
                lambda: self.world.server.add_other("/call", assistantId=live, status="ringing")
            )
            self.undefine(key)
            self.let_everybody_go()
            consent = self._consent(_ALL_OURS, Agreed())
            self.world.server.fail("GET", f"/assistant/{live}", begins, nth=nth)
            self._apply(_ALL_OURS, consent)
            self.world.server.forget_faults()

    @rule(
        agreed=_CALM,
        length=st.none() | st.integers(0, 30),
        method=st.sampled_from(["GET", "POST", "PATCH", "DELETE"]),
    )
    def apply_and_die(self, agreed: Agreed, length: int | None, method: str) -> None:
        self._give_cause(method)
        consent = self._consent(_ALL_OURS, agreed)
        if length is None:
            self.dies_after = method
        else:
            self._wired(Fuse(length))
        try:
            self._apply(_ALL_OURS, consent)
        except BaseException as error:
            if not _is_crash(error):
                raise
            _TALLY.seen["crashes"] += 1
        finally:
            self.dies_after = None
            self._wired()

    @rule()
    def take_a_copy_of_the_state(self) -> None:
        if not self._state.intents:
            self._older = self._files()

    @precondition(lambda self: bool(self._older))
    @rule(agreed=_AGREED)
    def a_rival_applies_from_an_older_copy(self, agreed: Agreed) -> None:
        ours, sent = self._files(), self.writes.total()
        self._put_back(self._older)
        self._apply(_ALL_OURS, agreed)
        self._put_back(ours)
        self._has_rival |= self.writes.total() > sent

    # --- what always holds ---

    @invariant()
    def nothing_was_killed_that_may_not_be(self) -> None:
        assert not self.crimes

    @invariant()
    def no_request_took_effect_twice(self) -> None:
        mine = [self._marker(each) for each in self.made & self.world.server.objects.keys()]
        attempts = Counter(each["attempt"] for each in mine if each)
        assert all(count == 1 for count in attempts.values()), attempts
        if not self._has_rival:
            keys = Counter(each["key"] for each in mine if each)
            assert all(count == 1 for count in keys.values()), keys

    @invariant()
    def nothing_of_ours_is_forgotten(self) -> None:
        _TALLY.steps += 1
        state = self._state  # that it parses is half of the point
        owned = {each.id: each for each in state.owned.values()}
        let_go = {
            remote_id
            for remote_id, each in self._before.items()
            if remote_id not in owned and each.lifecycle.on_delete == "forget"
        }
        self._released |= let_go
        self._before = owned
        if not self._has_rival:
            pending = {each.id for each in state.intents.values()}
            for remote_id in self.made & self.world.server.objects.keys() - self._released:
                is_pending = (self._marker(remote_id) or {}).get("attempt") in pending
                assert remote_id in owned or is_pending, f"{remote_id} is an orphan"

    def teardown(self) -> None:
        try:
            if not self.crimes and not self._has_rival:
                self._comes_to_rest()
        finally:
            self._folder.cleanup()

    def _comes_to_rest(self) -> None:
        """With everything defined and nobody else about, two applies end in an empty plan."""
        world, state = self.world, self._state
        pending = {each.id for each in state.intents.values()}
        owned = {each.id for each in state.owned.values()}
        for remote_id in sorted(world.server.objects.keys() - owned):
            if (self._marker(remote_id) or {}).get("attempt") not in pending:
                world.server.remove(remote_id)
        stranger = world.server.add(**body("Stranger"))
        for key in _KEYS:
            world.define(key, body(f"Agent {key}", firstMessage="At last"))
        for _ in range(2):
            world.apply(self._consent(_ALL_OURS, Agreed()), options=_ALL_OURS)
        plan = world.plan(_ALL_OURS)
        assert not plan.has_changes
        assert not plan.refusals
        assert not self._state.intents
        assert set(world.owned) == {address(key) for key in _KEYS}
        live = world.server.objects.keys() - {stranger}
        assert {str(each.id) for each in world.owned.values()} == live
        assert not self.crimes
        _TALLY.seen["rests"] += 1

    # --- how ---

    def _give_cause(self, method: str) -> None:
        """See to it that there is such a request to send, unless something blocks it."""
        new = [key for key in _KEYS if not self._live(key)]
        owned = [key for key in _KEYS if self._live(key)]
        self.let_everybody_go()
        match method:
            case "POST" if new:
                self.world.define(new[0], body(f"Agent {new[0]}"))
            case "PATCH" if owned:
                self.world.define(owned[0], body(f"Agent {owned[0]}", temperature=_TALLY.steps))
            case "DELETE" if len(owned) > 1:
                self.undefine(owned[-1])
            case _:
                pass

    @property
    def _state(self) -> State:
        return self.world.state

    def _live(self, key: str) -> str | None:
        owned = self._state.owned.get(address(key))
        return owned.id if owned and owned.id in self.world.server.objects else None

    def _edit(self, key: str, **changes: object) -> None:
        if live := self._live(key):
            self.world.server.edit(live, **changes)

    def _marker(self, remote_id: str) -> dict[str, str] | None:
        metadata = self.world.server.objects[remote_id].get("metadata") or {}
        marker: dict[str, str] | None = metadata.get("assistants-sync")
        return marker

    def _wired(self, fuse: Fuse | None = None) -> None:
        if fuse is None:
            self.world.wire = lambda way: Judge(way, self)
            self.world.watch = lambda store: store
        else:
            self.world.wire = lambda way: CrashingWire(Judge(way, self), fuse)
            self.world.watch = lambda store: CrashingStore(store, fuse)

    def _planned(self, options: PlanOptions) -> Plan | None:
        try:
            return self.world.plan(options)
        except SyncError:
            return None

    def _consent(self, options: PlanOptions, agreed: Agreed) -> Consent:
        plan = self._planned(options)
        return agreed.to(plan) if plan else EVERYTHING

    def _apply(
        self, options: PlanOptions, agreed: Agreed | Consent, saved: Plan | None = None
    ) -> None:
        consent = agreed if isinstance(agreed, Consent) else self._consent(options, agreed)
        before, is_refusal = self.writes.copy(), False
        try:
            finished = self.world.apply(consent, saved, options)
            _TALLY.seen.update({str(action): each for action, each in finished.applied.items()})
        except SyncError as error:
            _TALLY.seen[error.code] += 1
            is_refusal = isinstance(error, GuardError | StaleError)
        assert not is_refusal or self.writes == before
        deleted = self.writes["DELETE"] - before["DELETE"]
        assert consent.changes or self.writes == before or deleted
        assert not deleted or consent.deletions or consent.allow_deletes is not None

    def _files(self) -> dict[Path, bytes]:
        found = self.world.folder.glob("state/default.j*")
        return {path: path.read_bytes() for path in found if path.is_file()}

    def _put_back(self, files: Mapping[Path, bytes]) -> None:
        for path in self._files():
            path.unlink()
        for path, data in files.items():
            path.write_bytes(data)


def _is_crash(error: BaseException) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return all(map(_is_crash, error.exceptions))
    return isinstance(error, CrashError)


def test_nothing_is_doubled_lost_or_killed_in_any_order_of_events() -> None:
    bounds = settings(
        max_examples=60,
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    run_state_machine_as_test(Everybody, settings=bounds)
    sys.stdout.write(f"{_TALLY.steps} steps: {dict(_TALLY.seen)}\n")
    assert _TALLY.steps > 100
