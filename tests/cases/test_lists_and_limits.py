"""Lists that move while they are read, odd throttles, and how much is held at once."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from shell import Shell
from stand_in import Habits, StandIn, serve_on_loopback
from stand_in_faults import Meanwhile, cut_json, html, status, throttled
from world import World, body

from assistants_sync.errors import SyncError
from assistants_sync.model.event import ChangeFailed

ROOT = Path(__file__).parents[2]
_IS_FULL = os.environ.get("ASSISTANTS_SYNC_CRASH") == "full"  # noqa: TID251 -- how long to take is asked of the tests, not of the tool


@pytest.mark.parametrize("order", ["newest", "oldest"])
@pytest.mark.parametrize("page", [2, 3, 4])
def test_what_stays_is_read_whatever_comes_and_goes_between_two_pages(
    tmp_path: Path, order: str, page: int
) -> None:
    world = World(tmp_path, Habits(silent_cap=37, order=order))  # type: ignore[arg-type]  # one of its own words
    strangers = [world.server.add(name=f"Before {number}") for number in range(40)]
    for number in range(120):
        world.define(f"n{number}", body(f"n{number}"))
    world.apply()

    def stir() -> None:
        for number, stranger in enumerate(strangers[::2]):
            world.server.remove(stranger)
            world.server.add(name=f"Between {number}")

    world.server.fail("GET", "/assistant", Meanwhile(stir), nth=page)
    plan = world.plan()
    assert not plan.has_changes
    assert not plan.refusals


@pytest.mark.parametrize(
    "wait", ["0", "-5", "Sat, 01 Jan 2000 00:00:00 GMT", "1e400", "", "3, 4", "0x10", "7.5"]
)
def test_a_pause_nobody_could_mean_is_neither_believed_nor_endless(
    tmp_path: Path, wait: str
) -> None:
    world = World(tmp_path)
    world.define("a", body("a"))
    world.server.fail("GET", "/assistant", throttled(wait), times=3)
    world.server.fail("POST", "/assistant", throttled(wait), times=3)
    assert world.apply().applied == {"create": 1}
    assert sum(world.clock.slept) <= 6 * 130


@pytest.mark.parametrize("position", [1, 2, 3])
@pytest.mark.parametrize("fault", [status(500), html(200), cut_json(200)])
def test_a_page_that_is_missing_makes_no_plan(tmp_path: Path, position: int, fault: object) -> None:
    world = World(tmp_path, Habits(silent_cap=37))
    for number in range(120):
        world.define(f"n{number}", body(f"n{number}"))
    world.apply()
    world.undefine("n0")
    world.server.fail("GET", "/assistant", fault, nth=position, times=99)  # type: ignore[arg-type]  # one of the faults
    with pytest.raises(SyncError):
        world.apply()
    assert len(world.server.objects) == 120


def _nested(depth: int) -> object:
    value: object = "deep"
    for _ in range(depth):
        value = {"a": [value]}
    return value


@pytest.mark.parametrize("depth", [50, 150, 300])
def test_a_stranger_nested_deeply_is_read_or_refused_in_words(tmp_path: Path, depth: int) -> None:
    """Anybody in the organisation can make one; deeper ones, as bytes, are in test_body_vapi."""
    world = World(tmp_path)
    world.define("a", body("a"))
    world.apply()
    world.server.add(name="Stranger", metadata=_nested(depth))
    assert not world.plan().has_changes


def test_an_owned_one_nested_deeply_beside_ours_is_left_as_it_is(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.define("a", body("a"))
    world.apply()
    metadata = world.live("a")["metadata"]
    world.edit("a", metadata={**metadata, "theirs": _nested(60)}, analysisPlan=_nested(60))
    assert not world.plan().has_changes
    world.define("a", body("a", firstMessage="Hi"))
    world.apply()
    assert world.live("a")["metadata"]["theirs"] == _nested(60)


def test_an_owned_one_nested_too_deeply_is_never_written(tmp_path: Path) -> None:
    """A list shows it with a text in the place of what is too deep: that must not be sent back."""
    world = World(tmp_path)
    world.define("a", body("a"))
    world.apply()
    world.edit("a", analysisPlan=_nested(300))
    assert not world.plan().has_changes
    world.define("a", body("a", firstMessage="Hi"))
    finished = world.apply()
    assert (finished.failed, world.sent["PATCH"]) == (1, 0)
    (failed,) = (each for each in world.events if isinstance(each, ChangeFailed))
    assert "levels deep" in failed.diagnostic.detail
    assert world.live("a")["analysisPlan"] == _nested(300)
    world.edit("a", analysisPlan=None)
    assert world.apply().applied == {"update": 1}


_MEASURED = """
import sys
from pathlib import Path
from assistants_sync.cli.main import main
code = main(sys.argv[1:])
# Not `ru_maxrss`: it would count what the test that started us held.
peak = Path('/proc/self/status').read_text().partition('VmHWM:')[2].split()[0]
print(int(peak) // 1024, file=sys.stderr)
sys.exit(code)
"""


def test_a_plan_over_many_holds_no_more_than_it_may(shell: Shell) -> None:
    """Ten thousand live assistants of 5 KB stay below 300 MB."""
    count, bound = (10_000, 300) if _IS_FULL else (1_000, 150)
    server = StandIn()
    for number in range(count):
        server.add(name=f"Stranger {number}", firstMessage="x" * 5_000)
    shell.write("assistants-sync.yaml", "project: shop\n")
    shell.write("assistants/a.yaml", "name: A\n")
    with serve_on_loopback(server.app) as base_url:
        shell.set({"VAPI_BASE_URL": base_url, "VAPI_API_KEY": "canary-key"})
        command = [sys.executable, "-c", _MEASURED, "--chdir", str(shell.folder), "plan"]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    megabytes = int(ended.stderr.split()[-1])
    print(f"plan over {count} assistants: {megabytes} MB")  # noqa: T201 -- `-s` shows it
    assert f"{count} live objects are not managed here" in ended.stdout
    assert megabytes < bound
