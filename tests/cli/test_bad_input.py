"""Bad input ends in a clear error and the right exit code, and loses nothing."""

import errno
import fcntl
import json
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from shell import Shell
from stand_in import Habits, StandIn, serve_on_loopback
from stand_in_faults import Fault, html, redirected, status

from assistants_sync.cli import running
from assistants_sync.state.local import durable

_PROJECT = "project: shop\n"
_GOOD = "name: Good\nmodel: {provider: openai}\n"


@pytest.fixture
def project(shell: Shell) -> Shell:
    shell.write("assistants-sync.yaml", _PROJECT)
    shell.write("assistants/good.yaml", _GOOD)
    return shell


@pytest.mark.parametrize(
    ("file", "text", "place", "words"),
    [
        ("a.yaml", "name: [a\nb: c\n", "a.yaml:", "YAML"),
        ("a.yaml", "name: A\n\tmodel: {}\n", "a.yaml:2:", "tab"),
        ("a.yaml", "name: A\nname: B\n", "a.yaml:2:1", "Duplicate key"),
        ("a.yaml", "a: &a [x]\nb: [*a, *a]\n", "a.yaml:1:4", "anchor"),
        ("a.yaml", b"name: \xff\xfe\n", "a.yaml", "UTF-8"),
        ("a.yaml", "name: !shell ls\n", "a.yaml:1:7", "!shell"),
        ("a.yaml", "firstMessage: !file ../secret.txt\n", "a.yaml:1:", "outside"),
        ("a.yaml", "firstMessage: !file link.txt\n", "a.yaml:1:", "outside"),
        ("a.yaml", "firstMessage: !file nowhere.txt\n", "a.yaml:1:", "nowhere.txt"),
        ("a.yaml", "firstMessage: !file binary.txt\n", "a.yaml:1:", "binary.txt"),
        ("a.yaml", "key: good\nname: Other\n", "good", "address"),
        ("a.yaml", f"name: {'x' * 101}\n", "a.yaml:1:1", "at most"),
        ("a.yaml", "voicemailDetectionEnabled: 1\n", "a.yaml:1:1", "true"),
        ("a.yaml", "backgroundSound: cafe\n", "a.yaml:1:1", "office"),
        ("a.yaml", "model: [a]\n", "a.yaml:1:1", "object"),
        ("a.yaml", "firstMesage: Hi\n", "a.yaml:1:1", "firstMessage"),
        ("a.yaml", "lifecycle: {on_delete: burn}\n", "a.yaml:1:", "delete"),
        ("a.yaml", "metadata: {assistants-sync: {}}\n", "a.yaml:1:", "note"),
        ("a.yaml", "[" * 100_000, "a.yaml:1:", "deep"),
    ],
)
def test_a_faulty_definition_is_told_with_its_place(
    project: Shell, file: str, text: str | bytes, place: str, words: str
) -> None:
    project.write("../secret.txt", "outside")
    project.write("binary.txt", b"\x00\x01")
    (project.folder / "link.txt").symlink_to("../secret.txt")
    project.write(f"assistants/{file}", text)
    for command in (["validate"], ["--emulator", "plan"], ["--emulator", "apply"]):
        ended = project(*command)
        assert ended.code == 8
        assert ended.out == ""
        assert place in ended.err
        assert words in ended.err
    document = json.loads(project("validate", "--format", "json").out)
    assert document["errored"]
    assert document["diagnostics"][0]["where"]["file"].startswith("assistants/")


@pytest.mark.parametrize(
    ("field", "low", "high"),
    [
        ("silenceTimeoutSeconds", 10, 600),
        ("responseDelaySeconds", 0, 2),
        ("llmRequestDelaySeconds", 0, 3),
        ("numWordsToInterruptAssistant", 1, 10),
        ("maxDurationSeconds", 10, 3600),
    ],
)
def test_a_number_one_step_outside_its_range_is_a_fault(
    project: Shell, field: str, low: int, high: int
) -> None:
    project.write("assistants-sync.yaml", "project: shop\napi_reference: 2024\n")
    for number in (low, high):
        project.write("assistants/good.yaml", f"{field}: {number}\n")
        assert project("validate").code == 0
    for number in (low - 1, high + 1):
        project.write("assistants/good.yaml", f"{field}: {number}\n")
        assert project("validate").code == 8


def test_a_name_of_41_is_too_long_for_2026_alone(project: Shell) -> None:
    project.write("assistants/good.yaml", f"name: {'x' * 41}\n")
    assert project("validate").code == 0
    project.write("assistants-sync.yaml", "project: shop\napi_reference: 2026\n")
    assert project("validate").code == 8


def test_all_faults_of_all_files_are_told_at_once(project: Shell) -> None:
    project.write("assistants/a.yaml", "firstMesage: Hi\nmodel: 3\n")
    project.write("assistants/b.yaml", "name: [a\n")
    project.write("assistants/c.yaml", "voice: []\n")
    assert project("validate").err.count("error:") == 4


def test_a_huge_file_is_refused_before_it_is_read(project: Shell) -> None:
    with (project.folder / "assistants" / "a.yaml").open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    ended = project("validate")
    assert ended.code == 8
    assert "a.yaml" in ended.err


def test_a_missing_secret_is_a_fault_of_plan_and_not_of_validate(project: Shell) -> None:
    project.write("assistants/good.yaml", "name: A\nserverUrlSecret: !secret NOT_SET_HERE\n")
    assert project("validate").code == 0
    ended = project("--emulator", "plan")
    assert ended.code == 8
    assert "NOT_SET_HERE" in ended.err


def test_no_project_file_is_told(shell: Shell) -> None:
    shell.folder.mkdir()
    assert shell("validate").code == 8
    assert shell("state", "list").code == 8


def test_no_token_is_told_with_what_to_set(project: Shell) -> None:
    ended = project("plan")
    assert ended.code == 7
    assert "VAPI_API_KEY" in ended.err


@contextmanager
def _served(project: Shell, server: StandIn, path: str = "") -> Iterator[None]:
    with serve_on_loopback(server.app) as base_url:
        project.set({"VAPI_BASE_URL": base_url + path, "VAPI_API_KEY": "canary-key"})
        yield


def test_a_real_server_on_a_port_is_planned_and_applied(project: Shell) -> None:
    server = StandIn()
    with _served(project, server):
        assert project("plan").code == 0
        assert project("apply", "--auto-approve").code == 0
        assert "No changes" in project("plan").out
    assert [each["name"] for each in server.objects.values()] == ["Good"]
    assert {each.headers["authorization"] for each in server.requests} == {"Bearer canary-key"}


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        (status(401, "Invalid Key."), 7, "VAPI_API_KEY"),
        (html(403), 7, "gateway"),
        (html(200), 1, "HTML"),
        (status(404, "Cannot GET /x/assistant"), 1, "base URL"),
        (status(500), 1, "500"),
        (redirected("https://evil.example/assistant"), 1, "evil.example"),
    ],
)
def test_an_api_that_answers_oddly_is_told_and_the_key_is_not(
    project: Shell, fault: Fault, code: int, words: str
) -> None:
    server = StandIn()
    server.fail("GET", "/assistant", fault, times=99)
    with _served(project, server):
        for command in (["plan"], ["apply", "--auto-approve"], ["plan", "--format", "json"]):
            ended = project(*command)
            assert ended.code == code
            assert words in ended.err + ended.out
            assert "canary-key" not in ended.err + ended.out
    assert server.count("POST") == 0
    assert not (project.folder / "state" / "default.json").exists()


def test_no_network_is_told(project: Shell) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    project.set({"VAPI_BASE_URL": f"http://127.0.0.1:{port}", "VAPI_API_KEY": "canary-key"})
    ended = project("plan")
    assert ended.code == 1
    assert "cannot reach" in ended.err


def test_a_base_url_from_the_repository_cannot_send_the_key_elsewhere(project: Shell) -> None:
    project.write(
        "assistants-sync.yaml", "project: shop\napi: {base_url: 'https://evil.example'}\n"
    )
    project.set({"VAPI_API_KEY": "canary-key"})
    ended = project("plan")
    assert ended.code == 64
    assert "--allow-host evil.example" in ended.err


def test_a_key_of_another_organisation_is_refused(project: Shell) -> None:
    with _served(project, StandIn()):
        project("apply", "--auto-approve")
    before = project.read("state/default.json")
    rival = StandIn(Habits(org_id="another-org"))
    rival.add(name="Somebody")
    with _served(project, rival):
        assert project("apply", "--auto-approve").code == 7
    assert rival.count("POST") == 0
    assert project.read("state/default.json") == before


def test_a_state_file_cut_in_half_is_left_untouched(project: Shell) -> None:
    project("--emulator", "apply", "--auto-approve")
    path = project.folder / "state" / "default.json"
    half = path.read_bytes()[: path.stat().st_size // 2]
    path.write_bytes(half)
    for command in (["--emulator", "plan"], ["--emulator", "apply"], ["state", "list"]):
        ended = project(*command)
        assert ended.code == 1
        assert "default.json" in ended.err
    assert path.read_bytes() == half


def test_a_newer_state_is_left_untouched(project: Shell) -> None:
    project("--emulator", "apply", "--auto-approve")
    text = project.read("state/default.json").replace('"format_version": 1', '"format_version": 9')
    project.write("state/default.json", text)
    assert project("--emulator", "plan").code == 1
    assert project.read("state/default.json") == text


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda plan: {**plan, "project": "other"}, 4),
        (lambda plan: {**plan, "format_version": "9.0"}, 1),
        (lambda plan: {"resource_changes": plan["resource_changes"]}, 1),
        (lambda plan: [plan], 1),
    ],
)
def test_a_plan_file_that_is_not_the_one_reviewed_is_refused(
    project: Shell, change: Callable[[dict[str, object]], object], code: int
) -> None:
    project("--emulator", "plan", "--out", "p.json")
    plan = json.loads(project.read("p.json"))
    project.write("p.json", json.dumps(change(plan)))
    assert project("--emulator", "apply", "p.json").code == code
    assert project("state", "list").out == ""


def test_a_plan_of_another_project_is_refused(project: Shell) -> None:
    project("--emulator", "plan", "--out", "p.json")
    project.write("assistants-sync.yaml", "project: other\n")
    assert project("--emulator", "apply", "p.json").code == 4


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xff", None])
def test_a_plan_file_that_cannot_be_read_is_told(project: Shell, content: bytes | None) -> None:
    if content is not None:
        project.write("p.json", content)
    for command in (["show", "p.json"], ["--emulator", "apply", "p.json"]):
        ended = project(*command)
        assert ended.code == 1
        assert "p.json" in ended.err


def test_flags_of_a_plan_do_not_mix_with_a_saved_one(project: Shell) -> None:
    project("--emulator", "plan", "--out", "p.json")
    assert project("--emulator", "apply", "p.json", "--target", "assistant.good").code == 64
    project("--emulator", "drift", "--format", "json")
    project("--emulator", "plan", "--refresh-only", "--out", "d.json")
    assert project("--emulator", "apply", "d.json").code == 64


@pytest.mark.parametrize(
    "argv",
    [
        ["plan", "--targt", "assistant.good"],
        ["plan", "extra"],
        ["deploy"],
        [],
        ["plan", "--target", "good"],
        ["plan", "--target", "assistant.nobody"],
        ["plan", "--resolve", "mine"],
        ["plan", "--parallelism", "0"],
        ["apply", "--allow-deletes", "many"],
        ["apply", "--lock-timeout", "soon"],
        ["apply", "--auto"],
        ["state"],
        ["import"],
        ["import", "assistant.x"],
        ["import", "assistant.x", "id", "--all"],
        ["import", "--all", "--match", "x"],
        ["--chdir", "/nowhere/at/all", "validate"],
    ],
)
def test_a_command_line_we_do_not_understand_is_64(project: Shell, argv: list[str]) -> None:
    ended = project("--emulator", *argv)
    assert ended.code == 64
    assert ended.err.startswith("error:")
    assert "64" not in ended.out


def test_a_near_flag_is_suggested(project: Shell) -> None:
    assert "did you mean `--target`?" in project("plan", "--targt", "x").err


def test_a_full_disk_while_saving_state_names_what_is_not_recorded(
    project: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(12):
        project.write(f"assistants/a{number}.yaml", f"name: A{number}\n")
    written, write = [0], os.write

    def full(descriptor: int, data: bytes) -> int:
        written[0] += len(data)
        if written[0] > 12_000:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(descriptor, data)

    monkeypatch.setattr(os, "write", full)
    ended = project("--emulator", "apply", "--auto-approve")
    assert ended.code == 6
    assert "No space left" in ended.err
    monkeypatch.undo()
    project.set({})
    assert project("--emulator", "apply", "--auto-approve").code == 0
    assert "No changes. 13 owned" in project("--emulator", "plan").out


def test_a_read_only_state_folder_sends_nothing(
    project: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object, **_more: object) -> int:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    project("--emulator", "plan")
    monkeypatch.setattr(durable, "_create", refuse)
    ended = project("--emulator", "apply", "--auto-approve")
    assert ended.code == 1
    assert "Permission denied" in ended.err
    assert "POST" not in ended.err


def test_a_bug_is_70_and_says_where_to_report_it(
    project: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_name: str) -> object:
        raise ZeroDivisionError

    monkeypatch.setattr(running, "import_module", broken)
    ended = project("validate")
    assert ended.code == 70
    assert "report it" in ended.err
    verbose = project.bare("-v", "--chdir", str(project.folder), "validate", "--format", "json")
    assert verbose.code == 70
    assert json.loads(verbose.out)["errored"]
    assert "ZeroDivisionError" in verbose.err


def test_ctrl_c_is_130(project: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_name: str) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr(running, "import_module", interrupted)
    assert project("validate").code == 130


def test_help_and_version_need_no_project(shell: Shell) -> None:
    assert shell.bare("--version").out.startswith("assistants-sync ")
    assert shell.bare("version").code == 0
    assert "validate" in shell.bare("--help").out
    assert "--allow-deletes" in shell.bare("apply", "--help").out


def test_a_hostile_name_does_not_reach_the_terminal(project: Shell) -> None:
    server = StandIn()
    with _served(project, server):
        project("apply", "--auto-approve")
        (remote_id,) = server.objects
        server.edit(remote_id, name="x\x1b]0;owned\x07\u202e")
        ended = project("plan")
    assert "\x1b" not in ended.out
    assert "\\x1b]0;owned\\x07\\u202e" in ended.out


def test_the_state_is_locked_while_somebody_applies(project: Shell) -> None:
    (project.folder / "state").mkdir()
    with Path(project.folder / "state" / "default.lock").open("w") as held:
        held.write('{"who": "ann@desk", "command": "apply", "since": "2026-11-21T09:00"}')
        held.flush()
        fcntl.flock(held, fcntl.LOCK_EX)
        ended = project("--emulator", "apply", "--auto-approve", "--lock-timeout", "2s")
        assert ended.code == 5
        assert "ann@desk" in ended.err
        assert "ann@desk" in project("lock", "show").out
        assert project("--emulator", "plan").code == 0
    assert project("--emulator", "apply", "--auto-approve").code == 0
