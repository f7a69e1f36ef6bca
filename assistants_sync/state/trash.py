"""Backups to text and back: plain JSON, each readable by a person in need. Pure."""

import json
from dataclasses import asdict

from pydantic import BaseModel, JsonValue, ValidationError

from assistants_sync.errors import StateError
from assistants_sync.model.address import Address, RemoteId
from assistants_sync.model.definition import Lifecycle
from assistants_sync.model.trash import TRASH_FORMAT, KeptReference, Trashed
from assistants_sync.model.usage import Reference


class _Kept(BaseModel):
    reference: Reference
    moved_to: str | None = None
    item: JsonValue = None


class _Backup(BaseModel):
    """A backup as a file. Unknown keys pass: a newer version of the same format may add some."""

    address: Address
    id: RemoteId
    project: str
    environment: str
    deleted_at: str
    body: dict[str, JsonValue]
    org_id: str | None = None
    created_at: str | None = None
    updated_at: str | None = None
    marker: dict[str, JsonValue] | None = None
    secrets: tuple[str, ...] = ()
    lifecycle: Lifecycle = Lifecycle()
    references: tuple[_Kept, ...] = ()

    def to_trashed(self, file: str) -> Trashed:
        kept = (KeptReference(each.reference, each.moved_to, each.item) for each in self.references)
        return Trashed(
            address=self.address,
            id=self.id,
            project=self.project,
            environment=self.environment,
            deleted_at=self.deleted_at,
            body=self.body,
            org_id=self.org_id,
            created_at=self.created_at,
            updated_at=self.updated_at,
            marker=self.marker,
            secrets=self.secrets,
            lifecycle=self.lifecycle,
            references=tuple(kept),
            file=file,
        )


def encode(trashed: Trashed) -> bytes:
    """Give the bytes of a backup."""
    document = {key: value for key, value in asdict(trashed).items() if key != "file"}
    text = json.dumps(document, indent=1, ensure_ascii=False)
    return (text + "\n").encode("utf-8", "replace")


def decode(data: bytes, name: str, where: str) -> Trashed:
    """Read the bytes of a backup called `name`; `where` is for the message.

    Raises:
        StateError: it cannot be read, or is of a newer format.
    """
    try:
        document = json.loads(data)
        if not isinstance(document, dict):
            raise TypeError("a list or a scalar")
        if document.get("format_version") != TRASH_FORMAT:
            raise StateError(
                "A backup is of another format",
                f"{where}: format_version {document.get('format_version')}",
                hint="read it with the version of this tool that wrote it",
            )
        return _Backup.model_validate(document).to_trashed(name)
    except (ValueError, TypeError, RecursionError) as error:
        what = "it is no JSON object"
        if isinstance(error, ValidationError):
            first = error.errors(include_input=False, include_url=False)[0]
            what = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        raise StateError(
            "A backup cannot be read",
            f"{where}: {what}",
            hint="move it out of the trash folder; it is left as it is",
        ) from error
