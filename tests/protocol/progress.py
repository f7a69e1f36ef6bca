"""How a run goes from one step to the next, and how it writes state: by compare and swap."""

from protocol.moment import CREATE_TRIES, UPDATE_TRIES, Books, Moment, Runner, with_runner
from protocol.premises import World


def written(world: World, now: Moment, index: int, books: Books) -> Moment | None:
    """Compare and swap; None: state is not what this run read or wrote last."""
    runner = now.runners[index]
    if world.protocol.compares_state and not runner.is_current:
        return None
    after = _outdated(now._replace(books=books))
    writer = runner._replace(view=books, has_written=True, is_current=True, pending=Books())
    return with_runner(after, index, writer)


def record(world: World, now: Moment, index: int) -> tuple[str, Moment]:
    """Write down what became of a step, and go on."""
    after = written(world, now, index, now.runners[index].pending)
    if after is None:
        halted = refused(now.runners[index])
        return "is refused: state is another", with_runner(now, index, halted)
    runner = after.runners[index]
    match runner.onward:
        case "next":
            runner = next_step(runner)
        case "again":
            runner = started(runner)
        case "resend" if runner.seen == runner.todo[0].before:
            runner = runner._replace(stage="intend", id=0, onward="next")
        case "resend":
            runner = next_step(runner._replace(is_troubled=True))
    return "records what became of it", with_runner(after, index, runner)


def compact(world: World, now: Moment, index: int) -> tuple[str, Moment]:
    """End a run that wrote: its journal becomes the state, if nobody else wrote since."""
    runner = now.runners[index]
    if runner.is_current and not world.protocol.compacts_at_once:
        clearing = runner._replace(stage="clear", todo=())
        return "renews the state file", with_runner(_outdated(now), index, clearing)
    if runner.is_current:
        return "compacts", with_runner(_outdated(now), index, Runner())
    if not world.protocol.compacts_by_comparison:
        over = _outdated(now._replace(books=runner.view))
        return "compacts over what another wrote", with_runner(over, index, Runner())
    return "ends", with_runner(now, index, Runner())


def clear(world: World, now: Moment, index: int) -> tuple[str, Moment]:  # noqa: ARG001 -- a step as the others
    """Remove the journal without a look at it: only a mutation takes two steps to compact."""
    after = now._replace(books=now.runners[index].view)
    return "removes the journal, whoever wrote it", with_runner(after, index, Runner())


def settles(runner: Runner, books: Books) -> Runner:
    """Record that it did not happen, then try again or go on without it."""
    if runner.tries > 0:
        return runner._replace(stage="record", pending=books, onward="again", has_waited=False)
    return runner._replace(stage="record", pending=books, onward="next", is_troubled=True)


def refused(runner: Runner) -> Runner:
    """Start nothing new: state is not what this run knows."""
    return next_step(runner._replace(is_halted=True, is_troubled=True))


def next_step(runner: Runner) -> Runner:
    """Be done with the first step."""
    return started(runner._replace(todo=runner.todo[1:], tries=0))


def started(runner: Runner) -> Runner:
    """Begin the step that is first now; the end of a run where there is none."""
    todo = () if runner.is_halted else runner.todo
    if runner.is_troubled:
        todo = tuple(each for each in todo if each.work != "delete")
    again = runner.tries > 0 and bool(todo)
    runner = runner._replace(todo=todo, id=0, seen="old", pending=Books(), onward="next")
    if not todo:
        return runner._replace(stage="compact") if runner.has_written else Runner()
    is_create = todo[0].work == "create"
    tries = CREATE_TRIES if is_create else UPDATE_TRIES if todo[0].work == "update" else 1
    tries = runner.tries if again else tries
    return runner._replace(stage="intend" if is_create else "get", tries=tries)


def _outdated(now: Moment) -> Moment:
    """Nobody's view is the newest any more."""
    runners = tuple(
        each if each.stage == "idle" else each._replace(is_current=False) for each in now.runners
    )
    return now._replace(runners=runners)
