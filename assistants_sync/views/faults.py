"""Faults for people: what, where, why, and how to mend it."""

from collections.abc import Sequence

from assistants_sync.model.diagnostic import Diagnostic
from assistants_sync.views.escape import escape
from assistants_sync.views.paint import Paint, painted


def render_faults(diagnostics: Sequence[Diagnostic], *, colour: bool = False) -> str:
    """Give each fault on two to three lines: summary; place, address and detail; hint."""
    return "".join(_render(each, colour=colour) for each in diagnostics)


def _render(fault: Diagnostic, *, colour: bool) -> str:
    paint = Paint.DANGER if fault.severity == "error" else Paint.CHANGE
    lines = [f"{painted(f'{fault.severity}:', paint, colour=colour)} {escape(fault.summary)}"]
    place = str(fault.where) if fault.where else ""
    body = "  ".join(escape(part) for part in (place, fault.address, fault.detail) if part)
    if body:
        lines.append(f"  {body}")
    if fault.hint:
        lines.append(f"hint: {escape(fault.hint)}")
    return "\n".join(lines) + "\n"
