"""Numbers, times and digests as people type them. A fault is argparse's, which names the flag."""

import argparse
import re
from typing import Final

_SECONDS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION: Final = r"(\d+(?:\.\d+)?)([smhd]?)"
_DIGEST: Final = r"(?:sha256:)?([0-9a-f]{12,64})"


def read_number(text: str) -> int:
    """Read a whole number, zero or more."""
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"`{text}` is not a number")
    return int(text)


def read_parallelism(text: str) -> int:
    """Read how many requests may be under way at a time."""
    number = read_number(text)
    if not 1 <= number <= 64:  # noqa: PLR2004 -- more connections make httpx slower, not faster
        raise argparse.ArgumentTypeError("give 1 to 64")
    return number


def read_digest(text: str) -> str:
    """Read a digest, or its first twelve characters or more; give them in lower case."""
    match = re.fullmatch(_DIGEST, text.lower())
    if match is None:
        raise argparse.ArgumentTypeError("not a digest: give 12 of its 64 characters, or more")
    return match[1]


def read_seconds(text: str) -> float:
    """Read a time such as 30s, 2m, 1h or 14d; give seconds."""
    match = re.fullmatch(_DURATION, text)
    if match is None:
        raise argparse.ArgumentTypeError(f"`{text}` is not a time: write 30s, 2m, 1h or 14d")
    return float(match[1]) * _SECONDS[match[2]]
