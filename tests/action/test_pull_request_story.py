"""From a pull request to production: a comment, an approval, and exactly that plan."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from action.action_scene import Scene
from action.runs import Run

_PROMPT = "prompts/front-desk.txt"


def rewrite(branch: Path, name: str, old: str, new: str) -> None:
    path = branch / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def edited(scene: Scene) -> Path:
    """Give a branch that changes a prompt."""
    branch = scene.branch()
    rewrite(branch, _PROMPT, "You are Robin", "You are Alex")
    return branch


def codes(run: Run) -> dict[str, int]:
    return {name: ran.exit_code for name, ran in run.jobs.items()}


def test_the_whole_story(applied: Scene) -> None:
    scene, github = applied, applied.github
    before = scene.live()
    doomed = before["Harbor Bikes after hours"]["id"]
    phone = scene.api.post(
        "/phone-number", json={"name": "Main line", "assistantId": doomed}
    ).json()
    branch = edited(scene)
    (branch / "assistants/after-hours.md").unlink()
    number = github.open_pull_request()

    ran = scene.propose(branch, number)
    assert ran.conclusion == "success", ran.log.text
    (comment,) = github.comments_on(number)
    assert "## Plan for `default`: 1 to update, 1 to delete" in comment
    assert "- You are Robin, the voice" in comment
    assert "+ You are Alex, the voice" in comment
    assert "Main line" in comment
    assert phone["id"] in comment
    assert "1 blocked" in comment
    assert ran.summary in comment

    scene.api.delete(f"/phone-number/{phone['id']}")
    scene.propose(branch, number)
    (again,) = github.comments_on(number)
    assert "blocked" not in again
    assert "1 to delete" in again

    run = scene.merge(branch, number)
    plan, apply = run.jobs["plan"], run.jobs["apply"]
    assert f"This is the plan that #{number} showed" in plan.summary
    assert plan.outputs["digest"].removeprefix("sha256:") in again
    assert apply.conclusion == "success", apply.log.text
    assert "1 updated, 1 deleted" in apply.summary
    after = scene.live()
    assert set(before) - set(after) == {"Harbor Bikes after hours"}
    assert "You are Alex" in json.dumps(after["Harbor Bikes front desk"])
    unchanged = "Harbor Bikes booking"
    assert after[unchanged] == before[unchanged]

    rerun = scene.push(again=run)
    assert codes(rerun)["apply"] == 4
    assert scene.live() == after
    assert scene.push().jobs["apply"].conclusion == "skipped"


def test_nothing_is_applied_that_nobody_approved(applied: Scene) -> None:
    before = applied.live()
    run = applied.merge(edited(applied), applied.github.open_pull_request(), lambda _kept: False)
    assert run.jobs["apply"].conclusion == "waiting"
    assert applied.live() == before


def change_definition(scene: Scene, _kept: Path) -> None:
    rewrite(scene.main, _PROMPT, "You are Alex", "You are Mallory")


def change_plan(_scene: Scene, kept: Path) -> None:
    (path,) = kept.glob("*/plan.json")
    path.write_text(path.read_text().replace("You are Alex", "You are Mallory"))


def drop_a_line_of_the_plan(_scene: Scene, kept: Path) -> None:
    (path,) = kept.glob("*/plan.json")
    plan = json.loads(path.read_text())
    plan["resource_changes"] = plan["resource_changes"][1:]
    path.write_text(json.dumps(plan))


def swap_plan(scene: Scene, kept: Path) -> None:
    """A whole plan of the same definitions, with a digest of its own, that nobody approved."""
    run = scene.propose_with(scene.main, command="plan", arguments="--exclude=assistant.front-desk")
    (theirs,) = run.artifacts.glob("*/plan.json")
    (ours,) = kept.glob("*/plan.json")
    ours.write_text(theirs.read_text())


def edit_live(scene: Scene, _kept: Path) -> None:
    live = scene.live()["Harbor Bikes front desk"]
    assert scene.api.patch(f"/assistant/{live['id']}", json={"firstMessage": "Hi"}).is_success


@pytest.mark.parametrize(
    "meddle",
    [change_definition, change_plan, drop_a_line_of_the_plan, swap_plan, edit_live],
    ids=lambda each: each.__name__,
)
def test_what_changes_after_the_approval_is_not_applied(
    applied: Scene, meddle: Callable[[Scene, Path], None]
) -> None:
    scene = applied
    seen: list[dict[str, object]] = []

    def approve(kept: Path) -> bool:
        meddle(scene, kept)
        seen.append(dict(scene.live()))
        return True

    run = scene.merge(edited(scene), scene.github.open_pull_request(), approve)
    assert codes(run) == {"plan": 0, "apply": 4}, run.jobs["apply"].log.text
    assert run.jobs["apply"].conclusion == "failure"
    assert "error: " in run.jobs["apply"].summary
    assert scene.live() == seen[0]


def test_another_plan_than_the_pull_request_showed_is_pointed_out(applied: Scene) -> None:
    number = applied.github.open_pull_request()
    branch = edited(applied)
    applied.propose(branch, number)
    edit_live(applied, branch)
    run = applied.merge(branch, number, lambda _kept: False)
    assert f"#{number} showed another plan" in run.jobs["plan"].summary


def test_a_digest_somebody_else_wrote_in_a_comment_counts_for_nothing(applied: Scene) -> None:
    number = applied.github.open_pull_request()
    branch = edited(applied)
    applied.propose(branch, number)
    (comment,) = applied.github.comments_on(number)
    applied.github.comments.clear()
    applied.github.say(number, "mallory", comment)
    run = applied.merge(branch, number, lambda _kept: False)
    assert "showed" not in run.jobs["plan"].summary
    assert run.jobs["plan"].conclusion == "success"


def test_a_fault_takes_the_place_of_the_plan_and_fails_the_job(applied: Scene) -> None:
    number = applied.github.open_pull_request()
    applied.propose(edited(applied), number)
    branch = applied.branch()
    (branch / "assistants/new.yaml").write_text("firstMesage: Hello\n")
    ran = applied.propose(branch, number)
    assert (ran.conclusion, ran.exit_code) == ("failure", 8)
    (comment,) = applied.github.comments_on(number)
    assert "## No plan for `default`" in comment
    assert "did you mean `firstMessage`?" in comment
    assert "<!-- digest" not in comment
    assert any("firstMesage" in told for told in ran.log.told("error"))
    assert "No plan" in ran.summary


def test_the_comment_is_found_on_a_later_page_and_nobody_elses_is_touched(applied: Scene) -> None:
    github = applied.github
    github.page_size = 3
    number = github.open_pull_request()
    applied.propose(edited(applied), number)
    (first,) = github.comments_on(number)
    ours = github.comments.popitem()[1]
    for _ in range(7):
        github.say(number, "mallory", first)
    github.comments[10_000] = {**ours, "id": 10_000}
    assert applied.propose(applied.branch(), number).conclusion == "success"
    assert set(github.comments_on(number, "mallory")) == {first}
    (replaced,) = github.comments_on(number)
    assert "no changes" in replaced


def test_a_comment_that_cannot_be_made_is_a_warning(applied: Scene) -> None:
    number = applied.github.open_pull_request()
    path = f"/repos/{applied.github.repository}/issues/{number}/comments"
    applied.github.faults[f"POST {path}"] = 502
    ran = applied.propose(edited(applied), number)
    assert ran.conclusion == "success"
    (told,) = ran.log.told("warning")
    assert "could not be made (HTTP 502 Faulty)" in told
    assert "1 to update" in ran.summary


def test_no_secret_stands_in_what_a_run_leaves(applied: Scene) -> None:
    number = applied.github.open_pull_request()
    ran = applied.propose(edited(applied), number)
    left = ran.log.text + ran.summary + "".join(applied.github.comments_on(number))
    kept = "".join(each.read_text() for each in applied.machine.folder.glob("artifacts-*/*/*"))
    assert re.search("canary-", left + kept) is None
