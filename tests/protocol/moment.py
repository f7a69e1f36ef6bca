"""The nouns of the model: what the server has, what state says, who runs, what is under way.

One address for each work: the object to create, the one to update, the one to delete. Named tuples,
not dataclasses: millions of moments are hashed, and a tuple does that in C.
"""

from typing import Final, Literal, NamedTuple, TypeAlias

Work: TypeAlias = Literal["create", "update", "delete"]
Body: TypeAlias = Literal["old", "wanted", "edited"]
Stage: TypeAlias = Literal[
    "idle",
    "list",
    "outwait",
    "get",
    "intend",
    "send",
    "sent",
    "look",
    "wait",
    "record",
    "compact",
    "clear",
]

CREATE_TRIES: Final = 2
UPDATE_TRIES: Final = 3


class Thing(NamedTuple):
    """One live object; the lower its id, the older. `attempt` and `write` are its marker."""

    id: int
    address: Work
    attempt: int
    write: int
    body: Body
    is_marked: bool = True
    is_ours: bool = True
    is_listed: bool = True


class Owned(NamedTuple):
    """What state says of an address: `applied` is what we sent, `baseline` what came back."""

    address: Work
    id: int
    write: int
    applied: Body
    baseline: Body


class Intent(NamedTuple):
    """A write about to go out; `id` is its attempt or write id."""

    id: int
    work: Work
    target: int | None = None


class Books(NamedTuple):
    """State with its journal replayed."""

    owned: tuple[Owned, ...] = ()
    intents: tuple[Intent, ...] = ()
    watch: tuple[int, ...] = ()


class Request(NamedTuple):
    """A write between us and the server; `seen` is the body it was decided on."""

    id: int
    work: Work
    target: int | None
    seen: Body


class Todo(NamedTuple):
    """One step of a plan; `before` is the body the plan saw."""

    work: Work
    target: int | None = None
    before: Body = "old"


class Runner(NamedTuple):
    """One apply, or nobody.

    `view` is state as it read or wrote it last, `is_current` whether that is the newest (all that
    compare-and-swap asks). `pending` is what it is about to record, after which it goes `onward`.
    `is_halted` once a write of state was refused, `is_troubled` once anything went wrong.
    """

    stage: Stage = "idle"
    view: Books = Books()
    is_current: bool = True
    todo: tuple[Todo, ...] = ()
    id: int = 0
    seen: Body = "old"
    tries: int = 0
    pending: Books = Books()
    onward: Literal["next", "again", "resend"] = "next"
    has_waited: bool = False
    has_written: bool = False
    is_troubled: bool = False
    is_halted: bool = False


class Moment(NamedTuple):
    """All there is at one instant. The last two are bit sets over ids: what law 4 and 5 ask for."""

    books: Books
    things: tuple[Thing, ...]
    runners: tuple[Runner, ...]
    faults: int
    flying: tuple[Request, ...] = ()
    next_id: int = 1
    next_thing: int = 3
    copies: int = 0
    edits: int = 0
    losses: int = 0
    journaled: int = 0
    posted: int = 0


class Move(NamedTuple):
    """One way on. A calm one needs neither a fault, nor chance, nor a person."""

    label: str
    after: Moment
    is_calm: bool = True
    broken: str | None = None


def thing_of(now: Moment, target: int | None) -> Thing | None:
    """Give the live object with this id: what a GET answers."""
    for thing in now.things:
        if thing.id == target:
            return thing
    return None


def owned_at(books: Books, address: Work) -> Owned | None:
    """Give what state owns at an address."""
    for owned in books.owned:
        if owned.address == address:
            return owned
    return None


def with_runner(now: Moment, index: int, runner: Runner) -> Moment:
    """Give the moment with one runner changed."""
    runners = now.runners
    return now._replace(runners=(*runners[:index], runner, *runners[index + 1 :]))
