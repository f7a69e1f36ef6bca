"""From typed flags to what a plan is asked to look at."""

from typing import Final

from assistants_sync.cli.arguments import Arguments
from assistants_sync.cli.session import read_address
from assistants_sync.errors import UsageError
from assistants_sync.model.plan import PlanOptions

_CHOICES: Final = ("ours", "theirs")


def plan_options(arguments: Arguments, *, drift_only: bool = False) -> PlanOptions:
    """Give the options of a plan.

    Raises:
        UsageError: an address is none, or a choice is neither ours nor theirs.
    """
    return PlanOptions(
        targets=tuple(sorted(map(read_address, arguments.target))),
        excludes=tuple(sorted(map(read_address, arguments.exclude))),
        resolve=dict(sorted(map(_choice, arguments.resolve))),
        skip_deletes=arguments.skip_deletes,
        allow_same_name=arguments.allow_same_name,
        drift_only=drift_only,
    )


def _choice(text: str) -> tuple[str, str]:
    address, equals, choice = text.rpartition("=")
    if choice not in _CHOICES:
        raise UsageError("Not a choice", f"`--resolve {text}`: write ours, theirs or ADDR=ours")
    return (read_address(address) if equals else "*"), choice
