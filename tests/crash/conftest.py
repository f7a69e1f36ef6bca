"""Every crash test gets the scene to copy, the process that breaks, and a shell that heals."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from crash import scene
from crash.failpoints import HurriedClock
from crash.tally import Tally
from shell import Shell

from assistants_sync.cli import session
from assistants_sync.emulator import app

collect_ignore = [] if scene.IS_FULL else ["test_killed_by_syscall.py"]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the scene, which nobody changes."""
    folder = tmp_path_factory.mktemp("stage") / "project"
    scene.set_scene(folder)
    return folder


@pytest.fixture(scope="module")
def nursery() -> Iterator[scene.Nursery]:
    """Give the process that runs commands and breaks them."""
    with scene.nursery() as process:
        yield process


@pytest.fixture
def tally(record_property: Callable[[str, object], None]) -> Tally:
    """Give what counts the points of a test, for the end of pytest's report."""
    return Tally(record_property)


@pytest.fixture
def shell_in(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[[Path], Shell]:
    """Give what makes a shell in a folder; its clock, the emulator's too, waits for nobody."""
    clock = HurriedClock()
    monkeypatch.setattr(session, "SystemClock", lambda: clock)
    monkeypatch.setattr(app, "create_app", partial(app.create_app, clock=clock.now))
    return lambda folder: Shell(folder, capsys, monkeypatch)
