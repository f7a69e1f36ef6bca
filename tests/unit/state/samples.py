"""States and journal entries of every shape: one rich example, and what hypothesis may draw."""

from dataclasses import replace

from hypothesis import strategies as st

from assistants_sync.model.address import Address, RemoteId
from assistants_sync.model.definition import Lifecycle
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
)
from assistants_sync.model.state import Intent, Leaf, Owned, State, Watch

DESK, SALES = Address("assistant.front-desk"), Address("assistant.sales")

OWNED = Owned(
    RemoteId("id-1"),
    {"/name": Leaf("a1", "o1"), "/model/a~1b": Leaf("slow:a2", "slow:o2", kept=True)},
    Lifecycle(protect=True, ignore_changes=("/voice/speed",), on_delete="forget"),
    created_at="2026-11-20T08:00:00.000Z",
    updated_at="2026-11-21T08:00:00.000Z",
    attempt="attempt-0",
    write="write-0",
)

INTENT = Intent(
    "attempt-1",
    "create",
    SALES,
    "2026-11-21T09:00:00+00:00",
    server_time="2026-11-21T09:00:01Z",
    applied={"/name": "a3"},
    kept=("/voice",),
    before={"name": "b3"},
    attempt="attempt-1",
)

STATE = State(
    "lineage-1",
    "shop",
    "default",
    "0f" * 32,
    serial=3,
    org_id="org-1",
    owned={DESK: OWNED},
    intents={"attempt-1": INTENT},
    watch={"attempt-9": Watch(DESK, "2026-11-20T09:00:00+00:00")},
)

ENTRIES: tuple[Entry, ...] = (
    Done("attempt-1", Owned(RemoteId("id-2"), {"/name": Leaf("a3", "ü — 名")})),
    Renamed(DESK, Address("assistant.lobby")),
    Recorded(DESK, replace(OWNED, id=RemoteId("id-3"))),
    Intended(Intent("write-2", "delete", DESK, "2026-11-21T09:00:02Z", remote_id=OWNED.id)),
    Failed("write-2", watch=True),
    Unwatched("attempt-9"),
    Dropped(DESK),
    Pinned("org-2"),
)
"""One of each type, in an order in which they fit `STATE`."""

TEXTS = st.text(max_size=6)
HASHES = st.dictionaries(TEXTS, TEXTS, max_size=2)
ADDRESSES = st.sampled_from([DESK, SALES, Address("assistant.x.y_z-1")])
REMOTE_IDS = TEXTS.map(RemoteId)
MAYBE = st.none() | TEXTS
LIFECYCLES = st.builds(
    Lifecycle,
    st.booleans(),
    st.lists(TEXTS, max_size=2).map(tuple),
    st.sampled_from(["delete", "forget"]),
)
OWNEDS = st.builds(
    Owned,
    REMOTE_IDS,
    st.dictionaries(TEXTS, st.builds(Leaf, TEXTS, TEXTS, st.booleans()), max_size=2),
    LIFECYCLES,
    MAYBE,
    MAYBE,
    MAYBE,
    MAYBE,
    MAYBE,
)
INTENTS = st.builds(
    Intent,
    TEXTS,
    st.sampled_from(["create", "update", "delete"]),
    ADDRESSES,
    TEXTS,
    MAYBE,
    st.none() | REMOTE_IDS,
    HASHES,
    st.lists(TEXTS, max_size=2).map(tuple),
    HASHES,
    LIFECYCLES,
    MAYBE,
)
WATCHES = st.dictionaries(TEXTS, st.builds(Watch, ADDRESSES, TEXTS), max_size=2)
STATES = st.builds(
    State,
    TEXTS,
    TEXTS,
    TEXTS,
    TEXTS,
    st.integers(0, 99),
    MAYBE,
    st.dictionaries(ADDRESSES, OWNEDS, max_size=2),
    st.dictionaries(TEXTS, INTENTS, max_size=2),
    WATCHES,
)
ANY_ENTRY: st.SearchStrategy[Entry] = st.one_of(
    st.builds(Intended, INTENTS),
    st.builds(Done, TEXTS, st.none() | OWNEDS),
    st.builds(Failed, TEXTS, st.booleans()),
    st.builds(Recorded, ADDRESSES, OWNEDS),
    st.builds(Dropped, ADDRESSES),
    st.builds(Renamed, ADDRESSES, ADDRESSES),
    st.builds(Pinned, TEXTS),
    st.builds(Unwatched, TEXTS),
)
