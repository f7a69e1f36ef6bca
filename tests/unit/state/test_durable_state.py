"""Files that are whole or not at all: every failing write leaves the old bytes."""

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from assistants_sync.errors import StateError
from assistants_sync.state.local import durable


def full_disk(*_: object) -> int:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "state" / "default.json"
    path.parent.mkdir()
    path.write_bytes(b"old")
    path.chmod(0o600)
    return path


# --- reading --------------------------------------------------------------------------------


def test_a_file_that_is_not_there_reads_as_none(tmp_path: Path) -> None:
    assert durable.read_if_there(tmp_path / "none") is None
    assert durable.read_if_there(tmp_path / "no folder" / "none") is None
    assert durable.signature(tmp_path / "none") is None


def test_a_file_reads_as_its_bytes(path: Path) -> None:
    assert durable.read_if_there(path) == b"old"


def test_a_link_is_not_followed(path: Path) -> None:
    link = path.with_name("link.json")
    link.symlink_to(path)
    with pytest.raises(StateError, match="State could not be read: cannot read"):
        durable.read_if_there(link)
    with pytest.raises(StateError, match="State could not be saved"):
        durable.append(link, b"more", at=3, at_most=9)
    assert path.read_bytes() == b"old"


def test_a_link_in_the_place_of_the_file_is_replaced_and_its_target_left_alone(path: Path) -> None:
    link = path.with_name("link.json")
    link.symlink_to(path)
    durable.replace_file(link, b"new")
    assert (link.is_symlink(), link.read_bytes(), path.read_bytes()) == (False, b"new", b"old")


def test_a_link_left_as_the_temporary_file_is_not_written_through(path: Path) -> None:
    victim = path.with_name("victim")
    victim.write_bytes(b"precious")
    path.with_name("default.json.tmp").symlink_to(victim)
    durable.replace_file(path, b"new")
    assert (path.read_bytes(), victim.read_bytes()) == (b"new", b"precious")


def test_a_fifo_is_refused_without_waiting_for_its_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(StateError, match="A state file is no regular file"):
        durable.read_if_there(tmp_path / "fifo")


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="A state file is no regular file"):
        durable.read_if_there(tmp_path)


@pytest.mark.parametrize("read", [durable.read_if_there, durable.signature])
def test_a_path_through_a_file_cannot_be_read(path: Path, read: Callable[[Path], object]) -> None:
    with pytest.raises(StateError) as caught:
        read(path / "below")
    assert caught.value.diagnostic.summary == "State could not be read"
    assert caught.value.diagnostic.hint == "check the disk and the folder's permissions"


def test_every_version_of_a_file_has_its_own_signature(path: Path) -> None:
    before = durable.signature(path)
    assert durable.signature(path) == before
    durable.replace_file(path, b"new")
    assert durable.signature(path) != before


# --- replacing ------------------------------------------------------------------------------


def test_a_replaced_file_is_new_whole_and_for_its_owner_only(path: Path) -> None:
    path.chmod(0o644)
    durable.replace_file(path, b"new" * 1000)
    assert path.read_bytes() == b"new" * 1000
    assert mode_of(path) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["default.json"]


def test_a_file_is_put_into_folders_that_are_not_there_yet(tmp_path: Path) -> None:
    durable.replace_file(tmp_path / "a" / "b" / "c", b"new")
    assert (tmp_path / "a" / "b" / "c").read_bytes() == b"new"


def test_a_temporary_file_of_a_run_that_died_is_no_obstacle(path: Path) -> None:
    path.with_name("default.json.tmp").write_bytes(b"half")
    durable.replace_file(path, b"new")
    assert path.read_bytes() == b"new"
    assert [each.name for each in path.parent.iterdir()] == ["default.json"]


@pytest.mark.parametrize("call", ["write", "fsync"])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    monkeypatch.setattr(os, call, full_disk)
    with pytest.raises(StateError) as caught:
        durable.replace_file(path, b"new")
    fault = caught.value.diagnostic
    assert fault.summary == "State could not be saved"
    assert fault.detail == f"cannot write {path}: No space left on device"
    assert path.read_bytes() == b"old"
    assert [each.name for each in path.parent.iterdir()] == ["default.json"]


def test_a_write_that_takes_only_a_part_at_a_time_is_carried_on(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:2]))
    durable.replace_file(path, b"a long text")
    assert path.read_bytes() == b"a long text"


def test_a_folder_in_the_place_of_the_file_cannot_be_replaced(path: Path) -> None:
    folder = path.with_name("folder")
    folder.mkdir()
    with pytest.raises(StateError, match="State could not be saved"):
        durable.replace_file(folder, b"new")
    assert not path.with_name("folder.tmp").exists()


def test_a_file_in_the_place_of_the_folder_is_a_state_error(path: Path) -> None:
    with pytest.raises(StateError, match="State could not be saved"):
        durable.replace_file(path / "below", b"new")


# --- folders --------------------------------------------------------------------------------


def test_a_private_folder_is_for_its_owner_only(tmp_path: Path) -> None:
    durable.make_private_folder(tmp_path / "default.trash")
    durable.make_private_folder(tmp_path / "default.trash")
    assert mode_of(tmp_path / "default.trash") == 0o700


def test_a_folder_that_cannot_be_made_is_an_error(path: Path) -> None:
    with pytest.raises(StateError, match="State could not be saved"):
        durable.make_private_folder(path / "below")


# --- appending and removing -----------------------------------------------------------------


def test_the_first_append_makes_the_file_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    durable.append(path, b"one", at=0, at_most=9)
    durable.append(path, b"two", at=3, at_most=9)
    assert path.read_bytes() == b"onetwo"
    assert mode_of(path) == 0o600


def test_an_append_drops_a_torn_end(path: Path) -> None:
    durable.append(path, b"new", at=1, at_most=9)
    assert path.read_bytes() == b"onew"


def test_a_file_shorter_than_it_was_is_not_appended_to(path: Path) -> None:
    with pytest.raises(StateError, match="The state was changed by somebody else"):
        durable.append(path, b"new", at=4, at_most=9)
    assert path.read_bytes() == b"old"


@pytest.mark.parametrize("call", ["write", "fsync"])
def test_an_append_that_is_not_durable_is_an_error_and_may_be_repeated(
    path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, call, full_disk)
        with pytest.raises(StateError, match="State could not be saved"):
            durable.append(path, b"new", at=3, at_most=9)
    durable.append(path, b"new", at=3, at_most=9)
    assert path.read_bytes() == b"oldnew"


def test_a_removed_file_is_gone_and_may_be_removed_again(path: Path) -> None:
    durable.remove(path)
    durable.remove(path)
    assert not path.exists()


def test_what_cannot_be_removed_is_an_error(path: Path) -> None:
    with pytest.raises(StateError, match="cannot remove"):
        durable.remove(path.parent)
