"""A real YAML language server, from npm; unless ASSISTANTS_SYNC_EDITOR is set, nothing is run."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from editor.language_server import LanguageServer
from pydantic import TypeAdapter

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(path.parent for path in (ROOT / "examples").rglob("assistants-sync.yaml"))
_IS_WANTED = bool(os.environ.get("ASSISTANTS_SYNC_EDITOR"))  # noqa: TID251 -- chosen before any test
collect_ignore_glob = [] if _IS_WANTED else ["test_*.py"]

_SETTINGS: TypeAdapter[dict[str, object]] = TypeAdapter(dict[str, object])
_QUIET = {
    "yaml.schemaStore.enable": False,
    "yaml.kubernetesCRDStore.enable": False,
    "redhat.telemetry.enabled": False,
}
"""No test asks the network for more schemas."""


@contextmanager
def opened(folder: Path, *, with_settings: bool = True) -> Iterator[LanguageServer]:
    """Write the schemas of a project as people do, and open an editor with what is printed."""
    command = [sys.executable, "-m", "assistants_sync", "--chdir", str(folder), "schema"]
    ended = subprocess.run(
        command, check=True, capture_output=True, env={"PYTHONPATH": str(ROOT)}, text=True
    )
    settings = _SETTINGS.validate_json(ended.stdout) if with_settings else {}
    server = shutil.which("yaml-language-server")
    assert server, "yaml-language-server is not there: npm install yaml-language-server"
    with LanguageServer([server, "--stdio"], folder, {**settings, **_QUIET}) as editor:
        yield editor


@pytest.fixture(params=EXAMPLES, ids=lambda path: path.name)
def example(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Give a copy of each example in turn."""
    folder = tmp_path / "project"
    shutil.copytree(request.param, folder, ignore=shutil.ignore_patterns("state"))
    return folder


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Give a project without definitions."""
    folder = tmp_path / "project"
    (folder / "assistants").mkdir(parents=True)
    (folder / "assistants-sync.yaml").write_text("project: shop\n")
    return folder
