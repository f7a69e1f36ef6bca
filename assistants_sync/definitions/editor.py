"""JSON Schemas for an editor, from the models that `validate` checks by: nothing is listed twice.

A value may be put in by a variable or a tag, which an editor does not follow: a text with
`${var.…}` in it passes wherever text does, and a tagged scalar is text.
"""

from collections.abc import Sequence
from typing import Final, get_args, get_type_hints

from assistants_sync.definitions.json_schema import (
    NULL,
    as_map,
    branches_of,
    described,
    distinct,
    is_within,
    loosened,
    plain,
    words_of,
)
from assistants_sync.definitions.key_words import WORDS
from assistants_sync.definitions.lifecycle import RESERVED, LifecyclePart
from assistants_sync.definitions.project_file import FILE_NAME
from assistants_sync.definitions.project_schema import ProjectPart
from assistants_sync.definitions.yaml_text import Tag
from assistants_sync.model.address import KEY
from assistants_sync.model.marker import MARKER_KEY
from assistants_sync.model.project import Project
from assistants_sync.model.value import JsonValue
from assistants_sync.resources import KINDS
from assistants_sync.resources.kind import Kind

FOLDER: Final = ".assistants-sync"
"""Where the schemas are written, in the project's folder: hidden, so it holds no definition."""

_DIALECT: Final = "http://json-schema.org/draft-07/schema#"

_Schema = dict[str, JsonValue]


def editor_schemas(project: Project) -> dict[str, JsonValue]:
    """Give the schema of each of our files, by name: `definition` and `project`."""
    return {"definition": _definition_schema(project), "project": _project_schema()}


def editor_settings(project: Project) -> JsonValue:
    """Give the settings of an editor that uses the YAML language server, VS Code among them."""
    folder = "" if project.definitions_dir == "." else f"{project.definitions_dir}/"
    tags = [f"!{name} scalar" for name in get_args(get_type_hints(Tag)["name"])]
    return {
        "yaml.schemas": {
            f"./{FOLDER}/definition.schema.json": [f"{folder}**/*.yaml", f"{folder}**/*.yml"],
            f"./{FOLDER}/project.schema.json": [FILE_NAME],
        },
        "yaml.customTags": [*tags, "!lookup mapping"],
    }


def _project_schema() -> JsonValue:
    shape = described(plain(ProjectPart.model_json_schema()), WORDS)
    return {"$schema": _DIALECT, **as_map(shape)}


def _definition_schema(project: Project) -> JsonValue:
    default, *others = KINDS.values()
    schema = _of_kind(default, project)
    for kind in others:
        is_it: _Schema = {"properties": {"kind": {"const": kind.name}}, "required": ["kind"]}
        schema = {"if": is_it, "then": _of_kind(kind, project), "else": schema}
    return {"$schema": _DIALECT, **schema}


def _of_kind(kind: Kind, project: Project) -> _Schema:
    reserved: _Schema = {
        "key": {"type": "string", "pattern": f"^{KEY.pattern}$"},
        "kind": {"const": kind.name},
        "lifecycle": plain(LifecyclePart.model_json_schema()),
    }
    told = as_map(
        described({"properties": {key: reserved[key] for key in sorted(RESERVED)}}, WORDS)
    )
    return {
        "type": "object",
        "properties": {**as_map(told["properties"]), **_fields(kind, project)},
        **({"additionalProperties": False} if project.strict_fields else {}),
    }


def _fields(kind: Kind, project: Project) -> _Schema:
    """Give the schema of each field, those of the newest reference first."""
    strict = project.api_reference
    shapes = [
        as_map(as_map(plain(model.model_json_schema()))["properties"])
        for year, model in sorted(kind.references.items(), reverse=True)
        if strict in (None, year)
    ]
    names = dict.fromkeys(name for shape in shapes for name in shape)
    return {
        name: _field(kind, name, [shape[name] for shape in shapes if name in shape])
        for name in names
    }


def _field(kind: Kind, name: str, shapes: Sequence[JsonValue]) -> JsonValue:
    branches: list[JsonValue] = []
    for branch in (each for shape in shapes for each in branches_of(shape)):
        if not any(is_within(branch, other) for other in branches):
            branches = [*(each for each in branches if not is_within(each, branch)), branch]
    loose = [each for branch in branches for each in loosened(branch)]
    said = kind.words[name]
    if name in kind.successors:
        said += f" Only in the 2024 reference; since then: {kind.successors[name]}."
    inner: _Schema = {"properties": {MARKER_KEY: False}} if name == "metadata" else {}
    return {**words_of(said), "anyOf": [*distinct(loose), NULL], **inner}
