"""The other kinds: those that may refer to an assistant, as far as a reference goes.

Source: paths, shapes of lists and referring fields from the OpenAPI document of 2026-08-20; what a
PATCH needs or refuses from VapiAI/gitops at 2026-06-08. Their other fields may be anything.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from assistants_sync.emulator.rules import Choice, ListOf, Rule, Shape, Text, complaints
from assistants_sync.emulator.wire import Body, bad_request

_OWNED: Final = frozenset({"id", "orgId", "createdAt", "updatedAt"})
_CALL_STATUSES: Final = ("scheduled", "queued", "ringing", "in-progress", "forwarding", "ended")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind; `filters` are the fields its list can be asked for by value."""

    path: str
    label: str
    fields: Mapping[str, Rule]
    is_paginated: bool = False
    filters: tuple[str, ...] = ()
    defaults: Body = field(default_factory=dict)
    needed_on_patch: tuple[str, ...] = ()
    refused_on_patch: tuple[str, ...] = ()


_ID: Final = Text()
_NAMED_TARGET: Final = Shape({"assistantId": _ID, "assistantName": Text()})
_CAMPAIGN: Final[Mapping[str, Rule]] = {"assistantId": _ID, "squadId": _ID, "phoneNumberId": _ID}

KINDS: Final = (
    Kind("/phone-number", "Phone number", {"assistantId": _ID, "squadId": _ID, "name": Text()}),
    Kind(
        "/squad",
        "Squad",
        {
            "name": Text(),
            "members": ListOf(
                Shape({"assistantId": _ID, "assistantDestinations": ListOf(_NAMED_TARGET)})
            ),
        },
        needed_on_patch=("members",),
    ),
    Kind(
        "/tool",
        "Tool",
        {"type": Text(), "function": Shape(), "destinations": ListOf(_NAMED_TARGET)},
        refused_on_patch=("type",),
    ),
    Kind(
        "/structured-output",
        "Structured output",
        {"name": Text(), "assistantIds": ListOf(_ID)},
        is_paginated=True,
    ),
    Kind(
        "/observability/scorecard",
        "Scorecard",
        {"name": Text(), "assistantIds": ListOf(_ID)},
        is_paginated=True,
    ),
    Kind("/campaign", "Campaign", _CAMPAIGN, is_paginated=True),
    Kind("/v2/campaign", "Campaign", _CAMPAIGN, is_paginated=True),
    Kind(
        "/eval/simulation/suite",
        "Simulation suite",
        {
            "name": Text(),
            "simulationIds": ListOf(_ID),
            "targetAssignments": ListOf(Shape({"targetType": Text(), "targetId": _ID})),
        },
    ),
    Kind("/credential", "Credential", {"name": Text(), "provider": Text()}),
    Kind("/file", "File", {"name": Text()}),
    # The real API lets no client set a call's status: here it is how a demo plays time.
    Kind(
        "/call",
        "Call",
        {
            "assistantId": _ID,
            "phoneNumberId": _ID,
            "status": Choice(_CALL_STATUSES),
            "schedulePlan": Shape({"earliestAt": Text()}),
        },
        filters=("assistantId", "phoneNumberId"),
        defaults={"status": "queued"},
    ),
)
"""Every kind beside assistants, each path once."""


def validate_create(kind: Kind, body: Body) -> None:
    """Check a body of POST; nothing is needed, null is as good as nothing.

    Raises:
        RefusalError: 400, with one text for each violation.
    """
    _refuse_if_any(_violations(kind, body))


def validate_patch(kind: Kind, changes: Body) -> None:
    """Check a body of PATCH; null clears, but not what every PATCH needs.

    Raises:
        RefusalError: 400, with one text for each violation.
    """
    _refuse_if_any(_patch_violations(kind, changes))


def _refuse_if_any(violations: Iterator[str]) -> None:
    found = list(violations)
    if found:
        raise bad_request(found)


def _patch_violations(kind: Kind, changes: Body) -> Iterator[str]:
    for name in kind.refused_on_patch:
        if name in changes:
            yield f"property {name} should not exist"
    for name in kind.needed_on_patch:
        if changes.get(name) is None:
            yield from complaints(kind.fields[name], name, None)
    yield from _violations(kind, changes)


def _violations(kind: Kind, body: Body) -> Iterator[str]:
    for name, value in body.items():
        rule = kind.fields.get(name)
        if name in _OWNED:
            yield f"property {name} should not exist"
        elif rule is not None and value is not None:
            yield from complaints(rule, name, value)
