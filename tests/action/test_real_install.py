"""The step that installs, as it is: hashed wheels, and the tool of this tree."""

from pathlib import Path

import pytest
from action.action_scene import Scene


@pytest.mark.usefixtures("full")
def test_what_the_action_installs_plans(applied: Scene) -> None:
    applied.machine.tool = ""
    branch = applied.branch()
    (branch / "assistants/new.yaml").write_text("name: New\n")
    number = applied.github.open_pull_request()
    ran = applied.propose(branch, number)
    assert ran.conclusion == "success", ran.log.text
    assert "1 to create" in applied.github.comments_on(number)[0]
    (tool,) = applied.machine.folder.glob("job-*/temp/assistants-sync/lib/*/site-packages/obstore")
    assert Path(tool).is_dir()
