"""A saved plan back from its JSON document; see `document`."""

import json
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from assistants_sync.errors import PlanFileError, StaleError
from assistants_sync.model.address import Address, RemoteId
from assistants_sync.model.plan import Block, Change, FieldChange, Plan, PlanOptions
from assistants_sync.model.source import SourceRef
from assistants_sync.model.state import Generation
from assistants_sync.model.usage import Reference
from assistants_sync.model.value import from_pointer, leaves
from assistants_sync.planning.document import FORMAT_VERSION, digest_of
from assistants_sync.planning.schema import BlockDocument, ChangeDocument, PlanDocument


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """A plan as it was saved: its digest, and when; None in what `--format json` prints."""

    plan: Plan
    digest: str
    created_at: datetime | None


def load_plan(text: str, name: str) -> Plan:
    """Read a saved plan; see `load_saved`."""
    return load_saved(text, name).plan


def load_saved(text: str, name: str) -> SavedPlan:
    """Read a saved plan, and what it was saved with; `name` is for the message.

    Raises:
        PlanFileError: it is no plan, or of a newer format.
        StaleError: its content is not what its digest was made from.
    """
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PlanFileError("The plan file does not parse", name) from error
    version = raw.get("format_version") if isinstance(raw, dict) else None
    if not isinstance(version, str):
        raise PlanFileError("The file is not a saved plan", f"{name}: no format_version")
    if version.partition(".")[0] != FORMAT_VERSION.partition(".")[0]:
        raise PlanFileError(
            "The plan file is of another format",
            f"{name} has format {version}; this tool reads {FORMAT_VERSION}",
            hint="make the plan again with this version of assistants-sync",
        )
    try:
        document = PlanDocument.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise PlanFileError(
            "The file is not a saved plan", f"{name}: {where}: {first['msg']}"
        ) from error
    if digest_of(raw) != document.digest:
        raise StaleError(
            "The plan file was edited",
            f"{name}: its content does not fit its digest",
            hint="make the plan again",
        )
    envelope = document.envelope
    return SavedPlan(_to_plan(document), document.digest, envelope.created_at if envelope else None)


def _to_plan(document: PlanDocument) -> Plan:
    generation = None
    if document.serial is not None and document.journal is not None:
        generation = Generation(document.serial, document.journal)
    return Plan(
        tool_version=document.tool_version,
        project=document.project,
        environment=document.environment,
        org_id=document.org_id,
        lineage=document.lineage,
        generation=generation,
        changes=tuple(_to_change(each) for each in document.resource_changes),
        blocks=tuple(_to_block(each) for each in document.blocked),
        unmanaged_count=document.unmanaged_count,
        copies=tuple(RemoteId(each) for each in document.copies),
        owned_count=document.owned_count,
        options=PlanOptions(**document.options.model_dump()),
        definitions_digest=document.definitions_digest,
        complete_read=document.complete_read,
    )


def _to_change(document: ChangeDocument) -> Change:
    body, source = document.change, document.source
    return Change(
        address=Address(document.address),
        action=body.actions[0],
        reason=document.action_reason,
        id=RemoteId(document.id) if document.id is not None else None,
        source=SourceRef(source.file, source.line, source.column) if source else None,
        name=document.name,
        before=body.before,
        after=body.after,
        sensitive=tuple(leaves(body.after_sensitive)) if body.after_sensitive else (),
        fields=tuple(
            FieldChange(
                from_pointer(field.path), field.kind, field.before, field.after, field.sensitive
            )
            for field in body.fields
        ),
        destructive=document.destructive,
        blocked=tuple(_to_block(each) for each in document.blocked),
        notes=document.notes,
        later=tuple(map(from_pointer, document.sent_later)),
        preconditions=document.preconditions,
        used_by=tuple(
            Reference(each.kind, RemoteId(each.id), from_pointer(each.path), each.name, each.by)
            for each in document.still_used_by
        ),
    )


def _to_block(document: BlockDocument) -> Block:
    return Block(document.guard, document.message, document.hint)
