"""The vendor's own document, where ASSISTANTS_SYNC_OPENAPI names it: it is not ours to hand on."""

import json
import os
import shutil
from pathlib import Path
from time import perf_counter
from typing import Final

import pytest
from shell import EXAMPLES

from assistants_sync.definitions.load import load, load_each
from assistants_sync.definitions.openapi.document import FILE_NAME, Origin, keep, render
from assistants_sync.model.diagnostic import Diagnostic

_NAMED: Final = os.environ.get("ASSISTANTS_SYNC_OPENAPI", "")  # noqa: TID251 -- chosen before any test
pytestmark = pytest.mark.skipif(not _NAMED, reason="ASSISTANTS_SYNC_OPENAPI names no document")
_PROJECTS: Final = ("quickstart", "clinic")

FAULTS: Final = """\
name: Faulty
model:
  provider: openai
  temprature: 0.3
  maxTokens: 5
  tools:
    - type: transferCal
    - type: transferCall
      destinations: [{type: number, number: "+1415", transferPlan: {mode: blind, sipVerb: byee}}]
voice: {provider: 11lab}
transcriber:
  provider: deepgram
  redaction: [pci, nothing]
  keywords: [two words]
hooks: [{on: call.ending}]
startSpeakingPlan: {smartEndpointingPlan: {provider: livekit, waitFunction: 3}}
server: {url: https://a.example, secret: !secret WORD, backoffPlan: {type: fixd}}
"""


def _project(tmp_path: Path, name: str) -> Path:
    folder = tmp_path / name
    shutil.copytree(EXAMPLES / name, folder, ignore=shutil.ignore_patterns("state"))
    document = json.loads(Path(_NAMED).read_bytes())
    (folder / FILE_NAME).write_text(render(keep(document, Origin("vendor", "2026-11-21", ""))))
    return folder


def _said(folder: Path) -> list[Diagnostic]:
    found = (warning for loaded in load_each(folder) for warning in loaded.warnings)
    return [each for each in dict.fromkeys(found) if each.code == "schema"]


@pytest.mark.parametrize("name", _PROJECTS)
def test_the_examples_are_as_the_vendor_has_it(tmp_path: Path, name: str) -> None:
    assert _said(_project(tmp_path, name)) == []


def test_faults_are_told_at_their_lines(tmp_path: Path) -> None:
    folder = _project(tmp_path, "quickstart")
    (folder / "assistants" / "faulty.yaml").write_text(FAULTS)
    found = [(each.where.line, each.detail) for each in _said(folder) if each.where]
    assert [line for line, _ in found] == [2, 4, 5, 7, 9, 9, 10, 13, 14, 15, 16, 17, 17, 17]
    assert not [detail for _, detail in found if "has it otherwise" in detail]


def test_five_hundred_definitions_take_seconds(tmp_path: Path) -> None:
    folder = _project(tmp_path, "clinic")
    text = (folder / "assistants" / "billing.yaml").read_text()
    text = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("key:"))
    for number in range(500):
        (folder / "assistants" / f"copy-{number}.yaml").write_text(text)
    began = perf_counter()
    loaded = load(folder, "production")
    assert len(loaded.desired.definitions) > 500
    assert perf_counter() - began < 30
