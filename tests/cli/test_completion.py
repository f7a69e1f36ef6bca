"""What real shells make of a line when Tab is pressed."""

import os
import pty
import select
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from shell import EXAMPLES, Shell

ROOT = Path(__file__).parents[2]
ENDINGS = {
    "val": "validate",
    "plan --targ": "plan --target",
    "plan --target assistant.bo": "plan --target assistant.booking",
    "--env prod": "--env production",
    "promote --from def": "promote --from default",
    "plan --format mark": "plan --format markdown",
    "plan --format=mark": "plan --format=markdown",
    "apply --resolve=assistant.booking=th": "apply --resolve=assistant.booking=theirs",
    "state mv assistant.em": "state mv assistant.emergency-triage",
    "apply assistants/bo": "apply assistants/booking.yaml",
    "completion z": "completion zsh",
}


@pytest.fixture
def ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a project, with a command that completes as ours and, when run, writes what with."""
    ran = tmp_path / "ran"
    shim = tmp_path / "bin" / "assistants-sync"
    shim.parent.mkdir()
    shim.write_text(
        f'#!/bin/sh\n[ -n "$_ARGCOMPLETE" ] && exec "{sys.executable}" -m assistants_sync "$@"\n'
        f'echo "$@" > "{ran}.part" && mv "{ran}.part" "{ran}"\n'
    )
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", str(shim.parent), prepend=os.pathsep)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("VAPI_BASE_URL", "http://192.0.2.1")  # nobody answers there
    monkeypatch.chdir(EXAMPLES / "clinic")
    return ran


def _found(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


def _typed(start: list[str], setting_up: str, script: Path, line: str, ran: Path) -> str:
    """Type a line and Tab in an interactive shell, then Enter; give what was run."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        start, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    ) as process:
        os.close(theirs)
        told = _told(ours, "", "nothing-yet", b"")
        told = _told(ours, told, "READY", f"{setting_up}. {script}; echo REA''DY\n".encode())
        os.write(ours, f"assistants-sync {line}\t\n".encode())
        while not ran.exists() and select.select([ours], [], [], 20)[0]:
            told += os.read(ours, 65536).decode(errors="replace")
        process.kill()
    os.close(ours)
    assert ran.exists(), told
    return ran.read_text().strip()


def _told(ours: int, told: str, until: str, typed: bytes) -> str:
    os.write(ours, typed)
    while until not in told and select.select([ours], [], [], 0.5 if not typed else 20)[0]:
        told += os.read(ours, 65536).decode(errors="replace")
    return told


def _script(shell: Shell, name: str) -> Path:
    ended = shell.bare("completion", name)
    assert (ended.code, ended.err) == (0, "")
    return shell.write(f"{name}.script", ended.out)


@pytest.mark.parametrize("line", ENDINGS)
def test_bash_ends_the_word(shell: Shell, ran: Path, line: str) -> None:
    start = [_found("bash"), "--norc", "--noprofile", "-i"]
    assert _typed(start, "", _script(shell, "bash"), line, ran) == ENDINGS[line]


@pytest.mark.parametrize("line", ENDINGS)
def test_zsh_ends_the_word(shell: Shell, ran: Path, line: str) -> None:
    start = [_found("zsh"), "-f", "-i"]
    setting_up = "autoload -U compinit && compinit -u -D; "
    assert _typed(start, setting_up, _script(shell, "zsh"), line, ran) == ENDINGS[line]


@pytest.mark.parametrize("line", ENDINGS)
def test_fish_offers_what_ends_the_word(shell: Shell, ran: Path, line: str) -> None:
    offered = _fish(_script(shell, "fish"), line)
    assert [each.partition("\t")[0] for each in offered] == [ENDINGS[line].rpartition(" ")[2]]
    assert not ran.exists()


def test_each_is_told_with_what_it_is_for(shell: Shell, ran: Path) -> None:
    offered = _fish(_script(shell, "fish"), "trash p")
    assert (offered, ran.exists()) == (["purge\tRemove old backups for good."], False)


def _fish(script: Path, line: str) -> list[str]:
    ended = subprocess.run(
        [_found("fish"), "-N", "-c", f"source {script}; complete -C 'assistants-sync {line}'"],
        capture_output=True,
        text=True,
        check=True,
    )
    return ended.stdout.splitlines()


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[str]]:
    """Give what asks as a shell does, in a process of its own."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))

    def ask(line: str) -> list[str]:
        monkeypatch.setenv("_ARGCOMPLETE", "1")
        monkeypatch.setenv("_ARGCOMPLETE_IFS", "\n")
        monkeypatch.setenv("COMP_LINE", line)
        monkeypatch.setenv("COMP_POINT", str(len(line)))
        ended = subprocess.run(
            ["/bin/sh", "-c", f'exec "{sys.executable}" -m assistants_sync 8>&1 1>/dev/null'],
            capture_output=True,
            text=True,
            check=True,
        )
        assert ended.stderr == ""
        return [each.strip() for each in ended.stdout.splitlines()]

    return ask


def test_a_faulty_project_offers_less_and_says_nothing(
    shell: Shell, offered: Callable[[str], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.write("assistants-sync.yaml", "project: p\nenvironments: {prod: {}, dev: {}}\n")
    shell.write("assistants/good.yaml", "nonsense: 1\n")
    shell.write("assistants/bad.yaml", "a: [\n")
    shell.write("assistants/only.prod.yaml", "name: Only\n")
    monkeypatch.chdir(shell.folder)
    assert offered("assistants-sync --env ") == ["prod", "dev"]
    assert offered("assistants-sync plan --target ") == ["assistant.good", "assistant.only"]
    assert offered("assistants-sync --env dev plan --target ") == ["assistant.good"]
    shell.write("assistants-sync.yaml", "project: [\n")
    assert offered("assistants-sync --env ") == []
    assert offered("assistants-sync plan --target ") == []
    assert "plan" in offered("assistants-sync ")


def test_paths_are_those_below_the_projects_folder(
    shell: Shell, offered: Callable[[str], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.write("deep/plan.json", "{}")
    shell.write("deep/.hidden", "")
    monkeypatch.chdir(shell.folder.parent)
    assert offered("assistants-sync --chdir pro") == ["project/"]
    assert offered("assistants-sync --chdir project apply ") == ["deep/"]
    assert offered("assistants-sync --chdir project apply deep/") == ["deep/plan.json"]
    assert offered("assistants-sync --chdir project apply deep/.") == ["deep/.hidden"]
    assert offered("assistants-sync --chdir project apply none/") == []
    assert offered("assistants-sync --chdir project plan --parallelism ") == []
    assert "phone-number" in offered("assistants-sync apply --ignore-unreadable ")


def test_terraforms_spellings_are_not_offered_twice(
    offered: Callable[[str], list[str]],
) -> None:
    flags = offered("assistants-sync plan -")
    assert {"--out", "-o", "--target", "--detailed-exitcode"} <= {*flags}
    assert not {"-out", "-target", "-detailed-exitcode"} & {*flags}
