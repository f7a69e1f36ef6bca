"""The document that `schema pull` left beside the project file, and definitions held to it."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from assistants_sync.definitions.faults import Faults, error
from assistants_sync.definitions.files import read_text
from assistants_sync.definitions.openapi.document import FILE_NAME, MOST_BYTES
from assistants_sync.errors import DefinitionError
from assistants_sync.model.address import kind_of
from assistants_sync.model.definition import Definition
from assistants_sync.model.diagnostic import Diagnostic, Severity
from assistants_sync.model.project import Project
from assistants_sync.model.source import SourceRef
from assistants_sync.model.value import FieldPath, JsonValue
from assistants_sync.resources import KINDS

if TYPE_CHECKING:
    from assistants_sync.definitions.openapi.check import Checker

CODE: Final = "schema"
"""The code of what the vendor's document says, not ours."""


def check_nested(
    root: Path, project: Project, definitions: Iterable[Definition], faults: Faults
) -> None:
    """Note what the pulled document says against nested objects, if one was pulled.

    How loud that is, the project file says: `schema: warn`, `strict` or `off`.
    """
    is_there = (root / FILE_NAME).exists()
    strict = project.schema_policy == "strict"
    if project.schema_policy == "off" or not (is_there or strict):
        return
    notes = _Notes(faults, "error" if strict else "warning")
    if not is_there:
        hint = "run `schema pull`, and commit the file it writes"
        notes.add("No API document", "`schema: strict` needs one", hint)
        return
    checker = _checker(_read(root), notes)
    if checker is None:
        return
    for definition in definitions:
        for each in checker.findings(KINDS[kind_of(definition.address)], definition):
            notes.add(each.summary, each.detail, each.hint, definition, each.path)


class _Notes:
    def __init__(self, faults: Faults, severity: Severity) -> None:
        self._faults, self._severity = faults, severity

    def add(
        self,
        summary: str,
        detail: str,
        hint: str | None,
        definition: Definition | None = None,
        path: FieldPath = (),
    ) -> None:
        where = definition.place(path) if definition else SourceRef(FILE_NAME)
        address = definition.address if definition else None
        found = Diagnostic(CODE, summary, detail, where, address, hint, self._severity)
        self._faults.extend([found])


def _read(root: Path) -> JsonValue:
    text = read_text(root, root / FILE_NAME, SourceRef(FILE_NAME), MOST_BYTES)
    try:
        document: JsonValue = json.loads(text)
    except (ValueError, RecursionError) as refused:
        raise _unusable("it is no JSON") from refused
    return document


def _checker(document: JsonValue, notes: _Notes) -> "Checker | None":
    try:
        # An extra of this package, and slow to load for those who pulled nothing.
        from assistants_sync.definitions.openapi.check import Checker
    except ImportError:
        notes.add(
            "Checker not installed",
            "nested objects are not checked against the API document",
            "pip install 'assistants-sync[schema]', or write `schema: off` in the project file",
        )
        return None
    try:
        return Checker(document)
    except (ValueError, RecursionError) as refused:
        raise _unusable(str(refused)) from refused


def _unusable(why: str) -> DefinitionError:
    return error(
        "The API document cannot be used",
        why,
        SourceRef(FILE_NAME),
        hint="run `schema pull` again, or write `schema: off` in the project file",
    )
