"""Every moment a world can come to, breadth first, and the shortest way to each broken law."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from protocol.laws import STUCK, broken_at, is_desired, is_quiet
from protocol.moment import Moment, Move
from protocol.network import network_moves, people_moves
from protocol.premises import World, beginning
from protocol.runner import runner_moves


@dataclass(frozen=True, slots=True)
class Found:
    """What the search of one world came to: `ways` leads to the first breach of each law.

    `ends` are the states in which nobody runs and nothing is under way; `labels` name every move
    that was made.
    """

    world: World
    states: int
    ends: int
    ways: dict[str, tuple[str, ...]]
    labels: frozenset[str]

    @property
    def is_as_expected(self) -> bool:
        """Say whether just the laws this world is to break are broken."""
        return set(self.ways) == self.world.expected


_Came = dict[Moment, tuple[Moment, str] | None]


def search(world: World) -> Found:
    """Visit every moment of a world once, and judge it."""
    start = beginning(world)
    came: _Came = {start: None}
    calm: dict[Moment, Moment | None] = {}
    breaches: dict[str, tuple[Moment, str | None]] = {}
    queue, ends, labels = deque([start]), 0, set[str]()
    while queue:
        now = queue.popleft()
        ends += is_quiet(now)
        for law in broken_at(now):
            breaches.setdefault(law, (now, None))
        calm[now] = None
        for move in moves(world, now):
            labels.add(move.label)
            if move.broken:
                breaches.setdefault(move.broken, (now, move.label))
            if move.is_calm and calm[now] is None:
                calm[now] = move.after
            if move.after not in came:
                came[move.after] = (now, move.label)
                queue.append(move.after)
    stuck = _stuck(world, calm)
    if stuck:
        breaches[STUCK] = (stuck, None)
    ways = {law: _way(came, *breach) for law, breach in breaches.items()}
    return Found(world, len(came), ends, ways, frozenset(labels))


def moves(world: World, now: Moment) -> Iterator[Move]:
    """Give every way on; of the calm ones the first is the one a fault-free world takes."""
    yield from network_moves(world, now)
    by_business = sorted(
        range(len(now.runners)), key=lambda index: now.runners[index].stage == "idle"
    )
    for index in by_business:
        yield from runner_moves(world, now, index)
    yield from people_moves(world, now)


def _stuck(world: World, calm: dict[Moment, Moment | None]) -> Moment | None:
    """Give a moment from which the calm way does not lead to the desired end; None: all do."""
    arrives: dict[Moment, bool] = {}
    for start in calm:
        path: dict[Moment, None] = {}
        here: Moment | None = start
        while here is not None and here not in arrives and here not in path:
            path[here] = None
            if is_desired(world, here):
                arrives[here] = True
                break
            here = calm[here]
        end = here is not None and arrives.get(here, False)
        arrives.update(dict.fromkeys(path, end))
        if not end:
            return start
    return None


def _way(came: _Came, now: Moment, last: str | None) -> tuple[str, ...]:
    labels = [last] if last else []
    step = came[now]
    while step is not None:
        labels.append(step[1])
        step = came[step[0]]
    return tuple(reversed(labels))
