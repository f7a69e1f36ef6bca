"""What the README shows is what happens: every command in it is run, every output compared."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from transcripts import ROOT, Command, command_on_path, commands, settled

from assistants_sync import errors
from assistants_sync.cli import running

README = (ROOT / "README.md").read_text()
_BLOCK = re.compile(r"<!-- (\w+) -->\n```console\n(.*?)```", re.DOTALL)


def _blocks(name: str) -> str:
    return "".join(text for title, text in _BLOCK.findall(README) if title == name)


@pytest.fixture
def quickstart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a copy of the quick start, and put the command on the path."""
    for name, value in command_on_path(tmp_path / "bin").items():
        monkeypatch.setenv(name, value)
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
    for each in commands(_blocks("tour")):
        assert settled(_run(["bash", "-c", each.text], quickstart)) == settled(each.shown), each


@pytest.mark.parametrize("each", commands(_blocks("help")))
def test_the_help_is_the_one_in_the_readme(quickstart: Path, each: Command) -> None:
    assert _run(["bash", "-c", each.text], quickstart) == each.shown


def test_the_demo_ends_as_the_readme_says(quickstart: Path) -> None:
    ran = _run([sys.executable, str(ROOT / "examples" / "demo.py"), str(quickstart)], ROOT)
    (ending,) = commands(_blocks("demo"))
    assert "the demo expected" not in ran
    assert all(line in ran for line in ending.shown.splitlines())
    assert f"$ {ending.text}" in ran


def test_every_exit_code_is_in_the_readme() -> None:
    codes = {
        each.exit_code
        for each in vars(errors).values()
        if isinstance(each, type) and issubclass(each, errors.SyncError)
    } | {running.BUG, running.INTERRUPTED, 0, 2}
    table = {int(number) for number in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)}
    assert table == codes


def test_every_package_is_on_the_floor_plan() -> None:
    plan = README.split("## Floor plan")[1].split("## Not there yet")[0]
    for path in (ROOT / "assistants_sync").iterdir():
        if path.suffix == ".py" and not path.stem.startswith("_"):
            assert f"      {path.name} " in plan
        elif (path / "__init__.py").exists():
            assert f"      {path.name}/ " in plan
