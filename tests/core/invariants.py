"""What always holds: after every run of ours, after every step, and in the end."""

from collections import Counter

from core.asked import ALL_OURS, Agreed, Asked
from core.outsiders import KEYS, TALLY, Outsiders
from core.watched import US
from hypothesis.stateful import invariant
from world import EVERYTHING, address, body

from assistants_sync.errors import GuardError, StaleError, SyncError
from assistants_sync.model.address import Address, key_of
from assistants_sync.model.plan import Plan, PlanOptions


class Invariants(Outsiders):
    """The others, and whatever can be held against us."""

    # --- what always holds ---

    @invariant()
    def nothing_was_killed_that_may_not_be(self) -> None:
        assert not self.world.case.crimes

    @invariant()
    def no_request_took_effect_twice(self) -> None:
        attempts = Counter((self.world.marker(each) or {}).get("attempt") for each in self._made())
        keys = Counter(self.world.marker_key(each) for each in self._ours())
        assert all(count == 1 for name, count in attempts.items() if name), attempts
        assert all(count == 1 for name, count in keys.items() if name), keys

    @invariant()
    def nothing_of_ours_is_forgotten(self) -> None:
        TALLY.steps += 1
        state = self.state  # that it parses is half of the point
        owned = {each.id: each for each in state.owned.values()}
        assert len(owned) == len(state.owned)
        assert owned.keys() <= self.server.made.keys(), "state owns what nobody here made"
        self._note_released()
        pending = {each.id for each in state.intents.values()}
        for remote_id in self._ours():
            is_pending = (self.world.marker(remote_id) or {}).get("attempt") in pending
            assert remote_id in owned or is_pending, f"{remote_id} is an orphan"

    @invariant()
    def no_value_is_in_state(self) -> None:
        kept = b"".join(self.world.files_of_state().values())
        assert not any(words in kept for words in (b"You are", b"Agent ", b"by hand", b"Good day"))

    def teardown(self) -> None:
        try:
            if not self.world.case.crimes:
                self._comes_to_rest()
        finally:
            self._folder.cleanup()

    def _comes_to_rest(self) -> None:
        """With everything defined and nobody else about, two applies end in an empty plan."""
        world = self.world
        self.clean_up_by_hand()
        for key in KEYS:
            if address(key) not in world.definitions:
                world.define(key, body(f"Agent {key}", firstMessage="At last"))
        for _ in range(2):
            # So that no create is still in the dark: the numbers agreed to would change with it.
            self.let_time_pass(1)
            self.clean_up_by_hand()
            world.apply(self._ask(ALL_OURS, Agreed()).consent, options=ALL_OURS)
        plan = world.plan(ALL_OURS)
        assert not plan.has_changes
        assert not plan.refusals
        assert not self.state.intents
        assert set(world.owned) == set(world.definitions)
        assert not world.unlike()
        strangers = [each for each in self.server.objects if each not in self.server.made]
        assert {each.id for each in world.owned.values()} == self.server.objects.keys() - strangers
        assert not world.case.crimes
        TALLY.seen["rests"] += 1

    # --- a run of ours ---

    def _planned(self, options: PlanOptions) -> Plan | None:
        try:
            return self.world.plan(options)
        except SyncError:
            return None

    def _ask(self, options: PlanOptions, agreed: Agreed, saved: Plan | None = None) -> Asked:
        plan = saved or self._planned(options)
        return Asked(plan, agreed.to(plan) if plan else EVERYTHING)

    def _apply(self, options: PlanOptions, asked: Asked, saved: Plan | None = None) -> None:
        """Apply; what it says it did, refused or was allowed to must be so."""
        if self.server.sender == US:
            self._note_released()
        writes, deleted = self.world.case.writes.copy(), len(self.server.deleted)
        try:
            finished = self.world.apply(asked.consent, saved, options)
        except SyncError as error:
            TALLY.seen[error.code] += 1
            if isinstance(error, GuardError | StaleError):
                assert self.world.case.writes == writes
            if isinstance(error, GuardError):
                self._is_no_fault_of_ours(error)
        else:
            TALLY.seen.update({str(action): each for action, each in finished.applied.items()})
            is_whole = not (finished.failed or finished.skipped or finished.stale)
            if is_whole and options is ALL_OURS and asked.consent.changes:
                assert not self.world.unlike()
                assert self.world.owned.keys() <= self.world.definitions.keys()
        killed, sent = self.server.deleted[deleted:], self.world.case.writes - writes
        assert asked.consent.changes or sent.keys() <= {"DELETE"}
        assert asked.allows(killed), f"{killed} were deleted with {asked.consent}"

    def _is_no_fault_of_ours(self, error: GuardError) -> None:
        """What blocks a create by its marker was not made by ourselves: that would be found."""
        owned = {each.id for each in self.state.owned.values()}
        for each in error.diagnostics:
            TALLY.seen[each.code] += 1
            if each.code == "marked_elsewhere" and each.address and self.server.sender == US:
                marked = {
                    remote_id
                    for remote_id in self.server.objects.keys() - owned
                    if (self.world.marker(remote_id) or {}).get("key")
                    == key_of(Address(each.address))
                }
                assert marked - self._ours(), f"{each.address} is blocked by our own {marked}"

    def _note_released(self) -> None:
        """Note what an apply let go of on purpose since we last looked."""
        owned = {each.id: each for each in self.state.owned.values()}
        self.released |= {
            remote_id
            for remote_id, each in self.before.items()
            if remote_id not in owned and each.lifecycle.on_delete == "forget"
        }
        self.before = owned

    def _made(self) -> set[str]:
        """What is live and came over the wire."""
        return self.server.made.keys() & self.server.objects.keys()

    def _ours(self) -> set[str]:
        """What is live, was made by us and not let go of since."""
        return {each for each in self._made() - self.released if self.server.made[each] == US}
