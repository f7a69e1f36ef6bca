"""Faults as GitHub's runner shows them: beside the line of the file they stand in."""

from collections.abc import Iterator, Sequence

from assistants_sync.model.diagnostic import Diagnostic
from assistants_sync.views.escape import escape
from assistants_sync.views.run import Run


def render_annotations(diagnostics: Sequence[Diagnostic], run: Run) -> str:
    """Give one workflow command a line; no text can end one, or begin another."""
    return "".join(f"{_command(each, run.folder)}\n" for each in diagnostics)


def _command(fault: Diagnostic, folder: str) -> str:
    said = ": ".join(
        escape(each) for each in (fault.address, fault.detail or fault.summary) if each
    )
    message = f"{said}\nhint: {escape(fault.hint)}" if fault.hint else said
    properties = ",".join(
        f"{name}={_property(escape(value))}" for name, value in _properties(fault, folder)
    )
    return f"::{fault.severity} {properties}::{_data(message)}"


def _properties(fault: Diagnostic, folder: str) -> Iterator[tuple[str, str]]:
    if fault.where:
        yield "file", f"{folder}{fault.where.file}"
        if fault.where.line:
            yield "line", str(fault.where.line)
            yield "col", str(fault.where.column)
    yield "title", fault.summary


def _data(text: str) -> str:
    """Escape as GitHub's runner unescapes.

    Source: github.com/actions/toolkit, packages/core/src/command.ts (read 2026-11-21).
    """
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
