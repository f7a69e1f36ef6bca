"""An apply event as one line of text: progress on stderr, the summary on stdout."""

from typing import assert_never

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
from assistants_sync.views.escape import escape
from assistants_sync.views.faults import render_faults

_DONE = {
    Action.CREATE: "created",
    Action.UPDATE: "updated",
    Action.DELETE: "deleted",
    Action.FORGET: "forgot",
    Action.NO_OP: "recorded",
}


def render_event(event: Event, *, colour: bool = False) -> str | None:
    """Give one event as text; None for one that says nothing new to a person."""
    match event:
        case PlanAccepted(work):
            plural = "" if len(work) == 1 else "s"
            return f"{len(work)} change{plural} to apply" if work else None
        case ChangeStarted():
            return None
        case ChangeApplied(address, action, remote_id, warnings):
            told = render_faults(warnings, colour=colour)
            done = f"{address}: {_DONE[action]}" + (f" ({escape(remote_id)})" if remote_id else "")
            return f"{done}\n{told}".rstrip("\n")
        case ChangeFailed(address, _, diagnostic, is_unknown):
            what = "not known to have taken effect" if is_unknown else "failed"
            told = render_faults([diagnostic], colour=colour).rstrip("\n")
            return f"{address}: {what}\n{told}"
        case ChangeSkipped(address, action, reason):
            return f"{address}: {action} skipped: {escape(reason)}"
        case Waiting(seconds, reason):
            return f"waiting {seconds:.0f} s: {escape(reason)}"
        case ApplyFinished():
            return render_finished(event)
        case _:
            assert_never(event)


def render_finished(event: ApplyFinished) -> str:
    """Give the last line of an apply: exact counts, nothing rounded away."""
    counts = ", ".join(
        f"{event.applied.get(action, 0)} {_DONE[action]}"
        for action in (Action.CREATE, Action.UPDATE, Action.DELETE, Action.FORGET)
    )
    troubles = [
        f"{count} {what}"
        for count, what in (
            (event.failed, "failed"),
            (event.stale, "stale"),
            (event.skipped, "skipped"),
        )
        if count
    ]
    end = "Interrupted" if event.was_interrupted else "Applied"
    return f"{end}: {counts}{'; ' if troubles else ''}{', '.join(troubles)}."
