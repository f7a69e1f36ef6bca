"""The worlds that are searched: sound ones, the known residues, and mutations.

The last two are there to be broken: they prove that the search can find what it looks for.
"""

from dataclasses import replace
from typing import Final

from protocol.laws import COPY, NO_INTENT, NOT_OURS, STALE, STUCK, TWICE, TWO_LIVE, UNKNOWN, UNSEEN
from protocol.moment import Work
from protocol.premises import ALL, Protocol, World

_CREATE: Final[tuple[Work, ...]] = ("create",)
_UPDATE: Final[tuple[Work, ...]] = ("update",)
_DELETE: Final[tuple[Work, ...]] = ("delete",)


def _rivals(
    name: str, due: tuple[Work, ...], faults: int = 1, copies: int = 0, runners: int = 2
) -> World:
    """Give a world of runs that no lock keeps apart."""
    return World(name, due, faults, runners, is_locked=False, copies=copies)


SOUND: Final = (
    World("all three", faults=3),
    World("all three, nothing late", faults=3, is_late=False),
    World("all three, duplicated", faults=2, copies=1),
    World("all three, edited, nothing late", faults=2, edits=1, is_late=False),
    World("create", _CREATE, faults=4),
    World("create, lists lag", _CREATE, faults=3, is_lagging=True),
    World("create, duplicated twice", _CREATE, faults=3, copies=2),
    World("create, lists lag, duplicated", _CREATE, faults=3, is_lagging=True, copies=1),
    World("create and update", ("create", "update"), faults=3),
    World("create and delete", ("create", "delete"), faults=3),
    World("update and delete", ("update", "delete"), faults=3),
    World("update", _UPDATE, faults=4),
    World("update, edited twice, nothing late", _UPDATE, faults=3, edits=2, is_late=False),
    World("update, late, then an edit", _UPDATE, edits=1),
    World("delete", _DELETE, faults=4),
    World("delete, edited, duplicated", _DELETE, faults=3, edits=1, copies=1),
    World("two runs that take turns", faults=2, runners=2),
    _rivals("two runs, no lock, create", _CREATE, faults=2),
    _rivals("two runs, no lock, create, duplicated", _CREATE, copies=1),
    replace(
        _rivals("two runs, no lock, create, lists lag, duplicated", _CREATE, copies=1),
        is_lagging=True,
    ),
    _rivals("two runs, no lock, update", _UPDATE),
    _rivals("two runs, no lock, delete", _DELETE),
    _rivals("two runs, no lock, all three", ALL, faults=0),
)

DEEP: Final = (
    World("all three, deeper", faults=4),
    World("all three, duplicated, deeper", faults=3, copies=1),
    World("create, lists lag, duplicated, deeper", _CREATE, 4, is_lagging=True, copies=2),
    World("update, edited, nothing late, deeper", _UPDATE, 5, edits=2, is_late=False),
    World("delete, edited, duplicated, deeper", _DELETE, 4, edits=2, copies=2),
    World("two runs that take turns, deeper", faults=3, runners=2),
    _rivals("two runs, no lock, create, duplicated, deeper", _CREATE, faults=2, copies=1),
    _rivals("two runs, no lock, update, deeper", _UPDATE, faults=2),
    _rivals("two runs, no lock, delete, deeper", _DELETE, faults=2),
    replace(_rivals("two runs, no lock, delete, edited, duplicated", _DELETE, copies=1), edits=1),
    _rivals("two runs, no lock, create and delete", ("create", "delete")),
    _rivals("two runs, no lock, all three, duplicated", ALL, faults=0, copies=1),
    _rivals("three runs, no lock, create", _CREATE, runners=3),
    _rivals("three runs, no lock, update", _UPDATE, faults=0, runners=3),
    _rivals("three runs, no lock, delete", _DELETE, faults=0, runners=3),
)


def _breaking(world: World, *broken: str) -> World:
    return replace(world, expected=frozenset(broken))


_SLEEPER: Final = _rivals("no lock, and a run sleeps before it sends", _CREATE)

RESIDUES: Final = (
    _breaking(World("a create later than any wait", _CREATE, 2, is_overdue=True), TWO_LIVE, STUCK),
    _breaking(replace(_SLEEPER, is_paused=True), TWO_LIVE, STUCK),
    _breaking(
        World(
            "a list shows the copy alone",
            _CREATE,
            faults=2,
            is_lagging=True,
            copies=1,
            copies_unlisted=True,
        ),
        COPY,
        UNKNOWN,
    ),
    _breaking(
        World("state lost with a create under way", _CREATE, losses=1), TWO_LIVE, UNKNOWN, STUCK
    ),
    # Not a second object: the marker of the lost state blocks the create.
    _breaking(
        World("state lost with nothing under way", _CREATE, faults=0, losses=1), UNKNOWN, STUCK
    ),
    _breaking(
        World(
            "an edit between GET and write",
            ("update", "delete"),
            edits=1,
            is_late=False,
            edits_in_between=True,
        ),
        UNSEEN,
    ),
    # Never touched, never doubled: the create is refused until a person looks.
    _breaking(World("somebody forges our marker", _CREATE, has_forgery=True), STUCK),
)

_SOLO: Final = World("", _CREATE, faults=1)
_RIVALS: Final = _rivals("", _CREATE)


def _mutated(name: str, world: World, protocol: Protocol, *broken: str) -> World:
    return replace(world, name=name, protocol=protocol, expected=frozenset(broken))


MUTATIONS: Final = (
    _mutated("no intent", World(""), Protocol(journals=False), NO_INTENT, TWO_LIVE, UNKNOWN, STUCK),
    _mutated("no marker", _SOLO, Protocol(marks=False), TWO_LIVE, UNKNOWN),
    _mutated("no wait", _SOLO, Protocol(waits=False), TWO_LIVE),
    _mutated(
        "the youngest is bound",
        World("", _CREATE, faults=2, copies=1),
        Protocol(binds_oldest=False),
        COPY,
        UNKNOWN,
    ),
    _mutated("blind retry", _SOLO, Protocol(looks_before_retry=False), TWICE, TWO_LIVE, UNKNOWN),
    _mutated(
        "blind state write", _RIVALS, Protocol(compares_state=False), TWO_LIVE, UNKNOWN, STUCK
    ),
    _mutated(
        "on after a refused state write",
        _RIVALS,
        Protocol(stops_when_refused=False),
        STALE,
        TWO_LIVE,
        UNKNOWN,
        STUCK,
    ),
    _mutated(
        "compaction without comparison",
        _RIVALS,
        Protocol(compacts_by_comparison=False),
        TWO_LIVE,
        UNKNOWN,
        STUCK,
    ),
    _mutated(
        "journal removed whoever wrote it",
        _rivals("", _CREATE, faults=2),
        Protocol(compacts_at_once=False),
        TWO_LIVE,
        UNKNOWN,
        STUCK,
    ),
    _mutated(
        "markers not looked for",
        World("", _CREATE, faults=0, losses=1),
        Protocol(looks_for_markers=False),
        TWO_LIVE,
        UNKNOWN,
    ),
    _mutated(
        "no GET before a write",
        World("", ("update", "delete"), faults=0, edits=1),
        Protocol(gets_before_write=False),
        UNSEEN,
    ),
    _mutated(
        "write ids of what came to nothing forgotten",
        World("", _UPDATE, edits=1),
        Protocol(watches=False),
        STUCK,
    ),
    _mutated(
        "deletion by marker alone",
        World("", _DELETE, faults=0, copies=1),
        Protocol(deletes_by_id=False),
        NOT_OURS,
    ),
)
