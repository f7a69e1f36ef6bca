"""Everybody but us, as rules: who writes the files, the dashboard, other kinds, the clock."""

import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from core.watched import Household
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from world import address, body

from assistants_sync.model.address import RemoteId
from assistants_sync.model.definition import Lifecycle
from assistants_sync.model.project import Safety
from assistants_sync.model.state import Owned, State

KEYS = ("a", "b", "c", "d")
KEY = st.sampled_from(KEYS)
WORDS = st.sampled_from(["Hi", "Hello", "Good day"])
LIFECYCLES = st.builds(
    Lifecycle,
    protect=st.sampled_from([False] * 5 + [True]),
    on_delete=st.sampled_from(["delete"] * 5 + ["forget"]),
)
HOURS = st.sampled_from([0.01, 1, 30])


@dataclass
class Tally:
    """How much was really tried, over all runs."""

    steps: int = 0
    seen: Counter[str] = field(default_factory=Counter)


TALLY = Tally()


class Outsiders(RuleBasedStateMachine):
    """All who touch one project without running the tool, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.world = Household(Path(self._folder.name))
        self.server = self.world.watched
        self.released: set[str] = set()  # let go of on purpose
        self.before: Mapping[RemoteId, Owned] = {}

    @initialize(allow_empty=st.booleans())
    def start(self, *, allow_empty: bool) -> None:
        safety = Safety(allow_empty=allow_empty)
        self.world.environment = replace(self.world.environment, safety=safety)
        self.server.add(**body("Stranger"))
        for key in KEYS[:3]:
            self.world.define(key, body(f"Agent {key}"))
        self.world.apply()

    # --- who writes the files ---

    @rule(key=KEY, words=WORDS, lifecycle=LIFECYCLES)
    def define(self, key: str, words: str, lifecycle: Lifecycle) -> None:
        self.world.define(key, body(f"Agent {key}", firstMessage=words), lifecycle)

    @rule(words=WORDS)
    def define_all(self, words: str) -> None:
        for key in KEYS:
            self.define(key, words, Lifecycle())

    @rule(key=KEY)
    def undefine(self, key: str) -> None:
        self.world.definitions.pop(address(key), None)

    @rule(key=KEY, protect=st.booleans())
    def guard(self, key: str, *, protect: bool) -> None:
        found = self.world.definitions.get(address(key))
        if found:
            lifecycle = replace(found.lifecycle, protect=protect)
            self.world.definitions[address(key)] = replace(found, lifecycle=lifecycle)

    # --- somebody in the dashboard ---

    @rule(key=KEY, words=WORDS)
    def edit_by_hand(self, key: str, words: str) -> None:
        self.edit(key, firstMessage=f"{words} by hand")

    @rule(key=KEY)
    def strip_the_marker(self, key: str) -> None:
        self.edit(key, metadata=None)

    @rule(key=KEY)
    def delete_by_hand(self, key: str) -> None:
        if live := self.live(key):
            self.server.remove(live)

    @rule(key=KEY)
    def copy_by_hand(self, key: str) -> None:
        if live := self.live(key):
            self.copy(live)

    @rule(key=KEY, is_namesake=st.booleans())
    def add_a_stranger(self, key: str, *, is_namesake: bool) -> None:
        self.server.add(**body(f"Agent {key}" if is_namesake else "Stranger"))

    @rule()
    def clean_up_by_hand(self) -> None:
        """Remove what blocks us: all but what we own, and what a rival wrote of that."""
        pending = {each.id for each in self.state.intents.values()}
        known = {str(each.id): {each.write, *pending} for each in self.state.owned.values()}
        for remote_id in list(self.server.objects):
            marker = self.world.marker(remote_id) or {}
            is_ours = remote_id in known and marker.get("write") in {None, *known[remote_id]}
            if not is_ours and marker.get("attempt") not in pending:
                self.server.remove(remote_id)
        self.server.add(**body("Stranger"))

    @rule(key=KEY)
    def attach_a_number(self, key: str) -> None:
        if live := self.live(key):
            self.server.add_other("/phone-number", assistantId=live, name="Desk")

    @rule(key=KEY, now=st.sampled_from(["queued", "ringing", "in-progress", "forwarding"]))
    def begin_a_call(self, key: str, now: str) -> None:
        if live := self.live(key):
            self.server.add_other("/call", assistantId=live, status=now)

    @rule()
    def let_everybody_go(self) -> None:
        self.server.others["/phone-number"].clear()
        for each in self.server.others["/call"].values():
            each["status"] = "ended"

    # --- the clock ---

    @rule(hours=HOURS)
    def let_time_pass(self, hours: float) -> None:
        self.world.clock.time += timedelta(hours=hours)
        self.server.deliver()

    @rule(hours=HOURS)
    def set_our_clock_back(self, hours: float) -> None:
        self.set_our_clock(-hours)

    @rule(hours=HOURS)
    def set_our_clock_on(self, hours: float) -> None:
        self.set_our_clock(hours)

    # --- how ---

    def set_our_clock(self, hours: float) -> None:
        self.world.clock.time += timedelta(hours=hours)
        self.world.ahead -= timedelta(hours=hours)

    @property
    def state(self) -> State:
        return self.world.state

    def live(self, key: str) -> str | None:
        owned = self.state.owned.get(address(key))
        return owned.id if owned and owned.id in self.server.objects else None

    def edit(self, key: str, **changes: object) -> None:
        if live := self.live(key):
            self.server.edit(live, **changes)

    def copy(self, remote_id: str) -> None:
        original = self.server.objects[remote_id]
        given = ("name", "model", "firstMessage", "metadata")
        self.server.add(**{each: original[each] for each in given if each in original})
