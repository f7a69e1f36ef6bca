"""Any order of edits, applies, faults and crashes: nothing twice, nothing lost, nothing killed.

The machine plays everybody at once: the one who writes the files, somebody in the dashboard, the
network, the clock, a process that dies, and a colleague with an older copy of the state. Here are
the runs of the tool; the others are in `outsiders`, what must hold in `invariants`, the server and
the judge on the wire in `watched`.
"""

import sys
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

from core.asked import AGREED, ALL_OURS, ASKED, CALM, FAULTS, METHODS, Agreed
from core.invariants import Invariants
from core.outsiders import HOURS, KEY, KEYS, TALLY
from core.watched import RIVAL, US, is_crash
from crash.scene import IS_FULL
from crashing import Fuse
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test
from stand_in_faults import (
    Fault,
    Meanwhile,
    lost_reply,
    status,
)
from world import body

from assistants_sync.model.plan import Plan, PlanOptions

_THOUGHTS = (0, 1000)
_LATE_SECONDS = 110.0  # within timeout and settle time, and what a Date header rounds away


class Everybody(Invariants):
    """The others, and us: every run of the tool, and what holds after each step."""

    def __init__(self) -> None:
        super().__init__()
        self._saved: Plan | None = None
        self._older: dict[Path, bytes] = {}

    # --- us ---

    @rule(options=ASKED)
    def save_a_plan(self, options: PlanOptions) -> None:
        before = self.world.files_of_state()
        self._saved = self._planned(options)
        assert self.world.files_of_state() == before, "plan wrote something"

    @rule(options=ASKED, agreed=AGREED)
    def apply(self, options: PlanOptions, agreed: Agreed) -> None:
        self._apply(options, self._ask(options, agreed))

    @rule(agreed=CALM)
    def apply_as_we_want_it(self, agreed: Agreed) -> None:
        self._apply(ALL_OURS, self._ask(ALL_OURS, agreed))

    @rule(key=KEY, agreed=CALM)
    def delete_one(self, key: str, agreed: Agreed) -> None:
        self.undefine(key)
        self.let_everybody_go()
        self._apply(ALL_OURS, self._ask(ALL_OURS, agreed))

    @precondition(lambda self: self._saved is not None)
    @rule(agreed=AGREED)
    def apply_the_saved_plan(self, agreed: Agreed) -> None:
        assert self._saved is not None
        options = self._saved.options
        self._apply(options, self._ask(options, agreed, self._saved), self._saved)

    @rule(agreed=CALM, fault=st.sampled_from(FAULTS), nth=st.integers(1, 4), again=st.booleans())
    def apply_with_a_fault(
        self, agreed: Agreed, fault: tuple[str, Callable[[], Fault]], nth: int, *, again: bool
    ) -> None:
        method, make = fault
        self._give_cause(method)
        asked = self._ask(ALL_OURS, agreed)
        self.server.fail(method, "/assistant", make(), nth=nth, times=99 if again else 1)
        self._apply(ALL_OURS, asked)
        self.server.forget_faults()

    @rule(key=KEY, nth=st.integers(1, 3))
    def delete_one_while_a_call_begins(self, key: str, nth: int) -> None:
        if live := self.live(key):
            begins = Meanwhile(
                lambda: self.server.add_other("/call", assistantId=live, status="ringing")
            )
            self.undefine(key)
            self.let_everybody_go()
            asked = self._ask(ALL_OURS, Agreed())
            self.server.fail("GET", f"/assistant/{live}", begins, nth=nth)
            self._apply(ALL_OURS, asked)
            self.server.forget_faults()

    @rule(agreed=CALM, length=st.integers(0, 30), method=METHODS)
    def apply_and_die(self, agreed: Agreed, length: int, method: str) -> None:
        self._give_cause(method)
        self.world.rewire(Fuse(length))
        self._die(agreed)

    @rule(
        end=st.sampled_from(["dies unsent", "dies unanswered", "dies unanswered", "goes on"]),
        late=st.sampled_from([0, 0, 1, 60, _LATE_SECONDS]),
        thought=st.sampled_from(_THOUGHTS),
        passes=st.sampled_from([0, 1, 100, 200]),
        clock=st.sampled_from([0, 0, -1, 1]),
        is_copied=st.booleans(),
    )
    def lose_a_create_and_start_again(
        self,
        end: str,
        late: float,
        thought: float,
        passes: float,
        clock: float,
        *,
        is_copied: bool,
    ) -> None:
        """A POST takes effect never, at once or late; nobody hears of it, and we start again."""
        self.clean_up_by_hand()
        self.define_all("Hi")
        self._give_cause("POST")
        known = set(self.server.objects)
        asked = self._ask(ALL_OURS, Agreed())
        self.server.hold_back("POST", late)
        self.world.thinks = timedelta(seconds=thought)
        if end == "goes on":
            self._apply(ALL_OURS, asked)
        else:
            self._die_at("POST", is_early=end == "dies unsent")
        self.server.forget_faults()
        self.world.thinks = timedelta()
        self.world.clock.time += timedelta(seconds=passes)
        self.set_our_clock(clock)
        self.server.deliver()
        for remote_id in self.server.objects.keys() - known if is_copied else ():
            self.copy(remote_id)
        self._apply(ALL_OURS, self._ask(ALL_OURS, Agreed()))

    @rule(
        method=st.sampled_from(["PATCH", "DELETE"]),
        is_early=st.booleans(),
        meanwhile=st.sampled_from(["nothing", "edited", "defined"]),
    )
    def die_writing_and_start_again(self, method: str, meanwhile: str, *, is_early: bool) -> None:
        self._give_cause(method)
        self._die_at(method, is_early=is_early)
        if meanwhile == "edited":
            self.edit_by_hand("a", "Hi")
        if meanwhile == "defined":
            self.define_all("Hello")
        self._apply(ALL_OURS, self._ask(ALL_OURS, Agreed()))

    @rule(method=METHODS, hours=HOURS, is_back=st.booleans())
    def lose_the_answer_while_the_clock_is_set(
        self, method: str, hours: float, *, is_back: bool
    ) -> None:
        self._give_cause(method)
        asked = self._ask(ALL_OURS, Agreed())
        self.server.fail(method, "/assistant", lost_reply())
        self.server.fail("GET", "/assistant", status(503), nth=3, times=99)
        self._apply(ALL_OURS, asked)
        self.server.forget_faults()
        self.set_our_clock(-hours if is_back else hours)
        self._apply(ALL_OURS, self._ask(ALL_OURS, Agreed()))

    @rule()
    def take_a_copy_of_the_state(self) -> None:
        if not self.state.intents:
            self._older = self.world.files_of_state()

    @precondition(lambda self: bool(self._older))
    @rule(agreed=AGREED)
    def a_rival_applies_from_an_older_copy(self, agreed: Agreed) -> None:
        ours = self.world.files_of_state()
        self._put_back(self._older)
        self.server.sender = RIVAL
        self._apply(ALL_OURS, self._ask(ALL_OURS, agreed))
        self.server.sender = US
        self._put_back(ours)

    # --- how ---

    def _give_cause(self, method: str) -> None:
        """See to it that there is such a request to send, unless something blocks it."""
        new = [key for key in KEYS if not self.live(key)]
        owned = [key for key in KEYS if self.live(key)]
        self.let_everybody_go()
        match method:
            case "POST":
                key = new[0] if new else KEYS[-1]
                if not new:
                    self.delete_by_hand(key)
                self.world.define(key, body(f"Agent {key}"))
            case "PATCH" if owned:
                self.world.define(owned[0], body(f"Agent {owned[0]}", temperature=TALLY.steps))
            case "DELETE" if len(owned) > 1:
                self.undefine(owned[-1])
            case _:
                pass

    def _die_at(self, method: str, *, is_early: bool) -> None:
        """Die before the first such request is sent, or before its answer is heard."""
        self.world.case.dies_before = method if is_early else None
        self.world.case.dies_after = None if is_early else method
        self._die(Agreed())

    def _die(self, agreed: Agreed) -> None:
        """Apply, and die where that was prepared."""
        try:
            self._apply(ALL_OURS, self._ask(ALL_OURS, agreed))
        except BaseException as error:
            if not is_crash(error):
                raise
            TALLY.seen["crashes"] += 1
        finally:
            self.world.rewire()

    def _put_back(self, files: Mapping[Path, bytes]) -> None:
        for path in self.world.files_of_state():
            path.unlink()
        for path, data in files.items():
            path.write_bytes(data)


def test_nothing_is_doubled_lost_or_killed_in_any_order_of_events() -> None:
    bounds = settings(
        max_examples=2000 if IS_FULL else 60,
        stateful_step_count=50 if IS_FULL else 30,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    run_state_machine_as_test(Everybody, settings=bounds)
    sys.stdout.write(f"{TALLY.steps} steps: {dict(TALLY.seen)}\n")
    assert TALLY.steps > 100
