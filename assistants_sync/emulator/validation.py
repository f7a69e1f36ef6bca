"""Whether a body may be written: every violation at once, as the server lists them."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import assert_never

from assistants_sync.emulator.fields import FIELDS_2024, FIELDS_2026, Era
from assistants_sync.emulator.rules import Rule, complaints, widest
from assistants_sync.emulator.wire import Body, bad_request


@cache
def fields_of(era: Era) -> Mapping[str, Rule]:
    """Give the rule of every writable field of an era."""
    match era:
        case "2024":
            return FIELDS_2024
        case "2026":
            return FIELDS_2026
        case "any":
            shared = FIELDS_2024.keys() & FIELDS_2026.keys()
            widened = {name: widest(FIELDS_2024[name], FIELDS_2026[name]) for name in shared}
            return {**FIELDS_2024, **FIELDS_2026, **widened}
        case _:
            assert_never(era)


def validate(body: Body, era: Era) -> None:
    """Check a body of POST or PATCH; null is fine for every writable field.

    A field the server owns is refused like an unknown one.
    Source: public threads; VapiAI/gitops at 2026-06-08 (`EXCLUDED_FIELDS`, nulls of incident P0-3).

    Raises:
        RefusalError: 400, with one text for each violation.
    """
    found = list(_violations(body, fields_of(era)))
    if found:
        raise bad_request(found)


def _violations(body: Body, fields: Mapping[str, Rule]) -> Iterator[str]:
    for name, value in body.items():
        rule = fields.get(name)
        if rule is None:
            yield f"property {name} should not exist"
        elif value is not None:
            yield from complaints(rule, name, value)
