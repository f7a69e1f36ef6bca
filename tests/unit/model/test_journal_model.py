"""The journal: what each entry does to the state, and which ones do not fit."""

from dataclasses import replace

import pytest

from assistants_sync.model.address import Address, RemoteId
from assistants_sync.model.journal import (
    Done,
    Dropped,
    Entry,
    Failed,
    Intended,
    Pinned,
    Recorded,
    Renamed,
    Unwatched,
    replay,
)
from assistants_sync.model.state import Intent, Leaf, Owned, State, Watch

DESK, SALES = Address("assistant.front-desk"), Address("assistant.sales")
EMPTY = State("lineage-1", "shop", "default", "00" * 32, serial=4)
OWNED = Owned(RemoteId("id-1"), {"/name": Leaf("a", "o")})
INTENT = Intent("attempt-1", "create", DESK, "2026-11-21T09:00:00Z")
WAITING = replace(EMPTY, intents={"attempt-1": INTENT})
OWNING = replace(EMPTY, owned={DESK: OWNED})
WATCHING = replace(EMPTY, watch={"attempt-1": Watch(DESK, INTENT.sent_at)})


@pytest.mark.parametrize(
    ("before", "entry", "after"),
    [
        (EMPTY, Intended(INTENT), WAITING),
        (WAITING, Done("attempt-1", OWNED), OWNING),
        (replace(WAITING, owned={DESK: OWNED}), Done("attempt-1", None), EMPTY),
        (WAITING, Done("attempt-1", None), EMPTY),
        (WAITING, Failed("attempt-1"), EMPTY),
        (WAITING, Failed("attempt-1", watch=True), WATCHING),
        (EMPTY, Recorded(DESK, OWNED), OWNING),
        (OWNING, Dropped(DESK), EMPTY),
        (EMPTY, Dropped(DESK), EMPTY),
        (OWNING, Renamed(DESK, SALES), replace(EMPTY, owned={SALES: OWNED})),
        (EMPTY, Pinned("org-1"), replace(EMPTY, org_id="org-1")),
        (WATCHING, Unwatched("attempt-1"), EMPTY),
        (EMPTY, Unwatched("attempt-1"), EMPTY),
    ],
)
def test_an_entry_does_to_the_state_what_it_says(before: State, entry: Entry, after: State) -> None:
    assert replay(before, [entry]) == after


@pytest.mark.parametrize("entry", [Done("nobody", OWNED), Failed("nobody")])
def test_an_answer_to_no_open_intent_does_not_fit(entry: Entry) -> None:
    with pytest.raises(ValueError, match="no open intent nobody"):
        replay(WAITING, [entry])


def test_an_intent_is_settled_once() -> None:
    with pytest.raises(ValueError, match="no open intent attempt-1"):
        replay(WAITING, [Failed("attempt-1"), Done("attempt-1", OWNED)])


def test_an_address_nobody_owns_cannot_be_renamed() -> None:
    with pytest.raises(ValueError, match=r"cannot rename assistant\.sales"):
        replay(OWNING, [Renamed(SALES, DESK)])


def test_a_rename_does_not_write_over_another_object() -> None:
    both = replace(EMPTY, owned={DESK: OWNED, SALES: Owned(RemoteId("id-2"))})
    with pytest.raises(ValueError, match=r"to assistant\.sales"):
        replay(both, [Renamed(DESK, SALES)])


def test_the_state_that_is_replayed_stays_as_it_was() -> None:
    replay(WAITING, [Done("attempt-1", OWNED), Pinned("org-1")])
    assert replace(EMPTY, intents={"attempt-1": INTENT}) == WAITING


def test_no_entries_leave_the_state_as_it_is_and_none_touches_the_serial() -> None:
    assert replay(OWNING, []) == OWNING
    assert replay(EMPTY, [Recorded(DESK, OWNED), Pinned("org-1")]).serial == EMPTY.serial
