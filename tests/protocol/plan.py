"""What a run plans to do: the three-way rule for one value, and the guards that refuse."""

from typing import Literal, NamedTuple, TypeAlias

from protocol.moment import Books, Owned, Thing, Todo, owned_at
from protocol.premises import World

Refusal: TypeAlias = Literal["conflict", "rival write", "marked elsewhere"]


class Plan(NamedTuple):
    """Books after what needs no request, and the steps; or why the whole apply is refused."""

    books: Books
    todo: tuple[Todo, ...] = ()
    refusal: Refusal | None = None


def planned(world: World, books: Books, things: tuple[Thing, ...]) -> Plan:
    """Plan every address that is due; one that is refused refuses all."""
    plan = Plan(books)
    for address in world.due:
        owned = owned_at(plan.books, address)
        if owned is not None:
            plan = _with_owned(plan, owned, things)
        elif address == "create":
            plan = _with_create(world, plan, things)
        elif address == "delete":
            plan = plan._replace(todo=(*plan.todo, *_by_marker_alone(world, things)))
        if plan.refusal:
            break
    return plan


def _with_create(world: World, plan: Plan, things: tuple[Thing, ...]) -> Plan:
    if world.protocol.looks_for_markers and _is_marked_elsewhere(plan.books, things):
        return plan._replace(refusal="marked elsewhere")
    return plan._replace(todo=(*plan.todo, Todo("create")))


def _with_owned(plan: Plan, owned: Owned, things: tuple[Thing, ...]) -> Plan:
    live = next((each for each in things if each.id == owned.id), None)
    if live is None:
        return plan._replace(books=_without(plan.books, owned))
    if owned.address != "delete" and live.body == "wanted":
        return plan._replace(books=_rebased(plan.books, owned))
    if live.write != owned.write and live.write not in plan.books.watch:
        return plan._replace(refusal="rival write")
    if owned.address == "delete":
        return plan._replace(todo=(*plan.todo, Todo("delete", live.id, live.body)))
    if owned.applied != "wanted" and live.body != owned.baseline:
        return plan._replace(refusal="conflict")
    return plan._replace(todo=(*plan.todo, Todo("update", live.id, live.body)))


def _is_marked_elsewhere(books: Books, things: tuple[Thing, ...]) -> bool:
    ours = {each.id for each in books.owned}
    return any(
        each.address == "create" and each.is_marked and each.is_listed and each.id not in ours
        for each in things
    )


def _by_marker_alone(world: World, things: tuple[Thing, ...]) -> list[Todo]:
    """The mutation that takes a marker for a licence."""
    if world.protocol.deletes_by_id:
        return []
    marked = [each for each in things if each.address == "delete" and each.is_marked]
    return [Todo("delete", each.id, each.body) for each in marked]


def _without(books: Books, gone: Owned) -> Books:
    return books._replace(owned=tuple(each for each in books.owned if each != gone))


def _rebased(books: Books, owned: Owned) -> Books:
    now = owned._replace(applied="wanted", baseline="wanted")
    others = (each for each in books.owned if each != owned)
    return books._replace(owned=tuple(sorted((*others, now))))
