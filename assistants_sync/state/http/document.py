"""The documents a server of the Terraform HTTP protocol keeps: state, journal and trash. Pure.

On the outside one is what such servers ask for: `version`, and a `serial` that rises with every
write. Ours stands below one key of its own; a document without it is Terraform's, and never ours.

The protocol sends a document whole, so what was written since the state was may stand in a short
one of its own, the tail. It says which generation of the state's document it continues; one that
continues an older generation was already taken into the newer. A tail that was long is put away in
a document of its own, and the next one names it.
"""

import json
from collections.abc import Mapping
from typing import Final, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from assistants_sync.errors import StateError
from assistants_sync.model.state import State
from assistants_sync.state import codec
from assistants_sync.state.backend import Journal, Kept, Shelf

_KEY: Final = "assistants_sync"
_WHOLE: Final = 1
_WITH_TAIL: Final = 2
"""The format of two documents that belong together: who knows of one alone must not read it."""

Written: TypeAlias = tuple[str, int, str]
"""What tells a document from every other: lineage, serial, and the run that wrote it."""


class _Ours(BaseModel):
    model_config = ConfigDict(frozen=True)

    format_version: Literal[1, 2] = _WHOLE
    by: str
    journal_at: str | None = None
    continues: Written | None = None
    put_away: tuple[Written, ...] = ()
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
    def generation(self) -> Written:
        """What tells this document from every other."""
        return self.lineage, self.serial, self.assistants_sync.by

    @property
    def journal_at(self) -> str | None:
        """What the tail's place is called; None: there is no tail."""
        return self.assistants_sync.journal_at

    @property
    def has_state(self) -> bool:
        """Whether there is a state in it; there may be only a trash."""
        return self.assistants_sync.state is not None

    @property
    def is_bare(self) -> bool:
        """Whether it holds nothing at all."""
        ours = self.assistants_sync
        return not (ours.state or ours.journal or ours.trash or ours.runs or ours.put_away)

    @property
    def put_away(self) -> tuple[Written, ...]:
        """The tails before this one, each in a document of its own."""
        return self.assistants_sync.put_away

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
        document: JsonValue = json.loads(data)
        return self._next(by, {shelf: {**there, _free(name, there): document}})

    def without_kept(self, shelf: Shelf, names: tuple[str, ...], by: str) -> Self:
        """Give the next one, without these documents."""
        left = {name: each for name, each in self._shelf(shelf).items() if name not in names}
        return self._next(by, {shelf: left})

    def with_tail(self, tail: "Document") -> Self | None:
        """Give the same one with what its tail holds; None where that continues another one."""
        if tail.is_bare or tail.is_older_than(self):
            return self
        if tail.assistants_sync.continues != self.generation:
            return None
        return self.followed_by(tail)

    def followed_by(self, later: "Document") -> Self:
        """Give the same one with what a later one holds besides a state."""
        told, since = self.assistants_sync, later.assistants_sync
        # Each journal begins with a line that says which state it continues.
        lines = since.journal[1:] if told.journal else since.journal
        return self._with(
            {
                "journal": (*told.journal, *lines),
                "trash": _both(told.trash, since.trash),
                "runs": _both(told.runs, since.runs),
            }
        )

    def tail_of(self, main: "Document") -> Self:
        """Give the tail as it is where it continues `main`, else a bare one that does.

        Like `after` it is no document of its own yet: what is added makes it the next one.
        """
        if self.assistants_sync.continues == main.generation:
            return self
        bare = self._with(_bare_tail(main.generation))
        return bare.model_copy(update={"lineage": main.lineage})

    def after(self, away: "Document") -> Self:
        """Give the bare tail that goes on where this one, now put away, ends."""
        ours = self.assistants_sync
        follows = (*ours.put_away, away.generation)
        return self._with({**_bare_tail(ours.continues), "put_away": follows})

    def holding(self, tail: "Document", by: str) -> Self:
        """Give the next one, with what a tail holds."""
        return self._next(by, dict(tail.assistants_sync), tail.lineage)

    def is_older_than(self, main: "Document") -> bool:
        """Whether this tail was already taken into `main`."""
        continues = self.assistants_sync.continues
        if continues is None:
            return False
        lineage, serial, _ = continues
        # A state that was moved here has another lineage than the one it took the place of.
        is_before = continues == main.assistants_sync.continues
        return is_before or (lineage == main.lineage and serial < main.serial)

    def signed(self, by: str) -> Self:
        """Give the next tail, with the same in it."""
        return self._next(by, {"format_version": _WITH_TAIL})

    def in_place_of(self, there: "Document", journal: str | None) -> Self:
        """Give the same one, as it is written where `there` was, its tail at `journal`."""
        if journal is None:
            return self._with({"journal_at": None, "format_version": _WHOLE})
        told = {"journal_at": journal, "continues": there.generation}
        return self._with({**told, "format_version": _WITH_TAIL})

    def encode(self) -> bytes:
        """Give its bytes."""
        return self.model_dump_json().encode()

    def _next(self, by: str, told: Mapping[str, object], lineage: str | None = None) -> Self:
        following = {"serial": self.serial + 1, "lineage": lineage or self.lineage}
        return self._with({**told, "by": by}).model_copy(update=following)

    def _with(self, told: Mapping[str, object]) -> Self:
        return self.model_copy(update={_KEY: self.assistants_sync.model_copy(update=told)})


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


def _free(name: str, taken: Mapping[str, JsonValue]) -> str:
    """Give the name, or one beside it where it is taken."""
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    return free


def _bare_tail(continues: Written | None) -> dict[str, object]:
    return dict(_Ours(by="", format_version=_WITH_TAIL, continues=continues))


def _both(
    there: Mapping[str, JsonValue], added: Mapping[str, JsonValue]
) -> Mapping[str, JsonValue]:
    both = dict(there)
    for name, document in added.items():
        both[_free(name, both)] = document
    return both


def _to_bytes(value: JsonValue) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
