"""What others wrote, in a name or a prompt or an answer, is shown and never obeyed."""

import json
from io import StringIO
from pathlib import Path

import pytest
from shell import Shell
from stand_in import StandIn, serve_on_loopback
from stand_in_faults import html, redirected, status

from assistants_sync.cli.console import Console
from assistants_sync.cli.progress import ProgressReport
from assistants_sync.cli.settings import Settings
from assistants_sync.model.address import Address
from assistants_sync.model.diagnostic import Diagnostic
from assistants_sync.model.event import ChangeFailed, PlanAccepted
from assistants_sync.model.plan import Action

_DESK = Address("assistant.desk")
_HOSTILE = [
    "\x1b]8;;https://evil.example\x07click\x1b]8;;\x07",
    "\x1b[2J\x1b[31mred",
    "over\rwritten",
    "two\nlines",
    "\x9b31m",
    "\u202egnp.exe",
    "zero\u200bwidth\ufeff",
    "\u2028line",
    "tag\U000e0041",
    "nul\x00",
    "bell\x07",
    "del\x7f",
    "\u2066isolate\u2069",
    "soft\u00adhyphen",
    "a\tb",
    "vt\x0bff\x0c",
    "\x85nel",
    "[/nope]",
    "[link=https://evil.example]x[/link]",
    "``` | a | <b>@everyone</b>",
    "::set-output name=x::y",
]


def _is_obeyed(character: str) -> bool:
    return character != "\n" and not character.isprintable() and character != " "


def test_hostile_names_are_harmless_in_every_output(project: Shell) -> None:
    for number in range(len(_HOSTILE)):
        project.write(f"assistants/n{number}.yaml", f"name: N{number}\n")
    server = StandIn()
    with serve_on_loopback(server.app) as base_url:
        project.set({"VAPI_BASE_URL": base_url, "VAPI_API_KEY": "canary-key"})
        project("apply", "--auto-approve")
        for remote_id, name in zip(list(server.objects), _HOSTILE, strict=False):
            server.edit(remote_id, name=name)
            server.add(name=name, createdAt="2020-01-01T00:00:00Z")
        for command in (
            ["plan"],
            ["plan", "--format", "json"],
            ["drift"],
            ["state", "verify"],
            ["cleanup", "list"],
            ["cleanup", "list", "--format", "csv"],
            ["apply", "--auto-approve", "--format", "json"],
        ):
            ended = project(*command)
            assert ended.code in {0, 1}
            assert not [each for each in ended.out + ended.err if _is_obeyed(each)], command
            lines = [line.lstrip() for line in ended.out.splitlines()]
            assert not [line for line in lines if line.startswith("::")], command


def test_no_line_of_a_prompt_is_a_command_to_the_ci_that_prints_it(project: Shell) -> None:
    """A runner takes a line of `::command::` for its own, behind blanks too.

    Source: github.com/actions/runner, `ActionCommand.TryParseV2` trims a line before it looks for
    `::` (read 2026-11-21).
    """
    prompt = ["You are kind.", "::stop-commands::pwned", "Be brief.", "::add-mask::x"]

    def write(*lines: str) -> None:
        text = "\n".join(lines)
        messages = [{"role": "system", "content": text}]
        body = {"name": "Good", "model": {"provider": "openai", "messages": messages}}
        project.write("assistants/good.yaml", json.dumps(body))

    write(*prompt)
    project("--emulator", "apply", "--auto-approve")
    write(*prompt, "One line more.")
    shown = project("--emulator", "plan").out
    assert "One line more." in shown
    assert not [line for line in shown.splitlines() if line.lstrip().startswith("::")]


@pytest.mark.parametrize("words", ["##[add-mask]Good", "x ##[set-env name=A]b"])
def test_no_name_is_a_command_to_the_ci_that_prints_it(project: Shell, words: str) -> None:
    """The older form of a command is taken wherever in a line it stands.

    Source: github.com/actions/runner, `ActionCommand.TryParse` and `ActionCommandManager`
    (read 2026-11-21).
    """
    server = StandIn()
    with serve_on_loopback(server.app) as base_url:
        project.set({"VAPI_BASE_URL": base_url, "VAPI_API_KEY": "canary-key"})
        project("apply", "--auto-approve")
        (remote_id,) = server.objects
        server.edit(remote_id, name=words)
        server.add(name=words)
        shown = [project(*command).out for command in (["plan"], ["drift"], ["cleanup", "list"])]
    assert not [text for text in shown if "##[" in text]


class _Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("said", ["[/nope]", "[link=https://evil.example]x[/link]", "[bold]x"])
def test_brackets_in_an_answer_stay_brackets_beside_the_bar(
    monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    terminal = _Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "200")
    settings = Settings(root=Path())
    with ProgressReport(Console(settings), settings) as report:
        report(PlanAccepted(((_DESK, Action.CREATE),)))
        report(ChangeFailed(_DESK, Action.CREATE, Diagnostic("refused", "Refused", said)))
    assert said in terminal.getvalue()


@pytest.mark.parametrize(
    ("flags", "fault"),
    [
        (["-v"], redirected("https://elsewhere.example/?token=canary-key-4711")),
        (["-v"], status(500, "canary-key-4711 is not allowed")),
        (["-v"], html(500)),
    ],
)
def test_a_verbose_run_tells_no_key(project: Shell, flags: list[str], fault: object) -> None:
    server = StandIn()
    server.fail("GET", "/assistant", fault, times=9)  # type: ignore[arg-type]  # one of the faults
    with serve_on_loopback(server.app) as base_url:
        project.set({"VAPI_BASE_URL": base_url, "VAPI_API_KEY": "canary-key-4711"})
        ended = project.bare(*flags, "--chdir", str(project.folder), "plan")
    assert ended.code == 1
    assert "canary" not in ended.out + ended.err


@pytest.mark.parametrize("flag", ["--token", "--api-key", "--key", "--vapi-api-key"])
def test_no_flag_takes_a_key_so_none_stands_in_the_list_of_processes(
    project: Shell, flag: str
) -> None:
    assert project("plan", flag, "canary-key-4711").code == 64


def test_a_key_typed_where_none_is_taken_is_not_repeated(project: Shell) -> None:
    assert "canary" not in project("plan", "--token", "canary-key-4711").err


def test_a_bug_leaves_no_file_behind(project: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_seen: object, **_more: object) -> object:
        raise ZeroDivisionError

    monkeypatch.setattr("assistants_sync.cli.plan.run_plan", broken)
    project.set({"VAPI_API_KEY": "canary-key-4711"})
    before = {path for path in project.folder.rglob("*") if path.is_file()}
    ended = project.bare("-v", "--chdir", str(project.folder), "--emulator", "plan")
    assert ended.code == 70
    assert "canary" not in ended.out + ended.err
    left = {path for path in project.folder.rglob("*") if path.is_file()} - before
    assert {path.name for path in left} <= {"default.emulator.sqlite"}


def test_a_key_inside_the_address_is_refused_and_not_shown(project: Shell) -> None:
    project.set({"VAPI_BASE_URL": "https://me:canary-pw@api.vapi.ai", "VAPI_API_KEY": "canary-key"})
    ended = project("plan")
    assert ended.code == 64
    assert "canary" not in ended.out + ended.err


@pytest.mark.parametrize("address", ["https://169.254.169.254", "http://10.0.0.1:80"])
def test_an_address_of_the_inner_network_needs_to_be_named(project: Shell, address: str) -> None:
    project.write("assistants-sync.yaml", f"project: shop\napi: {{base_url: '{address}'}}\n")
    project.set({"VAPI_API_KEY": "canary-key"})
    ended = project("plan")
    assert ended.code == 64
    assert "--allow-host" in ended.err
