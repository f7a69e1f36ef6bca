"""Definitions against an API document: nested objects, which the references leave open."""

from collections.abc import Mapping, Sequence
from typing import Final

import jsonschema_rs

from assistants_sync.definitions.openapi.document import body_of, schemas_of
from assistants_sync.definitions.openapi.faults_told import Finding, findings_of
from assistants_sync.definitions.openapi.mend import DEFINED, Mender
from assistants_sync.model.definition import Definition
from assistants_sync.model.value import (
    FieldPath,
    JsonValue,
    Lookup,
    Ref,
    Secret,
    Value,
    is_list,
)
from assistants_sync.resources import KINDS
from assistants_sync.resources.kind import Kind

_HIDDEN: Final = "(hidden)"


class Checker:
    """Holds definitions against one API document.

    Raises:
        ValueError: the document makes no usable schema.
    """

    def __init__(self, document: JsonValue) -> None:
        roots = {
            kind.name: body
            for kind in KINDS.values()
            if (body := body_of(document, kind.path)) is not None
        }
        if len(roots) < len(KINDS):
            raise ValueError("it does not say what is posted to every path we need")
        self._document = Mender(schemas_of(document), _is_pattern).whole(roots)
        self._validators = {
            name: jsonschema_rs.validator_for(
                {"$ref": f"#/{DEFINED}/@{name}", **self._document}, offline=True
            )
            for name in roots
        }

    def findings(self, kind: Kind, definition: Definition) -> list[Finding]:
        """Give what is wrong with the nested objects of a definition, each thing once."""
        held = _Held()
        body = {key: held.plain(value, (key,)) for key, value in definition.body.items()}
        nested = {key: each for key, each in body.items() if _is_nested(each)}
        found = (
            finding
            for error in self._validators[kind.name].iter_errors(nested)
            for finding in findings_of(error, self._document)
            # Top-level fields have references of their own.
            if len(finding.path) > 1
            and not held.hides(finding)
            and not kind.undocumented.fit(finding.path)
        )
        return list(dict.fromkeys(found))


class _Held:
    """A body as plain JSON, and what in it must not be looked at: secrets, and ids not known yet.

    null is left out: it means the same as nothing there.
    """

    def __init__(self) -> None:
        self._sealed: set[FieldPath] = set()
        self._texts: set[FieldPath] = set()

    def plain(self, value: Value, path: FieldPath) -> JsonValue:
        match value:
            case Secret(is_unknown=is_unknown):
                (self._texts if is_unknown else self._sealed).add(path)
                return _HIDDEN
            case Ref() | Lookup():
                self._texts.add(path)
                return _HIDDEN
            case Mapping():
                return {
                    key: self.plain(each, (*path, key))
                    for key, each in value.items()
                    if each is not None
                }
            case str():
                return value
            case Sequence():
                return [self.plain(each, (*path, str(at))) for at, each in enumerate(value)]
            case _:
                return value

    def hides(self, finding: Finding) -> bool:
        """Say whether a finding is about a value that was not looked at; it passes for any text."""
        if finding.path in self._sealed:
            return finding.about != "key"
        return finding.about == "value" and finding.path in self._texts


def _is_nested(value: JsonValue) -> bool:
    return isinstance(value, Mapping) or (
        is_list(value) and any(isinstance(each, Mapping) for each in value)
    )


def _is_pattern(text: str) -> bool:
    try:
        jsonschema_rs.validator_for({"pattern": text})
    except ValueError:
        return False
    return True
