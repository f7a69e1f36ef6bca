"""Events as JSON, versioned, one a line; `event_schema` has the shape that is published."""

import json
from dataclasses import asdict
from typing import Final, assert_never

from assistants_sync.model.event import (
    ApplyFinished,
    ChangeApplied,
    ChangeFailed,
    ChangeSkipped,
    ChangeStarted,
    Event,
    PlanAccepted,
    Waiting,
)
from assistants_sync.model.value import JsonValue
from assistants_sync.views.machine import diagnostic_json

EVENT_FORMAT: Final = "1.0"


def render_event_json(event: Event, run_id: str) -> str:
    """Give one event as a line of JSON: `type` says which, `format_version` of what form."""
    kind, details = event_json(event)
    head = {"format_version": EVENT_FORMAT, "run_id": run_id, "type": kind}
    return json.dumps({**head, **details}, ensure_ascii=True)


def event_json(event: Event) -> tuple[str, dict[str, JsonValue]]:
    """Give the type of an event, and what it says as JSON."""
    match event:
        case PlanAccepted(work):
            items = [{"address": address, "action": action} for address, action in work]
            return "plan_accepted", {"changes": items}
        case ChangeStarted(address, action):
            return "change_started", {"address": address, "action": action}
        case ChangeApplied(address, action, remote_id, warnings, request_ids):
            return "change_applied", {
                "address": address,
                "action": action,
                "id": remote_id,
                "warnings": [diagnostic_json(each) for each in warnings],
                "request_ids": request_ids,
            }
        case ChangeFailed(address, action, diagnostic, is_unknown, request_ids):
            return "change_failed", {
                "address": address,
                "action": action,
                "unknown": is_unknown,
                "diagnostic": diagnostic_json(diagnostic),
                "request_ids": request_ids,
            }
        case ChangeSkipped(address, action, reason, is_stale, request_ids):
            return "change_skipped", {
                "address": address,
                "action": action,
                "reason": reason,
                "stale": is_stale,
                "request_ids": request_ids,
            }
        case Waiting(seconds, reason):
            return "waiting", {"seconds": round(seconds, 1), "reason": reason}
        case ApplyFinished():
            return "apply_finished", asdict(event)
        case _:
            assert_never(event)
