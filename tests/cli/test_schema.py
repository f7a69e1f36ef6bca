"""`schema`: files and settings for an editor, and a document to check by; once each, by hand."""

import json

import pytest
from shell import Shell
from unit.definitions.openapi_document import openapi_document

from assistants_sync.definitions.openapi.document import FILE_NAME

_FOLDER = ".assistants-sync"


@pytest.fixture
def project(shell: Shell) -> Shell:
    """Give a shell in a project with one definition that the document refuses."""
    shell.write("assistants-sync.yaml", "project: test\nenvironments: {prod: {}, test: {}}\n")
    shell.write("assistants/a.yaml", "name: A\nvoice: {provider: lod}\n")
    shell.write("api.json", json.dumps(openapi_document()))
    return shell


def test_without_more_it_writes_both_and_prints_the_settings(project: Shell) -> None:
    ended = project("schema")
    assert ended.code == 0
    settings = json.loads(ended.out)
    for path in settings["yaml.schemas"]:
        json.loads(project.read(path))
    assert "!secret scalar" in settings["yaml.customTags"]
    assert ".md" in ended.err
    again = project.read(f"{_FOLDER}/definition.schema.json")
    project("schema")
    assert project.read(f"{_FOLDER}/definition.schema.json") == again


def test_what_it_writes_is_no_definition(project: Shell) -> None:
    project("schema")
    ended = project("validate", "--env", "prod")
    assert (ended.code, ended.out) == (0, "Valid: 1 definition.\n")


@pytest.mark.parametrize("name", ["definition", "project"])
def test_one_of_them_is_printed(project: Shell, name: str) -> None:
    ended = project("schema", name)
    assert json.loads(ended.out)["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert ended.err == ""
    assert not (project.folder / _FOLDER).exists()


def test_the_project_file_says_how_strict_an_editor_is(project: Shell) -> None:
    def _fields() -> dict[str, object]:
        schema = json.loads(project("schema", "definition").out)
        fields = schema["properties"]
        assert isinstance(fields, dict)
        return {**fields, "(closed)": schema.get("additionalProperties") is False}

    assert {"serverUrl", "hooks"} <= _fields().keys()
    assert _fields()["(closed)"]
    project.write("assistants-sync.yaml", "project: t\napi_reference: 2026\nunknown_fields: warn\n")
    assert "serverUrl" not in _fields()
    assert not _fields()["(closed)"]


def test_a_pulled_document_is_what_validate_and_plan_check_by(project: Shell) -> None:
    assert "`voice.provider`" not in project("validate").err
    pulled = project("schema", "pull", "api.json")
    assert pulled.code == 0
    assert pulled.out.startswith("Schemas: 15 new, 0 changed, 0 gone.")
    told = "assistants/a.yaml:2:9  assistant.a  `voice.provider` is `lod`; one of loud, quiet"
    for command in (["validate"], ["--emulator", "plan", "--env", "prod"]):
        ended = project(*command)
        assert ended.code == 0
        assert ended.err.count(told) == 1
    project.write("assistants-sync.yaml", "project: test\nschema: strict\n")
    for command in (["validate"], ["--emulator", "plan"]):
        assert project(*command).code == 8


def test_machines_are_told_that_the_document_said_it(project: Shell) -> None:
    project("schema", "pull", "api.json")
    document = json.loads(project("validate", "--format", "json").out)
    (fault,) = [each for each in document["diagnostics"] if each["code"] == "schema"]
    assert fault["where"] == {"file": "assistants/a.yaml", "line": 2, "column": 9}
    assert fault["severity"] == "warning"


def test_pulling_the_same_again_changes_no_byte(project: Shell) -> None:
    project("schema", "pull", "api.json")
    text = project.read(FILE_NAME)
    project.write(FILE_NAME, text.replace('"date":"', '"date":"an older day, '))
    ended = project("schema", "pull", "api.json")
    assert ended.out.startswith("Nothing has changed")
    assert "an older day" in project.read(FILE_NAME)


def test_pulling_tells_what_changed(project: Shell) -> None:
    project("schema", "pull", "api.json")
    text = json.dumps(openapi_document()).replace('["loud"]', '["loud", "louder"]')
    project.write("api.json", text)
    assert project("schema", "pull", "api.json").out.startswith("Schemas: 0 new, 2 changed, 0 gone")


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "[" * 100_000])
def test_what_is_no_such_document_is_not_kept(project: Shell, text: str) -> None:
    project("schema", "pull", "api.json")
    before = project.read(FILE_NAME)
    project.write("api.json", text)
    ended = project("schema", "pull", "api.json")
    assert (ended.code, ended.out) == (1, "")
    assert "Not an OpenAPI document of the API" in ended.err
    assert project.read(FILE_NAME) == before


def test_a_document_that_makes_no_checks_is_not_kept(project: Shell) -> None:
    project.write(
        "api.json", json.dumps(openapi_document()).replace('"minimum": 1', '"minimum": []')
    )
    assert project("schema", "pull", "api.json").code == 1
    assert not (project.folder / FILE_NAME).exists()


def test_a_file_that_is_not_there_is_told(project: Shell) -> None:
    for source in ("nowhere.json", "assistants"):
        ended = project("schema", "pull", source)
        assert ended.code == 1
        assert "No such document" in ended.err


def test_a_folder_that_is_no_project_gets_nothing(shell: Shell) -> None:
    shell.write("api.json", json.dumps(openapi_document()))
    assert shell("schema", "pull", "api.json").code == 8
    assert shell("schema").code == 8
    assert [each.name for each in shell.folder.iterdir()] == ["api.json"]
