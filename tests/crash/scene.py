"""What every crash happens to: a project in the middle of its life, with one change of each sort.

Five are owned. Then `fresh` is new, `edited` is edited, `kept` gets a protection (a record),
`let-go` is forgotten, and `gone-1` and `gone-2` are deleted. `bystander` is live and not ours.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

import httpx
from crash.failpoints import Fault, Order
from shell import Shell

from assistants_sync.emulator.app import create_app
from assistants_sync.emulator.store import Store
from assistants_sync.state.codec import decode_journal, decode_state

ROOT = Path(__file__).parents[2]
IS_FULL = os.environ.get("ASSISTANTS_SYNC_CRASH") == "full"  # noqa: TID251 -- how long to take is asked of the tests, not of the tool
KEYS = ("edited", "kept", "let-go", "gone-1", "gone-2")
SETTLED = ["bystander", "edited", "fresh", "kept", "let-go"]
_FILES = {
    "default.emulator.sqlite",
    "default.journal",
    "default.json",
    "default.json.backup",
    "default.lock",
    "default.runs",
    "default.trash",
}
_FORGET = "lifecycle: {on_delete: forget}\n"
_PROTECT = "lifecycle: {protect: true}\n"


@dataclass(frozen=True, slots=True)
class Broken:
    """How a run that was broken ended: its code (below 0: the signal), its words, its points."""

    code: int
    told: str
    points: list[str]


class Nursery:
    """The process that runs commands in children of its own."""

    def __init__(self, orders: IO[str], answers: IO[str]) -> None:
        self._orders, self._answers = orders, answers

    def apply(
        self, folder: Path, fault: Fault, at: int, deletions: int = 2, *, every: bool = IS_FULL
    ) -> Broken:
        """Apply with exactly these deletions allowed, and let the fault happen at a point."""
        told, points = folder.with_suffix(".told"), folder.with_suffix(".points")
        order = Order(
            argv=["--chdir", str(folder), *apply_of(deletions)],
            fault=fault,
            at=at,
            folder=str(folder),
            told=str(told),
            points=str(points),
            every=every,
        )
        self._orders.write(json.dumps(asdict(order)) + "\n")
        self._orders.flush()
        code = int(self._answers.readline())
        return Broken(code, told.read_text(), points.read_text().splitlines())


def apply_of(deletions: int) -> list[str]:
    """Give the command line that applies, with exactly this many deletions."""
    exact = ["--allow-deletes", str(deletions)] if deletions else []
    return ["--emulator", "apply", "--auto-approve", *exact]


@contextmanager
def nursery() -> Iterator[Nursery]:
    """Start it, and end it."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.crash.failpoints"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield Nursery(process.stdin, process.stdout)
        process.stdin.close()
        assert process.wait() == 0


def set_scene(folder: Path) -> None:
    """Make the project, own five, and make one change of each sort to the files."""
    definitions = folder / "assistants"
    definitions.mkdir(parents=True)
    (folder / "assistants-sync.yaml").write_text("project: crash\n")
    for key in KEYS:
        _define(definitions, key, _FORGET if key == "let-go" else "")
    argv = ["--chdir", str(folder), "--emulator", "apply", "--auto-approve"]
    command = [sys.executable, "-m", "assistants_sync", *argv]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    with _store(folder) as store:
        store.insert("00000000-0000-4000-8000-000000000000", {"name": "bystander"}, 1)
    for key in ("let-go", "gone-1", "gone-2"):
        (definitions / f"{key}.yaml").unlink()
    _define(definitions, "edited", "firstMessage: Good day\n")
    _define(definitions, "kept", _PROTECT)
    _define(definitions, "fresh", "")


def _define(folder: Path, key: str, more: str) -> None:
    (folder / f"{key}.yaml").write_text(f"name: {key}\n{more}")


def copy(scene: Path, folder: Path) -> Path:
    """Give a copy of the scene, to be broken."""
    shutil.copytree(scene, folder)
    return folder


def live(folder: Path) -> dict[str, str]:
    """Give the names of what is live by id, through the API as anybody sees it."""

    async def read() -> dict[str, str]:
        with _store(folder) as store:
            transport = httpx.ASGITransport(create_app(store))
            async with httpx.AsyncClient(
                transport=transport,
                base_url="http://emulator",
                headers={"Authorization": "Bearer colleague"},
            ) as colleague:
                listed = (await colleague.get("/assistant", params={"limit": 1000})).json()
        return {str(each["id"]): str(each["name"]) for each in listed}

    return asyncio.run(read())


def _store(folder: Path) -> Store:
    return Store(folder / "state" / "default.emulator.sqlite")


def deletions_left(shell: Shell) -> int:
    """Ask a plan how many deletions there are still to do."""
    planned = shell("--emulator", "plan", "--format", "json")
    assert planned.code == 0, planned.out
    return int(json.loads(planned.out)["summary"]["delete"])


def heal(shell: Shell, before: Mapping[str, str]) -> None:
    """Run the same apply again, for exactly the deletions left, and see that all is well.

    `before` is what was live before the run that broke.
    """
    applied = shell(*apply_of(deletions_left(shell)))
    assert applied.code == 0, applied.out + applied.err
    check(shell, before)


def check(shell: Shell, before: Mapping[str, str]) -> None:
    """See that everything is as defined: nothing twice, nothing lost, nothing else deleted."""
    after = live(shell.folder)
    assert sorted(after.values()) == SETTLED
    stays = {remote_id for remote_id, name in before.items() if not name.startswith("gone")}
    assert stays <= after.keys()
    _check_state(shell, after)
    _check_backups(shell.folder / "state" / "default.trash")
    assert "Nobody holds it" in shell("lock", "show").out
    planned = shell("--emulator", "plan", "--detailed-exitcode")
    assert planned.code == 0, planned.out


def _check_state(shell: Shell, after: Mapping[str, str]) -> None:
    """See that the state owns the three, by the ids that are live; and that no litter is left."""
    state = decode_state(shell.read("state/default.json").encode(), "state")
    assert {address: owned.id for address, owned in state.owned.items()} == {
        f"assistant.{name}": remote_id
        for remote_id, name in after.items()
        if name in {"edited", "fresh", "kept"}
    }
    left = {path.name for path in (shell.folder / "state").iterdir()}
    assert left <= _FILES, left
    if "default.journal" in left:
        # Killed between the new state and the end of its journal: it is folded in, and ignored.
        data = (shell.folder / "state/default.journal").read_bytes()
        journal, _ = decode_journal(data, "journal")
        assert journal.serial < state.serial


def _check_backups(trash: Path) -> None:
    """See that what was deleted is kept whole; a kill may have torn another copy of it."""
    whole = set()
    for path in trash.iterdir():
        with suppress(ValueError):
            whole.add(json.loads(path.read_bytes())["body"]["name"])
    assert whole == {"gone-1", "gone-2"}
