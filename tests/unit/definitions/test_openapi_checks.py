"""Nested objects against a pulled API document: what is said, where, how loudly, what is not."""

import json
import sys
from pathlib import Path

import pytest
from unit.definitions.openapi_document import openapi_document
from unit.definitions.project_folder import faults, loaded

from assistants_sync.definitions.openapi.document import FILE_NAME, Origin, keep, render
from assistants_sync.errors import DefinitionError
from assistants_sync.model.diagnostic import Diagnostic

PULLED = {FILE_NAME: render(keep(openapi_document(), Origin("here", "2026-11-21", "00")))}
GOOD = """\
name: Good
voice: {provider: loud, voiceId: carla, speed: 1.5, styles: [calm]}
model:
  provider: small
  model: small-3
  note: null
  tools:
    - {type: call, retry: {way: fixed}, labels: {anything: goes}}
    - {type: handOver, to: {voice: {provider: quiet}}}
hooks:
  - {on: call.ending, do: []}
  - {on: anything.else, name: x}
transcriber: {provider: ears, keyword: Ölung, plain: abc, folded: ABC, broken: "[[", note: null}
startSpeakingPlan: {plan: {provider: slow, wait: 3}, eager: true}
metadata: {anything: [goes]}
observabilityPlan: {the: references, know: it}
server: {url: https://a.example, secret: !secret WORD, timeoutSeconds: 20}
serverMessages: [hang]
silenceTimeoutSeconds: 30
"""


def _warnings(root: Path, text: str, project: str = "project: test\n") -> list[Diagnostic]:
    files = {**PULLED, "assistants-sync.yaml": project, "assistants/a.yaml": text}
    return [each for each in loaded(root, files).warnings if each.code == "schema"]


def test_what_the_document_allows_is_fine_whatever_its_defects(tmp_path: Path) -> None:
    assert _warnings(tmp_path, GOOD) == []


@pytest.mark.parametrize(
    ("text", "place", "detail", "hint"),
    [
        (
            "voice: {provider: lod}",
            "1:9",
            "`voice.provider` is `lod`; one of loud, quiet",
            "`loud`",
        ),
        ("voice: {voiceId: x}", "1:1", "`voice.provider` is required", "one of: loud, quiet"),
        ("voice: {provider: loud}", "1:1", "`voice.voiceId` is required", None),
        (
            "voice: {provider: quiet, whsper: true}",
            "1:26",
            "`voice.whsper` is not a field the API's document has",
            "did you mean `whisper`?",
        ),
        (
            "voice: {provider: quiet, speed: 1}",
            "1:26",
            "`voice.speed` is not a field the API's document has",
            "known here: provider, whisper",
        ),
        (
            "voice: {provider: loud, voiceId: anna, speed: 3}",
            "1:40",
            "`voice.speed` is 3; at most 2",
            None,
        ),
        (
            "voice: {provider: loud, voiceId: anna, styles: [loud]}",
            "1:49",
            "`voice.styles[0]` is `loud`; one of calm, gay",
            None,
        ),
        (
            "model:\n  provider: small\n  model: small-33",
            "3:3",
            "`model.model` is `small-33`; one of 20 words",
            "did you mean `small-3`?",
        ),
        (
            "model: {provider: small, model: else}",
            "1:26",
            "`model.model` is `else`; one of 20 words",
            "newer ones come with `schema pull`",
        ),
        (
            "model: {provider: large, size: big}",
            "1:26",
            "`model.size` is text; a whole number",
            None,
        ),
        (
            "model: {provider: small, tools: [{type: call, retry: {way: fixd}}]}",
            "1:55",
            "`model.tools[0].retry.way` is `fixd`; one of fixed, growing",
            "did you mean `fixed`?",
        ),
        (
            "model: {provider: small, tools: [{type: handOver, to: {voice: {provider: lod}}}]}",
            "1:64",
            "`model.tools[0].to.voice.provider` is `lod`; one of loud, quiet",
            "did you mean `loud`?",
        ),
        ("hooks: [{on: call.ending}]", "1:9", "`hooks[0].do` is required", None),
        (
            "transcriber: {provider: ears, keyword: 12}",
            "1:31",
            "`transcriber.keyword` is 12; text",
            None,
        ),
        (
            "transcriber: {provider: ears, keyword: a b}",
            "1:31",
            "`transcriber.keyword` is text; it must fit ^\\p{L}+$",
            None,
        ),
        (
            "startSpeakingPlan: {plan: {provider: slow, wait: long}}",
            "1:44",
            "`startSpeakingPlan.plan.wait` is text; a number",
            None,
        ),
        (
            "startSpeakingPlan: {eager: 3}",
            "1:21",
            "`startSpeakingPlan.eager` is 3; true or false or text",
            None,
        ),
        (
            "model: {provider: small, tools: [{type: call, labels: {a: 1}}]}",
            "1:56",
            "`model.tools[0].labels.a` is 1; text",
            None,
        ),
    ],
)
def test_a_fault_is_about_the_branch_that_was_meant(
    tmp_path: Path, text: str, place: str, detail: str, hint: str | None
) -> None:
    (found,) = _warnings(tmp_path, f"{text}\n")
    assert str(found.where) == f"assistants/a.yaml:{place}"
    assert (found.severity, found.address) == ("warning", "assistant.a")
    assert found.detail == detail
    assert found.hint is None if hint is None else hint in (found.hint or "")


@pytest.mark.parametrize(
    "text",
    [
        "voice: {provider: !secret P}",
        "model: {provider: small, model: !secret M}",
        "transcriber: {provider: ears, keyword: !secret K}",
        "server: {url: !secret U}",
        "credentials: [{provider: loud, nope: sk-1}]",
        "model: {provider: small, tools: [{type: call, headers: {a: 1}}]}",
        "model: {provider: small, tools: [{type: handOver, to: {credentials: [{nope: 1}]}}]}",
    ],
)
def test_a_secret_passes_for_any_text(tmp_path: Path, text: str) -> None:
    assert _warnings(tmp_path, f"{text}\n") == []


def test_a_secret_is_no_number(tmp_path: Path) -> None:
    (found,) = _warnings(tmp_path, "server: {timeoutSeconds: !secret T}\n")
    assert found.detail == "`server.timeoutSeconds` is text; a number"


@pytest.mark.parametrize("value", ["!secret S", "sk-1"])
def test_a_secret_under_a_wrong_key_is_told_all_the_same(tmp_path: Path, value: str) -> None:
    (found,) = _warnings(tmp_path, f"server: {{authTokn: 1, password: {value}}}\n")[1:]
    assert found.detail == "`server.password` is not a field the API's document has"


def test_what_the_api_takes_though_its_document_lacks_it_is_fine(tmp_path: Path) -> None:
    assert _warnings(tmp_path, "model: {provider: large, systemPrompt: x}\n") == []
    assert len(_warnings(tmp_path, "model: {provider: large, systemPromt: x}\n")) == 1


def test_what_may_be_secret_is_never_shown(tmp_path: Path) -> None:
    text = "voice: {provider: quiet, whisper: sk-abc}\ntranscriber: {provider: ears, plain: SK-1}\n"
    found = _warnings(tmp_path, text)
    assert len(found) == 2
    assert "sk-" not in str(found).lower()


def test_variables_are_put_in_first(tmp_path: Path) -> None:
    project = "project: test\nvars: {who: quiet}\n"
    assert _warnings(tmp_path, "voice: {provider: '${var.who}'}\n", project) == []


def test_the_prompt_of_a_markdown_definition_keeps_its_place(tmp_path: Path) -> None:
    text = "---\nmodel:\n  provider: small\n  size: 1\n---\nA prompt.\n"
    found = [
        each
        for each in loaded(tmp_path, {**PULLED, "assistants/a.md": text}).warnings
        if each.code == "schema"
    ]
    assert [str(each.where) for each in found] == ["assistants/a.md:4:3", "assistants/a.md:6:1"]


def test_strict_makes_them_faults(tmp_path: Path) -> None:
    files = {
        **PULLED,
        "assistants-sync.yaml": "project: test\nschema: strict\n",
        "assistants/a.yaml": "voice: {provider: lod}\n",
    }
    (found,) = faults(tmp_path, files)
    assert (found.severity, found.code, found.summary) == ("error", "schema", "Invalid value")


def test_off_says_nothing(tmp_path: Path) -> None:
    text = "voice: {provider: lod}\n"
    assert _warnings(tmp_path, text, "project: test\nschema: off\n") == []


def test_strict_needs_a_document(tmp_path: Path) -> None:
    (found,) = faults(tmp_path, {"assistants-sync.yaml": "project: test\nschema: strict\n"})
    assert found.summary == "No API document"
    assert "schema pull" in (found.hint or "")


def test_without_a_document_the_checker_is_not_even_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "assistants_sync.definitions.openapi.check", None)
    assert loaded(tmp_path, {"assistants/a.yaml": "voice: {provider: lod}\n"}).warnings == ()


@pytest.mark.parametrize(("policy", "is_refused"), [("warn", False), ("strict", True)])
def test_a_missing_checker_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, policy: str, *, is_refused: bool
) -> None:
    monkeypatch.setitem(sys.modules, "assistants_sync.definitions.openapi.check", None)
    files = {**PULLED, "assistants-sync.yaml": f"project: test\nschema: {policy}\n"}
    (found,) = faults(tmp_path, files) if is_refused else loaded(tmp_path, files).warnings
    assert found.summary == "Checker not installed"
    assert "assistants-sync[schema]" in (found.hint or "")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "[" * 100_000,
        '{"paths": 1}',
        json.dumps({**openapi_document(), "paths": {}}),
    ],
)
def test_a_document_that_is_none_is_a_fault(tmp_path: Path, text: str) -> None:
    with pytest.raises(DefinitionError) as refused:
        loaded(tmp_path, {FILE_NAME: text})
    assert refused.value.diagnostic.summary == "The API document cannot be used"


def test_a_whole_document_put_there_by_hand_will_do(tmp_path: Path) -> None:
    files = {
        FILE_NAME: json.dumps(openapi_document()),
        "assistants/a.yaml": "voice: {provider: lod}\n",
    }
    assert len(loaded(tmp_path, files).warnings) == 1
