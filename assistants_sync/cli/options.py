"""From typed flags to what a plan is asked to look at."""

from typing import Final

from assistants_sync.cli.arguments import Arguments
from assistants_sync.cli.session import read_address
from assistants_sync.errors import UsageError
from assistants_sync.model.plan import PlanOptions
from assistants_sync.resources.referrers import CALL, REFERRERS

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
        detach=tuple(sorted(map(read_address, arguments.detach))),
        ignore_unreadable=readable_kinds(arguments),
        secrets_unavailable=arguments.secrets_unavailable,
    )


def readable_kinds(arguments: Arguments) -> tuple[str, ...]:
    """Give the kinds that need not be readable.

    Raises:
        UsageError: one is no kind.
    """
    return tuple(sorted(map(_readable, arguments.ignore_unreadable)))


def _readable(kind: str) -> str:
    if kind not in (*REFERRERS, CALL.name):
        raise UsageError("Not a kind", f"`{kind}`: one of {', '.join((*REFERRERS, CALL.name))}")
    return kind


def _choice(text: str) -> tuple[str, str]:
    address, equals, choice = text.rpartition("=")
    if choice not in _CHOICES:
        raise UsageError("Not a choice", f"`--resolve {text}`: write ours, theirs or ADDR=ours")
    return (read_address(address) if equals else "*"), choice
