"""What the README shows is what happens: every command in it is run, every output compared."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from assistants_sync import errors
from assistants_sync.cli import main

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
_BLOCK = re.compile(r"<!-- (\w+) -->\n```console\n(.*?)```", re.DOTALL)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DIGEST = re.compile(r"Digest [0-9a-f]{12}")


def _blocks(name: str) -> str:
    return "".join(text for title, text in _BLOCK.findall(README) if title == name)


def _commands(text: str) -> list[tuple[str, str]]:
    found = re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE)
    assert found
    return found


def _settled(text: str) -> list[str]:
    """Ids and digests are made anew each time; two streams in one pipe have no order."""
    return sorted(_DIGEST.sub("Digest", _UUID.sub("ID", text)).splitlines())


@pytest.fixture
def quickstart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a copy of the quick start, and put the command on the path."""
    shim = tmp_path / "bin" / "assistants-sync"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m assistants_sync "$@"\n')
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", str(shim.parent), prepend=os.pathsep)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("COLUMNS", "80")
    folder = tmp_path / "quickstart"
    shutil.copytree(
        ROOT / "examples" / "quickstart", folder, ignore=shutil.ignore_patterns("state")
    )
    return folder


def _run(command: list[str], folder: Path) -> str:
    ended = subprocess.run(
        command,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    return ended.stdout


def test_the_tour_runs_as_it_is_written(quickstart: Path) -> None:
    for command, shown in _commands(_blocks("tour")):
        assert _settled(_run(["bash", "-c", command], quickstart)) == _settled(shown), command


@pytest.mark.parametrize(("command", "shown"), _commands(_blocks("help")))
def test_the_help_is_the_one_in_the_readme(quickstart: Path, command: str, shown: str) -> None:
    assert _run(["bash", "-c", command], quickstart) == shown


def test_the_demo_ends_as_the_readme_says(quickstart: Path) -> None:
    ran = _run([sys.executable, str(ROOT / "examples" / "demo.py"), str(quickstart)], ROOT)
    ((command, shown),) = _commands(_blocks("demo"))
    assert "the demo expected" not in ran
    assert all(line in ran for line in shown.splitlines())
    assert f"$ {command}" in ran


def test_every_exit_code_is_in_the_readme() -> None:
    codes = {
        each.exit_code
        for each in vars(errors).values()
        if isinstance(each, type) and issubclass(each, errors.SyncError)
    } | {main.BUG, main.INTERRUPTED, 0, 2}
    table = {int(number) for number in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)}
    assert table == codes


def test_every_package_is_on_the_floor_plan() -> None:
    plan = README.split("## Floor plan")[1].split("## Not there yet")[0]
    for path in (ROOT / "assistants_sync").iterdir():
        if path.suffix == ".py" and not path.stem.startswith("_"):
            assert f"      {path.name} " in plan
        elif (path / "__init__.py").exists():
            assert f"      {path.name}/ " in plan
