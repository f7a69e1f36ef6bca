"""What an editor is told: the same as `validate` says, since it comes from the same models."""

from collections.abc import Iterator, Mapping
from typing import Final

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from pydantic import ValidationError
from unit.definitions.test_project_file_definitions import FULL

from assistants_sync.definitions.editor import editor_schemas, editor_settings
from assistants_sync.definitions.fields import is_declarable
from assistants_sync.definitions.key_words import WORDS
from assistants_sync.definitions.lifecycle import RESERVED
from assistants_sync.definitions.project_schema import ProjectPart
from assistants_sync.definitions.yaml_text import parse_documents
from assistants_sync.errors import DefinitionError
from assistants_sync.model.marker import MARKER_KEY
from assistants_sync.model.project import Project
from assistants_sync.model.value import JsonValue
from assistants_sync.resources import KINDS

ANY: Final = Project("p")
YEARS: Final = (ANY, Project("p", api_reference="2024"), Project("p", api_reference="2026"))
ASSISTANT: Final = KINDS["assistant"]
FIELDS: Final = sorted(
    {name for model in ASSISTANT.references.values() for name in model.model_fields}
)


def _validator(name: str, project: Project = ANY) -> Draft7Validator:
    schema = editor_schemas(project)[name]
    assert isinstance(schema, dict)
    Draft7Validator.check_schema(schema)
    return Draft7Validator(schema)


_DEFINITIONS: Final = [_validator("definition", each) for each in YEARS]
_ANY: Final = _DEFINITIONS[0]

_BOUNDS: Final = (0, 1, 2, 3, 10, 40, 100, 140, 400, 600, 1000, 3600, 43200)
_WORDS: Final = (
    *("off", "office", "https://sound.example/a.mp3", "ftp://a", "assistant-speaks-first"),
    *("transcript", "hang", "metadata", "phone-call-control", "tool-calls", "nonsense"),
)
_scalars: st.SearchStrategy[JsonValue] = (
    st.sampled_from([edge + step for edge in _BOUNDS for step in (-1, -0.5, 0, 0.5, 1)])
    | st.sampled_from(
        [edge + step for edge in _BOUNDS for step in (-1, 0, 1) if edge + step >= 0]
    ).map(lambda length: "x" * length)
    | st.sampled_from(_WORDS)
    | st.booleans()
    | st.none()
    | st.just({})
)
_values = _scalars | st.lists(_scalars.filter(lambda each: each is not None), max_size=3)


@settings(max_examples=2000)
@given(name=st.sampled_from(FIELDS), value=_values, at=st.sampled_from(range(len(YEARS))))
def test_an_editor_takes_a_field_exactly_when_we_do(name: str, value: JsonValue, at: int) -> None:
    takes = _DEFINITIONS[at].is_valid({name: value})
    assert takes == is_declarable(ASSISTANT, name, value, YEARS[at])


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_is_known_under_one_reference_at_least(name: str) -> None:
    assert _ANY.is_valid({name: None})


@pytest.mark.parametrize("name", ["id", "orgId", "createdAt", "firstMesage"])
def test_an_editor_refuses_what_is_no_field(name: str) -> None:
    assert not _ANY.is_valid({name: "x"})
    assert _validator("definition", Project("p", strict_fields=False)).is_valid({name: "x"})


def test_a_variable_may_stand_wherever_text_is_bound_to_a_rule() -> None:
    long = "${var.greeting} " + "x" * 2000
    body = {"firstMessageMode": "${var.mode}", "name": long, "serverMessages": ["${var.event}"]}
    assert _ANY.is_valid(body)
    assert not _ANY.is_valid({"maxDurationSeconds": "${var.seconds}"})


def test_the_reserved_keys_are_all_there() -> None:
    body = {
        "key": "front-desk",
        "kind": "assistant",
        "lifecycle": {"protect": True, "on_delete": "forget", "policy_exceptions": {}},
    }
    assert body.keys() == RESERVED
    assert _ANY.is_valid(body)
    for bad in ({"key": "Front Desk"}, {"kind": "tool"}, {"lifecycle": {"protct": True}}):
        assert not _ANY.is_valid(bad)


def test_our_own_note_in_metadata_is_refused() -> None:
    assert _ANY.is_valid({"metadata": {"team": "a"}})
    assert not _ANY.is_valid({"metadata": {MARKER_KEY: {}}})


def _read(text: str) -> dict[str, JsonValue]:
    document = yaml.safe_load(text)
    assert isinstance(document, dict)
    return document


def _models_take(document: Mapping[str, JsonValue]) -> bool:
    try:
        ProjectPart.model_validate(document)
    except ValidationError:
        return False
    return True


def _altered(document: JsonValue) -> Iterator[JsonValue]:
    """Give the document with each of its values replaced by each of some others, and a key more."""
    yield from (None, True, 0, -1, 1.5, 7, "x", "2024", "24h", "https://a.example/", [], {})
    match document:
        case dict():
            yield {**document, "un heard": 1}
            for key, inner in document.items():
                yield from ({**document, key: each} for each in _altered(inner))
                yield {other: each for other, each in document.items() if other != key}
        case list():
            for index, inner in enumerate(document):
                yield from (
                    [*document[:index], each, *document[index + 1 :]] for each in _altered(inner)
                )


_WHOLE: Final[dict[str, JsonValue]] = {
    **_read(FULL),
    "policies": {"max_prompt_length": 9, "forbidden_models": ["a/*"], "require_protect": True},
    "state": {"url": "https://a.example/s", "http": {"lock_method": "LOCK"}},
    "safety": {"plan_ttl": "24h", "max_delete_ratio": 0.5, "allow_empty": False},
    "lints": {"name_long": "off"},
    "schema": "strict",
}


def test_an_editor_takes_a_project_file_exactly_when_we_do() -> None:
    validator = _validator("project")
    assert validator.is_valid(_WHOLE)
    altered = [each for each in _altered(_WHOLE) if isinstance(each, dict)]
    assert len(altered) > 500
    assert [each for each in altered if validator.is_valid(each) != _models_take(each)] == []


def _described(schema: JsonValue) -> Iterator[tuple[str, str]]:
    match schema:
        case dict():
            properties = schema.get("properties")
            if isinstance(properties, dict):
                for key, each in properties.items():
                    if isinstance(each, dict):
                        yield key, str(each.get("description", ""))
            for each in schema.values():
                yield from _described(each)
        case list():
            for each in schema:
                yield from _described(each)


def test_every_key_is_described_and_nothing_else() -> None:
    found = [pair for schema in editor_schemas(ANY).values() for pair in _described(schema)]
    assert [key for key, words in found if not words] == []
    assert {key for key, _ in found} == {*WORDS, *ASSISTANT.words}
    assert {*ASSISTANT.words} == {*FIELDS}


def test_nothing_is_told_that_a_library_says_of_its_classes() -> None:
    project = str(editor_schemas(ANY)["project"])
    assert "'title'" not in project
    assert "'default'" not in project


def test_every_tag_that_is_told_to_an_editor_is_one_of_ours() -> None:
    told = editor_settings(ANY)
    assert isinstance(told, dict)
    tags = told["yaml.customTags"]
    assert isinstance(tags, list)
    for each in tags:
        tag, form = str(each).split()
        parse_documents(f"a: {tag} {'{}' if form == 'mapping' else 'x'}\n", "a.yaml")
    with pytest.raises(DefinitionError) as refused:
        parse_documents("a: !unheard x\n", "a.yaml")
    hint = refused.value.diagnostics[0].hint or ""
    assert {f"!{name}" for name in ("file", "secret", "ref", "lookup")} == {
        str(each).split()[0] for each in tags
    }
    assert all(str(each).split()[0] in hint for each in tags)


def test_the_same_project_gives_the_same_schemas() -> None:
    assert str(editor_schemas(ANY)) == str(editor_schemas(Project("another")))


def test_the_settings_name_the_folder_of_the_definitions() -> None:
    for folder, glob in (("bots", "bots/**/*.yaml"), (".", "**/*.yaml")):
        assert glob in str(editor_settings(Project("p", definitions_dir=folder)))
