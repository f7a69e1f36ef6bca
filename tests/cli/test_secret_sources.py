"""Secrets from `.env` files and from a command: for those who may, and never shown."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shell import Shell

from assistants_sync.definitions.dotenv import dotenv_line, read_dotenv

_PROJECT = "project: p\nenvironments: {dev: {}, prod: {token_env: PROD_KEY}}\n"
_DESK = "name: Desk\nserver: {url: https://x.example, secret: !secret HOOK}\n"


@pytest.fixture
def desk(shell: Shell) -> Shell:
    shell.write("assistants-sync.yaml", _PROJECT)
    shell.write("assistants/desk.yaml", _DESK)
    return shell


def applied(shell: Shell, environment: str = "dev") -> int:
    return shell("--emulator", "--env", environment, "apply", "--auto-approve").code


def changed(shell: Shell, environment: str = "dev") -> bool:
    ended = shell("--emulator", "--env", environment, "plan", "--detailed-exitcode")
    assert ended.code in {0, 2}, ended.err
    return ended.code == 2


def test_a_secret_is_read_from_the_file_of_its_environment(desk: Shell) -> None:
    assert applied(desk) == 8
    desk.write(".env.dev", "HOOK=one\n")
    assert applied(desk) == 0
    assert applied(desk, "prod") == 8


def test_the_file_of_an_environment_goes_over_the_common_one_and_the_real_one_over_both(
    desk: Shell,
) -> None:
    desk.write(".env", "HOOK=common\n")
    assert applied(desk) == 0
    desk.write(".env.dev", "HOOK=common\n")
    assert not changed(desk)
    desk.write(".env.dev", "HOOK=own\n")
    assert changed(desk)
    desk.set({"HOOK": "common"})
    assert not changed(desk)


def test_a_rotated_secret_is_told_as_one_and_not_shown(desk: Shell) -> None:
    desk.write(".env", "HOOK=first-value-of-all\n")
    assert applied(desk) == 0
    desk.write(".env", "HOOK=second-value-of-all\n")
    ended = desk("--emulator", "--env", "dev", "plan", "--full")
    assert "(secret changed)" in ended.out
    assert "value-of-all" not in ended.out + ended.err


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("HOOK=plain", "plain"),
        ("export HOOK = plain # said so", "plain"),
        ('HOOK="two words # no remark"', "two words # no remark"),
        ('HOOK="a\\"b\\nc"', 'a"b\nc'),
        ("HOOK='raw \\n $HOME'", "raw \\n $HOME"),
        ("# remark\n\nHOOK=x=y", "x=y"),
        ("HOOK=first\nHOOK=plain", "plain"),
    ],
)
def test_lines_are_read_as_other_tools_read_them(desk: Shell, line: str, value: str) -> None:
    desk.set({"HOOK": value})
    assert applied(desk) == 0
    desk.set({"HOOK": ""})
    desk.write(".env", f"{line}\n")
    assert not changed(desk)


def test_a_line_that_is_none_is_told_by_its_number_alone(desk: Shell) -> None:
    desk.write(".env", "HOOK=x\nthe password is hunter2\nA = 'b\n")
    ended = desk("--emulator", "--env", "dev", "plan")
    assert ended.code == 8
    assert ".env:2:1" in ended.err
    assert ".env:3:1" in ended.err
    assert "hunter2" not in ended.err


def test_a_file_of_the_project_gives_no_address_and_no_permission(desk: Shell) -> None:
    desk.set({"PROD_KEY": "key-of-the-runner"})
    desk.write(
        ".env",
        "HOOK=x\nVAPI_BASE_URL=https://evil.example\nASSISTANTS_SYNC_ALLOW_HOST=evil.example\n"
        "ASSISTANTS_SYNC_STATE_URL=https://evil.example/state\n"
        "ASSISTANTS_SYNC_ALLOW_SECRET_COMMAND=1\n",
    )
    ended = desk("--env", "prod", "-v", "plan")
    assert "evil.example" not in ended.err
    assert not (desk.folder / "state").exists()


def test_the_key_may_stand_in_the_file(desk: Shell) -> None:
    desk.write(".env.prod", "HOOK=x\n")
    assert "No API key" in desk("--env", "prod", "plan").err
    desk.write(".env.prod", "HOOK=x\nPROD_KEY=from-the-file\n")
    ended = desk("--env", "prod", "plan")
    assert "No API key" not in ended.err
    assert "from-the-file" not in ended.err


def test_a_tracked_file_is_warned_of(desk: Shell) -> None:
    git = shutil.which("git")
    assert git is not None
    desk.write(".env", "HOOK=x\n")
    desk.write(".env.example", "HOOK=\n")
    assert "Secrets in git" not in desk("validate").err
    for argv in (["init", "-q"], ["add", "-f", ".env", ".env.example"]):
        subprocess.run([git, "-C", str(desk.folder), *argv], check=True)
    ended = desk("validate")
    assert ended.code == 0
    assert ended.err.count("Secrets in git") == 1
    assert "git rm --cached .env" in ended.err


def _with_command(shell: Shell, script: str) -> None:
    program = shell.write("vault.py", script)
    shell.write(
        "assistants-sync.yaml",
        f'project: p\nsecret_command: ["{sys.executable}", "{program}", "voice/{{name}}"]\n',
    )


def planned(shell: Shell) -> tuple[int, str]:
    ended = shell("--emulator", "plan")
    return ended.code, ended.out + ended.err


def test_a_command_is_asked_for_what_nothing_else_has(desk: Shell) -> None:
    _with_command(desk, "import sys; print(f'value of {sys.argv[1]}')")
    desk.set({"ASSISTANTS_SYNC_ALLOW_SECRET_COMMAND": "1"})
    assert desk("--emulator", "apply", "--auto-approve").code == 0
    desk.set({"HOOK": "value of voice/HOOK"})
    _with_command(desk, "raise SystemExit('asked for nothing')")
    assert desk("--emulator", "plan", "--detailed-exitcode").code == 0


def test_a_command_from_the_repository_is_not_run_unasked(desk: Shell, tmp_path: Path) -> None:
    proof = tmp_path / "it-ran"
    _with_command(desk, f"open({str(proof)!r}, 'w')")
    code, told = planned(desk)
    assert code == 7
    assert "ASSISTANTS_SYNC_ALLOW_SECRET_COMMAND=1" in told
    assert desk("validate").code == 0
    assert desk("--emulator", "plan", "--secrets-unavailable").code == 0
    assert not proof.exists()


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("import sys; print('hunter2'); sys.exit(3)", "it ended with 3"),
        ("pass", "it printed nothing"),
        ("import sys; sys.stdout.buffer.write(b'\\xff')", "UnicodeDecodeError"),
    ],
)
def test_a_command_that_fails_is_told_without_what_it_printed(
    desk: Shell, script: str, why: str
) -> None:
    _with_command(desk, script)
    desk.set({"ASSISTANTS_SYNC_ALLOW_SECRET_COMMAND": "1"})
    code, told = planned(desk)
    assert code == 7
    assert f"for HOOK: {why}" in told
    assert "hunter2" not in told


def test_a_command_that_is_not_there_is_told(desk: Shell) -> None:
    desk.write("assistants-sync.yaml", "project: p\nsecret_command: [no-such-vault, '{name}']\n")
    desk.set({"ASSISTANTS_SYNC_ALLOW_SECRET_COMMAND": "1"})
    code, told = planned(desk)
    assert code == 7
    assert "`no-such-vault` for HOOK: FileNotFoundError" in told


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_a_line_that_is_written_is_read_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, value: str
) -> None:
    folder = tmp_path_factory.mktemp("env")

    (folder / ".env").write_bytes(dotenv_line("NAME", value).encode())
    assert read_dotenv(folder, "default") == {"NAME": value}
