"""Markdown definitions: front matter is the body, the text below it the system prompt."""

from pathlib import Path

import pytest
from unit.definitions.project_folder import faults, loaded

from assistants_sync.model.address import Address
from assistants_sync.model.source import SourceRef

DESK = Address("assistant.desk")


def test_the_body_becomes_the_first_message(tmp_path: Path) -> None:
    text = (
        "---\nname: Desk\nmodel:\n  provider: openai\n  messages:\n"
        "    - role: user\n      content: hi\n---\n\n\nYou are Ada.\n\n---\n- kind\n\n"
    )
    definition = loaded(tmp_path, {"assistants/desk.md": text}).desired.definitions[DESK]
    assert definition.body["model"] == {
        "provider": "openai",
        "messages": [
            {"role": "system", "content": "You are Ada.\n\n---\n- kind"},
            {"role": "user", "content": "hi"},
        ],
    }
    file = "assistants/desk.md"
    assert definition.place(("name",)) == SourceRef(file, 2, 1)
    assert definition.place(("model", "messages", "0", "content")) == SourceRef(file, 9, 1)
    assert definition.place(("model", "messages", "1", "content")) == SourceRef(file, 7, 7)


@pytest.mark.parametrize("front", ["name: Desk\n", "model: {}\n", ""])
def test_front_matter_without_messages_gets_the_prompt_alone(tmp_path: Path, front: str) -> None:
    text = f"---\n{front}---\nYou are Ada.\n"
    definition = loaded(tmp_path, {"assistants/desk.md": text}).desired.definitions[DESK]
    assert definition.body["model"] == {"messages": [{"role": "system", "content": "You are Ada."}]}


def test_neither_fields_nor_a_prompt_is_no_definition(tmp_path: Path) -> None:
    assert not loaded(tmp_path, {"assistants/desk.md": "---\n---\n\n"}).desired.definitions


def test_front_matter_without_a_body_is_a_definition_as_it_is(tmp_path: Path) -> None:
    text = "---\nname: Desk\n---\n\n \n"
    definition = loaded(tmp_path, {"assistants/desk.md": text}).desired.definitions[DESK]
    assert definition.body == {"name": "Desk"}


@pytest.mark.parametrize(
    ("text", "summary", "line"),
    [
        ("---\nname: Desk\n", "Front matter not closed", 1),
        (
            "---\nmodel:\n  messages:\n    - role: system\n      content: a\n---\nb\n",
            "Two system prompts",
            4,
        ),
        ("---\nname: a\n--- b\n---\nc\n", "Not one document", 3),
        ("---\nmodel: x\n---\nb\n", "No place for the prompt", 2),
        ("---\nmodel:\n  messages: x\n---\nb\n", "No place for the prompt", 3),
        ("---\n- a\n---\nb\n", "Not a definition", 2),
        ("---\nname: a\nname: b\n---\nb\n", "Duplicate key", 3),
        ("---\nname: a\n---\nhello ${var.b}\n", "Unknown variable", 4),
    ],
)
def test_a_faulty_markdown_file_is_reported_at_its_line(
    tmp_path: Path, text: str, summary: str, line: int
) -> None:
    (fault,) = faults(tmp_path, {"assistants/desk.md": text})
    assert fault.summary == summary
    assert fault.where is not None
    assert fault.where.line == line
