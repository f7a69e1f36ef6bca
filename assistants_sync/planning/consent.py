"""What apply refuses before any write: every block, and every danger nobody consented to.

Consent fits the danger: creates, updates and forgets are one class, deletions another, and the
consent to deletions is a name, a reviewed file or an exact number. There is no force.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from assistants_sync.model.diagnostic import Diagnostic
from assistants_sync.model.plan import Action, Plan, Reason


@dataclass(frozen=True, slots=True)
class Consent:
    """What the user agreed to. `changes` covers all but deletions, `deletions` covers those.

    The counts lift the brake of the same name, and only when they are exact.
    """

    changes: bool = False
    deletions: bool = False
    allow_deletes: int | None = None
    allow_destructive: int | None = None
    accept_gone: int | None = None


def refusals(plan: Plan, consent: Consent) -> tuple[Diagnostic, ...]:
    """Give every reason why this plan may not be applied; none means it may."""
    return (*_blocks(plan, consent), *_missing_consent(plan, consent))


def _blocks(plan: Plan, consent: Consent) -> Iterator[Diagnostic]:
    counts = {
        "too_many_deletes": (consent.allow_deletes, len(plan.of(Action.DELETE))),
        "too_many_destructive": (
            consent.allow_destructive,
            sum(bool(change.destructive) for change in plan.changes),
        ),
        "too_many_gone": (
            consent.accept_gone,
            sum(change.reason is Reason.GONE for change in plan.changes),
        ),
    }
    for address, block in plan.refusals:
        allowed, count = counts.get(block.guard, (None, -1))
        if allowed != count:
            yield Diagnostic(
                block.guard,
                "Refused by a guard",
                f"{block.guard}: {block.message}",
                address=address,
                hint=block.hint,
            )


def _missing_consent(plan: Plan, consent: Consent) -> Iterator[Diagnostic]:
    deletions = plan.of(Action.DELETE)
    if plan.of(Action.CREATE, Action.UPDATE, Action.FORGET) and not consent.changes:
        yield Diagnostic(
            "consent",
            "Nobody consented",
            "there is no terminal to ask on",
            hint="apply a saved plan, or pass --auto-approve (it does not cover deletions)",
        )
    count = len(deletions)
    if consent.allow_deletes is not None and deletions and consent.allow_deletes != count:
        yield Diagnostic(
            "consent",
            "The number of deletions is not the one agreed to",
            f"--allow-deletes={consent.allow_deletes}, but {count} would run",
            hint=f"read the plan again; then --allow-deletes={count}, or --skip-deletes",
        )
    elif consent.allow_deletes is None and any(each.reason is Reason.STALE for each in deletions):
        yield Diagnostic(
            "consent",
            "A clean-up needs the exact number of its deletions",
            f"it would delete {count}, which no state owns",
            hint=f"--allow-deletes={count}",
        )
    elif not consent.deletions and consent.allow_deletes is None:
        unnamed = [each for each in deletions if each.reason is not Reason.REMOVED_BY_NAME]
        if unnamed:
            yield Diagnostic(
                "consent",
                "Deletions need a consent of their own",
                f"{count} would run, {len(unnamed)} of them not named under `removed:`",
                hint=f"apply a saved plan, name them under `removed:`, or "
                f"pass --allow-deletes={count}; --skip-deletes does the rest",
            )
