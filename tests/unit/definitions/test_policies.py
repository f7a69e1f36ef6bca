"""Policies: what each refuses, at which place, and what it lets pass."""

from pathlib import Path

import pytest
from unit.definitions.project_folder import faults, loaded

from assistants_sync.model.source import SourceRef

FILE = "assistants/desk.yaml"
DESK = """\
name: Front desk
lifecycle: {protect: true}
firstMessage: Hello
model:
  provider: openai
  model: gpt-4o
  fallbackModels: [gpt-4o-mini]
  messages:
    - {role: system, content: Be kind.}
    - {role: system, content: "And brief, please."}
    - {role: user, content: A long text that is not the system's.}
voice:
  provider: azure
  voiceId: emma
  fallbackPlan:
    voices: [{provider: 11labs, voiceId: sarah}]
"""
EVERY = """\
  require_protect: true
  name_pattern: "[A-Z].*"
  max_prompt_length: 26
  required_fields: [firstMessage, /voice/voiceId]
  forbidden_models: [gpt-3.5*, anthropic/*]
  forbidden_voices: [playht/*]
  no_inline_secrets: true
"""


def project(policies: str) -> str:
    """Give a project file with these policies."""
    return f"project: p\npolicies:\n{policies}"


def test_a_definition_that_keeps_to_every_policy_is_valid(tmp_path: Path) -> None:
    done = loaded(tmp_path, {"assistants-sync.yaml": project(EVERY), FILE: DESK})
    assert done.warnings == ()
    assert done.project.environment.policies.required_fields == ("/firstMessage", "/voice/voiceId")


def test_without_policies_nothing_is_asked(tmp_path: Path) -> None:
    assert loaded(tmp_path, {FILE: "serverUrlSecret: hunter2\n"}).warnings == ()


@pytest.mark.parametrize(
    ("policy", "name", "line", "detail"),
    [
        ('name_pattern: "Desk .*"', "name_pattern", 1, "`name` does not fit `Desk .*`"),
        ('name_pattern: "Front"', "name_pattern", 1, "`name` does not fit `Front`"),
        ("max_prompt_length: 25", "max_prompt_length", 10, "has 26 characters; at most 25"),
        ("required_fields: [server.url]", "required_fields", 1, "`server.url` is required here"),
        ("required_fields: [voice.speed]", "required_fields", 12, "`voice.speed` is required"),
        ("forbidden_models: [gpt-4o]", "forbidden_models", 6, "`model.model` is one of the models"),
        ("forbidden_models: [OpenAI/*o]", "forbidden_models", 6, "that `OpenAI/*o` forbids"),
        ("forbidden_models: ['*mini']", "forbidden_models", 7, "`model.fallbackModels[0]` is one"),
        ("forbidden_voices: [azure/*]", "forbidden_voices", 14, "`voice.voiceId` is one of the"),
        ("forbidden_voices: [sarah]", "forbidden_voices", 16, "`voice.fallbackPlan.voices[0]."),
    ],
)
def test_a_break_of_a_policy_is_a_fault_at_its_value(
    tmp_path: Path, policy: str, name: str, line: int, detail: str
) -> None:
    (fault,) = faults(tmp_path, {"assistants-sync.yaml": project(f"  {policy}\n"), FILE: DESK})
    assert fault.code == f"policy_{name}"
    assert fault.where is not None
    assert (fault.where.file, fault.where.line) == (FILE, line)
    assert fault.address == "assistant.desk"
    assert fault.hint
    assert detail in fault.detail


def test_every_break_in_every_definition_is_told_at_once_with_the_other_faults(
    tmp_path: Path,
) -> None:
    files = {
        "assistants-sync.yaml": project(EVERY),
        "assistants/a.yaml": "voice: {provider: playht}\nserverUrlSecret: hunter2\n",
        "assistants/b.yaml": "name: b\nfirstMesage: Hello\nlifecycle: {protect: true}\n",
    }
    assert [(each.address, each.code) for each in faults(tmp_path, files)] == [
        ("assistant.a", "policy_require_protect"),
        ("assistant.a", "policy_name_pattern"),
        ("assistant.a", "policy_required_fields"),
        ("assistant.a", "policy_required_fields"),
        ("assistant.a", "policy_forbidden_voices"),
        ("assistant.a", "policy_no_inline_secrets"),
        ("assistant.b", "policy_name_pattern"),
        ("assistant.b", "policy_required_fields"),
        ("assistant.b", "policy_required_fields"),
        ("assistant.b", "definition"),
    ]


def test_what_cannot_be_read_is_not_judged(tmp_path: Path) -> None:
    files = {"assistants-sync.yaml": project(EVERY), FILE: "name: ${var.none}\n"}
    (fault,) = faults(tmp_path, files)
    assert fault.summary == "Unknown variable"


def test_an_environment_goes_over_the_project_key_by_key(tmp_path: Path) -> None:
    text = (
        'project: p\npolicies: {name_pattern: "[A-Z].*", forbidden_models: [gpt-4o]}\n'
        "environments:\n  dev: {policies: {forbidden_models: []}}\n"
        "  prod: {policies: {require_protect: true}}\n"
    )
    files = {"assistants-sync.yaml": text, FILE: DESK.replace("{protect: true}", "{}")}
    assert loaded(tmp_path, files, "dev").project.environment.policies.name_pattern == "[A-Z].*"
    found = faults(tmp_path, files, "prod")
    assert [each.code for each in found] == ["policy_require_protect", "policy_forbidden_models"]
    assert found[0].detail == "in `prod` every definition is protected from deletion"
    assert found[0].where == SourceRef(FILE, 2, 1)


def test_an_environment_that_protects_all_needs_no_definition_to_say_so(tmp_path: Path) -> None:
    text = "project: p\nsafety: {protect_all: true}\npolicies: {require_protect: true}\n"
    loaded(tmp_path, {"assistants-sync.yaml": text, FILE: "name: Desk\n"})


def test_a_model_in_a_nested_assistant_is_forbidden_too(tmp_path: Path) -> None:
    body = """\
model:
  tools:
    - type: handoff
      destinations:
        - {type: assistant, assistant: {model: {provider: openai, model: gpt-4o}}}
"""
    rules = "  forbidden_models: [gpt-4o]\n"
    (fault,) = faults(tmp_path, {"assistants-sync.yaml": project(rules), FILE: body})
    assert "`model.tools[0].destinations[0].assistant.model.model`" in fault.detail


def test_the_words_model_and_voice_in_a_schema_are_no_choice(tmp_path: Path) -> None:
    body = "model: {tools: [{parameters: {properties: {model: {type: string}, voice: 1}}}]}\n"
    rules = "  forbidden_models: [gpt-*]\n  forbidden_voices: [azure/*]\n"
    loaded(tmp_path, {"assistants-sync.yaml": project(rules), FILE: body})


def test_the_prompt_of_a_markdown_definition_counts(tmp_path: Path) -> None:
    text = "---\nname: Desk\n---\nBe kind.\n"
    files = {"assistants-sync.yaml": project("  max_prompt_length: 7\n"), "assistants/d.md": text}
    (fault,) = faults(tmp_path, files)
    assert fault.where == SourceRef("assistants/d.md", 4, 1)


def test_a_system_message_without_text_has_no_length(tmp_path: Path) -> None:
    body = "model: {messages: [{role: system, content: null}, {role: system}]}\n"
    files = {"assistants-sync.yaml": project("  max_prompt_length: 1\n"), FILE: body}
    loaded(tmp_path, files)


@pytest.mark.parametrize(
    ("said", "summary", "words"),
    [
        ("name_patern: x", "Unknown key", "did you mean `name_pattern`?"),
        ('name_pattern: "[A-"', "Invalid value", "a regular expression (unterminated"),
        ('name_pattern: "[[a]"', "Invalid value", "(Possible nested set at position 1)"),
        ("name_pattern: 5", "Invalid value", "is a number; text"),
        ("max_prompt_length: 0", "Invalid value", "at least 1"),
        ("require_protect: yes", "Invalid value", "true or false"),
        ("required_fields: [a..b]", "Invalid value", "a path such as `server.url`"),
        ('required_fields: ["model.messages[0]"]', "Invalid value", "into no list"),
        ("forbidden_models: gpt-4o", "Invalid value", "a list"),
        ('forbidden_voices: [""]', "Invalid value", "at least 1"),
    ],
)
def test_a_policy_that_cannot_be_one_is_a_fault_of_the_project_file(
    tmp_path: Path, said: str, summary: str, words: str
) -> None:
    text = f"project: p\nenvironments:\n  default:\n  prod:\n    policies:\n      {said}\n"
    (fault,) = faults(tmp_path, {"assistants-sync.yaml": text})
    assert fault.summary == summary
    assert fault.where is not None
    assert (fault.where.file, fault.where.line) == ("assistants-sync.yaml", 6)
    assert words in f"{fault.detail} {fault.hint}"
