"""A plan or a validation as a JUnit report: what blocks an apply is a test that failed."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree as ET

from assistants_sync.model.diagnostic import Diagnostic
from assistants_sync.model.plan import Block, Change, FieldKind, Plan
from assistants_sync.model.source import SourceRef
from assistants_sync.model.value import to_dotted
from assistants_sync.views.danger import REASON_WORDS
from assistants_sync.views.escape import escape
from assistants_sync.views.run import Run

CONFLICT: Final = "conflict"


@dataclass(frozen=True, slots=True)
class _Case:
    """One test: its failures as kind and text, and what else there is to say."""

    name: str
    failures: Sequence[tuple[str, str]] = ()
    said: str = ""
    where: SourceRef | None = None


def render_junit(plan: Plan, folder: str = "") -> str:
    """Give one test for each address, and one for the plan as a whole; `folder` as in `Run`."""
    whole = _Case("plan", [(block.guard, _told(block)) for block in plan.blocks])
    cases = [whole, *(_case(change) for change in plan.changes)]
    command = "drift" if plan.options.drift_only else "plan"
    return _document(Run(command, plan.environment, folder), cases)


def render_faults_junit(diagnostics: Sequence[Diagnostic], run: Run) -> str:
    """Give one test for each address or file with a fault; a warning fails none."""
    by_name: defaultdict[str, list[Diagnostic]] = defaultdict(list)
    for each in diagnostics:
        by_name[each.address or (each.where.file if each.where else run.command)].append(each)
    cases = [_faulty(name, group) for name, group in by_name.items()]
    return _document(run, cases or [_Case(run.command)])


def _case(change: Change) -> _Case:
    failures = [(block.guard, _told(block)) for block in change.blocked]
    conflicts = [
        to_dotted(field.path) for field in change.fields if field.kind is FieldKind.CONFLICT
    ]
    if conflicts:
        paths = ", ".join(conflicts)
        failures.append((CONFLICT, f"changed in the file and on the server: {paths}"))
    said = f"{change.action}: {REASON_WORDS[change.reason]}"
    return _Case(change.address, failures, said, change.source)


def _faulty(name: str, faults: Sequence[Diagnostic]) -> _Case:
    failures = [(each.code, _fault_text(each)) for each in faults if each.severity == "error"]
    warnings = [_fault_text(each) for each in faults if each.severity == "warning"]
    where = next((each.where for each in faults if each.where), None)
    return _Case(name, failures, "; ".join(warnings), where)


def _told(block: Block) -> str:
    return f"{block.message}; hint: {block.hint}" if block.hint else block.message


def _fault_text(fault: Diagnostic) -> str:
    parts = (str(fault.where) if fault.where else "", fault.summary, fault.detail)
    text = ": ".join(part for part in parts if part)
    return f"{text}; hint: {fault.hint}" if fault.hint else text


def _document(run: Run, cases: Sequence[_Case]) -> str:
    counts = {
        "tests": str(len(cases)),
        "failures": str(sum(bool(case.failures) for case in cases)),
        "errors": "0",
        "skipped": "0",
    }
    name = escape(f"assistants-sync {run.command} {run.environment}")
    root = ET.Element("testsuites", {"name": name, **counts})
    suite = ET.SubElement(root, "testsuite", {"name": name, **counts})
    for case in cases:
        _add(suite, case, run)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _add(suite: ET.Element, case: _Case, run: Run) -> None:
    """Every text is escaped first: XML has no way to write most control characters."""
    test = ET.SubElement(suite, "testcase", dict(_attributes(case, run)))
    if case.failures:
        kind, text = case.failures[0]
        failure = ET.SubElement(test, "failure", {"type": escape(kind), "message": escape(text)})
        # GitLab reads the first failure of a test only, so all stand in one.
        failure.text = "\n".join(escape(f"{kind}: {text}") for kind, text in case.failures)
    if case.said:
        ET.SubElement(test, "system-out").text = escape(case.said)


def _attributes(case: _Case, run: Run) -> Iterator[tuple[str, str]]:
    yield "name", escape(case.name)
    yield "classname", escape(f"{run.command}.{run.environment}")
    if case.where:
        yield "file", escape(f"{run.folder}{case.where.file}")
        if case.where.line:
            yield "line", str(case.where.line)
