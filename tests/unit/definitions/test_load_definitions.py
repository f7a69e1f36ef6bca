"""Files to definitions: keys, lifecycles, prompts in Markdown, and every fault at its place."""

import os
from pathlib import Path

import pytest
from unit.definitions.project_folder import faults, loaded, write

from assistants_sync.definitions.load import load
from assistants_sync.errors import DefinitionError
from assistants_sync.model.address import Address
from assistants_sync.model.definition import Lifecycle
from assistants_sync.model.source import SourceRef

DESK = Address("assistant.desk")


def test_a_definition_is_named_after_its_file(tmp_path: Path) -> None:
    desired = loaded(tmp_path, {"assistants/eu/desk.yaml": "name: Desk\n"}).desired
    assert desired.definitions[DESK].body == {"name": "Desk"}
    assert desired.definitions[DESK].where == SourceRef("assistants/eu/desk.yaml", 1, 1)
    assert desired.has_folder


def test_reserved_keys_are_no_part_of_the_body(tmp_path: Path) -> None:
    text = (
        "key: desk\nkind: assistant\n"
        "lifecycle:\n  protect: true\n  ignore_changes: [voice.speed, /model/a.b]\n"
        "  on_delete: forget\nname: Desk\n"
    )
    definition = loaded(tmp_path, {"assistants/other.yaml": text}).desired.definitions[DESK]
    assert definition.body == {"name": "Desk"}
    assert definition.lifecycle == Lifecycle(
        protect=True, ignore_changes=("/voice/speed", "/model/a.b"), on_delete="forget"
    )


def test_hidden_files_and_notes_are_no_definitions(tmp_path: Path) -> None:
    files = {
        "assistants/.hidden.yaml": "nonsense: 1",
        "assistants/.git/a.yaml": "nonsense: 1",
        "assistants/README.md": "# Notes\n---\n",
        "assistants/empty.yaml": "# nothing\n---\n",
        "assistants/a.txt": "x",
        "assistants/desk.yml": "name: Desk\n",
    }
    assert list(loaded(tmp_path, files).desired.definitions) == [DESK]


def test_a_missing_folder_is_told_from_an_empty_one(tmp_path: Path) -> None:
    root = write(tmp_path, {})
    assert load(root, None).desired.has_folder is False
    (root / "assistants").mkdir()
    assert load(root, None).desired.has_folder is True


def test_several_documents_each_need_a_key(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, {"assistants/two.yaml": "key: a\nname: A\n---\nname: B\n"})
    assert fault.summary == "Missing key"
    assert fault.where == SourceRef("assistants/two.yaml", 4, 1)


def test_two_definitions_of_one_key_are_reported_with_both_places(tmp_path: Path) -> None:
    files = {"assistants/a/desk.yaml": "name: A\n", "assistants/b.yaml": "\nkey: desk\n"}
    (fault,) = faults(tmp_path, files)
    assert fault.summary == "Two definitions of one address"
    assert fault.where == SourceRef("assistants/b.yaml", 2, 1)
    assert fault.detail == "`assistant.desk` stands here and at assistants/a/desk.yaml:1:1"


@pytest.mark.parametrize(
    ("name", "text", "summary", "line"),
    [
        ("Front Desk.yaml", "name: a\n", "Bad key", 1),
        ("a.yaml", "name: a\nkey: Front\n", "Bad key", 2),
        ("a.yaml", "name: a\nkey: 12\n", "Invalid value", 2),
        ("a.yaml", "kind: assistent\n", "Unknown kind", 1),
        ("a.yaml", "- name: a\n", "Not a definition", 1),
        ("a.yaml", "lifecycle:\n  protect: yes\n", "Invalid value", 2),
        ("a.yaml", "lifecycle:\n  protekt: true\n", "Unknown key", 2),
        ("a.yaml", "lifecycle: [a]\n", "Invalid value", 1),
        ("a.yaml", "lifecycle:\n  replace_with: nobody\n", "Bad address", 2),
        ("a.yaml", "lifecycle:\n  ignore_changes: [a..b]\n", "Bad path", 2),
        ("a.yaml", "lifecycle:\n  ignore_changes: ['hooks[0].on']\n", "Path into a list", 2),
        (
            "a.yaml",
            "lifecycle:\n  ignore_changes: [/model/tools/0]\nmodel: {tools: [{}]}\n",
            "Path into a list",
            2,
        ),
    ],
)
def test_a_bad_reserved_key_is_reported_at_its_place(
    tmp_path: Path, name: str, text: str, summary: str, line: int
) -> None:
    (fault,) = faults(tmp_path, {f"assistants/{name}": text})
    assert fault.summary == summary
    assert fault.where is not None
    assert fault.where.line == line


def test_all_faults_of_all_files_come_at_once_in_order(tmp_path: Path) -> None:
    files = {
        "assistants/a.yaml": "nmae: x\nfirstMesage: y\n",
        "assistants/b.yaml": "a: [",
        "assistants/c.yaml": "name: !file none.txt\nmodel: !env X\n",
        "assistants/d.yaml": "name: 1\n",
    }
    found = faults(tmp_path, files)
    assert [str(each.where) for each in found] == [
        "assistants/a.yaml:1:1",
        "assistants/a.yaml:2:1",
        "assistants/b.yaml:2:1",
        "assistants/c.yaml:2:8",
        "assistants/d.yaml:1:1",
    ]
    assert found[1].hint == "did you mean `firstMessage`?"
    assert found[1].address == "assistant.a"


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    root = write(tmp_path, {"assistants/a.yaml": ""})
    with (root / "assistants/a.yaml").open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    with pytest.raises(DefinitionError) as caught:
        load(root, None)
    assert caught.value.diagnostic.summary == "File too large"
    assert caught.value.diagnostic.where == SourceRef("assistants/a.yaml")


def test_a_file_that_is_not_utf8_is_refused_with_the_byte(tmp_path: Path) -> None:
    root = write(tmp_path, {"assistants/a.yaml": ""})
    (root / "assistants/a.yaml").write_bytes(b"name: \xff\n")
    with pytest.raises(DefinitionError) as caught:
        load(root, None)
    assert caught.value.diagnostic.summary == "File is not UTF-8"
    assert "byte 6" in caught.value.diagnostic.detail


def test_a_pipe_or_a_folder_is_no_definition(tmp_path: Path) -> None:
    root = write(tmp_path, {"assistants/dir.yaml/desk.yaml": "name: a\n"})
    os.mkfifo(root / "assistants" / "a.yaml")
    with pytest.raises(DefinitionError) as caught:
        load(root, None)
    assert [each.summary for each in caught.value.diagnostics] == ["Not a regular file"]


def test_a_definition_through_a_link_out_of_the_project_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out.yaml").write_text("name: Out\n")
    root = write(tmp_path / "project", {"assistants/a.yaml": "name: A\n"})
    (root / "assistants/b.yaml").symlink_to(tmp_path / "out.yaml")
    with pytest.raises(DefinitionError) as caught:
        load(root, None)
    assert caught.value.diagnostic.summary == "File outside the project"


def test_a_folder_that_cannot_be_looked_into_is_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write(tmp_path, {"assistants/a.yaml": "name: A\n", "assistants/eu/b.yaml": "name: B\n"})
    (root / "assistants/us").symlink_to(root / "assistants/eu")
    scandir = os.scandir

    def refuse(path: str) -> object:
        if path.endswith("eu"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(DefinitionError) as caught:
        load(root, None)
    assert [(each.summary, str(each.where)) for each in caught.value.diagnostics] == [
        ("Folder cannot be read", "assistants/eu"),
        ("Linked folder", "assistants/us"),
    ]


def test_a_mark_at_the_start_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    text = "\ufeffname: Desk\r\nfirstMessage: |\r\n  a\r\n  b\r\n"
    (definition,) = loaded(tmp_path, {"assistants/desk.yaml": text}).desired.definitions.values()
    assert definition.body == {"name": "Desk", "firstMessage": "a\nb\n"}


def test_a_definitions_folder_that_is_the_project_folder_skips_the_project_file(
    tmp_path: Path,
) -> None:
    files = {"assistants-sync.yaml": "project: p\ndefinitions: .\n", "desk.yaml": "name: a\n"}
    assert list(loaded(tmp_path, files).desired.definitions) == [DESK]


def test_moved_and_removed_must_agree_with_the_definitions(tmp_path: Path) -> None:
    project = (
        "project: p\nmoved:\n  - from: assistant.a\n    to: assistant.z\n"
        "removed:\n  - address: assistant.a\n"
    )
    found = faults(tmp_path, {"assistants-sync.yaml": project, "assistants/a.yaml": "name: a\n"})
    assert [(each.summary, each.where and each.where.line) for each in found] == [
        ("Moved but still defined", 3),
        ("Moved to nothing", 4),
        ("Removed but still defined", 6),
    ]
