"""A project folder to write files into, loaded, or refused with its faults."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from assistants_sync.definitions.load import Loaded, load
from assistants_sync.errors import DefinitionError
from assistants_sync.model.diagnostic import Diagnostic


def write(root: Path, files: Mapping[str, str]) -> Path:
    """Write files (path: text) into a project folder; a project file is there unless given."""
    for name, text in {"assistants-sync.yaml": "project: test\n", **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    return root


def loaded(root: Path, files: Mapping[str, str], environment: str | None = None) -> Loaded:
    """Write files and load them."""
    return load(write(root, files), environment)


def faults(
    root: Path, files: Mapping[str, str], environment: str | None = None
) -> tuple[Diagnostic, ...]:
    """Write files and give the faults they are refused with."""
    with pytest.raises(DefinitionError) as caught:
        loaded(root, files, environment)
    assert caught.value.exit_code == 8
    return caught.value.diagnostics
