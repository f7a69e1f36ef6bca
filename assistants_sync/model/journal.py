"""The write-ahead journal: one entry per thing that happened to the state, and their meaning."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, assert_never

from assistants_sync.model.address import Address
from assistants_sync.model.state import Intent, Owned, State, Watch


@dataclass(frozen=True, slots=True)
class Intended:
    """A write is about to go out."""

    intent: Intent
    type: Literal["intended"] = "intended"


@dataclass(frozen=True, slots=True)
class Done:
    """The write took effect; `owned` is what we own now, None after a deletion."""

    intent_id: str
    owned: Owned | None
    type: Literal["done"] = "done"


@dataclass(frozen=True, slots=True)
class Failed:
    """The write did not take effect; `watch` when its request might still arrive."""

    intent_id: str
    watch: bool = False
    type: Literal["failed"] = "failed"


@dataclass(frozen=True, slots=True)
class Recorded:
    """State learned something without a write: an import, a rebase, a lifecycle."""

    address: Address
    owned: Owned
    type: Literal["recorded"] = "recorded"


@dataclass(frozen=True, slots=True)
class Dropped:
    """An address is no longer owned: forgotten, or gone from the server."""

    address: Address
    type: Literal["dropped"] = "dropped"


@dataclass(frozen=True, slots=True)
class Renamed:
    """An owned object goes by another address."""

    source: Address
    target: Address
    type: Literal["renamed"] = "renamed"


@dataclass(frozen=True, slots=True)
class Pinned:
    """The organisation this state belongs to is known."""

    org_id: str
    type: Literal["pinned"] = "pinned"


@dataclass(frozen=True, slots=True)
class Unwatched:
    """A watched create can no longer show up."""

    attempt: str
    type: Literal["unwatched"] = "unwatched"


@dataclass(frozen=True, slots=True)
class Moved:
    """The state lives elsewhere from now on; this is the copy it left behind."""

    to: str
    type: Literal["moved"] = "moved"


Entry: TypeAlias = (
    Intended | Done | Failed | Recorded | Dropped | Renamed | Pinned | Unwatched | Moved
)


def replay(  # noqa: C901, PLR0912 -- one arm per entry, and no arm is more than a line or two
    state: State, entries: Iterable[Entry]
) -> State:
    """Give the state after these entries; the serial stays.

    Raises:
        ValueError: an entry settles an intent or renames an address that is not there.
    """
    owned, intents, watch = dict(state.owned), dict(state.intents), dict(state.watch)
    org_id, restored, moved_to = state.org_id, dict(state.restored), state.moved_to
    for entry in entries:
        match entry:
            case Intended(intent):
                intents[intent.id] = intent
            case Done(intent_id, now):
                intent = _settle(intents, intent_id)
                if now is None:
                    owned.pop(intent.address, None)
                else:
                    owned[intent.address] = now
                    if intent.restores is not None:
                        restored[intent.restores] = now.id
            case Failed(intent_id, is_watched):
                intent = _settle(intents, intent_id)
                if is_watched:
                    watch[intent_id] = Watch(intent.address, intent.sent_at)
            case Recorded(address, now):
                owned[address] = now
            case Dropped(address):
                owned.pop(address, None)
            case Renamed(source, target):
                if source not in owned or target in owned:
                    raise ValueError(f"cannot rename {source} to {target}")
                owned[target] = owned.pop(source)
            case Pinned(org):
                org_id = org
            case Unwatched(attempt):
                watch.pop(attempt, None)
            case Moved(to):
                moved_to = to
            case _:
                assert_never(entry)
    settled = replace(state, owned=owned, intents=intents, watch=watch, restored=restored)
    return replace(settled, org_id=org_id, moved_to=moved_to)


def _settle(intents: dict[str, Intent], intent_id: str) -> Intent:
    if intent_id not in intents:
        raise ValueError(f"no open intent {intent_id}")
    return intents.pop(intent_id)
