"""What only object stores can do wrong, and how it is told."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from backends.object_server import S3_KEYS
from backends.place import Place, holder
from backends.place_objects import BadS3, Rclone, S3rver, SeaweedFSWithKeys
from backends.written import (
    begun,
    read,
    recorded,
    state_of,
)
from unit.state.samples import STATE

from assistants_sync.errors import StateError, SyncError
from assistants_sync.model.journal import Pinned
from assistants_sync.model.state import Generation
from assistants_sync.state.bucket.store import Bucket
from assistants_sync.state.codec import encode_entries, encode_header, encode_state

# --- what lies there ------------------------------------------------------------------------


async def test_what_lies_in_the_bucket_has_the_names_of_the_files(
    place: Place, bucket: Bucket
) -> None:
    store = await begun(place)
    await store.append([recorded(1)])
    await store.compact()
    await store.append([recorded(2)])
    assert await bucket.names("") == [
        "default.history/0000000003.json",
        "default.journal/0000000004-000000",
        "default.json",
    ]


async def test_the_last_twenty_generations_are_kept(place: Place, bucket: Bucket) -> None:
    store = await begun(place)
    for number in range(25):
        await store.append([Pinned(f"org-{number}")])
        await store.compact()
    kept = await bucket.names("default.history/")
    assert kept == [f"default.history/{serial:010d}.json" for serial in range(8, 28)]
    assert await bucket.names("default.journal/") == []


async def test_taking_the_lock_leaves_nothing_but_the_lock(place: Place, bucket: Bucket) -> None:
    lock = place.backend().lock
    assert await lock.take(holder()) is None
    await lock.release()
    assert await bucket.names("") == ["default.lock"]


async def test_a_first_contact_with_the_lock_writes_no_state(place: Place, bucket: Bucket) -> None:
    assert await place.backend().lock.holder() is None
    assert await bucket.names("") == []


async def test_a_lock_that_cannot_be_read_is_held_until_it_lapses(
    place: Place, bucket: Bucket
) -> None:
    await bucket.write("default.lock", b"\x00 not json")
    found = await place.backend().lock.take(holder())
    assert found is not None
    assert found.who == "a run that left no name"
    assert await place.backend().lock.break_open("?", "nobody knows it") == found
    assert await place.backend().lock.take(holder()) is None


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"<html>busy</html>", b"\xff\xfe"])
async def test_a_state_that_cannot_be_read_is_left_as_it_is(
    place: Place, bucket: Bucket, data: bytes
) -> None:
    await bucket.write("default.json", data)
    with pytest.raises(StateError):
        await read(place)
    there = await bucket.read("default.json")
    assert there is not None
    assert there.data == data


async def test_a_journal_without_its_state_is_refused(place: Place, bucket: Bucket) -> None:
    store = await begun(place)
    await store.append([recorded(1)])
    await bucket.remove(["default.json"])
    with pytest.raises(StateError, match="A journal without its state") as caught:
        await read(place)
    assert "default.history/" in str(caught.value.diagnostic.hint)


async def test_a_part_of_the_journal_that_is_missing_is_told(place: Place, bucket: Bucket) -> None:
    store = await begun(place)
    for number in range(3):
        await store.append([recorded(number)])
    await bucket.remove(["default.journal/0000000003-000001"])
    with pytest.raises(StateError, match="The journal is damaged"):
        await read(place)


@pytest.mark.parametrize("cut", [1, 12, 60])
async def test_a_part_of_the_journal_that_is_cut_is_told(
    place: Place, bucket: Bucket, cut: int
) -> None:
    store = await begun(place)
    await store.append([recorded(1)])
    there = await bucket.read("default.journal/0000000003-000000")
    assert there is not None
    await bucket.write("default.journal/0000000003-000000", there.data[:-cut])
    with pytest.raises(StateError, match="The journal is damaged"):
        await read(place)


async def test_a_part_of_another_lineage_is_told(place: Place, bucket: Bucket) -> None:
    await begun(place)
    data = encode_header("lineage-x", 3) + encode_entries([recorded(1)])
    await bucket.create("default.journal/0000000003-000000", data)
    with pytest.raises(StateError, match="The journal is damaged"):
        await read(place)


async def test_parts_that_were_folded_but_not_removed_are_ignored_and_then_removed(
    place: Place, bucket: Bucket
) -> None:
    store = await begun(place)
    await store.append([recorded(1)])
    await bucket.write("default.json", encode_state(replace(STATE, serial=4)))
    second = place.store()
    assert (await second.read()).generation == Generation(4, 0)
    await second.append([recorded(2)])
    await second.compact()
    assert await bucket.names("default.journal/") == []


async def test_a_state_that_another_tool_overwrote_refuses_the_next_write(
    place: Place, bucket: Bucket
) -> None:
    store = await begun(place)
    await store.append([recorded(1)])
    await bucket.write("default.json", encode_state(replace(STATE, org_id="org-x")))
    with pytest.raises(StateError):
        await store.append([recorded(2)])
    with pytest.raises(StateError):
        await store.compact()


async def test_a_state_that_was_removed_meanwhile_is_not_written_again(
    place: Place, bucket: Bucket
) -> None:
    store = await begun(place)
    await store.append([recorded(1)])
    await bucket.remove(["default.json"])
    with pytest.raises(StateError):
        await store.append([recorded(2)])
    with pytest.raises(StateError):
        await store.compact()
    assert await bucket.read("default.json") is None


async def test_who_folded_and_died_before_the_new_state_hinders_nobody(
    place: Place, bucket: Bucket
) -> None:
    store = await begun(place)
    await store.append([recorded(1)])
    # The empty part that closes a generation is there; the state that follows is not.
    await bucket.create("default.journal/0000000003-000001", encode_header("lineage-1", 3, "died"))
    with pytest.raises(StateError):
        await store.append([recorded(2)])
    second = place.store()
    await second.read()
    await second.append([recorded(3)])
    await second.compact()
    found = await state_of(place)
    assert recorded(1).address in found.owned
    assert recorded(2).address not in found.owned
    assert recorded(3).address in found.owned


async def test_a_bad_backup_is_told_and_left(place: Place, bucket: Bucket) -> None:
    await bucket.write("default.trash/bad.json", b"{")
    with pytest.raises(StateError, match="A backup cannot be read"):
        await place.store().trash()
    assert await bucket.names("default.trash/") == ["default.trash/bad.json"]


@pytest.mark.usefixtures("bucket")
async def test_a_bucket_that_is_not_there_is_told(place: Place) -> None:
    assert place.url is not None
    elsewhere = replace(place, url=place.url.replace("team", "nobodys"), opened=[])
    with pytest.raises(StateError) as caught:
        await elsewhere.backend().lock.take(holder())
    assert "nobodys" in str(caught.value)
    assert "check its name" in str(caught.value.diagnostic.hint)


# --- stores that will not do ----------------------------------------------------------------


@pytest.fixture(scope="module", params=[Rclone, S3rver], ids=lambda kind: kind.name)
def careless(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BadS3]:
    """Give a server that ignores the conditions of a write."""
    server: BadS3 = request.param()
    try:
        server.start(tmp_path_factory.mktemp(server.name))
        yield server
    finally:
        server.stop()


def _set(place: Place, monkeypatch: pytest.MonkeyPatch, **other: str) -> Place:
    found = replace(place, environ={**place.environ, **other})
    for variable, value in found.environ.items():
        monkeypatch.setenv(variable, value)
    return found


async def test_a_store_that_ignores_conditions_is_refused_at_first_contact(
    careless: BadS3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = _set(careless.place("state", tmp_path), monkeypatch)
    with pytest.raises(StateError) as caught:
        await here.backend().lock.take(holder())
    assert caught.value.diagnostic.summary == "This store ignores the conditions of a write"
    assert "If-None-Match" in str(caught.value.diagnostic.hint)
    assert await here.backend().lock.holder() is None


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeaweedFSWithKeys]:
    """Give a server that knows who may do what."""
    server = SeaweedFSWithKeys()
    try:
        server.start(tmp_path_factory.mktemp("guarded"))
        yield server
    finally:
        server.stop()


async def _refusal(place: Place) -> SyncError:
    with pytest.raises(SyncError) as caught:
        await place.backend().lock.take(holder())
    told = str(caught.value)
    assert "canary-secret" not in told
    assert caught.value.diagnostic.hint
    return caught.value


async def test_the_right_keys_are_let_in(
    guarded: SeaweedFSWithKeys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = _set(guarded.place("right", tmp_path), monkeypatch)
    assert await here.backend().lock.take(holder()) is None


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"AWS_SECRET_ACCESS_KEY": "canary-secret-wrong"}, "SignatureDoesNotMatch|403"),
        ({"AWS_ACCESS_KEY_ID": "nobody"}, "InvalidAccessKeyId|403"),
        (
            {"AWS_ACCESS_KEY_ID": "reader", "AWS_SECRET_ACCESS_KEY": "canary-secret-reader"},
            "AccessDenied|403",
        ),
    ],
    ids=["wrong secret", "unknown key", "may only read"],
)
async def test_keys_that_are_refused_are_told_apart(
    guarded: SeaweedFSWithKeys,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    other: dict[str, str],
    said: str,
) -> None:
    here = _set(guarded.place("wrong", tmp_path), monkeypatch, **other)
    told = str(await _refusal(here))
    assert any(each in told for each in said.split("|")), told


async def test_an_unfit_url_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for url in ("s3://", "ftp://team/state"):
        here = _set(Place("bad", tmp_path, url, dict(S3_KEYS)), monkeypatch)
        with pytest.raises(SyncError):
            await here.backend().lock.take(holder())


async def test_an_endpoint_without_tls_elsewhere_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = {**S3_KEYS, "AWS_ENDPOINT_URL_S3": "http://minio.example"}
    here = _set(Place("plain", tmp_path, "s3://team/state", environ), monkeypatch)
    with pytest.raises(SyncError, match="State without encryption"):
        here.backend()
