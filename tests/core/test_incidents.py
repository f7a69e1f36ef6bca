"""Incidents that cost others their data, played against this tool; and the own goals of everyday.

Each docstring names the real incident, by project and issue number.
"""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from fakes import FakeClock
from stand_in import Habits
from stand_in_faults import status
from world import EVERYTHING, World, address, body

from assistants_sync.definitions.load import load
from assistants_sync.errors import AccessError, DefinitionError, GuardError, IncompleteReadError
from assistants_sync.model.definition import Lifecycle, Move
from assistants_sync.model.plan import Action, PlanOptions
from assistants_sync.model.project import Safety
from assistants_sync.planning.consent import Consent


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def _grow(world: World, count: int) -> list[str]:
    """Own so many assistants; give their keys."""
    keys = [f"k{number:03}" for number in range(count)]
    for key in keys:
        world.define(key, body(f"Agent {key}"))
    world.apply()
    return keys


def _refused(
    world: World, consent: Consent = EVERYTHING, options: PlanOptions | None = None
) -> set[str]:
    """Apply, be refused, and give the codes; nothing was sent and everything still lives."""
    before = dict(world.server.objects)
    with pytest.raises(GuardError) as caught:
        world.apply(consent, options=options)
    assert set(world.sent) <= {"GET"}
    assert world.server.objects == before
    return {each.code for each in caught.value.diagnostics}


def _deletions(world: World, options: PlanOptions | None = None) -> int:
    return len(world.plan(options).of(Action.DELETE))


# --- incidents ----------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 20])
def test_protection_does_not_die_with_the_block_that_says_it(world: World, count: int) -> None:
    """Terraform #17599: `prevent_destroy` went with the deleted resource block it stood in."""
    keys = _grow(world, 20)
    for key in keys:
        world.define(key, body(f"Agent {key}"), Lifecycle(protect=True))
    world.apply()
    world.undefine(*keys[:count])
    assert "protected" in _refused(world, replace(EVERYTHING, allow_deletes=count))


def test_what_no_definition_mentions_is_not_meant_to_go(world: World) -> None:
    """Kongctl #945 and #540: portal pages nobody had declared were planned for deletion."""
    _grow(world, 3)
    strangers = [world.server.add(name=f"Stranger {number}") for number in range(20)]
    world.edit("k000", voice={"provider": "x"}, firstMessage="Hello")
    plan = world.plan()
    assert not plan.has_changes
    assert plan.unmanaged_count == 20
    world.define("k000", body("Agent k000", endCallMessage="Bye"))
    world.apply()
    assert world.live("k000")["firstMessage"] == "Hello"
    assert world.live("k000")["voice"] == {"provider": "x"}
    assert all(each in world.server.objects for each in strangers)


def test_a_renamed_key_is_told_from_a_deletion(world: World) -> None:
    """Flux2 #3316, "Watch as your world burns": a renamed directory was a delete and a create."""
    _grow(world, 3)
    declared = world.definitions[address("k000")].body
    world.undefine("k000")
    world.define("renamed", declared)
    assert _refused(world, Consent(changes=True)) == {"consent"}
    hint = "add `moved: [{from: assistant.k000, to: assistant.renamed}]` to the project file"
    for change in world.plan().of(Action.DELETE, Action.CREATE):
        assert any(hint in note for note in change.notes)


def test_a_key_renamed_with_moved_keeps_its_id_and_its_phone_numbers(world: World) -> None:
    """As above, with `moved:`: a new id would leave every phone number dead."""
    _grow(world, 3)
    remote_id = world.owned[address("k000")].id
    phone_id = world.server.add_other("/phone-number", assistantId=remote_id)
    declared = world.definitions[address("k000")].body
    world.undefine("k000")
    world.define("renamed", declared)
    world.moves = (Move(address("k000"), address("renamed")),)
    assert not world.plan().of(Action.DELETE, Action.CREATE)
    world.apply(Consent(changes=True))
    assert world.owned[address("renamed")].id == remote_id
    assert world.server.others["/phone-number"][phone_id]["assistantId"] == remote_id
    assert (world.sent["POST"], world.sent["DELETE"]) == (0, 0)


@pytest.mark.parametrize("has_folder", [True, False])
def test_a_source_that_renders_nothing_deletes_nothing(world: World, *, has_folder: bool) -> None:
    """Argo CD #14090 and #15058: a generator that failed looked like "all gone"; all was pruned."""
    keys = _grow(world, 3)
    world.undefine(*keys)
    world.has_folder = has_folder
    assert "no_definitions" in _refused(world, replace(EVERYTHING, allow_deletes=3))


def test_two_projects_in_one_organisation_leave_each_other_alone(tmp_path: Path) -> None:
    """Dbt-jobs-as-code #166, octoDNS #752: two tools in one scope deleted each other's things."""
    first, second = World(tmp_path / "first"), World(tmp_path / "second")
    second.server, second.project_name = first.server, "second"
    _grow(first, 3)
    for key in ("k000", "k001", "k002", "other"):
        second.define(key, body(f"Second {key}"))
    second.apply()
    assert len(first.server.objects) == 7
    assert not first.plan().has_changes
    assert not second.plan().has_changes
    theirs = tuple(owned.id for owned in second.owned.values())
    assert _refused(first, replace(EVERYTHING, allow_deletes=4), PlanOptions(cleanup=theirs)) == {
        "not_ours"
    }


@pytest.mark.parametrize(
    "options", [PlanOptions(), PlanOptions(drift_only=True), PlanOptions(skip_deletes=True)]
)
def test_a_plan_sends_nothing_and_writes_nothing(world: World, options: PlanOptions) -> None:
    """Auth0-deploy-cli #1227: `--dry_run` deployed."""
    _grow(world, 6)
    world.undefine("k000")
    world.define("k001", body("Renamed"))
    world.define("new", body("New"))
    world.edit("k002", name="By hand")
    before = world.files()
    world.plan(options)
    assert set(world.sent) == {"GET"}
    assert world.files() == before


def test_last_weeks_number_does_not_fit_this_weeks_plan(world: World) -> None:
    """OctoDNS #61, #785 and #808: a `--force` in the pipeline that nobody thought about again."""
    keys = _grow(world, 10)
    world.undefine(*keys[:3])
    last_week = replace(EVERYTHING, allow_deletes=3)
    assert world.apply(last_week).applied == {"delete": 3}
    world.undefine(*keys[3:7])
    assert _refused(world, last_week) == {"too_many_deletes", "consent"}


@pytest.mark.parametrize(("owned", "deleted"), [(1, 1), (2, 2), (3, 2), (5, 2), (9, 2), (9, 9)])
def test_the_brake_holds_for_a_small_fleet(world: World, owned: int, deleted: int) -> None:
    """OctoDNS's ratio held from ten records on; most organisations have fewer assistants."""
    world.environment = replace(world.environment, safety=Safety(allow_empty=True))
    keys = _grow(world, owned)
    world.undefine(*keys[:deleted])
    assert _refused(world) == {"too_many_deletes"}


@pytest.mark.parametrize("cap", [1, 7, 30])
def test_a_list_that_is_cut_short_shows_no_one_as_gone(tmp_path: Path, cap: int) -> None:
    """Elevenlabs/cli #75 and #138: page one of a list was taken for the whole, with exit 0."""
    world = World(tmp_path, Habits(silent_cap=cap))
    _grow(world, 45)
    assert not world.plan().has_changes
    world.server.habits = replace(world.server.habits, ignores_time_filters=True, silent_cap=100)
    for number in range(120):
        world.server.add(name=f"Stranger {number}")
    with pytest.raises(IncompleteReadError):
        world.apply()
    assert set(world.sent) == {"GET"}


def test_a_state_used_with_another_organisation_touches_neither(tmp_path: Path) -> None:
    """Terraform #15838, 2i2c #1069 "almost deleted a bunch of running clusters": wrong target."""
    world = World(tmp_path)
    keys = _grow(world, 6)
    home = world.server
    abroad = World(tmp_path / "abroad", Habits(org_id="0b0b0b0b-0000-4000-8000-00000000000b"))
    _grow(abroad, 6)
    world.server = abroad.server
    world.undefine(keys[0])
    for work in (world.plan, world.apply):
        with pytest.raises(AccessError) as caught:
            work()
        assert caught.value.exit_code == 7
        assert set(world.sent) <= {"GET"}
    world.server = home
    assert world.apply().applied == {"delete": 1}
    assert len(abroad.server.objects) == 6


def test_a_machine_without_the_state_makes_and_deletes_nothing(world: World) -> None:
    """DataTalks.Club 2026: a new machine had no state; the clean-up took production with it."""
    _grow(world, 6)
    ids = tuple(owned.id for owned in world.owned.values())
    shutil.rmtree(world.folder / "state")
    assert _refused(world) == {"marked_elsewhere"}
    assert _deletions(world) == 0
    assert world.server.objects.keys() == set(ids)


@pytest.mark.parametrize("quarantine", [False, True])
def test_a_clean_up_on_a_machine_without_the_state_is_refused(
    world: World, *, quarantine: bool
) -> None:
    """As above: what another state of this project wrote is no left-over, state here or not."""
    _grow(world, 6)
    ids = tuple(owned.id for owned in world.owned.values())
    shutil.rmtree(world.folder / "state")
    options = PlanOptions(cleanup=ids, quarantine=quarantine)
    consent = replace(EVERYTHING, allow_deletes=None if quarantine else 6)
    assert _refused(world, consent, options) == {"not_ours"}


def test_an_old_state_put_back_deletes_no_newer_thing(world: World, tmp_path: Path) -> None:
    """The other half of it: a restored backup of the state knows nothing of what came after."""
    _grow(world, 3)
    old = tmp_path / "old"
    shutil.copytree(world.folder / "state", old)
    world.define("newer", body("Newer"))
    world.apply()
    shutil.rmtree(world.folder / "state")
    shutil.copytree(old, world.folder / "state")
    assert _refused(world) == {"marked_elsewhere"}
    world.undefine("newer")
    plan = world.plan()
    assert not plan.has_changes
    assert len(plan.copies) == 1


@pytest.mark.parametrize("code", [400, 429, 500, 503])
def test_nothing_is_deleted_before_all_else_has_worked(world: World, code: int) -> None:
    """Zordhalo/runs-on.dev #54: deleted first, then the create met a transient error."""
    _grow(world, 6)
    world.undefine("k000")
    world.define("new", body("New"))
    world.server.fail("POST", "/assistant", status(code), times=99)
    finished = world.apply()
    assert (finished.failed, world.sent["DELETE"]) == (1, 0)
    assert len(world.server.objects) == 6


def test_every_deletion_leaves_its_whole_body_behind_first(world: World) -> None:
    """VapiAI/gitops: a snapshot before a PATCH, none before a deletion; so no rollback of one."""
    _grow(world, 6)
    live = dict(world.live("k000"))
    world.undefine("k000")
    world.server.fail("DELETE", "/assistant", status(500), times=9)
    finished = world.apply()
    assert finished.failed == 1
    (file,) = (world.folder / "state" / "default.trash").glob("*.json")
    backup = json.loads(file.read_text())
    assert (backup["id"], backup["address"]) == (live["id"], "assistant.k000")
    for key in ("name", "model"):
        assert backup["body"][key] == live[key]
    assert file.stat().st_mode & 0o077 == 0


def test_no_backup_means_no_deletion(world: World) -> None:
    """As above: a full disk is no reason to delete without one."""
    _grow(world, 6)
    world.undefine("k000")
    (world.folder / "state" / "default.trash").write_text("in the way")
    finished = world.apply()
    assert (finished.failed, world.sent["DELETE"]) == (1, 0)


# --- own goals ----------------------------------------------------------------------------------

_FRONT = "key: {key}\nname: Agent {key}\nmodel: {{provider: openai, model: gpt-4o}}\n"


class FolderWorld(World):
    """A world whose definitions are files: what is wanted is read anew before each plan."""

    def write(self, *keys: str) -> None:
        """Write one file for each key."""
        folder = self.folder / "assistants"
        folder.mkdir(exist_ok=True)
        for key in keys:
            (folder / f"{key}.yaml").write_text(_FRONT.format(key=key))

    def read(self) -> None:
        """Load the folder as the command would."""
        desired = load(self.folder, None).desired
        self.definitions, self.has_folder = dict(desired.definitions), desired.has_folder


@pytest.fixture
def files(tmp_path: Path) -> FolderWorld:
    world = FolderWorld(tmp_path)
    (tmp_path / "assistants-sync.yaml").write_text("project: shop\n")
    world.write(*(f"k{number}" for number in range(10)))
    world.read()
    world.apply()
    assert len(world.server.objects) == 10
    return world


def test_a_renamed_definitions_folder_deletes_nothing(files: FolderWorld) -> None:
    (files.folder / "assistants").rename(files.folder / "agents")
    files.read()
    assert not files.has_folder
    assert "no_definitions" in _refused(files, replace(EVERYTHING, allow_deletes=10))


def test_an_emptied_definitions_folder_deletes_nothing(files: FolderWorld) -> None:
    for file in (files.folder / "assistants").iterdir():
        file.unlink()
    files.read()
    assert files.has_folder
    assert "no_definitions" in _refused(files, replace(EVERYTHING, allow_deletes=10))


def test_a_branch_without_half_of_the_files_meets_the_brake(files: FolderWorld) -> None:
    for number in range(5):
        (files.folder / "assistants" / f"k{number}.yaml").unlink()
    files.read()
    assert _refused(files) == {"too_many_deletes"}
    files.write(*(f"k{number}" for number in range(5)))
    files.read()
    assert not files.plan().has_changes


def test_one_file_that_does_not_parse_makes_no_plan_at_all(files: FolderWorld) -> None:
    """It is not taken for a file that is not there: its assistant would be deleted."""
    (files.folder / "assistants" / "k3.yaml").write_text("name: [unclosed\n")
    before = len(files.server.requests)
    with pytest.raises(DefinitionError) as caught:
        files.read()
    assert caught.value.exit_code == 8
    assert str(caught.value.diagnostic.where).startswith("assistants/k3.yaml:")
    assert len(files.server.requests) == before


def test_a_file_emptied_by_a_bad_merge_is_at_most_one_deletion_that_is_asked_for(
    files: FolderWorld,
) -> None:
    (files.folder / "assistants" / "k3.yaml").write_text("")
    try:
        files.read()
    except DefinitionError:
        return
    assert _refused(files, Consent(changes=True)) == {"consent"}


def test_three_hundred_of_four_hundred_gone_is_refused(world: World) -> None:
    keys = _grow(world, 400)
    world.undefine(*keys[:300])
    plan = world.plan()
    (block,) = plan.blocks
    assert block.guard == "too_many_deletes"
    assert block.message.startswith("300 of 400 owned would be deleted")
    assert _refused(world) == {"too_many_deletes"}
    assert _refused(world, replace(EVERYTHING, allow_deletes=299)) == {
        "too_many_deletes",
        "consent",
    }


def test_the_last_one_is_not_deleted_by_the_way(world: World) -> None:
    world.environment = replace(world.environment, safety=Safety(allow_empty=True))
    _grow(world, 1)
    world.undefine("k000")
    assert "nothing would be left" in world.plan().blocks[0].message
    assert _refused(world) == {"too_many_deletes"}
    assert world.apply(replace(EVERYTHING, allow_deletes=1)).applied == {"delete": 1}


def test_two_projects_that_define_one_name_each_keep_their_own(tmp_path: Path) -> None:
    """And when one of them lets go, it deletes its own, by id."""
    first, second = World(tmp_path / "first"), World(tmp_path / "second")
    second.server, second.project_name = first.server, "second"
    for each in (first, second):
        for key in ("front", "x", "y", "z", "w", "v"):
            each.define(key, body("Front" if key == "front" else f"{each.project_name}-{key}"))
        each.clock = FakeClock()
        each.apply()
    kept = first.owned[address("front")].id
    second.undefine("front")
    assert second.apply().applied == {"delete": 1}
    assert kept in first.server.objects
    assert not first.plan().has_changes


def test_an_interrupted_deletion_is_not_followed_by_another(world: World) -> None:
    keys = _grow(world, 20)
    world.undefine(*keys[:3])
    world.should_stop = lambda: world.sent["DELETE"] > 0 or world.server.count("DELETE") > 0
    finished = world.apply()
    assert (finished.applied, finished.skipped, finished.was_interrupted) == (
        {"delete": 1},
        2,
        True,
    )
