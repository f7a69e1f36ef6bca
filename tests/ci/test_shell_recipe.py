"""The recipe for any CI: two scripts, an approval in between."""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
import pytest
from ci.served_emulator import ROOT, named, path_with_tool, served_emulator

RECIPE: Final = ROOT / "examples" / "ci" / "shell"


@dataclass(frozen=True)
class Runner:
    """A CI that knows nothing but scripts and files."""

    place: Path
    vapi: httpx.Client

    @property
    def out(self) -> Path:
        """What is passed from job to job."""
        return self.place / "out"

    def __call__(
        self, script: str, *argv: str, key: str = "key"
    ) -> "subprocess.CompletedProcess[str]":
        variables = {
            "PATH": path_with_tool(self.place / "bin"),
            "HOME": str(self.place),
            "VAPI_BASE_URL": str(self.vapi.base_url),
            "VAPI_API_KEY": key,
        }
        return subprocess.run(
            [RECIPE / script, self.place / "project", self.out, *argv],
            env=variables, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def digest(self) -> str:
        """Give what an approver would approve."""
        return (self.out / "digest").read_text().strip()


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[Runner]:
    """Give a project that is not there yet."""
    shutil.copytree(
        ROOT / "examples" / "quickstart",
        tmp_path / "project",
        ignore=shutil.ignore_patterns("state"),
    )
    with served_emulator(tmp_path / "store") as vapi:
        yield Runner(tmp_path, vapi)


def test_what_was_approved_is_applied_once(runner: Runner) -> None:
    planned = runner("plan.sh")
    assert planned.returncode == 0, planned.stderr
    assert runner.digest() in planned.stdout
    assert {path.name for path in runner.out.iterdir()} == {
        "digest", "has-changes", "plan.html", "plan.json", "plan.md", "plan.xml", "validate.xml",
    }  # fmt: skip
    applied = runner("apply.sh", runner.digest())
    assert applied.returncode == 0, applied.stderr
    assert len(named(runner.vapi)) == 3
    assert runner("apply.sh", runner.digest()).returncode == 4
    assert runner("plan.sh").returncode == 0
    again = runner("apply.sh", runner.digest())
    assert (again.returncode, again.stdout) == (0, "Nothing to apply.\n")


def test_a_plan_that_was_swapped_has_no_approval(runner: Runner) -> None:
    runner("plan.sh")
    approved = runner.digest()
    (runner.place / "project" / "assistants" / "more.yaml").write_text("name: More\n")
    runner("plan.sh")
    assert runner("apply.sh", approved).returncode == 4
    assert named(runner.vapi) == {}


def test_no_prompt_passes_for_the_digest(runner: Runner) -> None:
    (runner.place / "project" / "assistants" / "sly.yaml").write_text(
        f'name: Sly\nmetadata: {{digest: "sha256:{"0" * 64}"}}\n'
        f'firstMessage: "a\\n  \\"digest\\": \\"sha256:{"1" * 64}\\","\n'
    )
    runner("plan.sh")
    assert runner("apply.sh", runner.digest()).returncode == 0
    assert "Sly" in named(runner.vapi)


def test_exit_codes_are_passed_on_and_leave_nothing_to_apply(runner: Runner) -> None:
    runner("plan.sh")
    (runner.place / "project" / "assistants" / "new.yaml").write_text("firstMesage: Hello\n")
    assert runner("plan.sh").returncode == 8
    assert {path.name for path in runner.out.iterdir()} == {"validate.xml"}
    assert runner("apply.sh", "0" * 64).returncode != 0


def test_without_a_key_a_plan_is_for_review_only(runner: Runner) -> None:
    assert runner("plan.sh", key="").returncode == 0
    assert runner("apply.sh", runner.digest()).returncode not in {0, 2}
    assert named(runner.vapi) == {}


@pytest.mark.parametrize("script", ["plan.sh", "apply.sh"])
def test_a_script_that_is_told_too_little_says_how_it_is_called(script: str) -> None:
    ended = subprocess.run([RECIPE / script], capture_output=True, text=True, check=False)
    assert ended.returncode != 0
    assert f"usage: {script} PROJECT_FOLDER" in ended.stderr
