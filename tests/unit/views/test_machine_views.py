"""JSON for machines: plain ASCII, a version on every document, and each event's own shape."""

import json

import pytest
from hypothesis import given
from unit.views.plans import HOSTILE, RICH, plans

from assistants_sync.model.address import Address, RemoteId
from assistants_sync.model.diagnostic import Diagnostic
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
from assistants_sync.model.plan import Action, Plan
from assistants_sync.model.source import SourceRef
from assistants_sync.model.value import JsonValue
from assistants_sync.planning.document import render_plan
from assistants_sync.planning.loading import load_plan
from assistants_sync.views.events import render_event_json
from assistants_sync.views.machine import (
    diagnostic_json,
    render_errors_json,
    render_valid_json,
)
from assistants_sync.views.plan_json import render_plan_json

DESK, ID = Address("assistant.desk"), RemoteId("id-1")
FAULT = Diagnostic("api", "Refused", "400 né\x1b", SourceRef("a.yaml", 3, 7), DESK, "mend it")
FAULT_JSON: JsonValue = {
    "severity": "error",
    "code": "api",
    "summary": "Refused",
    "detail": "400 né\x1b",
    "address": "assistant.desk",
    "where": {"file": "a.yaml", "line": 3, "column": 7},
    "hint": "mend it",
}


def is_plain(text: str) -> bool:
    return text.replace("\n", "").isprintable() and text.isascii()


# --- documents ------------------------------------------------------------------------------


def test_a_plan_is_the_document_that_is_saved() -> None:
    text = render_plan_json(RICH)
    assert json.loads(text) == json.loads(json.dumps(render_plan(RICH)))
    assert load_plan(text, "plan.json") == RICH
    assert text.endswith("}\n")


@given(plans(HOSTILE))
def test_a_plan_is_plain_ascii_whatever_it_holds(made: Plan) -> None:
    assert is_plain(render_plan_json(made))


def test_a_fault_is_told_whole() -> None:
    assert diagnostic_json(FAULT) == FAULT_JSON


def test_a_fault_without_a_place_has_null_for_it() -> None:
    assert diagnostic_json(Diagnostic("c", "S", severity="warning")) == {
        "severity": "warning",
        "code": "c",
        "summary": "S",
        "detail": "",
        "address": None,
        "where": None,
        "hint": None,
    }


@pytest.mark.parametrize("one_line", [False, True])
def test_a_run_that_failed_is_a_document_with_every_fault(*, one_line: bool) -> None:
    text = render_errors_json([FAULT, FAULT], "run-1", one_line=one_line)
    assert json.loads(text) == {
        "format_version": "1.0",
        "run_id": "run-1",
        "errored": True,
        "diagnostics": [FAULT_JSON, FAULT_JSON],
    }
    assert is_plain(text)
    assert text.endswith("}\n")
    assert (text.count("\n") == 1) is one_line


def test_a_valid_project_is_a_document_with_its_warnings() -> None:
    assert json.loads(render_valid_json(3, [FAULT])) == {
        "format_version": "1.0",
        "errored": False,
        "definitions": 3,
        "diagnostics": [FAULT_JSON],
    }


# --- events ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "content"),
    [
        (
            PlanAccepted(((DESK, Action.CREATE),)),
            {
                "type": "plan_accepted",
                "changes": [{"address": "assistant.desk", "action": "create"}],
            },
        ),
        (
            ChangeStarted(DESK, Action.NO_OP),
            {"type": "change_started", "address": "assistant.desk", "action": "no-op"},
        ),
        (
            ChangeApplied(DESK, Action.UPDATE, ID, (FAULT,), ("ray-1",)),
            {
                "type": "change_applied",
                "address": "assistant.desk",
                "action": "update",
                "id": "id-1",
                "warnings": [FAULT_JSON],
                "request_ids": ["ray-1"],
            },
        ),
        (
            ChangeFailed(
                DESK, Action.UPDATE, FAULT, is_unknown=True, request_ids=("ray-1", "ray-2")
            ),
            {
                "type": "change_failed",
                "address": "assistant.desk",
                "action": "update",
                "unknown": True,
                "diagnostic": FAULT_JSON,
                "request_ids": ["ray-1", "ray-2"],
            },
        ),
        (
            ChangeSkipped(DESK, Action.DELETE, "changed", is_stale=True),
            {
                "type": "change_skipped",
                "address": "assistant.desk",
                "action": "delete",
                "reason": "changed",
                "stale": True,
                "request_ids": [],
            },
        ),
        (
            Waiting(1.26, "throttled\n"),
            {"type": "waiting", "seconds": 1.3, "reason": "throttled\n"},
        ),
        (
            ApplyFinished({"create": 1}, failed=2, skipped=3, stale=4, sent=5),
            {
                "type": "apply_finished",
                "applied": {"create": 1},
                "failed": 2,
                "skipped": 3,
                "stale": 4,
                "sent": 5,
                "was_interrupted": False,
            },
        ),
    ],
)
def test_an_event_is_a_line_that_says_its_type(event: Event, content: dict[str, JsonValue]) -> None:
    line = render_event_json(event, "run-1")
    assert json.loads(line) == {"format_version": "1.0", "run_id": "run-1", **content}
    assert is_plain(line)
    assert "\n" not in line
