"""What `doctor` says of a set-up that works, and of every way it can be wrong."""

import fcntl
import json
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from ci.served_emulator import served_emulator
from fakes import FakeClock
from shell import Ended, Shell

from assistants_sync.cli import session
from assistants_sync.cli.checks import installed
from assistants_sync.emulator import EMULATOR_ORG_ID
from assistants_sync.model.address import Address
from assistants_sync.model.journal import Dropped
from assistants_sync.state.codec import encode_entries, encode_header

GIT = shutil.which("git") or "git"
KEY = "canary-key-0123456789"
DESK = "name: Desk\nmodel: {provider: openai, model: gpt-4o}\n"


@dataclass
class Place:
    """A project whose API is the emulator on a port."""

    shell: Shell
    vapi: httpx.Client
    project: str = f"project: shop\nenvironments: {{default: {{org_id: {EMULATOR_ORG_ID}}}}}\n"

    def __call__(self, *argv: str) -> Ended:
        return self.shell(*argv)

    def doctor(self, *argv: str) -> dict[str, dict[str, Any]]:
        """Give what was said of each thing; a thing said twice with its environment before it."""
        ended = self.shell("doctor", "--format", "json", *argv)
        assert KEY[-4:] not in ended.out + ended.err
        document = json.loads(ended.out)
        failed = any(each["level"] == "fail" for each in document["checks"])
        assert (ended.code, document["healthy"]) == (1 if failed else 0, not failed)
        found: dict[str, dict[str, Any]] = {}
        for each in document["checks"]:
            name = each["what"]
            found[name if name not in found else f"{each['environment']}: {name}"] = each
        return found

    def bad(self, *argv: str) -> dict[str, str]:
        """Give the level of everything that is not well."""
        found = self.doctor(*argv).items()
        return {name: each["level"] for name, each in found if each["level"] != "ok"}


@pytest.fixture
def place(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """Give a project that is well: one assistant, applied, a key, nothing in git."""
    monkeypatch.setattr(session, "SystemClock", lambda: FakeClock(datetime.now(UTC)))
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    with served_emulator(tmp_path / "store") as vapi:
        shell.set({"VAPI_BASE_URL": str(vapi.base_url), "VAPI_API_KEY": KEY})
        place = Place(shell, vapi)
        shell.write("assistants-sync.yaml", place.project)
        shell.write("assistants/desk.yaml", DESK)
        assert shell("apply", "--auto-approve").code == 0
        yield place


def test_a_set_up_that_works_passes(place: Place) -> None:
    assert place.bad() == {}
    found = place.doctor()
    assert found["organisation"]["detail"] == f"{EMULATOR_ORG_ID}, as pinned"
    assert found["key"]["detail"] == "VAPI_API_KEY is set"
    assert found["state"]["detail"].startswith("1 owned")
    assert found["python"]["environment"] is None
    ended = place("doctor")
    assert (ended.code, ended.out.splitlines()[-1]) == (
        0,
        f"{len(found)} checks: 0 failed, 0 warned.",
    )
    assert "ok    key accepted" in ended.out
    assert place("doctor", "--emulator").code == 0


def test_every_check_runs_when_earlier_ones_fail(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VAPI_API_KEY")
    place.shell.write("assistants/bad.yaml", "firstMesage: Hello\n")
    place.shell.write("state/default.json", "{")
    assert place.bad() == {
        "definitions": "fail",
        "key": "fail",
        "organisation": "warn",
        "state": "fail",
    }
    told = place("doctor").out
    assert "VAPI_API_KEY or VAPI_TOKEN is not set" in told
    assert "assistants/bad.yaml:1:1: Unknown field" in told
    assert "hint: `validate` tells of all of them" in told


def test_without_a_project_file_the_key_and_the_network_are_looked_at(place: Place) -> None:
    (place.shell.folder / "assistants-sync.yaml").unlink()
    assert place.bad() == {"project file": "fail", "state": "warn"}
    assert place.doctor()["key accepted"]["level"] == "ok"


def test_every_environment_is_looked_at_unless_one_is_named(place: Place) -> None:
    place.shell.write(
        "assistants-sync.yaml",
        "project: shop\nenvironments: {default: {}, prod: {token_env: PROD_KEY}}\n",
    )
    found = place.doctor()
    assert found["key"]["detail"] == "VAPI_API_KEY is set"
    assert "PROD_KEY is not set" in found["prod: key"]["detail"]
    assert place.doctor("--env", "prod")["key"]["environment"] == "prod"
    assert place.bad("--env", "nowhere")["project file"] == "fail"


def test_an_organisation_that_is_another_ones_fails(place: Place) -> None:
    place.shell.write("assistants-sync.yaml", "project: shop\n")
    assert place.bad() == {}  # the state remembers it
    place.shell.write(
        "assistants-sync.yaml", "project: shop\nenvironments: {default: {org_id: other}}\n"
    )
    found = place.doctor()
    assert "the project file says other" in found["organisation"]["detail"]
    assert f"the key is of {EMULATOR_ORG_ID}" in found["default: organisation"]["detail"]
    (place.shell.folder / "state" / "default.json").unlink()
    place.shell.write("assistants-sync.yaml", "project: shop\n")
    found = place.doctor()
    assert "pinned nowhere" in found["organisation"]["detail"]
    assert f"`org_id: {EMULATOR_ORG_ID}`" in found["organisation"]["hint"]
    for each in place.vapi.get("/assistant").json():
        place.vapi.delete(f"/assistant/{each['id']}")
    assert "the list is empty" in place.doctor()["organisation"]["detail"]


@pytest.mark.parametrize(
    ("seconds", "level"), [(30, "ok"), (-30, "ok"), (90, "warn"), (-90, "warn"), (1200, "fail")]
)
def test_a_clock_is_held_against_the_servers(
    place: Place, monkeypatch: pytest.MonkeyPatch, seconds: int, level: str
) -> None:
    now = datetime.now(UTC) + timedelta(seconds=seconds)
    monkeypatch.setattr(session, "SystemClock", lambda: FakeClock(now))
    found = place.doctor()["clock"]
    assert found["level"] == level
    assert ("ahead of" if seconds > 0 else "behind") in found["detail"]


def test_a_server_that_is_not_there_is_told_from_an_address_no_key_may_go_to(place: Place) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    place.shell.set({"VAPI_BASE_URL": f"http://127.0.0.1:{port}"})
    assert place.bad() == {"reachable": "fail", "organisation": "warn"}
    assert "refuses connections" in place.doctor()["reachable"]["detail"]
    place.shell.set({"VAPI_BASE_URL": "https://nowhere.invalid"})
    assert place.bad() == {"address": "fail", "organisation": "warn"}
    assert "DNS knows no" in place.doctor("--allow-host", "nowhere.invalid")["reachable"]["detail"]


def test_a_refused_key_fails_and_is_not_shown(place: Place) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        place.shell.set({"VAPI_BASE_URL": f"http://127.0.0.1:{listener.getsockname()[1]}/nowhere"})
    place.shell.set({"VAPI_BASE_URL": f"{place.vapi.base_url}/nowhere"})
    assert place.bad() == {"key accepted": "fail", "organisation": "warn"}


def test_an_open_journal_is_told_of_and_a_held_lock_by_whom(place: Place) -> None:
    state = place.shell.folder / "state"
    now = json.loads((state / "default.json").read_text())
    journal = encode_header(now["lineage"], now["serial"])
    journal += encode_entries([Dropped(Address("assistant.desk"))])
    (state / "default.journal").write_bytes(journal)
    assert place.bad() == {"journal": "warn"}
    assert "1 entries of a run that did not end" in place.doctor()["journal"]["detail"]
    holder = {"id": "run-1", "who": "ann", "command": "apply", "since": "2026-11-21T09:00:00+00:00"}
    with (state / "default.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write(json.dumps(holder))
        lock.flush()
        assert place.bad() == {"lock": "warn"}  # the journal is its own, then
        assert "held by ann, running `apply`" in place.doctor()["lock"]["detail"]


def test_a_state_of_a_newer_tool_or_another_project_fails(place: Place) -> None:
    path = place.shell.folder / "state" / "default.json"
    document = json.loads(path.read_text())
    path.write_text(json.dumps({**document, "format_version": 99}))
    found = place.doctor()["state"]
    assert (found["level"], found["hint"]) == ("fail", "upgrade assistants-sync")
    path.write_text(json.dumps({**document, "project": "other"}))
    assert "belongs to another project" in place.doctor()["state"]["detail"]
    path.write_text(json.dumps(document))
    (path.parent / "default.json.backup").unlink()
    assert place.bad() == {"state backup": "warn"}


def test_what_a_run_could_not_save_is_told_of_if_it_is_of_this_state(
    place: Place, tmp_path: Path
) -> None:
    state = json.loads((place.shell.folder / "state" / "default.json").read_text())
    ours, theirs = (encode_header(each, 1) for each in (state["lineage"], "another"))
    name = "assistants-sync-unsaved-default-20261121T09000{}.journal"
    (tmp_path / name.format(1)).write_bytes(theirs)
    assert place.bad() == {}
    place.shell.write(name.format(2), ours)
    found = place.doctor()["unsaved"]
    assert (found["level"], name.format(2) in found["detail"]) == ("warn", True)


def test_what_git_must_not_have_is_told_of(place: Place) -> None:
    folder = place.shell.folder
    for argv in (["init", "-q"], ["add", "-f", "state", ".env"]):
        place.shell.write(".env", "SOMETHING=canary-secret\n")
        subprocess.run([GIT, "-C", str(folder), *argv], check=True, capture_output=True)
    assert place.bad() == {"secrets in git": "fail"}
    place.shell.set({"ASSISTANTS_SYNC_STATE_URL": "http://127.0.0.1:9/state"})
    found = place.doctor()
    assert found["state in git"]["level"] == "warn"
    assert "git rm -r --cached state" in found["state in git"]["hint"]
    assert found["state location"]["detail"] == "http://127.0.0.1:9/state"
    assert found["state"]["level"] == "fail"


def test_secrets_that_nobody_set_are_named_and_no_command_is_run(place: Place) -> None:
    place.shell.write(
        "assistants/desk.yaml", DESK + "server: {url: https://h.example, secret: !secret HOOK}\n"
    )
    found = place.doctor()["secrets"]
    assert (found["level"], found["detail"]) == ("warn", "not set: HOOK")
    place.shell.write(".env", "HOOK=canary\n")
    assert place.doctor()["secrets"]["detail"] == "1 named, all set"
    (place.shell.folder / ".env").unlink()
    marker = place.shell.folder / "ran"
    place.shell.write("assistants-sync.yaml", f"{place.project}secret_command: [touch, {marker}]\n")
    assert "ALLOW_SECRET_COMMAND=1" in place.doctor()["secrets"]["hint"]
    place.shell.set({"ASSISTANTS_SYNC_ALLOW_SECRET_COMMAND": "1"})
    assert place.doctor()["secrets"]["level"] == "ok"
    assert not marker.exists()
    place.shell.write(".env", "what is this\n")
    assert place.doctor()["secrets"]["level"] == "fail"


def test_a_pulled_document_grows_old(place: Place) -> None:
    for date, level in (("2026-11-01", "ok"), ("2020-01-01", "warn"), ("yesterday", "fail")):
        document = {"openapi": "3.0.0", "x-origin": {"date": date}, "paths": {}}
        place.shell.write("assistants-sync.openapi.json", json.dumps(document))
        assert place.doctor()["API document"]["level"] == level


def test_what_a_project_needs_and_nobody_installed_fails(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installed, "find_spec", lambda _name: None)
    assert place.doctor()["extras"]["detail"] == "none, and none is needed"
    place.shell.set({"ASSISTANTS_SYNC_STATE_URL": "s3://bucket/folder"})
    found = place.doctor()["extras"]
    assert (found["level"], found["hint"]) == ("fail", "pip install 'assistants-sync[s3]'")
    monkeypatch.setattr(installed, "_version", {"assistants-sync": "0.0.1", "httpx": "1"}.get)
    monkeypatch.setattr(installed, "_LIBRARIES", ("httpx", "no-such-library"))
    found = place.doctor()
    assert (found["assistants-sync"]["level"], found["libraries"]["level"]) == ("warn", "fail")
