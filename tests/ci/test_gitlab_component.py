"""The GitLab component from a merge request to an apply, on the emulator and GitLab's state."""

import copy
import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from backends.http_state_server import JOB_TOKEN, GitLabServer, Kept
from ci.gitlab_runner import Pipeline, PipelineError, Ran, read_component
from ci.served_emulator import ROOT, named, path_with_tool, served_emulator

COMPONENT: Final = ROOT / "templates" / "assistants-sync.yml"
QUICKSTART: Final = ROOT / "examples" / "quickstart"
MERGE_REQUEST: Final = {
    "CI_PIPELINE_SOURCE": "merge_request_event",
    "CI_MERGE_REQUEST_PROJECT_ID": "team%2Fshop",
    "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "team%2Fshop",
}
MAIN: Final = {"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "main"}
SCHEDULE: Final = {"CI_PIPELINE_SOURCE": "schedule", "CI_COMMIT_BRANCH": "main"}


@dataclass
class Forge:
    """A project at GitLab, its state and the API beside it."""

    place: Path
    vapi: httpx.Client
    state: GitLabServer
    inputs: dict[str, str] = field(default_factory=lambda: {"image": "image"})
    pipelines: int = 0

    @property
    def source(self) -> Path:
        """The files of the commit that is built."""
        return self.place / "source"

    def pipeline(
        self, kind: Mapping[str, str], *, key: bool, extra: Mapping[str, str] | None = None
    ) -> Pipeline:
        """Give a new pipeline; `key` says that it may read the protected variable."""
        self.pipelines += 1
        variables = {
            "PATH": path_with_tool(self.place / "bin"),
            "HOME": str(self.place),
            "VAPI_BASE_URL": str(self.vapi.base_url),
            "CI_API_V4_URL": f"{self.state.endpoint}/api/v4",
            "CI_SERVER_HOST": "127.0.0.1",
            "CI_JOB_TOKEN": JOB_TOKEN,
            "CI_PROJECT_ID": "team%2Fshop",
            "CI_DEFAULT_BRANCH": "main",
            **({"VAPI_API_KEY": "canary-key"} if key else {}),
            **kind,
            **(extra or {}),
        }
        jobs = read_component(COMPONENT, self.inputs)
        return Pipeline(jobs, self.source, variables, self.place / f"pipeline-{self.pipelines}")

    def review(self, *, key: bool = False, **extra: str) -> Ran:
        """Run what a merge request runs; give the plan job."""
        pipeline = self.pipeline(MERGE_REQUEST, key=key, extra=extra)
        assert pipeline.run("assistants-sync:validate").code == 0
        return pipeline.run("assistants-sync:plan")

    def planned(self) -> Pipeline:
        """Give a pipeline of the default branch that has planned."""
        pipeline = self.pipeline(MAIN, key=True)
        assert pipeline.run("assistants-sync:validate").code == 0
        ran = pipeline.run("assistants-sync:plan")
        assert ran.code == 0, ran.log
        return pipeline


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Mapping[str, Kept]]:
    """Give the store and the state of a project whose three assistants are live."""
    place = tmp_path_factory.mktemp("settled")
    with served_emulator(place / "store") as vapi, GitLabServer() as state:
        forge = Forge(place, vapi, state)
        shutil.copytree(QUICKSTART, forge.source, ignore=shutil.ignore_patterns("state"))
        first = forge.planned().run("assistants-sync:apply")
        assert first.code == 0, first.log
    return place / "store", state.kept


@pytest.fixture
def forge(tmp_path: Path, settled: tuple[Path, Mapping[str, Kept]]) -> Iterator[Forge]:
    """Give that project."""
    shutil.copy(settled[0], tmp_path / "store")
    with served_emulator(tmp_path / "store") as vapi, GitLabServer() as state:
        state.kept |= copy.deepcopy(settled[1])
        forge = Forge(tmp_path, vapi, state)
        shutil.copytree(QUICKSTART, forge.source, ignore=shutil.ignore_patterns("state"))
        yield forge


def edit(forge: Forge, old: str = "You are Robin", new: str = "You are Alex") -> None:
    prompt = forge.source / "prompts" / "front-desk.txt"
    prompt.write_text(prompt.read_text().replace(old, new))


def said_of(ran: Ran, name: str = "assistants-sync-out/plan.json") -> dict[str, Any]:
    document: dict[str, Any] = json.loads((ran.files / name).read_text())
    return document


def test_a_merge_request_is_reviewed_and_its_merge_applied_as_planned(forge: Forge) -> None:
    edit(forge)
    (forge.source / "assistants" / "after-hours.md").unlink()
    review = forge.review()
    assert review.code == 0, review.log
    assert "2 owned" not in review.log
    assert (review.files / "assistants-sync-out" / "plan.html").stat().st_size
    assert review.dotenv["ASSISTANTS_SYNC_UPDATE"] == "1"
    assert review.dotenv["ASSISTANTS_SYNC_DELETE"] == "1"
    widget = review.files.parent / "reports" / "assistants-sync-out" / "gitlab.json"
    assert json.loads(widget.read_text()) == {"create": 0, "update": 1, "delete": 1}

    pipeline = forge.planned()
    assert pipeline.plan() == {
        "assistants-sync:validate": "on_success",
        "assistants-sync:plan": "on_success",
        "assistants-sync:apply": "manual",
    }
    digest = pipeline.ran["assistants-sync:plan"].dotenv["ASSISTANTS_SYNC_DIGEST"]
    assert digest == said_of(pipeline.ran["assistants-sync:plan"])["digest"]
    ended = pipeline.run("assistants-sync:apply")
    assert ended.code == 0, ended.log
    assert "1 updated, 1 deleted" in ended.log
    live = named(forge.vapi)
    assert {*live} == {"Harbor Bikes front desk", "Harbor Bikes booking"}
    assert "You are Alex" in live["Harbor Bikes front desk"]["model"]["messages"][0]["content"]


def test_an_approval_ends_with_a_later_edit_in_the_dashboard(forge: Forge) -> None:
    edit(forge)
    pipeline = forge.planned()
    desk = named(forge.vapi)["Harbor Bikes front desk"]
    body = {**desk["model"], "temperature": 0.9}
    forge.vapi.patch(f"/assistant/{desk['id']}", json={"model": body}).raise_for_status()
    ended = pipeline.run("assistants-sync:apply")
    assert ended.code == 4, ended.log
    assert named(forge.vapi)["Harbor Bikes front desk"]["model"]["temperature"] == 0.9


def test_an_approval_is_for_one_apply(forge: Forge) -> None:
    edit(forge)
    pipeline = forge.planned()
    assert pipeline.run("assistants-sync:apply").code == 0
    assert pipeline.run("assistants-sync:apply").code == 4


def test_an_older_pipeline_does_not_undo_a_newer_one(forge: Forge) -> None:
    edit(forge)
    older = forge.planned()
    edit(forge, "You are Alex", "You are Sam")
    assert forge.planned().run("assistants-sync:apply").code == 0
    assert older.run("assistants-sync:apply").code == 4
    prompt = named(forge.vapi)["Harbor Bikes front desk"]["model"]["messages"][0]["content"]
    assert "You are Sam" in prompt


@pytest.mark.parametrize("digest", ["0" * 64, ""])
def test_another_plan_than_the_one_of_the_digest_is_not_applied(forge: Forge, digest: str) -> None:
    edit(forge)
    ended = forge.planned().run("assistants-sync:apply", {"ASSISTANTS_SYNC_DIGEST": digest})
    assert ended.code != 0
    assert "You are Robin" in str(named(forge.vapi))


def test_more_deletions_than_the_brake_allows_take_a_number_given_to_the_manual_job(
    forge: Forge,
) -> None:
    for name in ("after-hours.md", "booking.yaml"):
        (forge.source / "assistants" / name).unlink()
    pipeline = forge.planned()
    assert pipeline.run("assistants-sync:apply").code == 3
    assert len(named(forge.vapi)) == 3
    ended = pipeline.run("assistants-sync:apply", {"ASSISTANTS_SYNC_ALLOW_DELETES": "2"})
    assert ended.code == 0, ended.log
    assert len(named(forge.vapi)) == 1


def test_a_plan_of_a_merge_request_without_a_key_is_applied_by_nobody(forge: Forge) -> None:
    edit(forge)
    review = forge.review()
    pipeline = forge.pipeline(MAIN, key=True)
    pipeline.ran["assistants-sync:plan"] = review
    ended = pipeline.run("assistants-sync:apply")
    assert ended.code not in {0, 2}
    assert "You are Robin" in str(named(forge.vapi))


def test_definitions_of_a_fork_meet_no_key_and_no_secret(forge: Forge) -> None:
    (forge.source / "assistants" / "thief.yaml").write_text(
        "name: Thief\nfirstMessage: !secret DEPLOY_PASSWORD\n"
    )
    asked: list[str] = []
    forge.state.spoil = lambda ask: asked.append(ask.method)
    before = forge.vapi.get("/assistant").json()
    # Even where a maintainer runs it in the project itself, with every variable unprotected.
    review = forge.review(
        key=True,
        CI_MERGE_REQUEST_SOURCE_PROJECT_ID="stranger",
        DEPLOY_PASSWORD="canary-password",
    )
    assert review.code == 0, review.log
    everything = review.log + "".join(
        path.read_text() for path in review.files.parent.rglob("assistants-sync-out/*")
    )
    assert "canary" not in everything
    assert "secret unknown" in everything
    assert "nothing live was read" in review.log
    assert {*asked} == {"GET"}
    assert forge.vapi.get("/assistant").json() == before


def test_a_fork_is_only_validated_where_reading_state_takes_a_secret(forge: Forge) -> None:
    forge.inputs["state_url"] = "s3://bucket/voice"
    review = forge.review()
    assert review.code == 0
    assert "Validated only" in review.log


def test_the_default_branch_without_a_key_says_so(forge: Forge) -> None:
    pipeline = forge.pipeline(MAIN, key=False)
    pipeline.run("assistants-sync:validate")
    ended = pipeline.run("assistants-sync:plan")
    assert ended.code == 7
    assert "No API key" in ended.log
    with pytest.raises(PipelineError, match="failed"):
        pipeline.run("assistants-sync:apply")


def test_a_faulty_definition_fails_the_pipeline_and_is_reported(forge: Forge) -> None:
    (forge.source / "assistants" / "new.yaml").write_text("firstMesage: Hello\n")
    pipeline = forge.pipeline(MERGE_REQUEST, key=True)
    ended = pipeline.run("assistants-sync:validate")
    assert ended.code == 8
    report = ended.files.parent / "reports" / "assistants-sync-out" / "validate.xml"
    assert "Unknown field" in report.read_text()
    with pytest.raises(PipelineError, match="failed"):
        pipeline.run("assistants-sync:plan")


def test_drift_warns_and_the_clean_up_report_names_who_nobody_calls(forge: Forge) -> None:
    desk = named(forge.vapi)["Harbor Bikes front desk"]
    forge.vapi.patch(f"/assistant/{desk['id']}", json={"firstMessage": "Edited"})
    forge.vapi.post("/assistant", json={"name": "Left behind"})
    pipeline = forge.pipeline(SCHEDULE, key=True)
    assert {*pipeline.plan()} == {
        f"assistants-sync:{job}" for job in ("validate", "drift", "cleanup")
    }
    drift = pipeline.run("assistants-sync:drift")
    assert (drift.code, drift.is_allowed_to_fail) == (2, True)
    assert "Edited" in (drift.files / "assistants-sync-out" / "drift.html").read_text()
    cleanup = pipeline.run("assistants-sync:cleanup")
    assert cleanup.code == 0, cleanup.log
    assert "Left behind" in (cleanup.files / "assistants-sync-out" / "cleanup.csv").read_text()


def test_drift_that_cannot_be_read_is_a_failure(forge: Forge) -> None:
    drift = forge.pipeline(SCHEDULE, key=False).run("assistants-sync:drift")
    assert (drift.code, drift.is_allowed_to_fail) == (7, False)


@pytest.mark.parametrize("only", ["drift", "cleanup"])
def test_a_schedule_picks_its_report(forge: Forge, only: str) -> None:
    pipeline = forge.pipeline(SCHEDULE, key=True, extra={"ASSISTANTS_SYNC_ONLY": only})
    assert {*pipeline.plan()} == {"assistants-sync:validate", f"assistants-sync:{only}"}
