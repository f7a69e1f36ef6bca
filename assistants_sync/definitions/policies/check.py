"""A definition against the policies of its environment: what breaks one is a fault, or excused."""

from collections.abc import Mapping, Sequence

from assistants_sync.definitions.faults import Faults
from assistants_sync.definitions.policies.rules import RULES, Rule, Violation
from assistants_sync.model.definition import Definition
from assistants_sync.model.diagnostic import Diagnostic
from assistants_sync.model.project import Environment, PolicyName
from assistants_sync.resources.kind import Kind


def check_policies(
    kind: Kind,
    definition: Definition,
    environment: Environment,
    exceptions: Mapping[PolicyName, str],
    faults: Faults,
) -> None:
    """Note every break of a policy: an error, or one warning where the definition says why.

    The body is not yet sealed: what was written out could no longer be told from a `!secret`.
    """
    for name, rule in RULES.items():
        violations = list(rule.violations(kind, definition, environment))
        if violations and name in exceptions:
            faults.extend([_excused(name, rule, violations, definition, exceptions[name])])
        else:
            faults.extend(_refused(name, rule, each, definition) for each in violations)


def _refused(
    name: PolicyName, rule: Rule, violation: Violation, definition: Definition
) -> Diagnostic:
    return Diagnostic(
        code=f"policy_{name}",
        summary=rule.summary,
        detail=violation.detail,
        where=definition.place(violation.path),
        address=definition.address,
        hint=violation.hint,
    )


def _excused(
    name: PolicyName,
    rule: Rule,
    violations: Sequence[Violation],
    definition: Definition,
    reason: str,
) -> Diagnostic:
    first, *others = violations
    more = f" (and {len(others)} more)" if others else ""
    return Diagnostic(
        code=f"policy_{name}",
        summary=f"{rule.summary}, by exception",
        detail=f"{first.detail}{more}; the reason given: {reason}",
        where=definition.place(("lifecycle", "policy_exceptions", name)),
        address=definition.address,
        severity="warning",
    )
