"""What a refused value is and what the rule wants, in our words rather than the library's."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from pydantic_core import ErrorDetails

from assistants_sync.definitions.faults import did_you_mean
from assistants_sync.model.value import FieldPath

_TYPES: Final[Mapping[str, str]] = {
    "string_type": "text",
    "bool_type": "true or false",
    "float_type": "a number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "list_type": "a list",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
}
_MAX_CHOICES: Final = 8


def path_of(fault: ErrorDetails) -> FieldPath:
    """Give where in the value the fault is."""
    return tuple(str(part) for part in fault["loc"] if part != "[key]")


def rule(fault: ErrorDetails) -> str:
    """Give what the rule wants: `at most 40 characters`, `a number`."""
    bound = fault.get("ctx", {})
    match fault["type"]:
        case "greater_than_equal":
            return f"at least {bound['ge']:g}"
        case "greater_than":
            return f"more than {bound['gt']:g}"
        case "less_than_equal":
            return f"at most {bound['le']:g}"
        case "string_too_long":
            return f"at most {bound['max_length']}"
        case "string_too_short":
            return f"at least {bound['min_length']}"
        case "string_pattern_mismatch":
            return f"it must fit {bound['pattern']}"
        case "literal_error":
            allowed = choices(fault)
            is_long = len(allowed) > _MAX_CHOICES
            return f"one of {len(allowed)} words" if is_long else f"one of {', '.join(allowed)}"
        case other:
            return _TYPES.get(other, fault["msg"])


def choices(fault: ErrorDetails) -> list[str]:
    """Give the values an enum allows."""
    return re.findall("'([^']*)'", str(fault.get("ctx", {}).get("expected", "")))


def actual(fault: ErrorDetails) -> str:
    """Give what the value is: `has 41 characters`, `is a list`.

    Only a value that should be one of some words, or in a range, is shown: any other may be secret.
    """
    value = fault["input"]
    match fault["type"], value:
        case "string_too_long" | "string_too_short", str():
            return f"has {len(value)} characters"
        case "literal_error", str():
            return f"is `{value}`"
        case _, bool():
            return f"is {str(value).lower()}"
        case "greater_than_equal" | "greater_than" | "less_than_equal", _:
            return f"is {value}"
        case _, int() | float():
            return "is a number"
        case _, str():
            return "is text"
        case _, Mapping():
            return "is an object"
        case _, Sequence():
            return "is a list"
        case _:
            return "is null"


def hint(fault: ErrorDetails) -> str | None:
    """Give the choice that was probably meant, if there are choices."""
    value = fault["input"]
    return did_you_mean(value, choices(fault)) if isinstance(value, str) else None
