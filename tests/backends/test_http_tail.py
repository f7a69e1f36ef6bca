"""A journal at an address of its own: what an entry costs, and that nothing of it is ever lost."""

import contextlib
import itertools
import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from backends.http_scene import (
    LOGIN,
    NOTICES,
    WITH_TAILS,
    begun,
    is_lock,
    is_unlock,
    is_write,
    opened,
)
from backends.http_state_server import Asked, GiteaServer, Kept, PlainServer, PlainServerOfTwo, Said
from backends.place import holder
from backends.written import BACKUP, recorded
from fakes import FakeClock
from unit.state.samples import STATE

from assistants_sync.errors import LockedError, StateError, SyncError
from assistants_sync.model.journal import Entry, Pinned, replay
from assistants_sync.model.project import HttpState
from assistants_sync.model.state import Generation, State
from assistants_sync.state.backend import NAMELESS
from assistants_sync.state.http import tail
from assistants_sync.state.journaled import JournaledState
from assistants_sync.state.locations import Location, Surroundings, open_backend

MANY = replace(STATE, owned={each.address: each.owned for each in map(recorded, range(500))})


@pytest.fixture(params=list(WITH_TAILS.values()), ids=list(WITH_TAILS))
def server(request: pytest.FixtureRequest) -> Iterator[PlainServer]:
    with request.param() as server:
        NOTICES.clear()
        yield server


@pytest.fixture
def two() -> Iterator[PlainServerOfTwo]:
    with PlainServerOfTwo() as server:
        yield server


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a few entries be too many for a tail, and one of those too many to be put away."""
    monkeypatch.setattr(tail, "LONGEST", 1000)
    monkeypatch.setattr(tail, "MOST_PUT_AWAY", 1)


def at_path(server: PlainServer, name: str) -> str:
    """Give the path of the address that ends so."""
    return next(path for path in server.kept if path.endswith(f"/{name}"))


def at(server: PlainServer, name: str) -> Kept:
    """Give what is kept at the address that ends so."""
    return server.kept[at_path(server, name)]


def ours(server: PlainServer, name: str) -> dict[str, object]:
    """Give our part of the document there."""
    document: dict[str, dict[str, object]] = json.loads(at(server, name).data)
    return document["assistants_sync"]


# --- what it costs --------------------------------------------------------------------------


async def test_an_entry_neither_reads_nor_sends_the_state(server: PlainServer) -> None:
    store = opened(server)
    await store.begin(MANY)
    await store.append([Pinned("org-1")])
    await store.lock.take(holder())
    server.asked.clear()
    await store.append([Pinned("org-2")])
    await store.back_up("a-backup", BACKUP)
    assert [asked.path.rpartition("/")[2] for asked in server.asked] == ["ours-journal"] * 4
    assert max(len(asked.body) for asked in server.asked) < 3000 < len(at(server, "ours").data)


async def test_the_thousandth_entry_sends_no_more_than_a_short_one_may(server: PlainServer) -> None:
    store = opened(server)
    await store.begin(MANY)
    await store.lock.take(holder())
    for number in range(40):
        await store.append([recorded(number * 25 + each) for each in range(25)])
    sent = [len(asked.body) for asked in server.asked if "-journal" in asked.path]
    assert max(sent) <= tail.LONGEST
    assert "ours-journal-1" in {asked.path.rpartition("/")[2] for asked in server.asked}
    found = await opened(server).read()
    assert found.generation == Generation(STATE.serial, 1000)


@pytest.mark.usefixtures("small")
async def test_what_is_put_away_and_taken_over_is_read_in_order(server: PlainServer) -> None:
    store = await begun(server)
    entries: list[Entry] = []
    for number in range(30):
        entries += (Pinned(f"org-{number}"), recorded(number))
        await store.append(entries[-2:])
        assert (await opened(server).read()).state == replay(STATE, entries)
    writes = [asked.path.rpartition("/")[2] for asked in server.asked if is_write(asked)]
    assert {"ours", "ours-journal", "ours-journal-1"} == {*writes}
    assert writes.count("ours") < len(entries) / 3


@pytest.mark.usefixtures("small")
async def test_folding_leaves_every_document_but_the_states_own_bare(server: PlainServer) -> None:
    store = await begun(server)
    for number in range(7):
        await store.append([Pinned(f"org-{number}")])
    await store.back_up("a-backup", BACKUP)
    await store.compact()
    for name in ("ours-journal", "ours-journal-1"):
        told = ours(server, name)
        assert (told["journal"], told["trash"], told["put_away"]) == ([], {}, [])
    assert [each.file for each in await opened(server).trash()] == ["a-backup"]


@pytest.mark.usefixtures("small")
async def test_a_backup_that_is_purged_is_nowhere_any_more(server: PlainServer) -> None:
    store = await begun(server)
    for number in range(5):
        await store.append([Pinned(f"org-{number}")])
        await store.back_up("a-backup", BACKUP)
    names = tuple(each.file for each in await store.trash())
    assert len(names) == len({*names}) == 5
    await store.purge(names)
    assert await opened(server).trash() == ()
    assert not any(b"endCall" in kept.data for kept in server.kept.values())


# --- whatever dies when ---------------------------------------------------------------------

STEPS = 8


async def go_on(store: JournaledState, begin: int, did: Callable[[int], None]) -> None:
    """Do the steps from `begin` on, as one run; each appends one entry, some do more first."""
    assert await store.lock.take(holder()) is None
    for number in range(begin, STEPS):
        if number == 4:
            await store.back_up("a-backup", BACKUP)
        if number in {3, 6}:
            await store.compact()
        await store.append([Pinned(f"step-{number}")])
        did(number + 1)
    await store.lock.release()


def number_of(state: State | None) -> int:
    """Give how many steps a state has seen."""
    assert state is not None
    return 0 if state.org_id == STATE.org_id else int(str(state.org_id).removeprefix("step-")) + 1


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("is_carried_out", [False, True], ids=["before", "after"])
async def test_a_run_cut_off_at_any_request_loses_nothing_and_is_gone_on_with(
    *, is_carried_out: bool
) -> None:
    for dies_at in itertools.count():
        with PlainServerOfTwo() as server:
            store = await begun(server)
            done = [0]
            asked_before = len(server.asked)

            def cut(
                asked: Asked, server: PlainServer = server, last: int = asked_before + dies_at
            ) -> Said | None:
                if len(server.asked) <= last:
                    return None
                if len(server.asked) == last + 1 and is_carried_out:
                    server.carry_out(asked)
                return Said(0)

            server.spoil = cut
            try:
                await go_on(store, 0, done.append)
            except SyncError:
                server.spoil = lambda _asked: None
            else:
                break
            for kept in server.kept.values():
                kept.lock = None
            another = opened(server)
            state = (await another.read()).state
            assert number_of(state) in {done[-1], done[-1] + 1}
            has_backup = len(await another.trash()) > 0
            assert has_backup or done[-1] < 5
            await go_on(another, number_of(state), done.append)
            assert number_of((await opened(server).read()).state) == STEPS
            assert server.is_free
            assert at(server, "ours-journal-1").data
    assert dies_at > 40


@pytest.mark.usefixtures("small")
async def test_what_a_taken_over_tail_names_is_not_written_before_the_tail_is(
    two: PlainServerOfTwo,
) -> None:
    store = await begun(two)
    while not ours(two, "ours-journal")["put_away"]:
        await store.append([Pinned("org-1")])
    left = {path: kept.data for path, kept in two.kept.items() if "-journal" in path}
    await store.compact()
    for path, data in left.items():  # as if that run had died before it cleared them
        two.kept[path].data = data
    entry = Pinned("x" * 700)
    is_over = [False]

    def cut(asked: Asked) -> Said | None:
        if is_over[0]:
            return Said(0)
        is_over[0] = is_write(asked) and asked.path.endswith("-journal-1")
        return None

    store = opened(two)
    await store.read()
    two.spoil = cut
    with contextlib.suppress(SyncError):
        await store.append([entry])
    two.spoil = lambda _asked: None
    found = (await opened(two).read()).state
    assert found is not None
    assert found.org_id in {"org-1", entry.org_id}


@pytest.mark.usefixtures("small")
async def test_who_reads_at_any_two_moments_sees_what_was_there_between_them(
    two: PlainServerOfTwo,
) -> None:
    moments: list[dict[str, bytes]] = []
    store = await begun(two)

    def watched(asked: Asked) -> Said | None:
        said = two.carry_out(asked)
        if is_write(asked):
            moments.append({path: kept.data for path, kept in two.kept.items()})
        return said

    two.spoil = watched
    await go_on(store, 0, lambda _number: None)
    two.spoil = lambda _asked: None

    async def seen(first: dict[str, bytes], then: dict[str, bytes]) -> int:
        looked: list[str] = []

        def answer(asked: Asked) -> Said:
            moment = then if looked else first
            looked.append(asked.path)
            return Said(200, data) if (data := moment.get(asked.path)) else Said(404)

        two.spoil = answer
        return number_of((await opened(two).read()).state)

    at_once = [await seen(each, each) for each in moments]
    assert at_once == sorted(at_once)
    for early, late in itertools.combinations(range(len(moments)), 2):
        assert at_once[early] <= await seen(moments[early], moments[late]) <= at_once[late]


# --- who else is there ----------------------------------------------------------------------


async def test_both_documents_are_locked_and_set_free(server: PlainServer) -> None:
    store, mine = await begun(server), holder()
    assert await store.lock.take(mine) is None
    assert at(server, "ours").lock is not None
    assert at(server, "ours-journal").lock is not None
    await store.lock.release()
    assert server.is_free


async def test_who_holds_the_journal_alone_holds_the_state(server: PlainServer) -> None:
    store, mine = await begun(server), holder()
    await store.lock.take(mine)
    at(server, "ours").lock = None
    other = await opened(server).lock.take(holder())
    assert other is not None
    assert other.id in {mine.id, NAMELESS}
    assert at(server, "ours").lock is None
    released = await opened(server).lock.break_open(mine.id, "its runner is gone")
    assert released.id == mine.id
    assert server.is_free


async def test_a_lock_that_is_broken_open_is_broken_everywhere(server: PlainServer) -> None:
    mine = holder()
    store = await begun(server)
    await store.lock.take(mine)
    await opened(server).lock.break_open(mine.id, "its runner is gone")
    assert server.is_free
    assert await opened(server).lock.take(holder()) is None
    with pytest.raises(LockedError, match="The lock was lost"):
        await store.append([Pinned("org-1")])


async def test_a_journal_that_cannot_be_locked_leaves_the_state_free(two: PlainServerOfTwo) -> None:
    two.spoil = lambda asked: (
        Said(404) if asked.method == "LOCK" and "-journal" in asked.path else None
    )
    with pytest.raises(StateError, match="This state server has no lock"):
        await opened(two).lock.take(holder())
    assert at(two, "ours").lock is None


async def test_a_lock_that_breaks_half_open_is_told_and_broken_again(server: PlainServer) -> None:
    mine = holder()
    await opened(server).lock.take(mine)
    failing = [True]
    server.spoil = lambda asked: (
        Said(500) if is_unlock(asked) and "-journal" not in asked.path and failing else None
    )
    with pytest.raises(SyncError):
        await opened(server).lock.break_open(mine.id, "its runner is gone")
    failing.clear()
    await opened(server).lock.break_open(mine.id, "its runner is gone")
    assert server.is_free


@pytest.mark.usefixtures("small")
async def test_a_lock_that_a_dead_run_left_where_it_put_the_journal_away_is_released(
    server: PlainServer,
) -> None:
    store = await begun(server)
    entries: list[Entry] = [Pinned(f"org-{number}") for number in range(2, 20)]
    for entry in entries:
        path = f"{at_path(server, 'ours-journal')}-1"
        left = {"ID": "left", "Who": "a dead run", "Created": "2026", "Operation": "apply"}
        server.kept.setdefault(path, Kept()).lock = dict(left)
        await store.append([entry])
    assert (await opened(server).read()).state == replay(STATE, entries)
    kept = at(server, "ours-journal-1")
    assert bool(kept.data) is not isinstance(server, GiteaServer)


@pytest.mark.parametrize("is_folded", [False, True], ids=["appended", "folded"])
@pytest.mark.parametrize("write", ["append", "compact"])
async def test_who_was_overtaken_on_a_careless_server_writes_no_more(
    two: PlainServerOfTwo, write: str, *, is_folded: bool
) -> None:
    two.heeds_lock = False
    store, theirs = await begun(two), opened(two)
    await store.append([Pinned("org-1")])
    await theirs.read()
    await theirs.append([Pinned("org-2")])
    if is_folded:
        await theirs.compact()
    writes: dict[str, Callable[[], Awaitable[None]]] = {
        "append": lambda: store.append([Pinned("org-3")]),
        "compact": store.compact,
    }
    with pytest.raises(StateError, match="changed by somebody else"):
        await writes[write]()
    found = (await opened(two).read()).state
    assert found is not None
    assert found.org_id == "org-2"


async def test_a_backup_kept_beside_another_run_is_kept(two: PlainServerOfTwo) -> None:
    store, theirs = await begun(two), opened(two)
    await theirs.read()
    await store.append([Pinned("org-1")])
    await theirs.back_up("a-backup", BACKUP)
    found = opened(two)
    assert (await found.read()).state == replace(STATE, org_id="org-1")
    assert [each.file for each in await found.trash()] == ["a-backup"]


# --- what does not belong together ----------------------------------------------------------


async def test_a_state_in_one_document_goes_on_in_two_and_never_back_unseen(
    two: PlainServerOfTwo,
) -> None:
    with PlainServer() as one:
        store = await begun(one)
        await store.append([Pinned("org-1")])
        two.kept[two.url("ours").removeprefix(two.endpoint)] = one.only()
        store = opened(two)
        assert (await store.read()).state == replace(STATE, org_id="org-1")
        for number in range(2, 5):
            await store.append([Pinned(f"org-{number}")])
            assert (await opened(two).read()).state == replace(STATE, org_id=f"org-{number}")
        one.kept = {one.url("ours").removeprefix(one.endpoint): two.only()}
        with pytest.raises(StateError, match="journal of this state is elsewhere") as refused:
            await opened(one).read()
        assert "ours-journal" in str(refused.value.diagnostic)


async def test_an_older_state_under_a_newer_journal_is_refused(server: PlainServer) -> None:
    store = await begun(server)
    old = at(server, "ours").data
    await store.append([Pinned("org-1")])
    await store.compact()
    await store.append([Pinned("org-2")])
    at(server, "ours").data = old
    with pytest.raises(StateError, match="continues another state"):
        await opened(server).read()


async def test_an_older_state_is_put_back_by_hand_where_no_journal_goes_on(
    server: PlainServer,
) -> None:
    store = await begun(server)
    old = at(server, "ours").data
    await store.append([Pinned("org-1")])
    await store.compact()
    at(server, "ours").data = old
    again = opened(server)
    assert (await again.read()).state == STATE
    await again.lock.take(holder())
    await again.append([Pinned("org-2")])
    assert (await opened(server).read()).state == replace(STATE, org_id="org-2")


async def test_a_journal_whose_state_is_gone_is_no_new_beginning(server: PlainServer) -> None:
    store = await begun(server)
    await store.append([Pinned("org-1")])
    at(server, "ours").data = b""
    with pytest.raises(StateError, match="A journal without its state"):
        await opened(server).read()
    with pytest.raises(StateError, match="continues another state"):
        await opened(server).begin(STATE)


async def test_a_state_that_takes_the_place_of_another_ends_its_journal(
    server: PlainServer,
) -> None:
    store = await begun(server)
    await store.append([Pinned("org-1")])
    left = at(server, "ours-journal").data
    await store.install(replace(STATE, lineage="lineage-2", serial=9))
    at(server, "ours-journal").data = left  # as if the run had died before it was cleared
    found = (await opened(server).read()).state
    assert found == replace(STATE, lineage="lineage-2", serial=9)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("data", [b"", None], ids=["deleted", "another"])
async def test_a_part_of_the_journal_that_is_missing_is_never_passed_over(
    server: PlainServer, data: bytes | None
) -> None:
    store = await begun(server)
    while not any(path.endswith("-journal-1") for path in server.kept):
        await store.append([Pinned("org-1")])
    at(server, "ours-journal-1").data = at(server, "ours-journal").data if data is None else data
    with pytest.raises(StateError, match="The journal is damaged"):
        await opened(server).read()


async def test_two_environments_may_not_share_a_journal(two: PlainServerOfTwo) -> None:
    store = await begun(two)
    await store.append([Pinned("org-1")])
    eu = opened(two, two.url("eu"))
    with pytest.raises(StateError, match="journal") as refused:
        await eu.begin(replace(STATE, lineage="lineage-eu"))
    assert "may not share" in str(refused.value.diagnostic.hint)


async def test_every_address_may_say_which_environment_it_is_of(two: PlainServerOfTwo) -> None:
    shared = two.url("{environment}")
    said = HttpState(
        lock_url=shared, unlock_url=shared, journal_url=two.journal_url("of-{environment}")
    )
    around = Surroundings(FakeClock(), NOTICES.append, environ=LOGIN)
    backend = open_backend(Location("shop", "eu", Path(), shared, said), around)
    await JournaledState(backend, "shop", "eu").begin(replace(STATE, environment="eu"))
    assert {path.rpartition("/")[2] for path in two.kept} == {"eu", "of-eu-journal"}


async def test_the_journals_address_gets_the_same_login(server: PlainServer) -> None:
    await begun(server)
    told = {asked.headers.get("authorization") for asked in server.asked if not is_lock(asked)}
    assert len(told) == 1
    assert None not in told
