"""What `doctor` found out about one thing of a set-up."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `environment` is None where it is the same in all of them."""

    level: Level
    what: str
    detail: str
    hint: str | None = None
    environment: str | None = None
