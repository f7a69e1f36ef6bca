"""What a plain YAML scalar means: JSON's own values, and text for everything else.

YAML 1.1 reads `off`, `010`, `12:30` and `+1415` as something nobody meant; here they are text.
"""

import math
import re
from typing import Final

Scalar = bool | int | float | str | None

_NAMES: Final[dict[str, Scalar]] = {
    "true": True,
    "false": False,
    "null": None,
    "~": None,
    "": None,
}
_INTEGER: Final = re.compile(r"-?(0|[1-9][0-9]*)")
_FLOAT: Final = re.compile(r"-?(0|[1-9][0-9]*)?(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_NOT_JSON: Final = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_MAX_DIGITS: Final = 308  # what a double can carry, and well below Python's own limit


def read_plain(text: str) -> Scalar:
    """Give the value of an unquoted scalar.

    Raises:
        ValueError: it is a number JSON cannot carry.
    """
    if text in _NAMES:
        return _NAMES[text]
    if text[0] not in "-+.0123456789":
        return text
    if _NOT_JSON.fullmatch(text):
        raise ValueError(f"`{text}` is not a JSON number")
    if _INTEGER.fullmatch(text):
        if len(text) > _MAX_DIGITS:
            raise ValueError("the number has too many digits")
        return int(text)
    if _FLOAT.fullmatch(text) and any(each.isdigit() for each in re.split("[eE]", text)[0]):
        value = float(text)
        if math.isinf(value):
            raise ValueError(f"`{text}` is too large for a number")
        return value
    return text
