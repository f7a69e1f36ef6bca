"""Which live assistants an import takes over, and what they are called here."""

from dataclasses import replace
from pathlib import Path

import pytest
from stand_in_faults import status
from world import World, address, body

from assistants_sync.errors import GuardError
from assistants_sync.importing import Wish
from assistants_sync.model.address import RemoteId
from assistants_sync.model.definition import Definition, Move, Removal
from assistants_sync.model.source import SourceRef


def keys(world: World, wish: Wish | None = None) -> dict[str, str]:
    """Import, and give the id of each address."""
    choice = world.adopt(wish or Wish())
    return {each.address.partition(".")[2]: each.live.id for each in choice.adoptions}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("🚀 Sales", "sales"),
        ("Empfang Zürich (Straße)", "empfang-zurich-strasse"),
        ("a/b/../c", "a-b-c"),
        ("Desk -- 2!", "desk-2"),
        ("x" * 80, "x" * 60),
        ("\x1b[31mred\n", "31mred"),
    ],
)
def test_a_key_is_made_from_the_letters_of_a_name(world: World, name: str, key: str) -> None:
    world.server.add(name=name)
    assert list(keys(world)) == [key]


@pytest.mark.parametrize("name", [None, "", "  ", "受付", "🤖", "..."])
def test_a_name_that_says_nothing_gives_way_to_the_id(world: World, name: str | None) -> None:
    remote_id = world.server.add(name=name)
    assert list(keys(world)) == [f"assistant-{remote_id.replace('-', '')[:8]}"]


def test_the_oldest_of_one_name_has_the_plain_key(world: World) -> None:
    first, second, third = (world.server.add(name=name) for name in ("Desk", "desk", "DESK"))
    assert keys(world) == {"desk": first, "desk-2": second, "desk-3": third}


def test_a_key_that_is_anothers_own_name_is_not_given_to_a_second_one(world: World) -> None:
    first, second, own = (world.server.add(name=name) for name in ("Desk", "Desk", "Desk 2"))
    assert keys(world) == {"desk": first, "desk-2": own, "desk-3": second}


def test_several_ids_are_imported_and_what_cannot_be_is_told(world: World) -> None:
    mine, other, foreign = (world.server.add(name=name) for name in ("A", "B", "C"))
    marker = {"project": "x", "environment": "y", "key": "k"}
    marker |= {"lineage": "l", "attempt": "a", "write": "w"}
    world.server.edit(foreign, metadata={"assistants-sync": marker})
    assert keys(world, Wish(ids=(RemoteId(mine),))) == {"a": mine}
    choice = world.adopt(Wish(ids=(*map(RemoteId, (mine, other, foreign, "nowhere")),)))
    assert [each.live.id for each in choice.adoptions] == [other]
    told = {(each.code, each.severity) for each in choice.left_out}
    assert told == {
        ("already_owned", "warning"),
        ("not_ours", "error"),
        ("not_there", "error"),
    }
    assert world.server.count("PATCH") == 0


def test_a_marker_that_could_not_be_written_is_told(world: World) -> None:
    world.server.add(name="A")
    world.server.fail("PATCH", "/assistant", status(403))
    choice = world.adopt(Wish(claim=True))
    assert [each.code for each in choice.left_out] == ["not_claimed"]
    assert len(world.owned) == 1


def test_an_import_that_died_after_its_files_is_taken_up_where_it_stopped(world: World) -> None:
    first, second = (world.server.add(**body("Desk", firstMessage=text)) for text in "ab")
    world.define("desk", body("Desk", firstMessage="a"))
    world.define("desk-2", body("Desk", firstMessage="b"))
    choice = world.adopt(Wish())
    assert [(each.address, each.live.id, each.is_defined) for each in choice.adoptions] == [
        (address("desk"), first, True),
        (address("desk-2"), second, True),
    ]
    assert not world.plan().has_changes


def test_a_definition_that_says_something_else_is_not_taken_for_the_live_ones(
    world: World,
) -> None:
    remote_id = world.server.add(**body("Desk"))
    world.define("desk", body("Desk", temperature=0.9))
    choice = world.adopt(Wish())
    assert choice.adoptions == ()
    (told,) = choice.left_out
    assert told.code == "defined_already"
    assert told.hint is not None
    assert remote_id in told.hint


def test_an_empty_definition_agrees_with_nothing(world: World) -> None:
    world.server.add(**body("Desk"))
    world.definitions[address("desk")] = Definition(address("desk"), {}, SourceRef("f", 1, 1))
    assert world.adopt(Wish()).adoptions == ()


def test_a_key_the_project_file_lets_go_of_is_not_used_again(world: World) -> None:
    remote_id = world.server.add(name="Desk")
    other = world.server.add(name="Hall")
    world.removals = {address("desk"): Removal(address("desk"), "forget")}
    world.moves = (Move(address("hall"), address("lobby")),)
    assert keys(world) == {"desk-2": remote_id, "hall-2": other}


def test_a_copy_of_ours_is_not_taken_for_what_another_definition_means(world: World) -> None:
    world.define("desk", body("Desk"))
    world.apply()
    live = dict(world.live("desk"))
    copy = world.server.add(**{key: live[key] for key in ("name", "model", "metadata")})
    world.define("desk-2", body("Second"))
    assert keys(world) == {"desk-3": copy}


def test_one_under_an_address_is_refused_when_it_is_owned(world: World) -> None:
    remote_id = RemoteId(world.server.add(**body("Desk")))
    world.define("desk", body("Desk"))
    world.adopt(Wish(address("desk"), remote_id))
    for wish in (
        Wish(address("other"), remote_id),
        Wish(address("desk"), RemoteId(world.server.add(name="X"))),
    ):
        with pytest.raises(GuardError):
            world.adopt(replace(wish))
