"""How many points were tried and how many healed, told at the end of pytest's report.

A property of a test's report reaches that end from any worker; the hook is in `tests/conftest.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from crash.scene import IS_FULL


@dataclass(frozen=True, slots=True)
class Tally:
    """Notes counts on the report of one test."""

    record: Callable[[str, object], None]

    def __call__(self, sort: str, *, tried: int, healed: int, of: int | None = None) -> None:
        """Note how many points of a sort were tried, of how many there are, and healed."""
        share = f"{tried} of {of}" if of is not None else f"{tried}"
        tier = "full" if IS_FULL else "bounded"
        self.record("crash points", f"{sort}: {share} tried ({tier} tier), {healed} healed")
