"""What differs in one environment, laid over what holds in all of them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.definitions.project_folder import faults, loaded

from assistants_sync.definitions.load import load_each
from assistants_sync.definitions.overlays import overlaid
from assistants_sync.definitions.yaml_text import Document
from assistants_sync.errors import DefinitionError
from assistants_sync.model.address import Address
from assistants_sync.model.source import SourceRef
from assistants_sync.model.value import JsonValue

DESK = Address("assistant.desk")
_PROJECT = "project: p\nenvironments: {dev: {}, prod: {}, eu.prod: {}}\n"
_BASE = """\
name: Desk
firstMessage: Hello
lifecycle: {protect: true, ignore_changes: [/voice/speed]}
model:
  provider: openai
  model: gpt-4o-mini
  toolIds: [a, b]
voice: {provider: 11labs, voiceId: x, speed: 1}
"""
_OVER = """\
name: Desk of production
lifecycle: {protect: false}
model:
  model: gpt-4o
  toolIds: [c]
  temperature: 0.2
firstMessage: null
"""


def _files(**more: str) -> dict[str, str]:
    return {
        "assistants-sync.yaml": _PROJECT,
        "assistants/desk.yaml": _BASE,
        "assistants/desk.prod.yaml": _OVER,
        **more,
    }


def test_objects_merge_lists_and_texts_replace_and_null_takes_away(tmp_path: Path) -> None:
    definition = loaded(tmp_path, _files(), "prod").desired.definitions[DESK]
    assert definition.body == {
        "name": "Desk of production",
        "model": {
            "provider": "openai",
            "model": "gpt-4o",
            "toolIds": ["c"],
            "temperature": 0.2,
        },
        "voice": {"provider": "11labs", "voiceId": "x", "speed": 1},
    }
    assert not definition.lifecycle.protect
    assert definition.lifecycle.ignore_changes == ("/voice/speed",)


def test_each_value_keeps_the_place_where_it_was_written(tmp_path: Path) -> None:
    definition = loaded(tmp_path, _files(), "prod").desired.definitions[DESK]
    assert definition.where.file == "assistants/desk.yaml"
    assert definition.place(("name",)) == SourceRef("assistants/desk.prod.yaml", 1, 1)
    assert definition.place(("model", "model")).file == "assistants/desk.prod.yaml"
    assert definition.place(("model", "provider")).file == "assistants/desk.yaml"


def test_an_overlay_is_nothing_in_another_environment(tmp_path: Path) -> None:
    desired = loaded(tmp_path, _files(), "dev").desired
    assert list(desired.definitions) == [DESK]
    assert desired.definitions[DESK].body["name"] == "Desk"


def test_the_longest_name_of_an_environment_wins(tmp_path: Path) -> None:
    files = _files(**{"assistants/desk.eu.prod.yaml": "name: Desk of Europe\n"})
    assert loaded(tmp_path, files, "eu.prod").desired.definitions[DESK].body["name"] == (
        "Desk of Europe"
    )
    assert loaded(tmp_path, files, "prod").desired.definitions[DESK].body["name"] == (
        "Desk of production"
    )


def test_an_overlay_without_a_base_is_an_assistant_of_that_environment_alone(
    tmp_path: Path,
) -> None:
    files = _files(**{"assistants/night.prod.yaml": "name: Night\n"})
    assert Address("assistant.night") in loaded(tmp_path, files, "prod").desired.definitions
    assert Address("assistant.night") not in loaded(tmp_path, files, "dev").desired.definitions


def test_an_overlay_may_be_markdown_or_hold_several(tmp_path: Path) -> None:
    files = _files(
        **{
            "assistants/desk.prod.yaml": "",
            "assistants/desk.prod.md": "---\nname: Desk in words\n---\nYou are calm.\n",
            "assistants/all.prod.yaml": "key: other\nname: Other\n---\nkey: third\nname: Third\n",
        }
    )
    found = loaded(tmp_path, files, "prod").desired.definitions
    assert found[DESK].body["name"] == "Desk in words"
    assert "You are calm." in str(found[DESK].body["model"])
    assert len(found) == 3


def test_a_fault_in_an_overlay_is_told_at_its_line_there(tmp_path: Path) -> None:
    files = _files(**{"assistants/desk.prod.yaml": "name: x\nfirstMesage: Hi\n"})
    (fault,) = faults(tmp_path, files, "prod")
    assert fault.where == SourceRef("assistants/desk.prod.yaml", 2, 1)
    loaded(tmp_path, files, "dev")


def test_two_overlays_of_one_address_are_a_fault(tmp_path: Path) -> None:
    files = _files(**{"assistants/more/desk.prod.yaml": "name: again\n"})
    (fault,) = faults(tmp_path, files, "prod")
    assert fault.summary == "Two definitions of one address"


def test_a_misspelt_environment_is_told(tmp_path: Path) -> None:
    files = _files(**{"assistants/desk.prd.yaml": "name: again\n"})
    (warning,) = loaded(tmp_path, files, "dev").warnings
    assert (warning.summary, warning.hint) == ("Perhaps an overlay", "did you mean `prod`?")
    harmless = _files(**{"assistants/desk.night.yaml": "name: again\n"})
    (tmp_path / "assistants/desk.prd.yaml").unlink()
    assert loaded(tmp_path, harmless, "dev").warnings == ()


def test_every_environment_is_checked_at_once_and_each_fault_told_once(tmp_path: Path) -> None:
    files = _files(
        **{
            "assistants/desk.prod.yaml": "firstMesage: Hi\n",
            "assistants/both.yaml": "nme: x\n",
        }
    )
    faults(tmp_path, files, "prod")
    with pytest.raises(DefinitionError) as refused:
        load_each(tmp_path)
    told = [str(each.where) for each in refused.value.diagnostics]
    assert sorted(told) == ["assistants/both.yaml:1:1", "assistants/desk.prod.yaml:1:1"]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=8,
)
_OBJECT = st.dictionaries(st.sampled_from("abc"), _JSON)


def _merge_patch(target: JsonValue, patch: JsonValue) -> JsonValue:
    """RFC 7396, section 2, but that a new object keeps its nulls: they are declared ones."""
    if not isinstance(patch, dict) or not isinstance(target, dict):
        return patch
    result = dict(target)
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = _merge_patch(result.get(key), value)
    return result


@given(base=_OBJECT, over=_OBJECT)
def test_it_is_json_merge_patch(base: dict[str, JsonValue], over: dict[str, JsonValue]) -> None:
    def _document(value: dict[str, JsonValue], file: str) -> Document:
        return Document(value, SourceRef(file, 1, 1), {(): SourceRef(file, 1, 1)})

    made = overlaid(_document(base, "base"), _document(over, "over"))
    assert made.value == _merge_patch(base, over)
    assert made.where.file == "base"
