"""What people see as they write: nothing on what is good, our words, each fault at its line."""

from pathlib import Path

import pytest
from editor.conftest import opened

from assistants_sync.definitions.key_words import WORDS
from assistants_sync.definitions.load import load
from assistants_sync.errors import DefinitionError
from assistants_sync.resources import KINDS

ASSISTANT = KINDS["assistant"].words

TAGS = """\
key: tags
name: !file prompts/name.txt
firstMessage: !secret GREETING
firstMessageMode: ${var.mode}
serverMessages: ["${var.message}", hang]
endCallMessage: null
backgroundSound: off
model:
  provider: openai
  toolIds: [!lookup {kind: tool, name: book_slot}]
  tools: [{type: handoff, destinations: [{type: assistant, assistantId: !ref assistant.tags}]}]
"""

FAULTS = f"""\
lifecycle: {{protct: true}}
name: {"long " * 30}
firstMesage: Hello
firstMessageMode: assistant-speaks
maxDurationSeconds: 50000
serverMessages:
  - transcript
  - nonsense
recordingEnabled: "yes"
model: openai
backgroundSound: ftp://a
id: 6f0c
metadata: {{assistants-sync: {{}}}}
"""

PROJECT_FAULTS = """\
project: My Shop
definitons: bots
drift: revrt
api_reference: 2025
safety:
  max_deletes: -1
  plan_ttl: a day
vars: {a: [b]}
environments: {prod: {tokn_env: A}}
"""


def test_the_examples_are_fine(example: Path) -> None:
    files = [*example.glob("assistants/**/*.yaml"), example / "assistants-sync.yaml"]
    assert len(files) > 1
    with opened(example) as editor:
        found = {file.name: editor.complaints(file) for file in files}
    assert {name: each for name, each in found.items() if each} == {}


def test_tags_and_variables_are_fine(shop: Path) -> None:
    with opened(shop) as editor:
        assert editor.complaints(shop / "assistants/tags.yaml", TAGS) == []


def test_every_fault_is_underlined_where_validate_finds_it(shop: Path) -> None:
    file = shop / "assistants/a.yaml"
    file.write_text(FAULTS)
    with opened(shop) as editor:
        found = editor.complaints(file)
    with pytest.raises(DefinitionError) as refused:
        load(shop, None)
    validated = {each.where.line for each in refused.value.diagnostics if each.where}
    assert {each.line for each in found} == validated == {*range(1, 14)} - {6, 7}
    words = {each.line: each.message for each in found}
    assert words[1] == "Property protct is not allowed."
    assert words[3] == "Property firstMesage is not allowed."
    assert "assistant-waits-for-user" in words[4]
    assert "43200" in words[5]
    assert "transcript" in words[8]


def test_the_project_file_is_looked_at_too(shop: Path) -> None:
    file = shop / "assistants-sync.yaml"
    with opened(shop) as editor:
        found = editor.complaints(file, PROJECT_FAULTS)
    file.write_text(PROJECT_FAULTS)
    with pytest.raises(DefinitionError) as refused:
        load(shop, None)
    validated = {each.where.line for each in refused.value.diagnostics if each.where}
    assert {each.line for each in found} == validated == {1, 2, 3, 4, 6, 7, 8, 9}


def test_the_words_over_a_key_are_ours(shop: Path) -> None:
    file, project = shop / "assistants/a.yaml", shop / "assistants-sync.yaml"
    with opened(shop) as editor:
        editor.complaints(file, "name: A\nlifecycle:\n  protect: true\nserverUrl: x\n")
        assert ASSISTANT["name"] in editor.hover(file, 1, 2)
        assert WORDS["protect"] in editor.hover(file, 3, 4)
        retired = editor.hover(file, 4, 2)
        assert ASSISTANT["serverUrl"] in retired
        assert "server.url" in retired
        editor.complaints(project, "project: shop\nsafety:\n  plan_ttl: 24h\n")
        assert WORDS["plan_ttl"] in editor.hover(project, 3, 4)


def test_keys_and_words_are_offered(shop: Path) -> None:
    file, other = shop / "assistants/a.yaml", shop / "assistants/b.yaml"
    project = shop / "assistants-sync.yaml"
    with opened(shop) as editor:
        editor.complaints(file, "name: A\nfirst\n")
        keys = {each.label: each.text for each in editor.completions(file, 2, 5)}
        editor.complaints(other, "firstMessageMode: \nserverMessages:\n  - \n")
        modes = {each.label for each in editor.completions(other, 1, 18)}
        events = {each.label for each in editor.completions(other, 3, 4)}
        editor.complaints(project, "project: shop\ndrift: \n")
        drifts = {each.label for each in editor.completions(project, 2, 7)}
    assert keys["firstMessage"] == ASSISTANT["firstMessage"]
    assert keys.keys() >= {"model", "voice", "lifecycle"}
    assert "name" not in keys
    assert "assistant-waits-for-user" in modes
    assert {"transcript", "end-of-call-report"} <= events
    assert {"revert", "keep", "fail"} <= drifts


def test_a_first_line_does_where_there_are_no_settings(shop: Path) -> None:
    file = shop / "assistants/a.yaml"
    line = "# yaml-language-server: $schema=../.assistants-sync/definition.schema.json\n"
    with opened(shop, with_settings=False) as editor:
        assert editor.complaints(file, "firstMesage: x\n") == []
        (found,) = editor.complaints(shop / "assistants/b.yaml", line + "firstMesage: x\n")
    assert (found.line, found.message) == (2, "Property firstMesage is not allowed.")
