"""Run records to text and back: plain JSON, of which a schema is published. Pure."""

import json
from dataclasses import asdict
from typing import Literal

from pydantic import BaseModel, JsonValue, ValidationError

from assistants_sync.errors import StateError
from assistants_sync.model.address import Address, RemoteId
from assistants_sync.model.history import HISTORY_FORMAT, RunChange, RunOutcome, RunRecord


class RunChangeDocument(BaseModel):
    """One change of a run; see `RunChange`."""

    address: Address
    action: str
    reason: str
    outcome: RunOutcome
    id: RemoteId | None = None
    prior: dict[str, JsonValue] | None = None
    prior_hashes: dict[str, str] = {}
    paths: tuple[str, ...] = ()
    error: str | None = None
    request_ids: tuple[str, ...] = ()

    def to_change(self) -> RunChange:
        """Give the noun."""
        return RunChange(**{name: getattr(self, name) for name in type(self).model_fields})


class RunDocument(BaseModel):
    """A record as a file. Unknown keys pass: a newer version of the same format may add some."""

    id: str
    command: str
    who: str
    started_at: str
    ended_at: str
    tool_version: str
    project: str
    environment: str
    digest: str
    serial: int | None
    changes: tuple[RunChangeDocument, ...]
    was_interrupted: bool = False
    format_version: Literal[1] = HISTORY_FORMAT

    def to_run(self) -> RunRecord:
        """Give the noun."""
        told = {name: getattr(self, name) for name in type(self).model_fields}
        return RunRecord(**{**told, "changes": tuple(each.to_change() for each in self.changes)})


def encode(run: RunRecord) -> bytes:
    """Give the bytes of a record."""
    text = json.dumps(asdict(run), indent=1, ensure_ascii=False)
    return (text + "\n").encode("utf-8", "replace")


def decode(data: bytes, where: str) -> RunRecord:
    """Read the bytes of a record; `where` is for the message.

    Raises:
        StateError: it cannot be read, or is of another format.
    """
    try:
        document = json.loads(data)
        version = document.get("format_version") if isinstance(document, dict) else None
        if version != HISTORY_FORMAT:
            raise StateError("A run record is of another format", f"{where}: {version}")
        return RunDocument.model_validate(document).to_run()
    except (ValueError, RecursionError) as error:
        what = "it is no JSON object"
        if isinstance(error, ValidationError):
            first = error.errors(include_input=False, include_url=False)[0]
            what = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        raise StateError("A run record cannot be read", f"{where}: {what}") from error
