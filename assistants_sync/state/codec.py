"""State and journal entries to text and back. Pure: the same state, the same bytes.

The state file is JSON with sorted keys. The journal is lines of `crc32 json`; the first names the
lineage and serial it continues, so that one already folded into the state file is recognised. A
torn last line was never written; a bad line before it is damage. A backup is plain JSON that a
person in need can read.
"""

import itertools
import json
import zlib
from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated, Final

from pydantic import Field, TypeAdapter, ValidationError
from pydantic_core import from_json

from assistants_sync.errors import StateError
from assistants_sync.model.journal import Entry
from assistants_sync.model.state import STATE_FORMAT, State
from assistants_sync.state.backend import TORN, Journal

_STATE: Final = TypeAdapter(State)
_ENTRY: Final[TypeAdapter[Entry]] = TypeAdapter(Annotated[Entry, Field(discriminator="type")])


def encode_state(state: State) -> bytes:
    """Give the bytes of a state file."""
    document = {"format_version": STATE_FORMAT, **_STATE.dump_python(state, mode="json")}
    return (json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def decode_state(data: bytes, name: str) -> State:
    """Read the bytes of a state file; `name` is for the message.

    Raises:
        StateError: it is not JSON, not a state, or of a newer format.
    """
    document = _parsed(data, name)
    del data  # of a large state, text and document need not be there at once
    version = document.get("format_version") if isinstance(document, dict) else None
    if isinstance(version, int) and version > STATE_FORMAT:
        raise StateError(
            "The state file is newer than this tool",
            f"{name} has format {version}; this tool reads up to {STATE_FORMAT}",
            hint="upgrade assistants-sync",
        )
    try:
        if version != STATE_FORMAT or isinstance(version, bool):
            raise ValueError(f"format_version is {version!r}")
        return _STATE.validate_python(document)
    except ValueError as error:
        raise StateError(
            "The state file is not a state",
            f"{name}: {_first_fault(error)}",
            hint=f"nothing was changed; {name}.backup is the generation before",
        ) from error


def _parsed(data: bytes, name: str) -> object:
    with suppress(ValueError):
        return from_json(data)  # it keeps equal short texts once, and hashes are short texts
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise StateError(
            "The state file does not parse",
            f"{name}: {_at(data, error)}",
            hint=f"nothing was changed; {name}.backup is the generation before, restore it "
            "or the last committed one",
        ) from error


def _at(data: bytes, error: Exception) -> str:
    if not data:
        return "it is empty"
    if isinstance(error, json.JSONDecodeError):
        return f"line {error.lineno}, column {error.colno}: {error.msg}"
    return "it is not UTF-8 JSON"


def _first_fault(error: ValueError) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_input=False, include_url=False)[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    return str(error)


def encode_header(lineage: str, serial: int, run_id: str | None = None) -> bytes:
    """Give the first line of a journal that continues this generation, and maybe who writes it."""
    by = {} if run_id is None else {"by": run_id}
    return _line({"lineage": lineage, "serial": serial, **by})


def encode_entries(entries: Sequence[Entry]) -> bytes:
    """Give the journal lines of these entries."""
    return b"".join(_line(_ENTRY.dump_python(entry, mode="json")) for entry in entries)


def _line(document: object) -> bytes:
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def decode_journal(data: bytes, name: str) -> tuple[Journal, int]:
    """Read a journal, and say how many bytes of it are whole; `TORN` when its first line is not.

    Raises:
        StateError: a line before the last is damaged.
    """
    header: tuple[str, int] | None = None
    entries: list[Entry] = []
    begin = 0
    # Line by line: a list of lines beside a list of documents would hold a long journal thrice.
    for number in itertools.count(1):
        end = data.find(b"\n", begin) + 1
        text = _checked(data[begin:end])
        if text is None:
            if 0 < end < len(data):
                raise _damaged(f"{name}:{number}: the checksum does not fit")
            break
        try:
            document: object = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise _damaged(f"{name}:{number}: it is no JSON") from error
        try:
            if header is None:
                header = _header(document)
            else:
                entries.append(_ENTRY.validate_python(document))
        except (ValueError, TypeError, KeyError, OverflowError) as error:
            raise StateError(
                "The journal cannot be read",
                f"{name} was written by another version of this tool",
                hint="use the version that wrote it to finish its apply",
            ) from error
        begin = end
    if header is None:
        return TORN, 0
    return Journal(*header, tuple(entries)), begin


def _header(document: object) -> tuple[str, int]:
    if not isinstance(document, dict):
        raise TypeError("the first line is no header")
    return str(document["lineage"]), int(document["serial"])


def _checked(line: bytes) -> bytes | None:
    """Give what a whole line says; None for a torn or damaged one."""
    checksum, _, text = line.partition(b" ")
    if not line.endswith(b"\n") or checksum != b"%08x" % zlib.crc32(text.removesuffix(b"\n")):
        return None
    return text


def _damaged(where: str) -> StateError:
    return StateError(
        "The journal is damaged", where, hint="restore the file from a copy; nothing was changed"
    )
