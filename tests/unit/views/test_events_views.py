"""Events and faults for people: one line each, what was done and what was not."""

import pytest

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
from assistants_sync.model.plan import Action
from assistants_sync.model.source import SourceRef
from assistants_sync.views.faults import render_faults
from assistants_sync.views.progress import render_event

DESK, ID = Address("assistant.desk"), RemoteId("id-1")
FAULT = Diagnostic("api", "The API refused a request", "PATCH /x: 400 no")
WARNING = Diagnostic("not_stored", "Not stored", "metadata", severity="warning")
TOLD = "error: The API refused a request\n  PATCH /x: 400 no"


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (PlanAccepted(((DESK, Action.CREATE),) * 3), "3 changes to apply"),
        (PlanAccepted(((DESK, Action.CREATE),)), "1 change to apply"),
        (PlanAccepted(()), None),
        (ChangeStarted(DESK, Action.UPDATE), None),
        (ChangeApplied(DESK, Action.CREATE, ID), "assistant.desk: created (id-1)"),
        (ChangeApplied(DESK, Action.UPDATE), "assistant.desk: updated"),
        (ChangeApplied(DESK, Action.DELETE), "assistant.desk: deleted"),
        (ChangeApplied(DESK, Action.FORGET), "assistant.desk: forgot"),
        (ChangeApplied(DESK, Action.NO_OP), "assistant.desk: recorded"),
        (
            ChangeApplied(DESK, Action.UPDATE, None, (WARNING,)),
            "assistant.desk: updated\nwarning: Not stored\n  metadata",
        ),
        (ChangeFailed(DESK, Action.UPDATE, FAULT), f"assistant.desk: failed\n{TOLD}"),
        (
            ChangeFailed(DESK, Action.UPDATE, FAULT, is_unknown=True),
            f"assistant.desk: not known to have taken effect\n{TOLD}",
        ),
        (
            ChangeSkipped(DESK, Action.DELETE, "changed\x1b[2J", is_stale=True),
            r"assistant.desk: delete skipped: changed\x1b[2J",
        ),
        (Waiting(2.6, "throttled\n"), r"waiting 3 s: throttled\n"),
        (ChangeApplied(DESK, Action.CREATE, RemoteId("\x1b")), r"assistant.desk: created (\x1b)"),
    ],
)
def test_an_event_is_told_in_a_line(event: Event, text: str | None) -> None:
    assert render_event(event) == text


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (ApplyFinished(), "Applied: 0 created, 0 updated, 0 deleted, 0 forgot."),
        (
            ApplyFinished({"create": 1, "update": 2, "delete": 3, "forget": 4, "no-op": 9}),
            "Applied: 1 created, 2 updated, 3 deleted, 4 forgot.",
        ),
        (
            ApplyFinished({"create": 1}, failed=1, skipped=3, stale=2, was_interrupted=True),
            "Interrupted: 1 created, 0 updated, 0 deleted, 0 forgot; 1 failed, 2 stale, 3 skipped.",
        ),
        (
            ApplyFinished(failed=1),
            "Applied: 0 created, 0 updated, 0 deleted, 0 forgot; 1 failed.",
        ),
    ],
)
def test_the_last_line_has_the_exact_counts(event: ApplyFinished, text: str) -> None:
    assert render_event(event) == text


# --- faults ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (Diagnostic("c", "Summary"), "error: Summary\n"),
        (Diagnostic("c", "Summary", severity="warning"), "warning: Summary\n"),
        (Diagnostic("c", "Summary", "detail"), "error: Summary\n  detail\n"),
        (Diagnostic("c", "Summary", hint="mend it"), "error: Summary\nhint: mend it\n"),
        (
            Diagnostic("c", "Summary", "detail", SourceRef("a.yaml", 3, 7), DESK, "mend it"),
            "error: Summary\n  a.yaml:3:7  assistant.desk  detail\nhint: mend it\n",
        ),
        (
            Diagnostic("c", "\x1b", "\n", SourceRef("\x07"), "\r", "\u202e"),
            "error: \\x1b\n  \\x07  \\r  \\n\nhint: \\u202e\n",
        ),
    ],
)
def test_a_fault_says_what_where_and_how_to_mend_it(fault: Diagnostic, text: str) -> None:
    assert render_faults([fault]) == text


def test_every_fault_is_told() -> None:
    assert render_faults([]) == ""
    assert render_faults([FAULT, WARNING]).count("\n") == 4


def test_an_error_and_a_warning_have_colours_of_their_own() -> None:
    error, warning = (render_faults([each], colour=True) for each in (FAULT, WARNING))
    assert error.startswith("\x1b[1;31merror:\x1b[0m The API refused")
    assert warning.startswith("\x1b[33mwarning:\x1b[0m Not stored")
