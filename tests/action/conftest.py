"""The action's real files, in a simulated repository; what they call has to be there.

bash, curl and jq are on every runner of GitHub's. Where they are not, none of this is run, unless
ASSISTANTS_SYNC_ACTION says `full`: then the action really installs the tool, and actionlint looks.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from action.action_scene import Scene, scene_in

_IS_FULL: Final = os.environ.get("ASSISTANTS_SYNC_ACTION") == "full"  # noqa: TID251 -- how much to test is asked of the tests, not of the tool
_HAS_ALL: Final = all(map(shutil.which, ("bash", "curl", "jq")))
collect_ignore_glob = [] if _IS_FULL or _HAS_ALL else ["test_*.py"]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """Give a repository whose main has been applied to nothing yet."""
    with scene_in(tmp_path) as made:
        yield made


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Give what the first apply left behind; nothing answers there any more."""
    with scene_in(tmp_path_factory.mktemp("first")) as scene:
        jobs = scene.push().jobs
        ends = {name: ran.conclusion for name, ran in jobs.items()}
        assert ends == {"plan": "success", "apply": "success"}, jobs["plan"].log.text
    return scene


@pytest.fixture
def applied(tmp_path: Path, first: Scene) -> Iterator[Scene]:
    """Give a repository whose main is live."""
    with scene_in(tmp_path, first) as made:
        yield made


@pytest.fixture
def full() -> None:
    """Say that a test is for who asked for all of it."""
    if not _IS_FULL:
        pytest.skip("ASSISTANTS_SYNC_ACTION=full runs it")
