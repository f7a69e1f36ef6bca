"""What stands in for a conditional write, the document, and every answer a server may give."""

import json
import threading
from collections.abc import Iterator

import pytest
from backends.http_scene import (
    NOTICES,
    SERVERS,
    begun,
    done_but,
    is_read,
    is_unlock,
    is_write,
    once,
    opened,
)
from backends.http_state_server import (
    PASSWORD,
    Asked,
    GitLabServer,
    Kept,
    PlainServer,
    Said,
)
from unit.state.samples import ENTRIES, STATE

from assistants_sync.errors import AccessError, StateError, SyncError
from assistants_sync.model.journal import replay


@pytest.fixture(params=list(SERVERS.values()), ids=list(SERVERS))
def server(request: pytest.FixtureRequest) -> Iterator[PlainServer]:
    with request.param() as server:
        NOTICES.clear()
        yield server


@pytest.fixture
def gitlab() -> Iterator[GitLabServer]:
    with GitLabServer() as server:
        yield server


@pytest.fixture
def plain() -> Iterator[PlainServer]:
    with PlainServer() as server:
        yield server


@pytest.mark.parametrize("status", [0, 500, 502, 504, 422])
async def test_a_write_that_was_done_unheard_is_done(server: PlainServer, status: int) -> None:
    store = await begun(server)
    server.spoil = once(is_write, done_but(server, status))
    await store.append(ENTRIES[:1])
    await store.append(ENTRIES[1:])
    assert (await opened(server).read()).state == replay(STATE, ENTRIES)


@pytest.mark.parametrize("status", [0, 400, 413, 422, 500, 503])
async def test_a_write_that_was_not_done_is_refused_and_nothing_is_lost(
    server: PlainServer, status: int
) -> None:
    store = await begun(server)
    server.spoil = once(is_write, lambda _asked: Said(status))
    with pytest.raises(StateError, match="The state could not be written"):
        await store.append(ENTRIES)
    assert (await opened(server).read()).state == STATE


async def test_a_write_is_sent_once(server: PlainServer) -> None:
    store = await begun(server)
    server.spoil = lambda asked: Said(500) if is_write(asked) else None
    server.asked.clear()
    with pytest.raises(StateError):
        await store.append(ENTRIES)
    assert sum(map(is_write, server.asked)) == 1


async def test_gitlab_takes_a_serial_once_so_the_slower_of_two_is_refused(
    gitlab: GitLabServer,
) -> None:
    store = await begun(gitlab)

    def overtaken(asked: Asked) -> Said:
        kept = gitlab.kept[asked.path]
        document = json.loads(kept.data)
        document["serial"] += 1
        document["assistants_sync"]["by"] = "somebody without a lock"
        kept.data = json.dumps(document).encode()
        kept.serials.add(document["serial"])
        return gitlab.carry_out(asked)

    gitlab.spoil = once(is_write, overtaken)
    with pytest.raises(StateError, match="changed by somebody else"):
        await store.append(ENTRIES)
    assert json.loads(gitlab.newest().data)["assistants_sync"]["by"] == "somebody without a lock"


async def test_who_loses_both_answers_is_told_and_the_next_run_reads_the_truth(
    server: PlainServer,
) -> None:
    store = await begun(server)
    is_cut = threading.Event()

    def cut(asked: Asked) -> Said | None:
        if is_write(asked):
            is_cut.set()
            server.carry_out(asked)
        return Said(0) if is_cut.is_set() and not is_unlock(asked) else None

    server.spoil = cut
    with pytest.raises(StateError):
        await store.append(ENTRIES)
    server.spoil = lambda _asked: None
    assert (await opened(server).read()).state == replay(STATE, ENTRIES)


async def test_a_document_put_back_by_hand_is_noticed(server: PlainServer) -> None:
    store = await begun(server)
    old = {path: kept.data for path, kept in server.kept.items()}
    await store.append(ENTRIES[:1])
    for path, data in old.items():
        server.kept[path].data = data
    with pytest.raises(StateError, match="changed by somebody else"):
        await store.append(ENTRIES[1:])


async def test_a_document_that_was_deleted_is_noticed(server: PlainServer) -> None:
    store = await begun(server)
    for kept in server.kept.values():
        kept.data = b""
    with pytest.raises(StateError, match="changed by somebody else"):
        await store.append(ENTRIES)


async def test_the_serial_rises_with_every_write_and_the_lineage_stays(
    server: PlainServer,
) -> None:
    store = await begun(server)
    for entry in ENTRIES:
        await store.append([entry])
    await store.compact()
    written: dict[str, list[dict[str, object]]] = {}
    for asked in filter(is_write, server.asked):
        written.setdefault(asked.path, []).append(json.loads(asked.body))
    for documents in written.values():
        serials = [int(str(each["serial"])) for each in documents]
        assert serials == list(range(1, len(serials) + 1))
        assert {each["version"] for each in documents} == {4}
        assert documents[-1]["lineage"] == STATE.lineage
    assert len(server.asked) > len(ENTRIES)


async def test_the_generation_before_is_kept_in_the_document(server: PlainServer) -> None:
    store = await begun(server)
    before = json.loads(server.only().data)["assistants_sync"]["state"]
    await store.append(ENTRIES)
    await store.compact()
    ours = json.loads(server.only().data)["assistants_sync"]
    assert ours["previous"] == before
    assert ours["journal"] == []
    assert ours["state"]["serial"] == STATE.serial + 1


@pytest.mark.parametrize(
    "data",
    [
        b'{"version": 4, "serial": 7, "lineage": "a", "outputs": {}, "resources": []}',
        b"{}",
    ],
)
async def test_terraforms_own_state_is_never_taken_for_ours(
    server: PlainServer, data: bytes
) -> None:
    kept = server.kept[server.url("ours").removeprefix(server.endpoint)] = Kept(data)
    store = opened(server)
    for attempt in (store.read, lambda: store.begin(STATE)):
        with pytest.raises(StateError, match="This state is not ours"):
            await attempt()
    assert kept.data == data


@pytest.mark.parametrize("name", ["format_version", "serial", "lineage"])
async def test_a_document_of_another_shape_is_named_by_its_key(
    server: PlainServer, name: str
) -> None:
    await begun(server)
    document = json.loads(server.only().data)
    (document if name in document else document["assistants_sync"])[name] = [2]
    server.only().data = json.dumps(document).encode()
    with pytest.raises(StateError, match=name):
        await opened(server).read()


@pytest.mark.parametrize("line", [0, 1, -1])
async def test_a_damaged_line_of_the_journal_is_never_dropped(
    server: PlainServer, line: int
) -> None:
    store = await begun(server)
    await store.append(ENTRIES)
    kept = server.newest()
    document = json.loads(kept.data)
    lines = document["assistants_sync"]["journal"]
    lines[line] = lines[line].replace("{", "[", 1)
    kept.data = json.dumps(document).encode()
    with pytest.raises(StateError, match="The journal is damaged"):
        await opened(server).read()


@pytest.mark.parametrize("said", [Said(204), Said(404), Said(200, b"")])
async def test_no_document_is_no_state(server: PlainServer, said: Said) -> None:
    server.spoil = lambda _asked: said
    assert (await opened(server).read()).state is None


BAD: dict[str, tuple[Said, str, type[SyncError]]] = {
    "401": (Said(401), "wants a login", AccessError),
    "403": (Said(403), "refuses this login", AccessError),
    "400": (Said(400), "could not be read", StateError),
    "409": (Said(409), "could not be read", StateError),
    "423": (Said(423), "could not be read", StateError),
    "500": (Said(500), "could not be read", StateError),
    "301": (Said(301, headers={"Location": "/"}), "no answer of a state server", StateError),
    "307": (Said(307, headers={"Location": "/"}), "no answer of a state server", StateError),
    "html": (
        Said(200, b"<html>Sign in</html>", {"Content-Type": "text/html; charset=utf-8"}),
        "no answer of a state server",
        StateError,
    ),
    "md5": (Said(200, b"{}", {"Content-MD5": "AAAA"}), "no answer of a state server", StateError),
    "cut": (Said(200, b'{"a"', {"Content-Length": "99"}), "could not be read", StateError),
    "no json": (Said(200, b"{"), "cannot be read", StateError),
    "deep": (Said(200, b"[" * 100_000), "cannot be read", StateError),
    "list": (Said(200, b"[]"), "cannot be read", StateError),
    "away": (Said(0), "could not be read", StateError),
}


@pytest.mark.parametrize("name", BAD)
async def test_each_bad_answer_has_its_own_words_and_never_a_password(
    server: PlainServer, name: str
) -> None:
    said, words, kind = BAD[name]
    server.spoil = lambda _asked: said
    with pytest.raises(kind, match=words) as refused:
        await opened(server).read()
    shown = f"{refused.value} {refused.value.diagnostic}"
    assert PASSWORD not in shown
    assert refused.value.diagnostic.hint


async def test_an_answer_too_long_is_given_up(
    server: PlainServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistants_sync.state.http.exchange.MOST_BYTES", 1 << 20)
    server.spoil = lambda _asked: Said(200, b" " * (3 << 20))
    with pytest.raises(StateError, match="longer than 1 MB"):
        await opened(server).read()


async def test_a_write_the_server_sits_on_is_looked_for_afterwards(
    server: PlainServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await begun(server)
    monkeypatch.setattr("assistants_sync.state.http.exchange._TOTAL_SECONDS", 0.3)
    handle, may_answer = server.handle, threading.Event()

    def late(asked: Asked) -> Said:
        said = handle(asked)
        if is_write(asked):
            may_answer.wait(5)
        return said

    monkeypatch.setattr(server, "handle", late)
    try:
        await store.append(ENTRIES)
    finally:
        may_answer.set()
    assert (await opened(server).read()).state == replay(STATE, ENTRIES)


async def test_a_read_is_asked_again(server: PlainServer) -> None:
    await begun(server)
    server.spoil = once(is_read, lambda _asked: Said(503))
    assert (await opened(server).read()).state == STATE


async def test_nothing_follows_a_redirect_least_of_all_the_login(
    server: PlainServer, plain: PlainServer
) -> None:
    server.spoil = lambda _asked: Said(307, headers={"Location": plain.url("ours")})
    with pytest.raises(StateError, match="the state is elsewhere"):
        await opened(server).read()
    assert plain.asked == []
