"""Steps whose bodies hold the id of what this run makes: what goes out when, and with which id."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from assistants_sync.apply.context import ApplyContext
from assistants_sync.model.address import Address
from assistants_sync.model.step import Create, Update
from assistants_sync.model.value import Lookup, Ref, Value, leaves, nested, refs_in, with_ids

S = TypeVar("S", Create, Update)
K = TypeVar("K")


def missing(context: ApplyContext, step: Create | Update) -> tuple[Address, ...]:
    """Give what a step waits for: the addresses whose ids it needs and nobody has yet."""
    sent = first_of(step).body if isinstance(step, Create) else step.overlay
    needed = {address for value in sent.values() for address in refs_in(value)}
    return tuple(sorted(address for address in needed if address not in context.created))


def first_of(step: Create) -> Create:
    """Give the create as its POST sends it: without what is left for later."""
    if not step.later:
        return step
    now = {path: each for path, each in leaves(step.body).items() if path not in step.later}
    tracked = {path: each for path, each in step.tracked.items() if path not in step.later}
    return replace(step, body=nested(now), tracked=tracked)


def second_of(context: ApplyContext, step: Create) -> Update:
    """Give the update that sends what a create left for later, over what its reply showed."""
    made = context.completing[step.address]
    keys = tuple(dict.fromkeys(path[0] for path in step.later))
    declared = leaves(step.body)
    return Update(
        address=step.address,
        owned=made.owned,
        keys=keys,
        overlay={path: value for path, value in declared.items() if path[0] in keys},
        clears=(),
        tracked=step.tracked,
        kept=frozenset(),
        before={key: context.planned_with.whole((key,), made.live.body.get(key)) for key in keys},
        lifecycle=step.lifecycle,
    )


def with_made_ids(context: ApplyContext, step: S) -> S:
    """Give the step with the id of everything it holds that this run made."""
    tracked = _with_made(context, step.tracked)
    if isinstance(step, Create):
        return replace(step, body=_with_made(context, step.body), tracked=tracked)
    return replace(step, overlay=_with_made(context, step.overlay), tracked=tracked)


def _with_made(context: ApplyContext, values: Mapping[K, Value]) -> dict[K, Value]:
    # By what they hold, not by what was made: that grows with every create, and this is one's cost.
    ids: dict[Ref | Lookup, str] = {
        Ref(address): context.created[address]
        for value in values.values()
        for address in refs_in(value)
        if address in context.created
    }
    return {key: with_ids(value, ids) for key, value in values.items()}
