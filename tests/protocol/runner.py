"""What a run does next, stage by stage: read, recover, plan, then create, update, delete."""

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from protocol import journal_entries as entries
from protocol.laws import broken_by_sending
from protocol.moment import (
    Intent,
    Moment,
    Move,
    Request,
    Runner,
    Stage,
    Thing,
    thing_of,
    with_runner,
)
from protocol.plan import planned
from protocol.premises import World
from protocol.progress import clear, compact, next_step, record, refused, settles, started, written

_Next: TypeAlias = tuple[str, Moment]


def runner_moves(world: World, now: Moment, index: int) -> Iterator[Move]:
    """Give what one run can do next; being killed is a fault."""
    runner = now.runners[index]
    if runner.stage == "idle":
        if not world.is_locked or all(each.stage == "idle" for each in now.runners):
            begun = Runner("list", view=now.books)
            yield Move(f"run {index} reads state", with_runner(now, index, begun))
        return
    if now.faults:
        yield Move(f"run {index} is killed at {runner.stage}", _killed(world, now, index), False)
    if runner.stage == "send":
        yield from _send(world, now, index)
        return
    take = _STEPS.get(runner.stage)
    step = take(world, now, index) if take else None
    if step:
        yield Move(f"run {index} {step[0]}", step[1])


def _outwait(world: World, now: Moment, index: int) -> _Next | None:
    runner = now.runners[index]
    ids = [each.id for each in runner.view.intents if each.work == "create"]
    if not _can_none_arrive(world, now, ids):
        return None
    after = runner._replace(stage="list", has_waited=True)
    return "has waited until none can arrive", with_runner(now, index, after)


def _wait(world: World, now: Moment, index: int) -> _Next | None:
    runner = now.runners[index]
    if not _can_none_arrive(world, now, [runner.id]):
        return None
    after = runner._replace(stage="look", has_waited=True)
    return "has waited until it cannot arrive", with_runner(now, index, after)


def _list(world: World, now: Moment, index: int) -> _Next:
    runner = now.runners[index]
    books, is_dark = entries.judged(
        world.protocol, runner.view, now.things, has_waited=runner.has_waited
    )
    if is_dark:
        dark = runner._replace(stage="outwait")
        return "finds a create in the dark", with_runner(now, index, dark)
    plan = planned(world, books, now.things)
    if plan.refusal:
        return f"is refused: {plan.refusal}", with_runner(now, index, Runner())
    books, todo = plan.books, plan.todo
    runner = runner._replace(todo=todo, has_waited=False)
    said = f"plans {', '.join(each.work for each in todo) or 'nothing'}"
    if books == runner.view:
        return said, with_runner(now, index, started(runner))
    after = runner._replace(stage="record", pending=books, onward="again")
    return f"{said}, after recovery", with_runner(now, index, after)


def _get(world: World, now: Moment, index: int) -> _Next:
    runner = now.runners[index]
    todo = runner.todo[0]
    there = thing_of(now, todo.target)
    if there is None and todo.work == "delete":
        books = entries.done(runner.view, Intent(0, "delete", todo.target), None)
        after = runner._replace(stage="record", pending=books, onward="next")
        return "finds it gone already", with_runner(now, index, after)
    seen = there.body if there and world.protocol.gets_before_write else todo.before
    if there is None or seen != todo.before:
        return "skips what changed since the plan", with_runner(
            now, index, next_step(runner._replace(is_troubled=True))
        )
    after = runner._replace(stage="intend", seen=seen)
    return f"sees it is as planned: {seen}", with_runner(now, index, after)


def _intend(world: World, now: Moment, index: int) -> _Next:
    runner, number = now.runners[index], now.next_id
    todo = runner.todo[0]
    now = now._replace(next_id=number + 1)
    onward = runner._replace(stage="send", id=number)
    if not world.protocol.journals:
        return f"journals nothing of {number}", with_runner(now, index, onward)
    books = entries.intended(runner.view, Intent(number, todo.work, todo.target))
    after = written(world, now, index, books)
    if after is None:
        is_stopping = world.protocol.stops_when_refused
        halted = refused(runner) if is_stopping else onward._replace(is_halted=True)
        return "is refused: state is another", with_runner(now, index, halted)
    after = after._replace(journaled=after.journaled | 1 << number)
    onward = after.runners[index]._replace(stage="send", id=number)
    return f"journals intent {number}", with_runner(after, index, onward)


def _send(world: World, now: Moment, index: int) -> Iterator[Move]:
    runner = now.runners[index]
    todo = runner.todo[0]
    request = Request(runner.id, todo.work, todo.target, runner.seen)
    sent = with_runner(
        now._replace(
            flying=tuple(sorted((*now.flying, request))),
            posted=now.posted | (1 << runner.id if todo.work == "create" else 0),
        ),
        index,
        runner._replace(stage="sent"),
    )
    broken = broken_by_sending(now, runner, request)
    yield Move(f"run {index} sends {todo.work} {runner.id}", sent, broken=broken)
    if now.faults and world.protocol.journals:
        books = entries.failed(runner.view, runner.id)
        tries = runner.tries if todo.work == "create" else 0
        after = settles(runner._replace(tries=tries), books)
        label = f"run {index} cannot send {todo.work} {runner.id}"
        yield Move(label, with_runner(now._replace(faults=now.faults - 1), index, after), False)


def _look(world: World, now: Moment, index: int) -> _Next:
    """No usable answer: what is live says whether it happened."""
    runner = now.runners[index]
    if not world.protocol.looks_before_retry:
        return "sends it again, blindly", with_runner(now, index, runner._replace(stage="send"))
    todo = runner.todo[0]
    there = thing_of(now, todo.target)
    if todo.work == "create":
        listed = (each for each in now.things if each.is_listed)
        there = entries.of_attempt(world.protocol, listed, runner.id)
        has_happened = there is not None
    elif todo.work == "update":
        has_happened = there is not None and there.write == runner.id
    else:
        has_happened = there is None
    if has_happened:
        books = entries.done(runner.view, Intent(runner.id, todo.work, todo.target), there)
        after = runner._replace(stage="record", pending=books, onward="next")
        return f"finds that {runner.id} happened", with_runner(now, index, after)
    said, after = _not_found(world, runner, there)
    return said, with_runner(now, index, after)


def _not_found(world: World, runner: Runner, there: Thing | None) -> tuple[str, Runner]:
    work = runner.todo[0].work
    if work == "create" and runner.tries == 1:
        return f"leaves {runner.id} open", next_step(runner._replace(is_troubled=True))
    if work == "create" and world.protocol.waits and not runner.has_waited:
        return f"does not find {runner.id} yet", runner._replace(stage="wait")
    is_watched = work == "create" or (world.protocol.watches and work == "update")
    books = entries.failed(runner.view, runner.id, watch=is_watched)
    after = settles(runner._replace(tries=runner.tries - 1), books)
    if work == "update" and there and after.onward == "again":
        # The look is the new GET: what it saw is what the next try replaces.
        after = after._replace(onward="resend", seen=there.body)
    return f"finds that {runner.id} did not happen", after


def _killed(world: World, now: Moment, index: int) -> Moment:
    runner = now.runners[index]
    flying = now.flying
    if runner.stage == "sent" and not world.is_late:
        flying = tuple(each for each in flying if each.id != runner.id)
    return with_runner(now._replace(flying=flying, faults=now.faults - 1), index, Runner())


def _can_none_arrive(world: World, now: Moment, ids: list[int]) -> bool:
    """Time, without a clock: a wait is over once nothing it waits for can still happen.

    Two residues are just that this does not hold: a request later than any wait, and a run that
    slept between its intent and its request.
    """
    if any(each.id in ids for each in now.flying) and not world.is_overdue:
        return False
    if any(each.stage == "send" and each.id in ids for each in now.runners) and not world.is_paused:
        return False
    return all(each.is_listed for each in now.things)


_STEPS: Final[dict[Stage, Callable[[World, Moment, int], _Next | None]]] = {
    "list": _list,
    "outwait": _outwait,
    "get": _get,
    "intend": _intend,
    "look": _look,
    "wait": _wait,
    "record": record,
    "compact": compact,
    "clear": clear,
}
