"""What may be asked of a run, what may go wrong, and what is agreed to; all as strategies."""

from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import strategies as st
from stand_in_faults import (
    DOUBTS,
    Fault,
    echoed,
    pinned,
    redirected,
    refused,
    status,
    throttled,
    without_id,
)

from assistants_sync.model.plan import Action, Plan, PlanOptions, Reason
from assistants_sync.planning.consent import Consent

ASKED = st.builds(
    PlanOptions,
    resolve=st.sampled_from([{}, {"*": "ours"}, {"*": "theirs"}]),
    skip_deletes=st.sampled_from([False, False, False, True]),
    allow_same_name=st.booleans(),
)
ALL_OURS = PlanOptions(resolve={"*": "ours"}, allow_same_name=True)
_UNSURE: list[Callable[[], Fault]] = [
    *DOUBTS,
    refused,
    throttled,
    lambda: throttled("7"),
    lambda: throttled("soon"),
    redirected,
    echoed,
    lambda: status(401),
    lambda: status(403),
    lambda: status(422),
]
"""What a server may do to any request. A lying 404 is not here: nobody could tell it."""
FAULTS: list[tuple[str, Callable[[], Fault]]] = [
    *(
        (method, fault)
        for method in ("GET", "POST", "PATCH", "DELETE")
        for fault in _UNSURE
        if (method, fault) != ("GET", without_id)  # a list has no id to lose
    ),
    ("POST", lambda: status(402)),
    ("POST", lambda: status(409, "conflict")),
    ("PATCH", lambda: status(404)),
    ("DELETE", pinned),
]


@dataclass(frozen=True)
class Agreed:
    """A consent in terms of the plan it answers: each number is exact, missing, or off by one."""

    changes: bool = True
    deletions: bool = True
    off_by: int | None = 0

    def to(self, plan: Plan) -> Consent:
        counts = (
            len(plan.of(Action.DELETE)),
            sum(bool(each.destructive) for each in plan.changes),
            sum(each.reason is Reason.GONE for each in plan.changes),
        )
        numbers = [None if self.off_by is None else count + self.off_by for count in counts]
        return Consent(self.changes, self.deletions, *numbers)


@dataclass(frozen=True)
class Asked:
    """What was shown, and the consent to it."""

    plan: Plan | None
    consent: Consent

    def allows(self, killed: list[str]) -> bool:
        """Say whether these may be deleted: each was shown, and their number agreed to."""
        if not killed or self.plan is None:
            return True
        shown = [each.id for each in self.plan.of(Action.DELETE)]
        number = self.consent.allow_deletes
        is_agreed = self.consent.deletions if number is None else number == len(shown)
        return is_agreed and set(killed) <= set(shown)


AGREED = st.builds(
    Agreed,
    changes=st.sampled_from([True, True, True, False]),
    deletions=st.booleans(),
    off_by=st.sampled_from([0, 0, 0, 0, None, 1]),
)
CALM = st.just(Agreed()) | AGREED
METHODS = st.sampled_from(["POST", "POST", "PATCH", "DELETE"])
