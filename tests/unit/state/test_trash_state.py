"""Backups: whole, for their owner, never one over another, and a bad one is told and left."""

import asyncio
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.state.stores import begun, opened

from assistants_sync.errors import StateError
from assistants_sync.model.address import Address, RemoteId
from assistants_sync.model.definition import Lifecycle
from assistants_sync.model.trash import KeptReference, Trashed
from assistants_sync.model.usage import Reference
from assistants_sync.state import trash

DESK = Trashed(
    address=Address("assistant.desk"),
    id=RemoteId("id-1"),
    project="shop",
    environment="default",
    deleted_at="2026-11-21T09:00:00+00:00",
    body={"name": "Café", "model": {"tools": [{"type": "endCall"}]}},
    org_id="org-1",
    created_at="2026-01-01T00:00:00Z",
    updated_at="2026-01-02T00:00:00Z",
    marker={"v": 1},
    secrets=("/server/secret",),
    lifecycle=Lifecycle(protect=True, ignore_changes=("/voice",)),
    references=(
        KeptReference(Reference("squad", RemoteId("s"), ("members", "0"), "Team"), "id-2"),
        KeptReference(Reference("scorecard", RemoteId("c"), ("assistantIds", "1")), None, "id-1"),
    ),
)


def test_a_backup_is_read_back_whole(tmp_path: Path) -> None:
    store = begun(tmp_path)
    asyncio.run(store.back_up("one", DESK))
    (found,) = asyncio.run(store.trash())
    assert found == DESK
    assert found.file == "one"
    path = tmp_path / "default.trash" / "one.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_no_backup_is_written_over_another(tmp_path: Path) -> None:
    store = begun(tmp_path)
    for number in range(3):
        asyncio.run(store.back_up("one", replace(DESK, id=RemoteId(str(number)))))
    found = asyncio.run(store.trash())
    assert {each.file: each.id for each in found} == {"one": "0", "one-2": "1", "one-3": "2"}
    asyncio.run(store.purge(("one", "one-3")))
    assert [each.file for each in asyncio.run(store.trash())] == ["one-2"]


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), st.integers() | st.text("é\n\t")))
def test_any_body_survives(body: dict[str, int | str]) -> None:
    written = trash.encode(replace(DESK, body=body))
    assert trash.decode(written, "one", "one.json").body == body


def test_there_is_no_trash_before_the_first_deletion(tmp_path: Path) -> None:
    assert asyncio.run(opened(tmp_path / "nowhere").trash()) == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no JSON"),
        ("[]", "no JSON object"),
        ("{", "no JSON"),
        ('{"format_version": 1}', "address"),
        ('{"format_version": 9}', "format_version 9"),
    ],
)
def test_a_bad_backup_is_told_and_left(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "default.trash" / "one.json"
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(StateError) as caught:
        asyncio.run(opened(tmp_path).trash())
    assert words in caught.value.diagnostic.detail
    assert path.read_text() == text
