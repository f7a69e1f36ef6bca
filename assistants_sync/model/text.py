"""Texts that stand in several places, kept once."""

import sys
from typing import Final

_LONG: Final = 256


def shared(text: str) -> str:
    """Give the one object there is of equal long texts: a prompt stands in its file and live."""
    return text if len(text) < _LONG else sys.intern(text)
