"""A shell in the same process: argv in, exit code, stdout and stderr out."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from assistants_sync.cli.main import main

EXAMPLES = Path(__file__).parents[1] / "examples"


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


class Shell:
    """Runs commands in one project folder."""

    def __init__(
        self, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.folder = folder
        self._capsys, self._monkeypatch = capsys, monkeypatch

    def __call__(self, *argv: str) -> Ended:
        code = main(["--chdir", str(self.folder), *argv])
        captured = self._capsys.readouterr()
        assert "Traceback" not in captured.err
        return Ended(code, captured.out, captured.err)

    def bare(self, *argv: str) -> Ended:
        """Run without naming the folder."""
        code = main(list(argv))
        captured = self._capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    def write(self, name: str, text: str | bytes) -> Path:
        """Write a file of the project."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def read(self, name: str) -> str:
        """Read a file of the project."""
        return (self.folder / name).read_text()

    def set(self, variables: Mapping[str, str]) -> None:
        """Set environment variables."""
        for name, value in variables.items():
            self._monkeypatch.setenv(name, value)

    def copy_example(self, name: str) -> None:
        """Start from an example."""
        shutil.copytree(
            EXAMPLES / name, self.folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("state")
        )
