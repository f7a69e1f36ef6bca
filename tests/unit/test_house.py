"""The house holds: who may import whom, how long a room may be, and nothing forbidden in it."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "assistants_sync").rglob("*.py"))
LONGEST_MODULE = 300
LONGEST_FUNCTION = 45


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_room_is_too_long(module: Path) -> None:
    text = module.read_text()
    assert len(text.splitlines()) <= LONGEST_MODULE
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            documented = len((ast.get_docstring(node) or "").splitlines())
            assert length - documented <= LONGEST_FUNCTION, node.name


def test_no_room_has_a_name_that_says_nothing() -> None:
    forbidden = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
    assert not forbidden & {path.stem for path in MODULES}
    assert not forbidden & {path.parent.name for path in MODULES}


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("model/value.py", "import assistants_sync.errors", "Imports go down only"),
        ("planning/order.py", "import httpx", "Only vapi speaks HTTP"),
        ("views/paint.py", "import sys", "touch nothing outside"),
        ("definitions/files.py", "import yaml", "Only yaml_text reads YAML"),
        ("emulator/query.py", "import assistants_sync.model.value", "shares no code with us"),
        ("definitions/load.py", "import jsonschema_rs", "knows the checker"),
        ("state/lock.py", "import assistants_sync.state.local.files", "No cycles"),
    ],
)
def test_a_planted_violation_breaks_a_contract(
    tmp_path: Path, module: str, line: str, contract: str
) -> None:
    shutil.copytree(ROOT / "assistants_sync", tmp_path / "assistants_sync")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    planted = tmp_path / "assistants_sync" / module
    planted.write_text(planted.read_text() + f"\n{line}\n")
    if contract == "No cycles":
        other = tmp_path / "assistants_sync" / "state" / "local" / "files.py"
        other.write_text(other.read_text() + "\nimport assistants_sync.state.lock\n")
    ended = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command as run; run()",
            "--no-cache",
        ],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1, ended.stdout + ended.stderr
    broken = [each for each in ended.stdout.splitlines() if " BROKEN" in each]
    assert any(contract in each for each in broken), ended.stdout
