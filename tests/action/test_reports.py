"""Nightly drift and the weekly clean-up report: one issue each, as long as there is something."""

import sqlite3
from contextlib import closing

from action.action_scene import Scene

_DESK = "Harbor Bikes front desk"


def edit(scene: Scene, name: str, **changes: str) -> None:
    path = f"/assistant/{scene.live()[name]['id']}"
    assert scene.api.patch(path, json=changes).is_success


def test_drift_opens_one_issue_keeps_it_and_closes_it(applied: Scene) -> None:
    github = applied.github
    original = applied.live()[_DESK]["firstMessage"]
    assert applied.nightly("drift.yml").conclusion == "success"
    assert github.issues == {}

    edit(applied, _DESK, firstMessage="Yo")
    ran = applied.nightly("drift.yml")
    assert ran.conclusion == "success", ran.log.text
    (issue,) = github.plain_issues()
    assert issue["title"] == "Assistants changed outside of their definitions: default"
    assert "Yo" in issue["body"]
    assert "Yo" in ran.summary

    github.say(issue["number"], "robin", "I am on it")
    edit(applied, _DESK, firstMessage="Yo again")
    applied.nightly("drift.yml")
    (same,) = github.plain_issues()
    assert same["number"] == issue["number"]
    assert "Yo again" in same["body"]

    edit(applied, _DESK, firstMessage=original)
    applied.nightly("drift.yml")
    assert github.plain_issues() == []
    (closed,) = github.plain_issues("closed")
    assert closed["state_reason"] == "completed"
    (said,) = github.comments_on(issue["number"])
    assert "found none" in said


def test_an_issue_of_somebody_else_is_left_alone(applied: Scene) -> None:
    edit(applied, _DESK, firstMessage="Yo")
    applied.nightly("drift.yml")
    (ours,) = applied.github.plain_issues()
    ours["user"] = {"login": "mallory"}
    body = ours["body"]
    edit(applied, _DESK, firstMessage="Yo again")
    applied.nightly("drift.yml")
    assert [each["body"] == body for each in applied.github.plain_issues()] == [True, False]


def test_a_run_that_cannot_look_leaves_the_issue_and_fails(applied: Scene) -> None:
    edit(applied, _DESK, firstMessage="Yo")
    applied.nightly("drift.yml")
    applied.machine.secrets = {**applied.machine.secrets, "VAPI_API_KEY": ""}
    ran = applied.nightly("drift.yml")
    assert (ran.conclusion, ran.exit_code) == ("failure", 7)
    assert len(applied.github.plain_issues()) == 1


def test_an_alarm_that_cannot_be_raised_fails_the_job(applied: Scene) -> None:
    edit(applied, _DESK, firstMessage="Yo")
    applied.github.faults[f"POST /repos/{applied.github.repository}/issues"] = 410
    ran = applied.nightly("drift.yml")
    assert ran.conclusion == "failure"
    assert "the issue could not be opened (HTTP 410 Faulty)" in ran.log.told("error")
    assert "Yo" in ran.summary


_HOSTILE = "``` <b>@everyone</b> ::error::x"


def test_the_report_lists_what_seems_stale_and_removes_nothing(applied: Scene) -> None:
    for name in ("Old one", _HOSTILE):
        assert applied.api.post("/assistant", json={"name": name}).is_success
    age(applied, days=90)
    before = applied.live()
    ran = applied.nightly("cleanup.yml")
    assert ran.conclusion == "success", ran.log.text
    (issue,) = applied.github.plain_issues()
    assert issue["title"] == "Assistants that seem stale: default"
    assert "## 2 stale assistants of 2" in issue["body"]
    assert _HOSTILE in issue["body"]
    assert issue["body"].count("\n````") == 2  # a fence that its name cannot end
    assert "Old one" in ran.summary
    assert ran.log.told("error") == []
    assert applied.live() == before

    for name in ("Old one", _HOSTILE):
        applied.api.delete(f"/assistant/{before[name]['id']}")
    applied.nightly("cleanup.yml")
    assert applied.github.plain_issues() == []


def age(scene: Scene, days: int) -> None:
    """Let everything that is live be so many days older."""
    with closing(sqlite3.connect(scene.emulator_file)) as database, database:
        database.execute(
            "UPDATE assistant SET created_ms = created_ms - :age, updated_ms = updated_ms - :age",
            {"age": days * 86_400_000},
        )
