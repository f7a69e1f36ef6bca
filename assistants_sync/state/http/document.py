"""The one document a server of the Terraform HTTP protocol keeps: state, journal and trash. Pure.

On the outside it is what such servers ask for: `version`, and a `serial` that rises with every
write. Ours stands below one key of its own; a document without it is Terraform's, and never ours.
"""

import json
from collections.abc import Mapping
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from assistants_sync.errors import StateError
from assistants_sync.model.state import State
from assistants_sync.state import codec
from assistants_sync.state.backend import Journal, Kept, Shelf

_KEY: Final = "assistants_sync"


class _Ours(BaseModel):
    model_config = ConfigDict(frozen=True)

    format_version: Literal[1] = 1
    by: str
    state: JsonValue = None
    journal: tuple[str, ...] = ()
    trash: Mapping[str, JsonValue] = {}
    runs: Mapping[str, JsonValue] = {}
    previous: JsonValue = None


class Document(BaseModel):
    """The document; every change of it is a new one, with the next serial, signed by a run."""

    model_config = ConfigDict(frozen=True)

    version: Literal[4] = 4
    serial: int
    lineage: str
    assistants_sync: _Ours

    @classmethod
    def empty(cls, lineage: str) -> Self:
        """Give the one before the first; it is never written."""
        return cls(serial=0, lineage=lineage, assistants_sync=_Ours(by=""))

    @property
    def generation(self) -> tuple[str, int, str]:
        """What tells this document from every other: lineage, serial, and the run that wrote it."""
        return self.lineage, self.serial, self.assistants_sync.by

    @property
    def has_state(self) -> bool:
        """Whether there is a state in it; there may be only a trash."""
        return self.assistants_sync.state is not None

    def _shelf(self, shelf: Shelf) -> Mapping[str, JsonValue]:
        ours = self.assistants_sync
        return ours.trash if shelf == "trash" else ours.runs

    def state(self, where: str) -> State | None:
        """Read the state; `where` is for the message.

        Raises:
            StateError: it is damaged, or of a newer format.
        """
        if self.assistants_sync.state is None:
            return None
        return codec.decode_state(_to_bytes(self.assistants_sync.state), where)

    def journal(self, where: str) -> Journal | None:
        """Read the journal; `where` is for the message.

        Raises:
            StateError: it is damaged.
        """
        if not self.assistants_sync.journal:
            return None
        data = "".join(f"{line}\n" for line in self.assistants_sync.journal).encode()
        journal, whole_bytes = codec.decode_journal(data, f"{where}, journal")
        if whole_bytes != len(data):
            # A document is written whole: nothing in it can be torn.
            raise StateError(
                "The journal is damaged",
                f"{where}: the checksum of its last line does not fit",
                hint="restore an older version of the document; nothing was changed",
            )
        return journal

    def kept(self, shelf: Shelf, where: str) -> tuple[Kept, ...]:
        """Give every document of a shelf; `where` is for messages."""
        return tuple(
            Kept(name, _to_bytes(document), f"{where}, {shelf} `{name}`")
            for name, document in self._shelf(shelf).items()
        )

    def with_state(self, state: State, by: str) -> Self:
        """Give the next one, with this state, no journal, and the old state as the previous one."""
        document: JsonValue = json.loads(codec.encode_state(state))
        told = {"state": document, "journal": (), "previous": self.assistants_sync.state}
        return self._next(by, told, lineage=state.lineage)

    def with_entries(self, state: State, entries: bytes, by: str) -> Self:
        """Give the next one, with these lines behind the journal that continues `state`."""
        lines = self.assistants_sync.journal
        if not lines:
            entries = codec.encode_header(state.lineage, state.serial) + entries
        return self._next(by, {"journal": (*lines, *entries.decode().splitlines())})

    def with_kept(self, shelf: Shelf, name: str, data: bytes, by: str) -> Self:
        """Give the next one, with this document under this name, or one beside it."""
        there = self._shelf(shelf)
        free, number = name, 1
        while free in there:
            number += 1
            free = f"{name}-{number}"
        document: JsonValue = json.loads(data)
        return self._next(by, {shelf: {**there, free: document}})

    def without_kept(self, shelf: Shelf, names: tuple[str, ...], by: str) -> Self:
        """Give the next one, without these documents."""
        left = {name: each for name, each in self._shelf(shelf).items() if name not in names}
        return self._next(by, {shelf: left})

    def encode(self) -> bytes:
        """Give its bytes."""
        return self.model_dump_json().encode()

    def _next(self, by: str, told: Mapping[str, object], lineage: str | None = None) -> Self:
        ours = self.assistants_sync.model_copy(update={**told, "by": by})
        return self.model_copy(
            update={
                "serial": self.serial + 1,
                "lineage": lineage or self.lineage,
                _KEY: ours,
            }
        )


def decode(data: bytes, where: str) -> Document:
    """Read a document's bytes; `where` is for the message.

    Raises:
        StateError: it is somebody else's, damaged, or of a newer format.
    """
    try:
        return Document.model_validate_json(data)
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False)
    if any(fault["type"] == "missing" and fault["loc"] == (_KEY,) for fault in faults):
        raise StateError(
            "This state is not ours",
            f"{where} holds another tool's state, Terraform's most likely",
            hint="give assistants-sync an address of its own; nothing was changed",
        )
    place = ".".join(str(part) for part in faults[0]["loc"])
    raise StateError(
        "The state cannot be read",
        f"{where}: {place or 'the document'}: {faults[0]['msg']}",
        hint="use a newer version of this tool, or restore an older version of the document; "
        "nothing was changed",
    )


def _to_bytes(value: JsonValue) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
