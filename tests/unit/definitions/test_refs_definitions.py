"""`!ref` and `!lookup` as they are written: only where an id goes, and only to what there is."""

from pathlib import Path

import pytest
from unit.definitions.project_folder import faults, loaded

from assistants_sync.model.address import Address
from assistants_sync.model.value import Lookup, Ref

DESK = Address("assistant.desk")
_HANDOFF = """\
model:
  provider: openai
  tools:
    - type: handoff
      destinations:
        - {{type: assistant, assistantId: {0}}}
"""


def test_a_ref_names_another_definition(tmp_path: Path) -> None:
    files = {
        "assistants/desk.yaml": _HANDOFF.format("!ref assistant.billing"),
        "assistants/billing.yaml": "name: Billing\n",
    }
    model = loaded(tmp_path, files).desired.definitions[DESK].body["model"]
    assert Ref(Address("assistant.billing")) in _values(model)


def _values(value: object) -> list[object]:
    match value:
        case dict():
            return [deep for each in value.values() for deep in _values(each)]
        case list():
            return [deep for each in value for deep in _values(each)]
        case _:
            return [value]


def test_a_lookup_names_a_kind_and_a_name_with_variables(tmp_path: Path) -> None:
    files = {
        "assistants-sync.yaml": "project: p\nvars: {tool: book}\n",
        "assistants/desk.yaml": "model: {provider: openai, toolIds: ["
        "!lookup {kind: tool, name: '${var.tool}_slot'}]}\n",
    }
    body = loaded(tmp_path, files).desired.definitions[DESK].body
    assert body["model"] == {"provider": "openai", "toolIds": [Lookup("tool", "book_slot")]}


@pytest.mark.parametrize(
    ("text", "summary", "line"),
    [
        (_HANDOFF.format("!ref assistant.desc"), "Reference to nothing", 6),
        (_HANDOFF.format("!ref desk"), "Bad address", 6),
        (_HANDOFF.format("!ref tool.book"), "Bad address", 6),
        ("name: !ref assistant.desk\n", "Wrong place for an id", 1),
        ("model:\n  toolIds:\n    - !ref assistant.desk\n", "Wrong place for an id", 3),
        ("model:\n  toolIds: !ref assistant.desk\n", "Wrong place for an id", 2),
        ("metadata: {assistantId: !ref assistant.desk}\n", "Wrong place for an id", 1),
        ("credentialIds: [!lookup {kind: tool, name: x}]\n", "Wrong place for an id", 1),
        ("credentialIds: [!lookup {kind: credentail, name: x}]\n", "Bad look-up", 1),
        ("credentialIds: [!lookup {kind: credential}]\n", "Bad look-up", 1),
        ("credentialIds: [!lookup {kind: credential, name: 3}]\n", "Bad look-up", 1),
        ("credentialIds: [!lookup {kind: credential, name: x, id: 3}]\n", "Bad look-up", 1),
        ("credentialIds: [!lookup credential]\n", "Unknown tag", 1),
        ("credentialIds: [!lookup [credential, x]]\n", "Unknown tag", 1),
    ],
)
def test_what_is_wrong_with_one_is_told_where_it_stands(
    tmp_path: Path, text: str, summary: str, line: int
) -> None:
    found = faults(tmp_path, {"assistants/desk.yaml": text})
    assert summary in [each.summary for each in found]
    (where,) = [each.where for each in found if each.summary == summary]
    assert where is not None
    assert (where.file, where.line) == ("assistants/desk.yaml", line)


def test_a_near_miss_is_named(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, {"assistants/desk.yaml": _HANDOFF.format("!ref assistant.desc")})
    assert fault.hint == "did you mean `assistant.desk`?"
