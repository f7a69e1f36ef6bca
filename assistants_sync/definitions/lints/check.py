"""A definition against the lints: what one finds is told, unless the definition says why."""

from collections.abc import Mapping

from assistants_sync.definitions.faults import Faults
from assistants_sync.definitions.lints.finding import Finding
from assistants_sync.definitions.lints.rules import LINTS, lint_of
from assistants_sync.model.definition import Definition
from assistants_sync.model.diagnostic import Diagnostic
from assistants_sync.model.project import LintCode, LintLevel, LintName
from assistants_sync.resources.kind import Kind


def check_lints(
    kind: Kind,
    definition: Definition,
    levels: Mapping[LintCode, LintLevel],
    exceptions: Mapping[LintName, str],
    faults: Faults,
) -> None:
    """Note what the lints find, as loud as `levels` says; a lint that it does not name warns.

    A lint that is off still finds, so that no environment calls an exception useless that another
    one needs.
    """
    for name, (_, find) in LINTS.items():
        findings = list(find(kind, definition))
        if name not in exceptions:
            _tell(name, findings, definition, levels, faults)
        elif not findings:
            path = ("lifecycle", "lint_exceptions", name)
            useless = Finding(path, f"`{name}` finds nothing here")
            _tell("unused_exception", [useless], definition, levels, faults)


def _tell(
    code: LintCode,
    findings: list[Finding],
    definition: Definition,
    levels: Mapping[LintCode, LintLevel],
    faults: Faults,
) -> None:
    lint, level = lint_of(code), levels.get(code, "warn")
    if level == "off":
        return
    faults.extend(
        Diagnostic(
            code=code,
            summary=lint.summary,
            detail=f"{each.detail} ({code})",  # whoever reads it anywhere can silence it
            where=definition.place(each.path),
            address=definition.address,
            hint=each.hint or lint.hint,
            severity="error" if level == "error" else "warning",
        )
        for each in findings
    )
