"""A document as written to the value it means: files read, variables put in, secrets marked."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, assert_never

from assistants_sync.definitions.faults import Faults, did_you_mean
from assistants_sync.definitions.files import read_text
from assistants_sync.definitions.variables import expand
from assistants_sync.definitions.yaml_text import Document, Question, Raw, Tag
from assistants_sync.errors import DefinitionError
from assistants_sync.model.address import kind_of, parse_address
from assistants_sync.model.source import SourceRef
from assistants_sync.model.value import FieldPath, Lookup, Ref, Secret, Value, to_dotted
from assistants_sync.resources import KINDS, LOOKED_UP
from assistants_sync.resources.references import kind_of_id

_SECRET_NAME: Final = re.compile("[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Resolver:
    """What values are resolved against; `root` is the resolved project folder."""

    root: Path
    variables: Mapping[str, str]
    faults: Faults
    included: dict[str, str] = field(default_factory=dict)
    """The text of each `!file` that was read, by its name."""

    def fields(self, written: Mapping[str, Raw], document: Document) -> dict[str, Value]:
        """Give the values of top-level fields of a document; a secret is named, not yet known."""
        return {key: self._value(each, (key,), document) for key, each in written.items()}

    def _text(self, text: str, where: SourceRef) -> str:
        return expand(text, self.variables, self.faults, where)

    def _value(self, raw: Raw, path: FieldPath, document: Document) -> Value:
        match raw:
            case Tag():
                return self._tagged(raw, path, document.places[path])
            case Question():
                return self._lookup(raw, path, document)
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

    def _tagged(self, tag: Tag, path: FieldPath, where: SourceRef) -> Value:
        match tag.name:
            case "ref":
                return self._ref(tag.text, path, where)
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

    def _ref(self, text: str, path: FieldPath, where: SourceRef) -> Value:
        try:
            address = parse_address(text, tuple(KINDS))
        except ValueError as refused:
            self.faults.add("Bad address", str(refused), where)
            return None
        self._check_kind(kind_of(address), "!ref", path, where)
        return Ref(address)

    def _lookup(self, question: Question, path: FieldPath, document: Document) -> Value:
        where = document.places[path]
        kind, name = (question.fields.get(each) for each in ("kind", "name"))
        if not (isinstance(kind, str) and isinstance(name, str)) or len(question.fields) != len(
            ("kind", "name")
        ):
            self.faults.add(
                "Bad look-up",
                "`!lookup` takes a kind and a name, both text",
                where,
                hint="write `!lookup {kind: tool, name: book_slot}`",
            )
            return None
        if kind not in LOOKED_UP:
            self.faults.add(
                "Bad look-up",
                f"`{kind}` is not a kind that can be looked up",
                where,
                hint=did_you_mean(kind, LOOKED_UP) or f"one of: {', '.join(LOOKED_UP)}",
            )
            return None
        self._check_kind(kind, "!lookup", path, where)
        return Lookup(kind, self._text(name, where))

    def _check_kind(self, kind: str, tag: str, path: FieldPath, where: SourceRef) -> None:
        wanted = kind_of_id(path)
        if wanted == kind:
            return
        what = f"holds the id of a {wanted}" if wanted else "holds no id"
        self.faults.add(
            "Wrong place for an id",
            f"`{to_dotted(path)}` {what}; `{tag}` gives the id of a {kind}",
            where,
        )

    def _file(self, name: str, where: SourceRef) -> str:
        try:
            text = read_text(self.root, self.root / name, where)
        except DefinitionError as failure:
            self.faults.extend(failure.diagnostics)
            return ""
        self.included[name] = text
        return self._text(text, where)
