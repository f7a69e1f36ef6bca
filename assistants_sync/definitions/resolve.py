"""A document as written to the value it means: files read, variables put in, secrets marked."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, assert_never

from assistants_sync.definitions.faults import Faults
from assistants_sync.definitions.files import read_text
from assistants_sync.definitions.variables import expand
from assistants_sync.definitions.yaml_text import Document, Raw, Tag
from assistants_sync.errors import DefinitionError
from assistants_sync.model.source import SourceRef
from assistants_sync.model.value import FieldPath, Secret, Value

_SECRET_NAME: Final = re.compile("[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Resolver:
    """What values are resolved against; `root` is the resolved project folder."""

    root: Path
    variables: Mapping[str, str]
    faults: Faults

    def fields(self, written: Mapping[str, Raw], document: Document) -> dict[str, Value]:
        """Give the values of top-level fields of a document; a secret is named, not yet known."""
        return {key: self._value(each, (key,), document) for key, each in written.items()}

    def _text(self, text: str, where: SourceRef) -> str:
        return expand(text, self.variables, self.faults, where)

    def _value(self, raw: Raw, path: FieldPath, document: Document) -> Value:
        match raw:
            case Tag():
                return self._tagged(raw, document.places[path])
            case str():
                return self._text(raw, document.places[path])
            case Mapping():
                return {key: self._value(each, (*path, key), document) for key, each in raw.items()}
            case Sequence():
                return [
                    self._value(each, (*path, str(index)), document)
                    for index, each in enumerate(raw)
                ]
            case _:
                return raw

    def _tagged(self, tag: Tag, where: SourceRef) -> Value:
        match tag.name:
            case "file":
                return self._file(tag.text, where)
            case "secret":
                if not _SECRET_NAME.fullmatch(tag.text):
                    self.faults.add(
                        "Bad secret name",
                        "`!secret` takes the name of an environment variable",
                        where,
                        hint="write `!secret NAME`, with letters, digits and `_`",
                    )
                return Secret(name=tag.text)
            case _:
                assert_never(tag.name)

    def _file(self, name: str, where: SourceRef) -> str:
        try:
            text = read_text(self.root, self.root / name, where)
        except DefinitionError as failure:
            self.faults.extend(failure.diagnostics)
            return ""
        return self._text(text, where)
