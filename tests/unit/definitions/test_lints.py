"""Lints: what each tells, at which place, and what it leaves alone."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from unit.definitions.project_folder import faults, loaded

from assistants_sync.definitions.lints import LINTS, render_lints
from assistants_sync.model.diagnostic import Diagnostic
from assistants_sync.model.project import LintName

ROOT = Path(__file__).parents[3]
FILE = "assistants/desk.yaml"
PART = " ".join(f"Rule {number}: be kind to caller {number}." for number in range(8))
SAFE = "secret: !secret WEBHOOK"


def told(root: Path, text: str, file: str = FILE) -> tuple[Diagnostic, ...]:
    """Give the warnings of a project with this one definition."""
    return loaded(root, {file: text}).warnings


def prompt(text: str, model: str = "", top: str = "") -> str:
    """Give a definition with this prompt, and more keys of its model and its own."""
    lines = text.replace("\n", "\n        ")
    return (
        "model:\n  provider: openai\n  messages:\n    - role: system\n      content: |\n"
        f"        {lines}\n{model}{top}"
    )


FUNCTION = """\
  tools:
    - type: function
      function:
        name: {name}
        parameters: {{type: object, properties: {{{arguments}}}}}
"""


CASES: Sequence[tuple[str, LintName, int, str]] = [
    (
        prompt(f"{PART}\nOnce more:\n{PART}"),
        "prompt_repeated",
        5,
        "232 characters from line 3 of `model.messages[0].content` on stand from line 1 on too",
    ),
    ("model: {messages: [{role: system, content: ' '}]}", "prompt_empty", 1, "has no text"),
    (
        prompt("Hi", FUNCTION.format(name="a", arguments="x: {}, y: {}") + "  maxTokens: 79"),
        "max_tokens_small",
        12,
        "`model.maxTokens` is 79; a call of 2 arguments may take 80",
    ),
    ("model: {maxTokens: 49, toolIds: [t]}", "max_tokens_small", 1, "of 0 arguments may take"),
    (
        prompt("Greet.\nThen call `find_patient`."),
        "tool_not_attached",
        5,
        "line 2 of the prompt asks for `find_patient`, which nothing attaches",
    ),
    (prompt("When done, use endCall."), "tool_not_attached", 5, "asks for `endCall`"),
    (prompt("Use the weather_today tool."), "tool_not_attached", 5, "for `weather_today`"),
    (
        prompt("Use get_a, then use get_a, call get_b(), use get_c."),
        "tool_not_attached",
        5,
        "asks for `get_a`, `get_b`, `get_c`, which",
    ),
    (
        "model:\n  toolIds: [a, b]\n  toolRefs: [{toolId: b, version: v1}]",
        "tool_listed_twice",
        2,
        "`model.toolIds[1]` stands in `model.toolRefs` too",
    ),
    (
        "voice:\n  provider: cartesia\n  speed: 1.1",
        "voice_key_misplaced",
        3,
        "cartesia voices take no `voice.speed`",
    ),
    (
        "voice:\n  provider: cartesia\n  stability: 0.5",
        "voice_key_misplaced",
        3,
        "`voice.stability`; 11labs voices do",
    ),
    (
        "voice: {fallbackPlan: {voices: [\n  {provider: 11labs,\n   generationConfig: {}}]}}",
        "voice_key_misplaced",
        3,
        "11labs voices take no `voice.fallbackPlan.voices[0].generationConfig`",
    ),
    (
        "hooks:\n  - on: custmer.speech.timeout[x=1]\n    do: [{type: say}]",
        "hook_never_runs",
        2,
        "`hooks[0].on` is no event we know",
    ),
    ("hooks:\n  - {on: call.ending, do: []}", "hook_never_runs", 2, "has nothing in `do`"),
    (f"name: {'x' * 41}", "name_long", 1, "`name` has 41 characters; at most 40"),
    ("server:\n  url: https://a.example", "server_without_secret", 1, "`server` has no"),
    ("serverUrl: https://a.example", "server_without_secret", 1, "no `serverUrlSecret`"),
    (
        "model:\n  tools:\n    - type: function\n      server: {url: https://a.example}",
        "server_without_secret",
        4,
        "`model.tools[0].server` has no `secret`",
    ),
    ("analysisPlan: {}", "deprecated_key", 1, "`analysisPlan` is deprecated"),
    (
        "startSpeakingPlan:\n  smartEndpointingEnabled: true",
        "deprecated_key",
        2,
        "`startSpeakingPlan.smartEndpointingEnabled` is deprecated",
    ),
    (
        "artifactPlan: {}\nrecordingEnabled: true",
        "legacy_key",
        2,
        "`recordingEnabled` is no longer in the reference that has `artifactPlan`",
    ),
    ("model:\n  systemPrompt: Hi", "legacy_key", 2, "`model.systemPrompt` is no longer"),
]


@pytest.mark.parametrize(("text", "code", "line", "detail"), CASES)
def test_a_lint_warns_at_the_value_it_is_about(
    tmp_path: Path, text: str, code: LintName, line: int, detail: str
) -> None:
    (warning,) = told(tmp_path, f"{text}\n")
    assert (warning.code, warning.severity) == (code, "warning")
    assert warning.where is not None
    assert (warning.where.file, warning.where.line) == (FILE, line)
    assert warning.address == "assistant.desk"
    assert warning.summary == LINTS[code][0].summary
    assert warning.hint
    assert detail in warning.detail


LOUD = "lints: {prompt_empty: error}\n"
ENDS = "  tools: [{type: endCall}]\n"


@pytest.mark.parametrize(
    "text",
    [
        prompt(f"{PART[:198]}\nOnce more:\n{PART[:198]}"),
        "model: {messages: [{role: user, content: ''}, {role: system, content: null}]}",
        "model: {maxTokens: 1}",
        prompt("Hi", FUNCTION.format(name="a", arguments="x: {}, y: {}") + "  maxTokens: 80"),
        prompt("Then call find_patient.", FUNCTION.format(name="find_patient", arguments="")),
        prompt("Call get_a.", "  toolIds: [a]\n"),
        prompt("Call get_a.", "  toolRefs: [{toolId: a}]\n"),
        prompt("Call get_a.", "  tools: [{type: mcp, server: {url: https://a.example}}]\n"),
        prompt("Call get_a.", "  tools: [{type: apiRequest, name: get_a}]\n"),
        prompt("Use end_call_tool, or hang_up. Use the end_call function.", ENDS),
        prompt("Use endCall.", "", "endCallFunctionEnabled: true\n"),
        prompt("Use transferCall.", "", "forwardingPhoneNumber: '+13125550100'\n"),
        prompt("Use transferCall.", "  tools: [{type: transferCall}]\n"),
        prompt("Use the handoff_to_billing tool, which the squad has."),
        prompt("Use the knowledge_search tool.", "  knowledgeBase: {provider: canonical}\n"),
        prompt("Use customer_name when you greet. Use {{get_name}}. Call back_later."),
        prompt("Do not call find_patient. Never use endCall. Don't call get_a."),
        prompt("Call the customer. Use English. Run through the list; use iPhone words."),
        prompt("Use get_slot.", FUNCTION.format(name="book", arguments="get_slot: {}")),
        "model:\n  toolIds: [a]\n  toolRefs: [{toolId: b, version: v1}]",
        "voice: {provider: cartesia, generationConfig: {speed: 1}, language: en}",
        "voice: {provider: 11labs, speed: 1, stability: 0.5, style: 1, newKey: 1}",
        "voice: {provider: brand-new, stability: 0.5}",
        "model: {tools: [{parameters: {voice: {provider: cartesia, speed: 1}}}]}",
        "hooks: [{on: 'customer.speech.timeout[a=b]', do: [{type: say}]}]",
        "hooks: [{on: something.quite.new.to.us, do: [{type: say}]}]",
        f"name: {'x' * 40}",
        f"server: {{url: https://a.example, {SAFE}}}",
        "server: {url: https://a.example, credentialId: c}",
        "server: {url: https://a.example, headers: {X-Api-Key: !secret KEY}}",
        "server: {timeoutSeconds: 5}",
        "serverUrl: https://a.example\nserverUrlSecret: !secret KEY",
        "metadata: {server: {url: https://a.example}}",
        "analysisPlan: null",
        "recordingEnabled: true\nserverUrlSecret: !secret KEY",
        "artifactPlan: {}\nsilenceTimeoutSeconds: 30",
    ],
)
def test_what_is_well_is_left_alone(tmp_path: Path, text: str) -> None:
    assert told(tmp_path, f"{text}\n") == ()


def test_every_lint_is_tried() -> None:
    assert {code for _, code, _, _ in CASES} == set(LINTS)


@pytest.mark.parametrize("example", ["quickstart", "clinic"])
def test_an_example_has_nothing_to_be_told(example: str, tmp_path: Path) -> None:
    folder = ROOT / "examples" / example
    files = {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.suffix in {".yaml", ".md", ".txt"} and "state" not in path.parts
    }
    assert loaded(tmp_path, files).warnings == ()


def test_the_prompt_of_a_markdown_definition_is_read_too(tmp_path: Path) -> None:
    (warning,) = told(tmp_path, "---\nname: Desk\n---\nUse endCall.\n", "assistants/desk.md")
    assert warning.code == "tool_not_attached"
    assert warning.where is not None
    assert (warning.where.file, warning.where.line) == ("assistants/desk.md", 4)


def test_a_prompt_repeated_in_a_second_message_is_told_there(tmp_path: Path) -> None:
    message = f"    - role: system\n      content: {PART!r}\n"
    (warning,) = told(tmp_path, f"model:\n  messages:\n{message}{message}")
    assert warning.where is not None
    assert warning.where.line == 6
    assert "on stand in an earlier system message too" in warning.detail


def test_what_fits_one_finding_better_is_its_hint(tmp_path: Path) -> None:
    (warning,) = told(tmp_path, "voice: {provider: cartesia, speed: 1}\n")
    assert warning.hint == "write it in `generationConfig`"
    (warning,) = told(tmp_path, "hooks: [{on: call.endin, do: [{type: say}]}]\n")
    assert warning.hint == "did you mean `call.ending`?"


def test_no_lint_quotes_a_value(tmp_path: Path) -> None:
    text = prompt(f"{PART}\n{PART}") + (
        "server: {url: https://hunter2.example}\nname: hunter2 and a name that goes on and on so\n"
        "recordingEnabled: true\nvoice: {provider: cartesia, stability: hunter2}\n"
    )
    found = told(tmp_path, text)
    assert {each.code for each in found} >= {"name_long", "server_without_secret"}
    assert not [each for each in found if "hunter2" in f"{each}" or "Rule 1" in f"{each}"]


def test_what_cannot_be_read_is_not_linted(tmp_path: Path) -> None:
    files = {FILE: "name: ${var.none}\nmodel: {messages: [{role: system, content: ''}]}\n"}
    (fault,) = faults(tmp_path, files | {"assistants-sync.yaml": f"project: p\n{LOUD}"})
    assert fault.summary == "Unknown variable"


def test_a_key_that_is_gone_is_refused_with_its_successor(tmp_path: Path) -> None:
    files = {
        FILE: "messagePlan: {}\n",
        "assistants-sync.yaml": "project: p\nunknown_fields: warn\n",
    }
    (warning,) = loaded(tmp_path, files).warnings
    assert (warning.summary, warning.code) == ("Unknown field", "definition")
    assert warning.hint == "use a hook on customer.speech.timeout"


def test_the_table_has_a_row_for_each_lint_and_a_date_in_it() -> None:
    head, rule, *rows = render_lints().splitlines()
    assert head.count("|") == rule.count("|") == 5
    assert [row.split("`")[1] for row in rows] == [*LINTS, "unused_exception"]
    assert all(row.count("|") == 5 for row in rows)
    assert all(" 2026-" in row or "2026-08-20" in row for row in rows[:-1])


def test_the_readme_has_the_table_as_it_is_made() -> None:
    assert render_lints() in (ROOT / "README.md").read_text()
