"""When state cannot be told what the server did: a file keeps it, and one command takes it back."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from shell import Shell

from assistants_sync.errors import StateError
from assistants_sync.model.journal import Done, Entry
from assistants_sync.state.local.files import LocalFiles


@pytest.fixture
def shell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Shell:
    made = Shell(tmp_path / "project", capsys, monkeypatch)
    made.write("assistants-sync.yaml", "project: shop\n")
    made.write("assistants/desk.yaml", "name: Desk\n")
    return made


@pytest.fixture
def unsaved(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Apply while no outcome can be journaled, and give the file that is left."""
    append = LocalFiles.append

    async def fails_after(self: LocalFiles, entries: Sequence[Entry]) -> None:
        if any(isinstance(each, Done) for each in entries):
            raise StateError("State could not be saved", "the disk is full")
        await append(self, entries)

    with monkeypatch.context() as patched:
        patched.setattr(LocalFiles, "append", fails_after)
        ended = shell("--emulator", "apply", "--auto-approve")
    assert ended.code == 6
    (found,) = shell.folder.glob("assistants-sync-unsaved-default-*.journal")
    assert str(found.name) in ended.err
    assert "state recover" in ended.err
    return found


def test_what_the_server_did_is_kept_and_told_to_the_state_later(
    shell: Shell, unsaved: Path
) -> None:
    assert unsaved.stat().st_mode & 0o777 == 0o600
    assert "Desk" not in unsaved.read_text()
    ended = shell("state", "recover", unsaved.name)
    assert (ended.code, ended.out) == (0, "Told the state 1 of 1; it knew the rest.\n")
    owned = json.loads(shell("state", "list", "--format", "json").out)["owned"]
    assert [each["address"] for each in owned] == ["assistant.desk"]
    assert "No changes." in shell("--emulator", "plan").out
    assert shell("state", "recover", unsaved.name).out.startswith("Told the state 0 of 1")


def test_the_next_apply_finds_out_without_the_file_too(shell: Shell, unsaved: Path) -> None:
    unsaved.unlink()
    assert shell("--emulator", "apply", "--auto-approve").code == 0
    assert "No changes. 1 owned" in shell("--emulator", "plan").out


def test_a_file_of_another_state_is_refused(shell: Shell, unsaved: Path) -> None:
    state = shell.folder / "state" / "default.json"
    document = json.loads(state.read_text())
    state.write_text(json.dumps({**document, "lineage": "another"}))
    ended = shell("state", "recover", unsaved.name)
    assert ended.code == 1
    assert "This file is of another state" in ended.err


@pytest.mark.parametrize("content", ["", "{}", "junk\n"])
def test_a_file_that_is_none_of_ours_is_refused(shell: Shell, content: str) -> None:
    shell.write("some.journal", content)
    ended = shell("state", "recover", "some.journal")
    assert ended.code == 1
    assert "Not an emergency file" in ended.err
    assert "No such file" in shell("state", "recover", "none.journal").err
