"""A command imports what it needs, and no more: that is most of what a short one costs."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from shell import EXAMPLES, Shell

_RUN = """
import sys
from assistants_sync.cli.main import main
code = main(sys.argv[1:])
print(code, *sys.modules, file=sys.stderr)
"""

ROOT = Path(__file__).parents[2]
NETWORK = {"asyncio", "httpx", "ssl"}
VIEWS_OF_OTHERS = {"rich", "click", "pygments"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a project of three files, as people begin with."""
    return shutil.copytree(EXAMPLES / "quickstart", tmp_path / "project")


def _imported(folder: Path, *argv: str) -> set[str]:
    """Run a command in a process of its own; give every module that it imported."""
    ended = subprocess.run(
        [sys.executable, "-c", _RUN, *argv],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(folder)},  # noqa: TID251 -- the child finds git
        capture_output=True,
        text=True,
        check=True,
    )
    code, *imported = ended.stderr.splitlines()[-1].split()
    assert code == "0", ended.stderr
    return set(imported)


def test_the_version_imports_nearly_nothing(folder: Path) -> None:
    imported = _imported(folder, "--version")
    assert not imported & {"argparse", "pydantic", "dataclasses", "json", "pathlib"}


def test_help_imports_what_reads_a_command_line(folder: Path) -> None:
    imported = _imported(folder, "--help")
    assert "argparse" in imported
    assert not imported & {"pydantic", "dataclasses", "difflib", "traceback", *NETWORK}


def test_validate_imports_no_network_and_nothing_of_plans(folder: Path) -> None:
    imported = _imported(folder, "validate")
    assert {"yaml", "assistants_sync.resources.assistant_2026"} <= imported
    assert not imported & {"deepdiff", *NETWORK, *VIEWS_OF_OTHERS}
    assert not imported & {"assistants_sync.model.plan", "assistants_sync.model.event"}
    assert not any(name.startswith("assistants_sync.planning") for name in imported)


def test_a_plan_of_nothing_imports_no_display_and_compares_no_lists(folder: Path) -> None:
    _imported(folder, "--emulator", "apply", "--auto-approve")
    imported = _imported(folder, "--emulator", "plan")
    assert "httpx" in imported
    assert not imported & {"deepdiff", "assistants_sync.planning.schema", *VIEWS_OF_OTHERS}


@pytest.mark.parametrize("argv", [("state", "list"), ("trash", "list"), ("history", "list")])
def test_a_look_at_the_state_reads_no_definition(folder: Path, argv: tuple[str, ...]) -> None:
    imported = _imported(folder, *argv)
    assert not imported & {"httpx", "deepdiff", "assistants_sync.definitions.load"}
    assert not imported & {"assistants_sync.resources.assistant_2026", "assistants_sync.observe"}


def test_a_hint_names_a_flag_of_the_command_typed(shell: Shell) -> None:
    assert "did you mean" not in shell("validate", "--auto-aprove").err
    assert "did you mean `--auto-approve`?" in shell("apply", "--auto-aprove").err


def test_what_is_answered_at_once_and_cannot_be_written_is_told(folder: Path) -> None:
    with open("/dev/full", "w") as full:  # noqa: PTH123 -- a device
        ended = subprocess.run(
            [sys.executable, "-m", "assistants_sync", "--version"],
            cwd=folder,
            env={"PYTHONPATH": str(ROOT)},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert ended.returncode == 1
    assert "The result could not be written" in ended.stderr
