"""What the network, the server and people do: a write takes effect, or is lost; objects change."""

from collections.abc import Iterator

from protocol import journal_entries as entries
from protocol.laws import broken_by_executing
from protocol.moment import Books, Intent, Moment, Move, Request, Thing, thing_of, with_runner
from protocol.premises import World


def network_moves(world: World, now: Moment) -> Iterator[Move]:
    """Give what can become of each request under way, and of lists that lag."""
    for request in now.flying:
        after, broken = _executed(world, now, request)
        waiting = _waiting(now, request)
        name = f"{request.work} {request.id}"
        if waiting is None:
            yield Move(f"{name} takes effect, nobody waits", after, broken=broken)
            yield Move(f"{name} is lost", _landed(now, request), is_calm=False)
            continue
        yield Move(f"{name} takes effect", _answered(after, request, waiting), broken=broken)
        if now.faults:
            unanswered = _gives_up(after, waiting)
            yield Move(f"{name} takes effect, reply lost", unanswered, is_calm=False, broken=broken)
            left = now if world.is_late else _landed(now, request)
            yield Move(f"{name} times out", _gives_up(left, waiting), is_calm=False)
    if any(not each.is_listed for each in now.things):
        listed = tuple(each._replace(is_listed=True) for each in now.things)
        yield Move("the list catches up", now._replace(things=listed))


def people_moves(world: World, now: Moment) -> Iterator[Move]:
    """Give what people can do meanwhile."""
    for thing in now.things:
        if now.copies and thing.is_ours and (thing.is_listed or world.copies_unlisted):
            copy = thing._replace(id=now.next_thing, is_ours=False, is_listed=True)
            after = now._replace(
                things=(*now.things, copy), next_thing=now.next_thing + 1, copies=now.copies - 1
            )
            yield Move(f"a person duplicates {thing.id}", after, is_calm=False)
        # One that was created and edited since is as one to update.
        is_edited = now.edits and thing.is_ours and thing.address != "create"
        if is_edited and (world.edits_in_between or not _is_decided(now)):
            edited = _replaced(now, thing, thing._replace(body="edited"))
            after = edited._replace(edits=now.edits - 1)
            yield Move(f"a person edits {thing.id}", after, is_calm=False)
    if now.losses:
        after = now._replace(books=Books(), losses=now.losses - 1)
        if all(each.stage == "idle" for each in now.runners):
            yield Move("the state is lost", after, is_calm=False)


def _executed(world: World, now: Moment, request: Request) -> tuple[Moment, str | None]:
    landed = _landed(now, request)
    if request.work == "create":
        made = Thing(
            id=now.next_thing,
            address="create",
            attempt=request.id if world.protocol.marks else 0,
            write=request.id,
            body="wanted",
            is_marked=world.protocol.marks,
            is_listed=not world.is_lagging,
        )
        things = (*now.things, made)
        return landed._replace(things=things, next_thing=now.next_thing + 1), None
    target = thing_of(now, request.target)
    if target is None:
        return landed, None
    broken = broken_by_executing(target, request)
    if request.work == "delete":
        return landed._replace(things=tuple(each for each in now.things if each != target)), broken
    return _replaced(landed, target, target._replace(body="wanted", write=request.id)), broken


def _landed(now: Moment, request: Request) -> Moment:
    return now._replace(flying=tuple(each for each in now.flying if each != request))


def _waiting(now: Moment, request: Request) -> int | None:
    for index, runner in enumerate(now.runners):
        if runner.stage == "sent" and runner.id == request.id:
            return index
    return None


def _gives_up(now: Moment, index: int) -> Moment:
    runner = now.runners[index]._replace(stage="look", has_waited=False)
    return with_runner(now._replace(faults=now.faults - 1), index, runner)


def _answered(after: Moment, request: Request, index: int) -> Moment:
    """A reply, 404 to a DELETE included: the runner knows what to record."""
    runner = after.runners[index]
    made = after.things[-1] if request.work == "create" else thing_of(after, request.target)
    intent = Intent(request.id, request.work, request.target)
    pending = entries.done(runner.view, intent, made)
    return with_runner(
        after, index, runner._replace(stage="record", pending=pending, onward="next")
    )


def _replaced(now: Moment, old: Thing, new: Thing) -> Moment:
    return now._replace(things=tuple(new if each == old else each for each in now.things))


def _is_decided(now: Moment) -> bool:
    """Say whether a write was decided on what is live now: an edit could not be seen any more."""
    return bool(now.flying) or any(
        each.todo
        and each.todo[0].work != "create"
        and (each.stage in {"intend", "send", "sent"} or each.onward == "resend")
        for each in now.runners
    )
