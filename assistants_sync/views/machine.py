"""Faults as JSON, versioned; `schema` has the shape that is published."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from assistants_sync.model.diagnostic import Diagnostic
from assistants_sync.model.value import JsonValue

FAULTS_FORMAT: Final = "1.0"


def render_errors_json(
    diagnostics: Sequence[Diagnostic], run_id: str, *, one_line: bool = False
) -> str:
    """Give the document of a run that failed; on one line where events went before it."""
    content: JsonValue = {
        "format_version": FAULTS_FORMAT,
        "run_id": run_id,
        "errored": True,
        "diagnostics": [diagnostic_json(each) for each in diagnostics],
    }
    return json.dumps(content, ensure_ascii=True) + "\n" if one_line else _document(content)


def render_valid_json(count: int, warnings: Sequence[Diagnostic]) -> str:
    """Give the document of a validation without errors."""
    return _document(
        {
            "format_version": FAULTS_FORMAT,
            "errored": False,
            "definitions": count,
            "diagnostics": [diagnostic_json(each) for each in warnings],
        }
    )


def diagnostic_json(fault: Diagnostic) -> JsonValue:
    """Give one fault as JSON."""
    return {
        "severity": fault.severity,
        "code": fault.code,
        "summary": fault.summary,
        "detail": fault.detail,
        "address": fault.address,
        "where": asdict(fault.where) if fault.where else None,
        "hint": fault.hint,
    }


def _document(content: JsonValue) -> str:
    return json.dumps(content, indent=2, ensure_ascii=True) + "\n"
