"""The chat recipe: it tells what an apply did, and changes nothing about how it ends."""

import json
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

import pytest
from ci.served_emulator import ROOT, path_with_tool

RECIPE: Final = ROOT / "examples" / "ci" / "notify" / "apply-and-tell.sh"
_PATIENT_TOOL: Final = """#!/usr/bin/env python3
import signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
print('{"type": "plan_accepted"}', flush=True)
signal.sigwait([signal.SIGTERM])
print('{"type": "change_applied", "address": "assistant.a", "action": "update"}')
sys.exit(130)
"""
pytestmark = pytest.mark.skipif(
    not (shutil.which("jq") and shutil.which("curl")), reason="the recipe needs jq and curl"
)


@dataclass
class Chat:
    """What was posted to a chat, and what it answers."""

    url: str = ""
    status: int = 200
    told: list[str] = field(default_factory=list)


@pytest.fixture
def chat() -> Iterator[Chat]:
    """Serve a chat."""
    chat = Chat()

    class _Here(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            chat.told.append(json.loads(body)["text"])
            self.send_response(chat.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), _Here)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    chat.url = f"http://127.0.0.1:{server.server_port}/canary-hook"
    yield chat
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give a project whose assistants are not there yet."""
    shutil.copytree(
        ROOT / "examples" / "quickstart",
        tmp_path / "project",
        ignore=shutil.ignore_patterns("state"),
    )
    return tmp_path / "project"


def environment(project: Path, url: str) -> dict[str, str]:
    return {
        "PATH": path_with_tool(project.parent / "bin"),
        "HOME": str(project.parent),
        "TMPDIR": str(project.parent),
        "CHAT_WEBHOOK_URL": url,
    }


def run(project: Path, url: str, *flags: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [RECIPE, "--chdir", project, "--emulator", *flags],
        env=environment(project, url), stdin=subprocess.DEVNULL, capture_output=True, text=True,
        check=False,
    )  # fmt: skip


def left_behind(project: Path) -> list[Path]:
    return [*project.parent.glob("tmp.*")]


def test_what_was_done_is_told_and_the_events_go_on(project: Path, chat: Chat) -> None:
    ended = run(project, chat.url, "--auto-approve")
    assert ended.returncode == 0, ended.stderr
    (told,) = chat.told
    assert told.splitlines() == [
        "assistants-sync apply: done",
        "assistant.after-hours: create",
        "assistant.booking: create",
        "assistant.front-desk: create",
    ]
    assert [json.loads(line)["type"] for line in ended.stdout.splitlines()][-1] == "apply_finished"
    assert "canary" not in ended.stdout + ended.stderr
    assert not left_behind(project)


def test_a_refusal_is_told_and_keeps_its_code(project: Path, chat: Chat) -> None:
    ended = run(project, chat.url)
    assert ended.returncode == 3
    (told,) = chat.told
    assert told.startswith("assistants-sync apply: refused\nerror: ")


def test_a_long_list_is_cut(project: Path, chat: Chat) -> None:
    for number in range(25):
        (project / "assistants" / f"a-{number:02}.yaml").write_text(f"name: A {number}\n")
    assert run(project, chat.url, "--auto-approve").returncode == 0
    (told,) = chat.told
    assert told.endswith("\nand 8 more")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full device")
def test_a_log_that_takes_no_more_changes_nothing(project: Path, chat: Chat) -> None:
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [RECIPE, "--chdir", project, "--emulator", "--auto-approve"],
            env=environment(project, chat.url), stdin=subprocess.DEVNULL, stdout=full,
            stderr=subprocess.DEVNULL, check=False,
        )  # fmt: skip
    assert ended.returncode == 0
    assert chat.told[0].startswith("assistants-sync apply: done")


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/x", 'no url"', ""])
def test_no_chat_changes_nothing(project: Path, url: str) -> None:
    ended = run(project, url, "--auto-approve")
    assert ended.returncode == 0, ended.stderr
    assert ("The chat was not told." in ended.stderr) is bool(url)
    assert not left_behind(project)


def test_a_chat_that_refuses_changes_nothing(project: Path, chat: Chat) -> None:
    chat.status = 404
    ended = run(project, chat.url)
    assert ended.returncode == 3
    assert "The chat was not told." in ended.stderr


def test_an_interrupted_apply_ends_whole_and_is_told(project: Path, chat: Chat) -> None:
    """The tool stands in for itself: it waits for the signal that the whole group gets."""
    variables = environment(project, chat.url)
    tool = project.parent / "bin" / "assistants-sync"
    tool.write_text(_PATIENT_TOOL)
    with subprocess.Popen(
        [RECIPE, "--chdir", project],
        env=variables, stdout=subprocess.PIPE, text=True, start_new_session=True,
    ) as running:  # fmt: skip
        assert running.stdout is not None
        assert "plan_accepted" in running.stdout.readline()
        os.killpg(running.pid, signal.SIGTERM)
        rest = running.stdout.read()
    assert running.returncode == 130
    assert "change_applied" in rest
    assert chat.told == ["assistants-sync apply: interrupted\nassistant.a: update"]
