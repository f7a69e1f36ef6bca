"""Top-level fields: valid under one reference, or under the one the project names."""

from pathlib import Path

import pytest
from unit.definitions.project_folder import faults, loaded

from assistants_sync.model.diagnostic import Diagnostic
from assistants_sync.model.source import SourceRef


def fault_of(root: Path, text: str, settings: str = "") -> Diagnostic:
    files = {"assistants/a.yaml": text, "assistants-sync.yaml": f"project: p\n{settings}"}
    (fault,) = faults(root, files)
    return fault


def accepted(root: Path, text: str, settings: str = "") -> tuple[Diagnostic, ...]:
    files = {"assistants/a.yaml": text, "assistants-sync.yaml": f"project: p\n{settings}"}
    return loaded(root, files).warnings


@pytest.mark.parametrize(
    ("field", "low", "high"),
    [
        ("silenceTimeoutSeconds", 10, 600),
        ("responseDelaySeconds", 0, 2),
        ("llmRequestDelaySeconds", 0, 3),
        ("numWordsToInterruptAssistant", 1, 10),
        ("maxDurationSeconds", 10, 3600),
    ],
)
def test_a_number_of_2024_ends_where_its_range_does(
    tmp_path: Path, field: str, low: int, high: int
) -> None:
    strict = "api_reference: 2024\n"
    assert accepted(tmp_path, f"{field}: {low}\n", strict) == ()
    assert accepted(tmp_path, f"{field}: {high}.0\n", strict) == ()
    below = fault_of(tmp_path, f"{field}: {low - 1}\n", strict)
    above = fault_of(tmp_path, f"{field}: {high + 1}\n", strict)
    assert below.summary == above.summary == "Invalid value"
    assert below.detail == f"`{field}` is {low - 1}; at least {low} (2024)"
    assert above.detail == f"`{field}` is {high + 1}; at most {high} (2024)"
    assert above.where == SourceRef("assistants/a.yaml", 1, 1)


def test_a_field_is_accepted_when_one_reference_has_it_so(tmp_path: Path) -> None:
    text = f"name: {'x' * 100}\nmaxDurationSeconds: 43200\nfirstMessage: {'x' * 1001}\n"
    assert [each.code for each in accepted(tmp_path, text)] == ["name_long"]
    assert accepted(tmp_path, "silenceTimeoutSeconds: 20\nstartSpeakingPlan: {}\n") == ()


def test_a_name_is_too_long_for_both_references_or_for_the_one_named(tmp_path: Path) -> None:
    both = fault_of(tmp_path, f"name: {'x' * 101}\n")
    assert both.detail == "`name` has 101 characters; at most 100 (2024), at most 40 (2026)"
    one = fault_of(tmp_path, f"name: {'x' * 41}\n", "api_reference: '2026'\n")
    assert one.detail == "`name` has 41 characters; at most 40 (2026)"


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("model: [a]", "`model` is a list; an object (2024 and 2026)"),
        ("voice: echo", "`voice` is text; an object (2024 and 2026)"),
        ("name: 12", "`name` is a number; text (2024 and 2026)"),
        ("recordingEnabled: off", "`recordingEnabled` is text; true or false (2024)"),
        ('silenceTimeoutSeconds: "20"', "`silenceTimeoutSeconds` is text; a number (2024)"),
        ("maxDurationSeconds: true", "`maxDurationSeconds` is true; a number (2024 and 2026)"),
        ("endCallPhrases: bye", "`endCallPhrases` is text; a list (2024 and 2026)"),
        ("hooks: [1]", "`hooks[0]` is a number; an object (2026)"),
        ("credentialIds: [null]", "`credentialIds[0]` is null; text (2026)"),
        (
            "backgroundSound: loud",
            (
                "`backgroundSound` is `loud`; one of off, office (2024), "
                "`off`, `office` or an http(s) address (2026)"
            ),
        ),
        ("voicemailDetection: on", "`voicemailDetection` is text; `off` or an object (2026)"),
        (
            "firstMessageMode: assistant-waits",
            (
                "`firstMessageMode` is `assistant-waits`; one of assistant-speaks-first, "
                "assistant-speaks-first-with-model-generated-message, "
                "assistant-waits-for-user (2026)"
            ),
        ),
    ],
)
def test_a_wrong_value_is_told_with_the_rule_of_each_reference(
    tmp_path: Path, text: str, detail: str
) -> None:
    fault = fault_of(tmp_path, text)
    assert fault.summary == "Invalid value"
    assert fault.detail == detail


def test_only_the_list_item_no_reference_knows_is_blamed(tmp_path: Path) -> None:
    fault = fault_of(tmp_path, "clientMessages:\n  - tool-calls\n  - transcipt\n")
    assert fault.where == SourceRef("assistants/a.yaml", 3, 5)
    assert fault.hint == "did you mean `transcript`?"


def test_off_is_a_sound_and_null_clears_anything(tmp_path: Path) -> None:
    assert accepted(tmp_path, "backgroundSound: off\nname: null\nmodel: ~\nserver:\n") == ()
    assert accepted(tmp_path, "backgroundSound: https://a.example/b.mp3\n") == ()


def test_an_unknown_field_has_its_place_and_the_nearest_name(tmp_path: Path) -> None:
    fault = fault_of(tmp_path, "name: Desk\nfirstMesage: hi\n")
    assert fault == Diagnostic(
        code="definition",
        summary="Unknown field",
        detail="`firstMesage` is not a field of an assistant",
        where=SourceRef("assistants/a.yaml", 2, 1),
        address="assistant.a",
        hint="did you mean `firstMessage`?",
    )


def test_an_unknown_field_may_pass_with_a_warning(tmp_path: Path) -> None:
    (warning,) = accepted(tmp_path, "newField: 1\n", "unknown_fields: warn\n")
    assert (warning.severity, warning.summary) == ("warning", "Unknown field")


@pytest.mark.parametrize("field", ["id", "orgId", "createdAt", "updatedAt"])
def test_a_field_of_the_server_is_refused(tmp_path: Path, field: str) -> None:
    fault = fault_of(tmp_path, f"{field}: x\n", "unknown_fields: warn\n")
    assert (fault.summary, fault.hint) == ("Server-owned field", "remove it")


def test_a_field_of_the_other_reference_is_refused_with_its_successor(tmp_path: Path) -> None:
    fault = fault_of(tmp_path, "recordingEnabled: true\n", "api_reference: 2026\n")
    assert fault.summary == "Not a field of this reference"
    assert fault.detail == "`recordingEnabled` is not a field of the 2026 reference"
    assert fault.hint == "use artifactPlan.recordingEnabled"
    older = fault_of(tmp_path, "artifactPlan: {}\n", "api_reference: 2024\n")
    assert older.detail == "`artifactPlan` is not a field of the 2024 reference"


def test_our_own_note_in_metadata_is_not_for_users(tmp_path: Path) -> None:
    fault = fault_of(tmp_path, "metadata:\n  team: a\n  assistants-sync: {}\n")
    assert fault.summary == "Reserved metadata"
    assert fault.where == SourceRef("assistants/a.yaml", 3, 3)


def test_a_secret_passes_for_text_and_never_for_a_choice(tmp_path: Path) -> None:
    assert accepted(tmp_path, "serverUrlSecret: !secret A\nname: !secret B\n") == ()
    assert fault_of(tmp_path, "firstMessageMode: !secret A\n").summary == "Invalid value"


def test_no_fault_shows_a_secret(tmp_path: Path) -> None:
    text = "serverUrlSecret: 8675309\nserver: canary\ncredentials: [canary, 8675309]\n"
    settings = "project: p\nenvironments: {default: {token_env: sk-canary}}\n"
    assert "canary" not in str(faults(tmp_path, {"assistants-sync.yaml": settings}))
    found = str(faults(tmp_path, {"assistants/a.yaml": text}))
    assert "canary" not in found
    assert "8675309" not in found
