"""`fmt` as a user types it: what it rewrites, what it leaves, how it ends."""

import io
import sys
from pathlib import Path

import pytest
from shell import Shell

from assistants_sync.cli import fmt
from assistants_sync.definitions.rewrite import Opened, replace_bytes

SLOPPY = "model: {provider:   openai}  # cheap\nname: 'Front'\n"
CANONICAL = "name: Front\nmodel: {provider: openai}  # cheap\n"


@pytest.fixture
def project(shell: Shell) -> Shell:
    """Give a shell in a project with one definition that is laid out badly."""
    shell.write("assistants-sync.yaml", "project: shop\n")
    shell.write("assistants/front.yaml", SLOPPY)
    return shell


def test_it_rewrites_what_is_not_canonical_and_names_it(project: Shell) -> None:
    project.write("assistants/fine.yaml", "name: Fine\n")
    ended = project("fmt")
    assert (ended.code, ended.out) == (0, "assistants/front.yaml\n")
    assert project.read("assistants/front.yaml") == CANONICAL
    assert project("fmt").out == ""


def test_check_names_it_and_writes_nothing(project: Shell) -> None:
    ended = project("fmt", "--check")
    assert (ended.code, ended.out) == (1, "assistants/front.yaml\n")
    assert project.read("assistants/front.yaml") == SLOPPY
    project("fmt")
    assert project("fmt", "--check").code == 0


def test_diff_shows_what_changes(project: Shell) -> None:
    ended = project("fmt", "--check", "--diff")
    assert ended.code == 1
    assert "+++ b/assistants/front.yaml\n" in ended.out
    assert "+name: Front\n" in ended.out


def test_named_files_alone_are_looked_at_and_others_are_no_business_of_it(
    project: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write("assistants/other.yaml", SLOPPY)
    project.write(".github/ci.yaml", "b:   1\na: 2\n")
    ended = project("fmt", "assistants/front.yaml", ".github/ci.yaml")
    assert (ended.code, ended.out) == (0, "assistants/front.yaml\n")
    assert ".github/ci.yaml is not a definition" in ended.err
    assert project.read("assistants/other.yaml") == SLOPPY
    monkeypatch.chdir(project.folder.parent)
    assert project("fmt", f"{project.folder.name}/assistants/other.yaml").out
    assert project("fmt", "assistants/no.yaml").code == 64


def test_one_bad_file_keeps_no_other_from_being_laid_out(project: Shell) -> None:
    project.write("assistants/bad.yaml", "a: [\n")
    project.write("assistants/list.yaml", "- a\n")
    ended = project("fmt")
    assert ended.code == 8
    assert "assistants/bad.yaml" in ended.err
    assert "assistants/list.yaml" in ended.err
    assert project.read("assistants/front.yaml") == CANONICAL
    (project.folder / "assistants" / "bad.yaml").unlink()
    assert project("fmt").code == 1


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_line_ends_and_a_body_stay_as_they_are(project: Shell, newline: bytes) -> None:
    body = newline.join([b"", b"  # You  ", b"", b"\xc3\xa9\r", b""])
    head = newline.join([b"---  ", b"model:   {}", b"name: 'x'", b"---"])
    project.write("assistants/night.md", head + newline + body)
    project("fmt")
    laid_out = newline.join([b"---", b"name: x", b"model: {}", b"---"])
    assert (project.folder / "assistants/night.md").read_bytes() == laid_out + newline + body


def test_a_link_stays_one_and_the_mode_is_kept(project: Shell) -> None:
    real = project.write("shared/real.yaml", SLOPPY)
    real.chmod(0o640)
    link = project.folder / "assistants" / "linked.yaml"
    link.symlink_to(real)
    project("fmt")
    assert link.is_symlink()
    assert real.read_text() == CANONICAL
    assert real.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in real.parent.iterdir()] == ["real.yaml"]


def test_a_link_out_of_the_project_is_not_followed(project: Shell, tmp_path: Path) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_text(SLOPPY)
    (project.folder / "assistants" / "linked.yaml").symlink_to(outside)
    assert project("fmt").code == 8
    assert outside.read_text() == SLOPPY


def test_a_file_that_is_written_meanwhile_is_left_alone(
    project: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(opened: Opened, data: bytes) -> None:
        opened.path.write_text("name: Other\n")
        replace_bytes(opened, data)

    monkeypatch.setattr(fmt, "replace_bytes", late)
    ended = project("fmt")
    assert ended.code == 1
    assert "changed meanwhile" in ended.err
    assert project.read("assistants/front.yaml") == "name: Other\n"


@pytest.mark.parametrize(
    ("argv", "given", "expected"),
    [
        ([], SLOPPY, CANONICAL),
        ([], SLOPPY.replace("\n", "\r\n"), CANONICAL.replace("\n", "\r\n")),
        (["--stdin-name", "a.md"], "---\nname: 'x'\n---\n b \n", "---\nname: x\n---\n b \n"),
    ],
)
def test_stdin_goes_to_stdout_without_a_project(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, argv: list[str], given: str, expected: str
) -> None:
    shell.folder.mkdir()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given.encode()), newline=""))
    ended = shell("fmt", "-", *argv)
    assert (ended.code, ended.out) == (0, expected)


@pytest.mark.parametrize("example", ["quickstart", "clinic"])
def test_the_examples_are_canonical(shell: Shell, example: str) -> None:
    shell.copy_example(example)
    assert shell("fmt", "--check").code == 0
