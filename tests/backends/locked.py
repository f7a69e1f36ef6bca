"""A lock that is held, and what others are told of it."""

from backends.place import Place, holder

from assistants_sync.state.backend import Lock, LockHolder


async def held(place: Place, by: LockHolder) -> Lock:
    """Give a lock that is held."""
    lock = place.backend().lock
    assert await lock.take(by) is None
    return lock


async def taken_by(place: Place) -> str | None:
    """Give the id of who holds it, as anybody is told."""
    found = await place.backend().lock.holder()
    return found.id if found is not None else None


async def taker(place: Place) -> str | None:
    """Try to take it; give the id of who holds it instead."""
    found = await place.backend().lock.take(holder("you"))
    return found.id if found is not None else None
