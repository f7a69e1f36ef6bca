"""A pull request from a fork: it is looked at without a key, and nowhere else at all."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from action.action_scene import KEY, SECRETS, Scene, pull_request_event
from action.runs import Event, Ran
from backends.http_state_server import Asked, Said

_FORK = "mallory/voice"


@pytest.fixture
def stranger(applied: Scene) -> Path:
    """Give a branch of a fork that changes a prompt."""
    branch = applied.branch()
    path = branch / "prompts/front-desk.txt"
    path.write_text(path.read_text().replace("You are Robin", "You are Mallory"))
    return branch


def proposed(scene: Scene, branch: Path, name: str = "pull_request") -> Ran:
    number = scene.github.open_pull_request("mallory")
    return scene.propose(branch, number, head=_FORK, name=name)


def test_it_is_planned_without_a_key_and_says_what_it_does_not_know(
    applied: Scene, stranger: Path
) -> None:
    (stranger / "assistants/new.yaml").write_text(
        "name: New\nserver: {url: https://x.example, secret: !secret VAPI_API_KEY}\n"
    )
    ran = proposed(applied, stranger)
    assert ran.conclusion == "success", ran.log.text
    assert "1 to create, 1 to update" in ran.summary
    assert "(secret unknown)" in ran.summary
    assert "secrets_unavailable" in ran.summary
    (told,) = ran.log.told("warning")
    assert "HTTP 403 Resource not accessible by integration" in told


def test_its_plan_is_never_applied(applied: Scene, stranger: Path) -> None:
    proposed(applied, stranger)
    (plan,) = applied.machine.folder.glob("artifacts-*/*/plan.json")
    document = json.loads(plan.read_text())
    before = applied.live()

    def swap(kept: Path) -> bool:
        (ours,) = kept.glob("*/plan.json")
        ours.write_text(plan.read_text())
        return True

    applied.main = stranger
    run = applied.push(swap)
    assert run.jobs["plan"].outputs["digest"] != document["digest"]
    assert run.jobs["apply"].exit_code == 64
    assert applied.live() == before


def test_a_fault_of_it_fails_the_job_at_its_line(applied: Scene, stranger: Path) -> None:
    (stranger / "assistants/new.yaml").write_text("firstMesage: Hello\n")
    ran = proposed(applied, stranger)
    assert (ran.conclusion, ran.exit_code) == ("failure", 8)
    assert any("`firstMesage` is not a field" in told for told in ran.log.told("error"))


def test_where_the_state_cannot_be_read_it_is_checked_and_no_more(
    applied: Scene, stranger: Path
) -> None:
    applied.state.spoil = _locked_out
    ran = proposed(applied, stranger)
    assert ran.conclusion == "success", ran.log.text
    assert any("could not be planned here" in told for told in ran.log.told("warning"))


def test_a_key_that_is_there_all_the_same_is_not_used(applied: Scene, stranger: Path) -> None:
    """A private repository may give its secrets to forks; `token_env` could name any of them."""
    (stranger / "assistants-sync.yaml").write_text(
        f"project: harbor\nstate: {{url: '{applied.state.url('harbor')}'}}\n"
        "environments: {default: {token_env: AWS_SECRET_ACCESS_KEY}}\n"
    )
    number = applied.github.open_pull_request("mallory")
    event = pull_request_event(applied.github, stranger, number, head=_FORK)
    ran = _plan(applied, replace(event, is_fork=False))
    assert ran.conclusion == "success", ran.log.text
    assert "nothing live was read" in ran.summary


def test_without_a_secret_a_pull_request_of_our_own_is_looked_at_the_same_way(
    applied: Scene, stranger: Path
) -> None:
    applied.machine.secrets = dict.fromkeys(SECRETS, "")
    number = applied.github.open_pull_request("dependabot[bot]")
    ran = applied.propose(stranger, number)
    assert ran.conclusion == "success", ran.log.text
    (comment,) = applied.github.comments_on(number)
    assert "nothing live was read" in comment


@pytest.mark.parametrize("name", ["pull_request_target", "workflow_run", "issue_comment"])
def test_events_that_hand_the_key_to_a_stranger_are_refused(
    applied: Scene, stranger: Path, name: str
) -> None:
    number = applied.github.open_pull_request("mallory")
    event = pull_request_event(applied.github, stranger, number, name=name, head=_FORK)
    payload = {
        "pull_request_target": event.payload,
        "workflow_run": {"workflow_run": {"head_repository": {"full_name": _FORK}}},
        "issue_comment": {"issue": {"number": number, "pull_request": {}}},
    }[name]
    requests = len(applied.state.asked)
    ran = _plan(applied, replace(event, payload=payload, is_fork=False))
    assert (ran.conclusion, ran.exit_code) == ("failure", 3)
    assert "Refused" in ran.summary
    assert KEY not in ran.log.text
    assert len(applied.state.asked) == requests
    assert applied.github.comments_on(number) == []


def test_a_fork_that_is_gone_is_still_a_fork(applied: Scene, stranger: Path) -> None:
    number = applied.github.open_pull_request("mallory")
    event = pull_request_event(applied.github, stranger, number, name="pull_request_target")
    payload = {"pull_request": {"number": number, "head": {"sha": "", "repo": None}}}
    assert _plan(applied, replace(event, payload=payload)).exit_code == 3


def test_files_of_a_pull_request_are_never_run(applied: Scene, stranger: Path) -> None:
    trap = "open('/dev/stderr', 'w').write('::error::trapped')\nraise SystemExit(99)\n"
    for name in ("venv", "pip", "json", "ensurepip", "assistants_sync", "sitecustomize"):
        (stranger / f"{name}.py").write_text(trap)
    (stranger / "jq").write_text("#!/bin/sh\necho trapped\n")
    (stranger / "jq").chmod(0o755)
    (stranger / ".curlrc").write_text("this is no option\n")
    ran = proposed(applied, stranger)
    assert ran.conclusion == "success", ran.log.text
    assert "trapped" not in ran.log.text


def _plan(scene: Scene, event: Event) -> Ran:
    return scene.run("plan.yml", event).jobs["plan"]


def _locked_out(_asked: Asked) -> Said:
    return Said(401, b"")
