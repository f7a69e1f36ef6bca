"""What may happen in a world, and which rules of the protocol are kept in it."""

from dataclasses import dataclass
from typing import Final

from protocol.moment import Books, Moment, Owned, Runner, Thing, Work

ALL: Final[tuple[Work, ...]] = ("create", "update", "delete")


@dataclass(frozen=True, slots=True)
class Protocol:
    """The rules that keep objects from being doubled, lost or hit; a mutation breaks one."""

    journals: bool = True
    marks: bool = True
    waits: bool = True
    binds_oldest: bool = True
    compares_state: bool = True
    compacts_by_comparison: bool = True
    compacts_at_once: bool = True
    stops_when_refused: bool = True
    looks_before_retry: bool = True
    looks_for_markers: bool = True
    gets_before_write: bool = True
    deletes_by_id: bool = True
    watches: bool = True


@dataclass(frozen=True, slots=True)
class World:
    """One choice of what is due, who runs, and what may go wrong.

    `faults` bounds crashes, lost replies and requests, timeouts; `copies`, `edits` and `losses`
    what people do: duplicate an object, edit one, lose the state. The flags from `is_overdue` on
    are the residues no client can remove, `expected` the laws they break.
    """

    name: str
    due: tuple[Work, ...] = ALL
    faults: int = 1
    runners: int = 1
    is_locked: bool = True
    is_late: bool = True
    is_lagging: bool = False
    copies: int = 0
    edits: int = 0
    losses: int = 0
    is_overdue: bool = False
    is_paused: bool = False
    copies_unlisted: bool = False
    edits_in_between: bool = False
    has_forgery: bool = False
    protocol: Protocol = Protocol()
    expected: frozenset[str] = frozenset()


def beginning(world: World) -> Moment:
    """Give the first moment: what is to be updated or deleted is live and owned."""
    things = [
        Thing(number, address, -number, -number, "old")
        for number, address in ((1, "update"), (2, "delete"))
        if address in world.due
    ]
    owned = tuple(Owned(each.address, each.id, each.write, "old", "old") for each in things)
    if world.has_forgery:
        things.append(Thing(0, "create", -9, -9, "old", is_ours=False))
    return Moment(
        books=Books(owned=tuple(sorted(owned))),
        things=tuple(sorted(things)),
        runners=(Runner(),) * world.runners,
        faults=world.faults,
        copies=world.copies,
        edits=world.edits,
        losses=world.losses,
    )
