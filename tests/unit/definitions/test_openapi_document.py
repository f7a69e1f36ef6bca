"""What is kept of an API document, its bytes, and what no document can do to us."""

import json
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.definitions.openapi_document import SCHEMAS, openapi_document
from unit.definitions.project_folder import write

from assistants_sync.definitions.load import load
from assistants_sync.definitions.openapi.check import Checker
from assistants_sync.definitions.openapi.document import (
    FILE_NAME,
    Difference,
    Origin,
    body_of,
    keep,
    render,
    schemas_of,
)
from assistants_sync.errors import DefinitionError
from assistants_sync.model.address import Address
from assistants_sync.model.definition import Definition
from assistants_sync.model.source import SourceRef
from assistants_sync.model.value import JsonValue
from assistants_sync.resources import KINDS

ORIGIN: Final = Origin("https://a.example/api", "2026-11-21", "ab" * 32)
KEPT: Final = keep(openapi_document(), ORIGIN)


def test_only_what_an_assistant_is_made_of_is_kept() -> None:
    assert schemas_of(KEPT).keys() == SCHEMAS.keys() - {"Unreached"}
    assert body_of(KEPT, "/assistant") == body_of(openapi_document(), "/assistant")
    assert body_of(KEPT, "/other") is None


def test_no_prose_is_kept() -> None:
    text = render(KEPT)
    for word in ("Words", "More words", "sibling", "description", 'title": "A service'):
        assert word not in text


def test_a_field_may_be_called_like_a_keyword() -> None:
    document = openapi_document()
    schemas = dict(schemas_of(document))
    schemas["Quiet"] = {
        "type": "object",
        "properties": {"description": {"type": "string"}, "example": {"type": "string"}},
    }
    document["components"] = {"schemas": schemas}
    assert schemas_of(keep(document, ORIGIN))["Quiet"] == schemas["Quiet"]


def test_tools_are_kept_where_the_document_has_them() -> None:
    document = openapi_document()
    paths = document["paths"]
    assert isinstance(paths, dict)
    tool = {
        "post": {
            "requestBody": {
                "content": {
                    "application/json": {
                        "schema": {"oneOf": [{"$ref": "#/components/schemas/Unreached"}]}
                    }
                }
            }
        }
    }
    document["paths"] = {**paths, "/tool": tool}
    assert "Unreached" in schemas_of(keep(document, ORIGIN))


def test_it_says_where_it_came_from() -> None:
    assert json.loads(render(KEPT))["x-origin"] == {
        "source": "https://a.example/api",
        "date": "2026-11-21",
        "sha256": "ab" * 32,
    }


def test_a_schema_has_a_line_of_its_own() -> None:
    lines = render(KEPT).splitlines()
    assert sum(line.startswith('"Retry": ') for line in lines) == 1
    assert len(lines) > len(schemas_of(KEPT))


def _shuffled(value: JsonValue) -> JsonValue:
    match value:
        case dict():
            return {key: _shuffled(value[key]) for key in sorted(value, reverse=True)}
        case list():
            return [_shuffled(each) for each in value]
        case _:
            return value


def test_equal_documents_give_equal_bytes() -> None:
    text = render(KEPT)
    assert render(keep(_shuffled(openapi_document()), ORIGIN)) == text
    assert render(keep(json.loads(text), ORIGIN)) == text


def test_a_difference_counts_schemas() -> None:
    other = openapi_document()
    schemas = dict(schemas_of(other))
    del schemas["Loud"]
    other["components"] = {"schemas": {**schemas, "Quick": {"type": "object"}, "New": {}}}
    assert Difference.between(openapi_document(), other) == Difference(1, 1, 1)
    assert Difference.between(None, KEPT) == Difference(len(schemas_of(KEPT)), 0, 0)
    assert Difference.between(KEPT, KEPT) == Difference(0, 0, 0)


@pytest.mark.parametrize("document", [None, [], {}, {"paths": []}, {"paths": {"/assistant": 1}}])
def test_a_document_without_an_assistant_is_refused(document: JsonValue) -> None:
    with pytest.raises(ValueError, match="/assistant"):
        keep(document, ORIGIN)


_words = st.sampled_from(["object", "string", "array", "number", "integer", "a", "b", "[", "/x/i"])
_names = st.sampled_from([f"#/components/schemas/{name}" for name in ("A", "B", "Nowhere")])
_keys = st.sampled_from(
    [
        *("type", "enum", "const", "items", "properties", "required", "pattern", "nullable"),
        *("oneOf", "anyOf", "allOf", "not", "additionalProperties", "discriminator", "mapping"),
        *("minimum", "maxLength", "$ref", "provider", "a"),
    ]
)
_odd = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | _words | _names,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=4),
    max_leaves=12,
)


@given(schema=_odd, other=_odd, value=_odd)
def test_no_document_does_more_than_be_refused(
    schema: JsonValue, other: JsonValue, value: JsonValue
) -> None:
    body: JsonValue = {"content": {"application/json": {"schema": {"properties": {"a": schema}}}}}
    document: JsonValue = {
        "paths": {"/assistant": {"post": {"requestBody": body}}},
        "components": {"schemas": {"A": schema, "B": other}},
    }
    kept = keep(document, ORIGIN)
    assert render(keep(json.loads(render(kept)), ORIGIN)) == render(kept)
    try:
        checker = Checker(kept)
    except ValueError:
        return
    held = Definition(Address("assistant.a"), {"a": {"a": value}}, SourceRef("a.yaml"))
    checker.findings(KINDS["assistant"], held)


_REF: Final = "#/components/schemas/"
_CAT: Final[JsonValue] = {
    "type": "object",
    "properties": {"kind": {"type": "string"}, "purrs": {"type": "boolean"}},
}
_DOG: Final[JsonValue] = {
    "type": "object",
    "properties": {"kind": {"type": "string"}, "barks": {"type": "boolean"}},
}


@pytest.mark.parametrize("target", ["", _REF])
def test_a_discriminator_tells_branches_apart_that_do_not_say_so(
    tmp_path: Path, target: str
) -> None:
    voice: JsonValue = {
        "oneOf": [{"$ref": f"{_REF}Cat"}, {"$ref": f"{_REF}Dog"}],
        "discriminator": {
            "propertyName": "kind",
            "mapping": {"cat": f"{target}Cat", "dog": f"{target}Dog"},
        },
    }
    assert _said(tmp_path, voice, "{kind: dog, barks: true}") == []
    (detail,) = _said(tmp_path, voice, "{kind: dog, purrs: true}")
    assert detail == "`voice.purrs` is not a field the API's document has"
    (detail,) = _said(tmp_path, voice, "{kind: cow}")
    assert detail == "`voice.kind` is `cow`; one of cat, dog"


def test_an_object_of_several_parts_has_the_keys_of_all(tmp_path: Path) -> None:
    both: JsonValue = {
        "allOf": [{"$ref": f"{_REF}Cat"}, {"$ref": f"{_REF}Dog"}, {"required": ["purrs"]}]
    }
    assert _said(tmp_path, both, "{kind: odd, barks: true, purrs: false}") == []
    assert _said(tmp_path, both, "{barks: true}") == ["`voice.purrs` is required"]
    assert len(_said(tmp_path, both, "{purrs: true, meows: true}")) == 1


def test_parts_that_are_unions_forbid_nothing(tmp_path: Path) -> None:
    union: JsonValue = {"oneOf": [{"$ref": f"{_REF}Cat"}, {"type": "string"}]}
    assert _said(tmp_path, {"allOf": [union, {"$ref": f"{_REF}Dog"}]}, "{meows: true}") == []


def _said(root: Path, voice: JsonValue, written: str) -> list[str]:
    """Give what is said of a voice, in a document whose voices are as given."""
    document = openapi_document()
    body: JsonValue = {"type": "object", "properties": {"voice": voice}}
    document["components"] = {
        "schemas": {**schemas_of(document), "AssistantBody": body, "Cat": _CAT, "Dog": _DOG}
    }
    text = render(keep(document, ORIGIN))
    files = {FILE_NAME: text, "assistants/a.yaml": f"voice: {written}\n"}
    return [each.detail for each in load(write(root, files), None).warnings]


def test_nothing_is_fetched_that_a_document_refers_to(tmp_path: Path) -> None:
    document = openapi_document()
    schemas = dict(schemas_of(document))
    schemas["Loud"] = {"$ref": "http://127.0.0.1:9/away"}
    schemas["Quiet"] = {"$ref": "file:///etc/passwd"}
    document["components"] = {"schemas": schemas}
    files = {FILE_NAME: json.dumps(document), "assistants/a.yaml": "voice: {provider: x}\n"}
    assert load(write(tmp_path, files), None).warnings == ()


@pytest.mark.parametrize("levels", [300, 900, 100_000])
def test_deep_nesting_is_a_fault_and_no_crash(tmp_path: Path, levels: int) -> None:
    text = json.dumps(openapi_document())
    deep = '{"items":' * levels + "{}" + "}" * levels
    planted = text.replace('{"type": "boolean"}', deep)
    assert planted != text
    write(tmp_path, {FILE_NAME: planted, "assistants/a.yaml": "voice: {provider: quiet}\n"})
    with pytest.raises(DefinitionError) as refused:
        load(tmp_path, None)
    assert refused.value.diagnostic.summary == "The API document cannot be used"


@pytest.mark.parametrize(
    "schema",
    [{"$ref": "#/components/schemas/Loud"}, {"allOf": [{"$ref": "#/components/schemas/Loud"}, {}]}],
)
def test_a_schema_that_is_made_of_itself_forbids_nothing(tmp_path: Path, schema: JsonValue) -> None:
    document = openapi_document()
    document["components"] = {"schemas": {**schemas_of(document), "Loud": schema}}
    files = {FILE_NAME: json.dumps(document), "assistants/a.yaml": "voice: {provider: x}\n"}
    assert load(write(tmp_path, files), None).warnings == ()
