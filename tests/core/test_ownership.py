"""A lost state is made again from the markers, and state that does not agree with live says so."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from stand_in import Habits
from stand_in_faults import Fault, html, lost_request, status
from world import EVERYTHING, World, address, body

from assistants_sync.errors import StateError, SyncError
from assistants_sync.model.definition import Lifecycle
from assistants_sync.model.plan import Action
from assistants_sync.model.state import State
from assistants_sync.planning.consent import Consent
from assistants_sync.workflow.ownership import run_rebuild, run_verify


class Kept(World):
    """A world with `state verify` and `state rebuild`."""

    def lose_state(self) -> State:
        """Lose the state, backup and journal too; give what it was."""
        before = self.state
        for path in (self.folder / "state").iterdir():
            if path.is_file():
                path.unlink()
        return before

    def rebuild(self) -> State:
        """Rebuild as the command would."""
        job = self.job
        return self._run(lambda api: run_rebuild(job, self.writers(api)))

    def verify(self) -> tuple[str, ...]:
        """Give every disagreement."""
        job = self.job
        return self._run(lambda api: run_verify(job, api, self.store()))

    def mark(self, key: str, **changes: object) -> None:
        """Change the marker of an owned one by hand."""
        metadata = self.live(key)["metadata"]
        marker = {**metadata["assistants-sync"], **changes}
        self.edit(key, metadata={**metadata, "assistants-sync": marker})

    def copy(self, address_key: str, /, **marker: object) -> str:
        """Duplicate an owned one in the dashboard, marker and all; give the id."""
        original = self.live(address_key)
        kept = {**original["metadata"]["assistants-sync"], **marker}
        given = ("id", "orgId", "createdAt", "updatedAt", "latestVersion")
        fields = {name: value for name, value in original.items() if name not in given}
        return self.server.add(**{**fields, "metadata": {"assistants-sync": kept}})


@pytest.fixture
def world(tmp_path: Path) -> Kept:
    world = Kept(tmp_path)
    for key in "abcdef":
        world.define(key, body(f"Agent {key}"))
    world.apply()
    return world


def _ids(state: State) -> dict[str, str]:
    return {each: owned.id for each, owned in state.owned.items()}


def test_the_state_comes_back_and_nothing_is_left_to_do(world: Kept) -> None:
    before = world.lose_state()
    rebuilt = world.rebuild()
    assert set(world.sent) == {"GET"}
    assert world.state == rebuilt
    assert (rebuilt.lineage, rebuilt.org_id) == (before.lineage, before.org_id)
    assert rebuilt.hash_key != ""
    assert _ids(rebuilt) == _ids(before)
    for each, owned in before.owned.items():
        again = rebuilt.owned[each]
        assert (again.attempt, again.write) == (owned.attempt, owned.write)
        assert (again.created_at, again.lifecycle) == (owned.created_at, owned.lifecycle)
    assert not world.plan().has_changes
    assert world.verify() == ()


def test_deletions_and_updates_work_again(world: Kept) -> None:
    world.lose_state()
    world.rebuild()
    world.undefine("a")
    world.define("b", body("Agent b", firstMessage="Hi"))
    assert world.apply().applied == {"update": 1, "delete": 1}
    assert len(world.server.objects) == 5
    assert not world.plan().has_changes


def test_what_changed_since_is_shown_by_the_next_plan(world: Kept) -> None:
    world.lose_state()
    world.define("g", body("Agent g"))
    world.define("a", body("Agent a", firstMessage="Hi"))
    world.rebuild()
    assert world.apply(Consent(changes=True)).applied == {"create": 1, "update": 1}
    assert len(world.server.objects) == 7


def test_what_has_no_definition_any_more_is_owned_again(world: Kept) -> None:
    before = world.lose_state()
    world.undefine("a")
    assert _ids(world.rebuild()) == _ids(before)


def test_the_lifecycle_is_that_of_the_definition(world: Kept) -> None:
    world.define("a", body("Agent a"), Lifecycle(protect=True))
    world.lose_state()
    assert world.rebuild().owned[address("a")].lifecycle.protect


def test_of_copies_the_oldest_one_is_ours(world: Kept) -> None:
    original = world.owned[address("a")].id
    copies = {world.copy("a"), world.copy("a")}
    world.lose_state()
    assert world.rebuild().owned[address("a")].id == original
    assert {each.split()[0] for each in world.verify()} == copies


def test_markers_of_two_states_are_refused(world: Kept) -> None:
    lineage = world.state.lineage
    world.copy("a", lineage="another", key="z")
    world.lose_state()
    with pytest.raises(StateError) as caught:
        world.rebuild()
    assert "markers of 2 states" in caught.value.diagnostic.detail
    assert f"{lineage} (6)" in caught.value.diagnostic.detail
    assert "another (1)" in caught.value.diagnostic.detail
    assert asyncio.run(world.store().read()).state is None


def test_no_marker_at_all_is_refused(tmp_path: Path) -> None:
    world = Kept(tmp_path)
    world.server.add(name="Stranger")
    with pytest.raises(StateError, match="0 states"):
        world.rebuild()
    assert asyncio.run(world.store().read()).state is None


def test_markers_of_others_are_not_counted(world: Kept) -> None:
    world.copy("a", project="rival", lineage="theirs")
    world.copy("b", environment="staging", lineage="staged")
    before = world.lose_state()
    assert _ids(world.rebuild()) == _ids(before)


def test_a_state_that_is_there_is_not_replaced(world: Kept) -> None:
    before = world.files()
    with pytest.raises(StateError, match="already"):
        world.rebuild()
    assert world.files() == before
    assert not world.sent


_HOSTILE = [
    "",
    "A B",
    "../../etc/passwd",
    "x/y",
    "a\nb",
    "a\x1b[2J",
    "-",
    "K",
    "\u202ea",
]


@pytest.mark.parametrize("key", _HOSTILE)
def test_a_hostile_key_in_a_marker_is_ignored(world: Kept, key: str) -> None:
    world.copy("a", key=key)
    before = world.lose_state()
    assert _ids(world.rebuild()) == _ids(before)
    json.loads((world.folder / "state" / "default.json").read_text())


@pytest.mark.parametrize("value", [None, 1, "text", [], {}, {"project": "shop"}, {"key": ["a"]}])
def test_what_is_no_marker_is_ignored(world: Kept, value: object) -> None:
    world.server.add(name="Odd", metadata={"assistants-sync": value})
    before = world.lose_state()
    assert _ids(world.rebuild()) == _ids(before)


def test_hostile_keys_alone_own_nothing(tmp_path: Path) -> None:
    world = Kept(tmp_path)
    names = ("project", "environment", "key", "lineage", "attempt", "write")
    marker = dict.fromkeys(names, "x") | {"project": "shop", "environment": "default"}
    world.server.add(name="Odd", metadata={"assistants-sync": {**marker, "key": "../x"}})
    assert not world.rebuild().owned


def test_a_list_that_is_not_complete_rebuilds_nothing(world: Kept) -> None:
    world.lose_state()
    world.server.fail("GET", "/assistant", lost_request(), times=99)
    with pytest.raises(SyncError):
        world.rebuild()
    assert asyncio.run(world.store().read()).state is None


def test_two_rebuilds_give_the_same_owners(world: Kept) -> None:
    world.lose_state()
    first = _ids(world.rebuild())
    world.lose_state()
    assert _ids(world.rebuild()) == first


def test_a_quarantined_one_is_not_revived_by_a_rebuild(world: Kept) -> None:
    """It is owned again under its key; the plan says what becomes of it, and writes nothing yet."""
    world.define("a", body("Agent a"), Lifecycle(on_delete="quarantine"))
    world.apply()
    old = world.owned[address("a")].id
    world.undefine("a")
    world.apply(Consent(changes=True))
    world.lose_state()
    world.rebuild()
    assert world.owned[address("a")].id == old
    assert world.server.objects[old]["name"].startswith("zz-quarantined")


def test_the_grace_of_a_quarantined_one_survives_a_rebuild(world: Kept) -> None:
    world.define("a", body("Agent a"), Lifecycle(on_delete="quarantine"))
    world.apply()
    world.undefine("a")
    world.apply(Consent(changes=True))
    since = world.owned[address("a")].quarantined_at
    world.lose_state()
    world.rebuild()
    assert not world.plan().of(Action.DELETE)
    assert world.owned[address("a")].quarantined_at == since


def test_agreement_is_nothing_to_say(world: Kept) -> None:
    world.server.add(name="Stranger")
    world.edit("a", firstMessage="By hand")
    assert world.verify() == ()
    assert set(world.sent) == {"GET"}


def test_without_a_state_there_is_nothing_to_verify(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="no state yet"):
        Kept(tmp_path).verify()


def test_what_is_gone_is_told(world: Kept) -> None:
    gone = world.owned[address("a")].id
    world.server.remove(gone)
    assert world.verify() == (f"assistant.a: {gone} is gone from the server",)


def test_a_marker_that_was_taken_off_is_told(world: Kept) -> None:
    world.edit("a", metadata=None)
    (told,) = world.verify()
    assert told.endswith("does not bear our marker any more")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"write": "other"}, "write other; we know"),
        ({"lineage": "other"}, "was last written by project shop, default"),
        ({"project": "rival", "lineage": "other"}, "was last written by project rival"),
    ],
)
def test_a_marker_somebody_else_wrote_is_told(
    world: Kept, changes: dict[str, str], words: str
) -> None:
    world.mark("a", **changes)
    (told,) = world.verify()
    assert told.startswith("assistant.a: ")
    assert words in told


def test_a_copy_of_ours_is_told(world: Kept) -> None:
    copy = world.copy("a")
    assert world.verify() == (f"{copy} bears our marker for `a`, and state does not own it",)


def test_an_operation_that_is_not_settled_is_told(world: Kept) -> None:
    world.define("g", body("Agent g"))
    world.server.fail("POST", "/assistant", lost_request(), times=2)
    world.apply(EVERYTHING)
    assert world.verify() == ("assistant.g: a create is not settled; `apply` finds out",)


def test_every_disagreement_is_told_at_once(world: Kept) -> None:
    world.server.remove(world.owned[address("a")].id)
    world.edit("b", metadata=None)
    world.mark("c", write="other")
    world.copy("d")
    assert len(world.verify()) == 4


@pytest.mark.parametrize("fault", [lost_request, lambda: status(500), lambda: html(200)])
def test_a_list_nobody_could_read_is_no_verdict(world: Kept, fault: Callable[[], Fault]) -> None:
    world.server.fail("GET", "/assistant", fault(), times=99)
    with pytest.raises(SyncError):
        world.verify()


def test_a_list_that_holds_back_is_not_taken_for_gone(world: Kept) -> None:
    world.server.habits = Habits(silent_cap=3, ignores_time_filters=True)
    assert not any("gone" in each for each in world.verify())
