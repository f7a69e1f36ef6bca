"""What differs between two environments, for people and for machines."""

import json
from collections.abc import Iterator, Sequence

from assistants_sync.model.address import Address
from assistants_sync.model.plan import Action, Change, Reason
from assistants_sync.model.value import to_pointer
from assistants_sync.planning.promotion import Difference
from assistants_sync.views.escape import escape
from assistants_sync.views.paint import Detail, Look, Paint
from assistants_sync.views.values import field_lines

_PROMPT_ROWS = 24


def render_differences(
    found: Sequence[Difference], source: str, target: str, *, colour: bool, detail: Detail
) -> str:
    """Give what differs, an address after the other, in the order they come."""
    look = Look(colour, detail, _PROMPT_ROWS)
    lines = [f"From {escape(source)} to {escape(target)}"]
    if not any(each.fields or not (each.in_source and each.in_target) for each in found):
        lines += ["", "The definitions are the same in both."]
    for each in found:
        lines += ["", *_lines(each, source, target, look)]
    return "\n".join(lines) + "\n"


def _lines(each: Difference, source: str, target: str, look: Look) -> Iterator[str]:
    yield f"  {look.painted(escape(each.address), Paint.BOLD)}"
    if not each.in_target:
        yield f"      only in {escape(source)}"
    if not each.in_source:
        yield f"      only in {escape(target)}"
    if not each.is_tried:
        text = f"not applied in {escape(source)} as it is written now"
        yield f"      {look.painted(text, Paint.DANGER)}"
    if look.detail is not Detail.SUMMARY:
        shown = Change(Address(each.address), Action.UPDATE, Reason.DEFINITION_CHANGED)
        for field in each.fields:
            yield from field_lines(shown, field, look)
    elif each.fields:
        count = len(each.fields)
        yield "      1 field differs" if count == 1 else f"      {count} fields differ"


def render_promotion_json(
    found: Sequence[Difference], source: str, target: str, plan_text: str
) -> str:
    """Give the differences and the plan as one JSON document."""
    document = {
        "format_version": "1.0",
        "from": source,
        "to": target,
        "differences": [
            {
                "address": each.address,
                "in_from": each.in_source,
                "in_to": each.in_target,
                "applied_in_from": each.is_tried,
                "fields": [
                    {
                        "path": to_pointer(field.path),
                        "kind": field.kind,
                        "before": field.before,
                        "after": field.after,
                    }
                    for field in each.fields
                ],
            }
            for each in found
        ],
        "plan": json.loads(plan_text),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
