"""The laws: what must hold at every moment, and at every write that goes out."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from protocol.moment import Moment, Request, Runner, Thing, owned_at, thing_of
from protocol.premises import World

TWO_LIVE: Final = "two live objects at one address"
UNKNOWN: Final = "a live object that state, intents and watch do not know"
NOT_OURS: Final = "a write to what state does not own or we did not mark"
TWICE: Final = "an attempt sent twice"
NO_INTENT: Final = "a write without a durable intent"
STALE: Final = "a write by a run whose state was refused"
UNSEEN: Final = "an edit overwritten unseen"
COPY: Final = "a person's copy taken for ours"
STUCK: Final = "no way to the desired end without faults"


def broken_at(now: Moment) -> Iterator[str]:
    """Give the laws a moment breaks."""
    ours = [each for each in now.things if each.is_ours]
    if any(count > 1 for count in Counter(each.address for each in ours).values()):
        yield TWO_LIVE
    books = now.books
    owned = {each.id for each in books.owned}
    attempts = {each.id for each in books.intents} | set(books.watch)
    if any(each.id not in owned and each.attempt not in attempts for each in ours):
        yield UNKNOWN
    if any(not each.is_ours and each.id in owned for each in now.things):
        yield COPY


def broken_by_sending(now: Moment, runner: Runner, request: Request) -> str | None:
    """Give the law a write breaks as it goes out."""
    if runner.is_halted:
        return STALE
    if not now.journaled >> request.id & 1:
        return NO_INTENT
    if request.work == "create":
        return TWICE if now.posted >> request.id & 1 else None
    target = thing_of(now, request.target)
    if target is None:
        return None
    owned = {each.id for each in now.books.owned}
    return None if target.is_ours and target.is_marked and target.id in owned else NOT_OURS


def broken_by_executing(target: Thing, request: Request) -> str | None:
    """Give the law a write breaks as it takes effect: it was decided on what it replaces."""
    return UNSEEN if target.body == "edited" and request.seen != "edited" else None


def is_quiet(now: Moment) -> bool:
    """Say whether nobody runs and nothing is under way."""
    return not now.flying and all(each.stage == "idle" for each in now.runners)


def is_desired(world: World, now: Moment) -> bool:
    """Say whether all is as wanted and state says so; a conflict shown to the user is an end too.

    A conflict stays until the user resolves it: nothing may be done before.
    """
    if not is_quiet(now):
        return False
    if is_conflict(now):
        return True
    if now.books.intents:
        return False
    for address in world.due:
        owned = owned_at(now.books, address)
        if address == "delete":
            if owned or any(each.address == address and each.is_ours for each in now.things):
                return False
            continue
        thing = thing_of(now, owned.id) if owned else None
        if thing is None or thing.body != "wanted":
            return False
    return True


def is_conflict(now: Moment) -> bool:
    """Say whether the object to update was edited before our change of it went out."""
    owned = owned_at(now.books, "update")
    thing = thing_of(now, owned.id) if owned else None
    return bool(
        owned
        and thing
        and owned.applied != "wanted"
        and thing.body not in {"wanted", owned.baseline}
    )
