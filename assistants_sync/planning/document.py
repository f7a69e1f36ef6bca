"""A plan as a JSON document under Terraform's own names: what `--out` saves, and `loading` reads.

The digest covers the whole document but itself and the envelope, which says when it was saved.
Every value in a plan is masked already, so the document holds no secret; apply makes the plan
again and compares.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Final

from assistants_sync.model.address import key_of, kind_of
from assistants_sync.model.plan import Action, Block, Change, FieldKind, Plan
from assistants_sync.model.source import SourceRef
from assistants_sync.model.value import JsonValue, masked, to_pointer
from assistants_sync.planning.digest import digest

FORMAT_VERSION: Final = "1.0"
_NOT_COVERED: Final = frozenset({"digest", "envelope"})


def render_plan(plan: Plan, created_at: datetime | None = None) -> dict[str, JsonValue]:
    """Give the plan as a JSON document, digest included; equal plans give equal documents.

    `created_at` is for one to be saved; it changes no digest.
    """
    generation = plan.generation
    document: dict[str, JsonValue] = {
        "format_version": FORMAT_VERSION,
        "tool_version": plan.tool_version,
        "project": plan.project,
        "environment": plan.environment,
        "org_id": plan.org_id,
        "lineage": plan.lineage,
        "serial": generation.serial if generation else None,
        "journal": generation.journal if generation else None,
        # A read that was begun and could not be proved complete ends the run: no plan of it.
        "complete_read": plan.complete_read,
        "options": asdict(plan.options),
        "definitions_digest": plan.definitions_digest,
        "resource_changes": [render_change(change) for change in plan.changes],
        "resource_drift": [
            render_change(replace(change, fields=change.drift))
            for change in plan.changes
            if change.drift
        ],
        "blocked": [_render_block(block) for block in plan.blocks],
        "owned_count": plan.owned_count,
        "unmanaged_count": plan.unmanaged_count,
        "copies": plan.copies,
        "summary": summarise(plan),
        "requests": count_requests(plan),
    }
    envelope = {"created_at": created_at.isoformat(timespec="seconds")} if created_at else None
    return {**document, "envelope": envelope, "digest": digest_of(document)}


def digest_of(document: Mapping[str, JsonValue]) -> str:
    """Give the digest of a plan document, over everything but the digest and the envelope."""
    return digest({key: value for key, value in document.items() if key not in _NOT_COVERED})


def digest_of_plan(plan: Plan) -> str:
    """Give the digest of a plan, as its document bears it."""
    return str(render_plan(plan)["digest"])


def summarise(plan: Plan) -> dict[str, int]:
    """Count the changes by action, and what stands apart: drift, conflicts, blocks."""
    actions = Counter(change.action for change in plan.changes)
    kinds = Counter(
        kind for change in plan.changes for kind in {field.kind for field in change.drift}
    )
    return {
        "create": actions[Action.CREATE],
        "update": actions[Action.UPDATE],
        "delete": actions[Action.DELETE],
        "forget": actions[Action.FORGET],
        "no_op": actions[Action.NO_OP],
        "drift": kinds[FieldKind.DRIFT] + kinds[FieldKind.KEPT],
        "conflict": kinds[FieldKind.CONFLICT],
        "blocked": len(plan.refusals),
    }


def count_requests(plan: Plan) -> dict[str, int]:
    """Count the requests that carrying out the plan takes, beyond the reads of planning it.

    A deletion reads the assistant and its calls once more.
    """
    creates, updates = len(plan.of(Action.CREATE)), len(plan.of(Action.UPDATE))
    deletes = len(plan.of(Action.DELETE))
    patches = updates + sum(bool(change.later) for change in plan.changes)
    return {"GET": patches + 2 * deletes, "POST": creates, "PATCH": patches, "DELETE": deletes}


def render_change(change: Change) -> dict[str, JsonValue]:
    """Give one change as it stands in the document."""
    sensitive = masked(dict.fromkeys(change.sensitive, True))
    return {
        "address": change.address,
        "kind": kind_of(change.address),
        "key": key_of(change.address),
        "id": change.id,
        "name": change.name,
        "source": _render_source(change.source),
        "change": {
            "actions": [change.action],
            "before": change.before,
            "after": change.after,
            "after_sensitive": sensitive,
            "fields": [
                {
                    "path": to_pointer(field.path),
                    "kind": field.kind,
                    "before": field.before,
                    "after": field.after,
                    "sensitive": field.is_secret,
                }
                for field in change.fields
            ],
        },
        "action_reason": change.reason,
        "destructive": change.destructive,
        "blocked": [_render_block(block) for block in change.blocked],
        "notes": change.notes,
        "sent_later": [to_pointer(path) for path in change.later],
        "preconditions": change.preconditions,
        "still_used_by": [
            {
                "kind": each.kind,
                "id": each.id,
                "name": each.name,
                "path": to_pointer(each.path),
                "by": each.by,
            }
            for each in change.used_by
        ],
    }


def _render_source(source: SourceRef | None) -> JsonValue:
    if source is None:
        return None
    return {"file": source.file, "line": source.line, "column": source.column}


def _render_block(block: Block) -> dict[str, JsonValue]:
    return {"guard": block.guard, "message": block.message, "hint": block.hint}
