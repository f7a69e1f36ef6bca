"""Top-level fields against the API references: each must be valid under one of them."""

from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from assistants_sync.definitions.faults import Faults, did_you_mean
from assistants_sync.definitions.words import actual, hint, path_of, rule
from assistants_sync.model.address import make_address
from assistants_sync.model.definition import Definition
from assistants_sync.model.marker import MARKER_KEY
from assistants_sync.model.project import Project
from assistants_sync.model.source import SourceRef
from assistants_sync.model.value import FieldPath, JsonValue, Value, mask, to_dotted
from assistants_sync.resources.kind import Kind

_Found = dict[str, dict[FieldPath, ErrorDetails]]
"""Faults of one field: by reference, by path."""

UNKNOWN: Final = "extra_forbidden"


def check_fields(kind: Kind, definition: Definition, project: Project, faults: Faults) -> None:
    """Note what is wrong with the top-level fields of a body; a secret passes for text."""
    strict = project.api_reference
    shown = {key: mask(value) for key, value in definition.body.items()}
    found = {
        year: _faults_of(model, shown)
        for year, model in kind.references.items()
        if strict in (None, year)
    }
    fields = {year: model.model_fields for year, model in kind.references.items()}
    for name in definition.body:
        if name in kind.server_owned:
            faults.add(
                "Server-owned field",
                f"`{name}` is set by the server",
                definition.place((name,)),
                hint="remove it",
            )
        elif not any(name in each for each in fields.values()):
            _unknown(kind, name, definition, project, faults)
        elif strict and name not in fields[strict]:
            successor = kind.successors.get(name)
            faults.add(
                "Not a field of this reference",
                f"`{name}` is not a field of the {strict} reference",
                definition.place((name,)),
                hint=f"use {successor}" if successor and strict == "2026" else None,
            )
        else:
            _check_field(
                {year: each.get(name, {}) for year, each in found.items() if name in fields[year]},
                definition,
                faults,
            )
    _check_metadata(definition, faults)


def is_declarable(kind: Kind, name: str, value: Value, project: Project) -> bool:
    """Say whether a definition may hold this field with this value."""
    faults = Faults()
    here = SourceRef("(live)")
    check_fields(
        kind, Definition(make_address(kind.name, "live"), {name: value}, here), project, faults
    )
    return not faults.errors and not faults.warnings


def _faults_of(model: type[BaseModel], body: Mapping[str, JsonValue]) -> _Found:
    """Give the faults under one reference: by top-level field, by path."""
    found: _Found = {}
    try:
        model.model_validate(body)
    except ValidationError as failure:
        for each in failure.errors(include_url=False):
            path = path_of(each)
            if each["type"] != UNKNOWN:
                described = model.model_fields[path[0]].description
                found.setdefault(path[0], {})[path[:1] if described else path] = (
                    {**each, "msg": described, "type": "described"} if described else each
                )
    return found


def _check_field(found: _Found, definition: Definition, faults: Faults) -> None:
    if not all(found.values()):
        return
    paths = [set(each) for each in found.values()]
    # What only one reference refuses is not why the field is refused, unless nothing else is.
    for path in sorted(set.intersection(*paths) or set.union(*paths)):
        rules: dict[str, list[str]] = {}
        for year, each in found.items():
            if path in each:
                rules.setdefault(rule(each[path]), []).append(year)
        said = ", ".join(f"{words} ({' and '.join(years)})" for words, years in rules.items())
        oldest, *newer = (each[path] for each in found.values() if path in each)
        faults.add(
            "Invalid value",
            f"`{to_dotted(path)}` {actual(oldest)}; {said}",
            definition.place(path),
            hint=hint((newer or [oldest])[-1]),
        )


def _unknown(
    kind: Kind, name: str, definition: Definition, project: Project, faults: Faults
) -> None:
    known = {each for model in kind.references.values() for each in model.model_fields}
    successor = kind.retired.get((name,))
    faults.add(
        "Unknown field",
        f"`{name}` is not a field of an {kind.name}",
        definition.place((name,)),
        hint=f"use {successor}" if successor else did_you_mean(name, sorted(known)),
        severity="error" if project.strict_fields else "warning",
    )


def _check_metadata(definition: Definition, faults: Faults) -> None:
    metadata = definition.body.get("metadata")
    if isinstance(metadata, Mapping) and MARKER_KEY in metadata:
        faults.add(
            "Reserved metadata",
            f"`metadata.{MARKER_KEY}` is where this tool writes its own note",
            definition.place(("metadata", MARKER_KEY)),
            hint="remove it",
        )
