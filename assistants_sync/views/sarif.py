"""What a reviewer must see, as SARIF 2.1.0: each finding at the line that says so."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import quote

from assistants_sync import __version__
from assistants_sync.definitions.lints import lint_texts
from assistants_sync.model.diagnostic import Diagnostic
from assistants_sync.model.plan import Action, Change, FieldKind, Plan
from assistants_sync.model.source import SourceRef
from assistants_sync.model.value import JsonValue, to_dotted
from assistants_sync.views.danger import REASON_WORDS
from assistants_sync.views.escape import escape
from assistants_sync.views.run import Run

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_ELSEWHERE: Final = SourceRef("assistants-sync.yaml")
"""The place of what stands in no file."""
_RULES: Final = {
    "deletion": "An assistant would be deleted",
    "destructive_update": "An update takes away what makes an assistant work",
    "conflict": "The same path was changed in the file and on the server",
}
"""Our own rules; any other is a lint, a guard that refuses, or the code of a fault."""


@dataclass(frozen=True, slots=True)
class _Finding:
    rule: str
    level: Literal["error", "warning"]
    text: str
    where: SourceRef
    address: str | None = None


def render_sarif(plan: Plan, folder: str = "") -> str:
    """Give a result for each block, conflict, destructive update and deletion.

    What stands in no file any more is placed in the project file; `folder` is as in `Run`.
    """
    command = "drift" if plan.options.drift_only else "plan"
    return _document([*_findings(plan)], Run(command, plan.environment, folder))


def render_faults_sarif(diagnostics: Sequence[Diagnostic], run: Run) -> str:
    """Give a result for each fault; a run with an error in it did not succeed."""
    findings = [
        _Finding(
            each.code,
            each.severity,
            _joined(": ".join(part for part in (each.summary, each.detail) if part), each.hint),
            each.where or _ELSEWHERE,
            each.address,
        )
        for each in diagnostics
    ]
    failed = any(each.severity == "error" for each in diagnostics)
    return _document(findings, run, succeeded=not failed)


def _findings(plan: Plan) -> Iterator[_Finding]:
    for block in plan.blocks:
        yield _Finding(block.guard, "error", _joined(block.message, block.hint), _ELSEWHERE)
    for change in plan.changes:
        where = change.source or _ELSEWHERE
        for block in change.blocked:
            text = _joined(block.message, block.hint)
            yield _Finding(block.guard, "error", text, where, change.address)
        yield from _dangers(change, where)


def _dangers(change: Change, where: SourceRef) -> Iterator[_Finding]:
    paths = [to_dotted(field.path) for field in change.fields if field.kind is FieldKind.CONFLICT]
    if paths:
        yield _Finding("conflict", "error", ", ".join(paths), where, change.address)
    if change.destructive:
        text = "; ".join(change.destructive)
        yield _Finding("destructive_update", "warning", text, where, change.address)
    if change.action is Action.DELETE:
        named = f'"{change.name}" ' if change.name else ""
        used = f"; still used by {', '.join(map(str, change.used_by))}" if change.used_by else ""
        text = f"{named}({change.id}): {REASON_WORDS[change.reason]}{used}"
        yield _Finding("deletion", "warning", text, where, change.address)


def _joined(text: str, hint: str | None) -> str:
    return f"{text}; hint: {hint}" if hint else text


# --- the document ---------------------------------------------------------------------------


def _document(findings: Sequence[_Finding], run: Run, *, succeeded: bool = True) -> str:
    rules = list(dict.fromkeys(each.rule for each in findings))
    log: JsonValue = {
        "tool": {
            "driver": {
                "name": "assistants-sync",
                "version": __version__,
                "rules": [_rule(rule) for rule in rules],
            }
        },
        # One category each, so that no environment's findings take the place of another's.
        "automationDetails": {"id": f"assistants-sync/{run.command}/{escape(run.environment)}/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": succeeded}],
        "results": [_result(each, rules.index(each.rule), run.folder) for each in findings],
    }
    content = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [log]}
    return json.dumps(content, indent=2, ensure_ascii=True) + "\n"


def _rule(rule: str) -> JsonValue:
    text = _RULES.get(rule) or lint_texts().get(rule) or f"Refused or not valid: {rule}"
    return {"id": escape(rule), "shortDescription": {"text": _inert(text)}}


def _result(finding: _Finding, index: int, folder: str) -> JsonValue:
    said = f"{finding.address}: {finding.text}" if finding.address else finding.text
    fingerprint = "\0".join((finding.rule, finding.address or "", finding.text))
    digest = hashlib.sha256(fingerprint.encode(errors="surrogatepass")).hexdigest()
    return {
        "ruleId": escape(finding.rule),
        "ruleIndex": index,
        "level": finding.level,
        "message": {"text": _inert(said)},
        "locations": [_location(finding, folder)],
        "partialFingerprints": {"assistantsSync/v1": digest},
    }


def _location(finding: _Finding, folder: str) -> JsonValue:
    where = finding.where
    # GitHub shows no result without a line.
    region = {"startLine": where.line or 1, "startColumn": where.column or 1}
    uri = quote(f"{folder}{where.file}".encode(errors="surrogatepass"))
    physical: JsonValue = {"artifactLocation": {"uri": uri}, "region": region}
    if finding.address is None:
        return {"physicalLocation": physical}
    logical: JsonValue = [{"fullyQualifiedName": escape(finding.address), "kind": "resource"}]
    return {"physicalLocation": physical, "logicalLocations": logical}


def _inert(text: str) -> str:
    """Take the meaning from brackets, which make links, and braces, which stand for arguments.

    Source: SARIF 2.1.0 (OASIS), 3.11.5 and 3.11.6 (read 2026-11-21).
    """
    shown = escape(text).replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
    return shown.replace("{", "{{").replace("}", "}}")
