"""State that is odd, old, shared or in the way: the numbered cases no other test had."""

import asyncio
import fcntl
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from shell import Shell
from stand_in import StandIn, serve_on_loopback
from stand_in_faults import Meanwhile
from world import World, address, body

from assistants_sync.errors import StaleError, StateError
from assistants_sync.model.journal import Recorded


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_an_empty_state_file_is_an_error_and_never_no_state(project: Shell) -> None:
    project("--emulator", "apply", "--auto-approve")
    path = project.write("state/default.json", "")
    for command in (["--emulator", "plan"], ["--emulator", "apply", "--auto-approve"]):
        ended = project(*command)
        assert ended.code == 1
        assert "it is empty" in ended.err
        assert "default.json.backup" in ended.err
    assert path.read_bytes() == b""


def _owned_twice(world: World) -> None:
    """Make `b` own what `a` owns, as a merge of two states by hand may."""
    for key in "abcdef":
        world.define(key, body(key))
    world.apply()
    path = world.folder / "state" / "default.json"
    document = json.loads(path.read_text())
    document["owned"]["assistant.b"] = document["owned"]["assistant.a"]
    path.write_text(json.dumps(document))


def test_one_id_under_two_addresses_is_refused(world: World) -> None:
    _owned_twice(world)
    with pytest.raises(StateError):
        world.plan()


def test_a_plan_is_stale_against_an_older_state_that_was_put_back(world: World) -> None:
    world.define("a", body("a"))
    world.apply()
    path = world.folder / "state" / "default.json"
    old = path.read_bytes()
    world.define("b", body("b"))
    world.apply()
    world.define("a", body("a", firstMessage="Hi"))
    plan = world.plan()
    path.write_bytes(old)
    with pytest.raises(StaleError):
        world.apply(saved=plan)
    assert world.sent == {}


def test_a_state_everybody_may_read_is_for_its_owner_only_after_the_next_write(
    world: World,
) -> None:
    world.define("a", body("a"))
    world.apply()
    path = world.folder / "state" / "default.json"
    path.chmod(0o644)
    world.define("a", body("a", firstMessage="Hi"))
    world.apply()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_nothing_is_asked_where_no_lock_can_be_made(project: Shell) -> None:
    project.write("state", "a file stands where the folder should")
    server = StandIn()
    with serve_on_loopback(server.app) as base_url:
        project.set({"VAPI_BASE_URL": base_url, "VAPI_API_KEY": "canary-key"})
        ended = project("apply", "--auto-approve")
    assert ended.code == 1
    assert "state" in ended.err
    assert server.requests == []


@pytest.mark.parametrize("kind", ["fifo", "link", "folder"])
def test_a_state_that_is_no_file_is_refused_at_once(project: Shell, kind: str) -> None:
    path = project.folder / "state" / "default.json"
    path.parent.mkdir()
    match kind:
        case "fifo":
            os.mkfifo(path)
        case "link":
            path.symlink_to("/dev/zero")
        case _:
            path.mkdir()
    for command in (["plan"], ["apply", "--auto-approve"]):
        ended = project("--emulator", *command)
        assert ended.code == 1
        assert "default.json" in ended.err


@pytest.mark.parametrize("count", [1, 10_000])
def test_what_a_run_appends_does_not_grow_with_what_is_owned(world: World, count: int) -> None:
    """The journal takes the change alone; the state file is written once, at the end."""
    world.define("a", body("a"))
    world.apply()
    path = world.folder / "state" / "default.json"
    document = json.loads(path.read_text())
    (owned,) = document["owned"].values()
    many = {f"assistant.n{number}": {**owned, "id": f"id-{number}"} for number in range(count)}
    document["owned"].update(many)
    path.write_text(json.dumps(document))
    store = world.store()

    async def record() -> None:
        snapshot = await store.read()
        assert snapshot.state is not None
        entry = Recorded(address("a"), snapshot.state.owned[address("a")])
        await store.append([entry])

    asyncio.run(record())
    assert (path.parent / "default.journal").stat().st_size < 2_000


_OPEN_FILES = """
import os
for name in os.listdir('/proc/self/fd'):
    try:
        print(os.readlink('/proc/self/fd/' + name))
    except OSError:
        pass
"""


def test_the_lock_does_not_pass_on_to_a_child(project: Shell) -> None:
    """Else a child that outlives the run would keep the state locked."""
    seen: list[str] = []

    def look() -> None:
        command = [sys.executable, "-c", _OPEN_FILES]
        child = subprocess.run(command, capture_output=True, text=True, check=True, close_fds=False)
        seen.append(child.stdout)
        seen.append(project.read("state/default.lock"))

    server = StandIn()
    server.fail("POST", "/assistant", Meanwhile(look))
    with serve_on_loopback(server.app) as base_url:
        project.set({"VAPI_BASE_URL": base_url, "VAPI_API_KEY": "canary-key"})
        assert project("apply", "--auto-approve").code == 0
    open_files, note = seen
    assert '"command": "apply"' in note
    assert "default.lock" not in open_files


def test_a_lock_note_is_shown_without_what_a_terminal_obeys(project: Shell) -> None:
    path = project.folder / "state" / "default.lock"
    path.parent.mkdir()
    for note in (
        '{"who": "a\\u001b[2Jb", "command": "x\\u202e", "since": "\\r"}',
        "\x1b[2Jgarbage",
    ):
        with path.open("w") as file:
            file.write(note)
            file.flush()
            fcntl.flock(file, fcntl.LOCK_EX)
            shown = project("lock", "show")
            ended = project("--emulator", "apply", "--auto-approve")
        assert ended.code == 5
        for text in (shown.out, ended.err):
            assert not set(text) & set("\x1b\r\u202e"), text


def test_a_run_with_nothing_to_do_writes_nothing_and_leaves_no_lock(project: Shell) -> None:
    project("--emulator", "apply", "--auto-approve")
    folder = project.folder / "state"
    before = {
        path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.glob("*.j*")
    }
    assert project("--emulator", "apply", "--auto-approve").code == 0
    project("--emulator", "plan", "--out", "p.json")
    assert project("--emulator", "apply", "p.json").code == 0
    assert before == {
        path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.glob("*.j*")
    }
    assert project("lock", "show").out == "Nobody holds it.\n"


def test_a_project_without_definitions_applies_to_nothing(shell: Shell) -> None:
    shell.write("assistants-sync.yaml", "project: shop\n")
    ended = shell("--emulator", "apply", "--auto-approve")
    assert ended.code == 0
    assert not (shell.folder / "state" / "default.json").exists()


def test_a_plan_file_may_be_a_link_and_is_still_applied_once(project: Shell) -> None:
    """A plan file is judged by what would be done now, not by who may write to it."""
    project("--emulator", "plan", "--out", "p.json")
    (project.folder / "link.json").symlink_to("p.json")
    assert project("--emulator", "apply", "link.json").code == 0
    assert project("--emulator", "apply", "link.json").code == 4
