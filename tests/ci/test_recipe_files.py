"""Every file of the recipes passes the checker of those who read it."""

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
import yaml
from ci.gitlab_runner import read_component
from ci.served_emulator import ROOT

COMPONENT: Final = ROOT / "templates" / "assistants-sync.yml"
EXAMPLE: Final = ROOT / "examples" / "ci" / "gitlab" / ".gitlab-ci.yml"
SCRIPTS: Final = sorted(
    [*(ROOT / "examples" / "ci").glob("*/*.sh"), ROOT / ".ci" / "lock", ROOT / ".ci" / "run"]
)


def faults_of(path: Path) -> str:
    ended = subprocess.run(
        [Path(sys.executable).parent / "check-jsonschema",
         "--builtin-schema", "vendor.gitlab-ci", "--output-format", "text", path],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return ended.stdout + ended.stderr if ended.returncode else ""


def test_the_component_is_a_pipeline_to_gitlab(tmp_path: Path) -> None:
    header, body = yaml.safe_load_all(COMPONENT.read_text())
    jobs = read_component(COMPONENT, {"image": "registry.example/assistants-sync:0.1.0"})
    for name, document in {"header": header, "body": body, "jobs": jobs}.items():
        path = tmp_path / f"{name}.yml"
        path.write_text(yaml.safe_dump(document))
        assert faults_of(path) == ""


def test_the_example_is_a_pipeline_to_gitlab() -> None:
    assert faults_of(EXAMPLE) == ""


def test_the_checker_sees_a_keyword_that_gitlab_does_not_know(tmp_path: Path) -> None:
    jobs = read_component(COMPONENT, {"image": "image"})
    jobs["assistants-sync:plan"]["artifacts"]["reports"]["terrafrom"] = "x"
    (tmp_path / "jobs.yml").write_text(yaml.safe_dump(jobs))
    assert "terrafrom" in faults_of(tmp_path / "jobs.yml")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_every_script_is_clean_to_shellcheck(script: Path) -> None:
    tool = Path(sys.executable).parent / "shellcheck"
    ended = subprocess.run([tool, script], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout


def test_scripts_inside_the_component_are_clean_to_shellcheck(tmp_path: Path) -> None:
    tool = Path(sys.executable).parent / "shellcheck"
    for name, job in read_component(COMPONENT, {"image": "image"}).items():
        path = tmp_path / name.replace(":", "-")
        path.write_text("#!/bin/bash\nset -eo pipefail\n" + "\n".join(job["script"]) + "\n")
        ended = subprocess.run([tool, path], capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stdout
