"""State and journal as bytes: what is written reads back, and what is damaged says so."""

import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.state.samples import ANY_ENTRY, ENTRIES, STATE, STATES

from assistants_sync.errors import StateError
from assistants_sync.model.journal import Entry, Pinned
from assistants_sync.model.state import STATE_FORMAT, State
from assistants_sync.model.value import JsonValue
from assistants_sync.state.backend import TORN, Journal
from assistants_sync.state.codec import (
    decode_journal,
    decode_state,
    encode_entries,
    encode_header,
    encode_state,
)

HEADER = encode_header("lineage-1", 3)


def line(text: bytes) -> bytes:
    return b"%08x %s\n" % (zlib.crc32(text), text)


def changed(**fields: JsonValue) -> bytes:
    document = json.loads(encode_state(STATE)) | fields
    return json.dumps(document).encode()


def refused_state(data: bytes) -> StateError:
    with pytest.raises(StateError) as caught:
        decode_state(data, "state/default.json")
    return caught.value


def refused_journal(data: bytes) -> StateError:
    with pytest.raises(StateError) as caught:
        decode_journal(data, "state/default.journal")
    return caught.value


# --- the state file -------------------------------------------------------------------------


@given(STATES)
def test_a_state_reads_back_as_it_was_written(state: State) -> None:
    assert decode_state(encode_state(state), "x") == state


@given(STATES)
def test_equal_states_give_equal_bytes(state: State) -> None:
    data = encode_state(state)
    assert encode_state(decode_state(data, "x")) == data


def test_a_state_file_is_sorted_json_that_ends_in_a_line_end() -> None:
    data = encode_state(STATE)
    document = json.loads(data)
    assert data.endswith(b"\n")
    assert list(document) == sorted(document)
    assert document["format_version"] == STATE_FORMAT


def test_a_state_file_cut_at_any_byte_is_refused() -> None:
    data = encode_state(STATE)
    for length in range(len(data) - 1):
        error = refused_state(data[:length])
        assert error.diagnostic.summary == "The state file does not parse"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "state/default.json: it is empty"),
        (b"{\n oops", "state/default.json: line 2, column 2: "),
        (b"\xff\xfe", "state/default.json: "),
        (b"\xc3\x28", "state/default.json: it is not UTF-8 JSON"),
        (b"[" * 100_000, "state/default.json: it is not UTF-8 JSON"),
    ],
)
def test_what_does_not_parse_says_where_and_names_the_backup(data: bytes, why: str) -> None:
    fault = refused_state(data).diagnostic
    assert fault.summary == "The state file does not parse"
    assert fault.detail.startswith(why)
    assert "nothing was changed; state/default.json.backup" in str(fault.hint)


def test_a_merge_conflict_in_the_state_file_is_placed() -> None:
    data = b"<<<<<<< HEAD\n" + encode_state(STATE)
    assert "line 1, column 1" in refused_state(data).diagnostic.detail


def test_a_state_file_of_a_newer_format_asks_for_a_newer_tool() -> None:
    fault = refused_state(changed(format_version=STATE_FORMAT + 1, lineage=None)).diagnostic
    assert fault.summary == "The state file is newer than this tool"
    assert fault.detail == "state/default.json has format 2; this tool reads up to 1"
    assert fault.hint == "upgrade assistants-sync"


@pytest.mark.parametrize("version", [None, 0, -1, "1", 1.5, [], {}])
def test_a_state_file_of_no_known_format_is_refused(version: JsonValue) -> None:
    fault = refused_state(changed(format_version=version)).diagnostic
    assert fault.summary == "The state file is not a state"
    assert f"format_version is {version!r}" in fault.detail


@pytest.mark.parametrize("data", [b"[]", b"null", b"7", b'"text"', b"{}"])
def test_json_that_is_no_state_is_refused(data: bytes) -> None:
    fault = refused_state(data).diagnostic
    assert fault.summary == "The state file is not a state"
    assert fault.detail == "state/default.json: format_version is None"


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"lineage": None}, "lineage: "),
        ({"hash_key": 7}, "hash_key: "),
        ({"serial": "many"}, "serial: "),
        ({"owned": []}, "owned: "),
        ({"owned": {"assistant.x": {"leaves": {}}}}, "owned.assistant.x.id: Field required"),
        ({"owned": {"assistant.x": {"id": "1", "leaves": {"/a": {}}}}}, "owned.assistant.x.leaves"),
        (
            {"owned": {"assistant.x": {"id": "1", "lifecycle": {"on_delete": "burn"}}}},
            "owned.assistant.x.lifecycle.on_delete: ",
        ),
        ({"intents": {"w": {"id": "w", "operation": "steal"}}}, "intents.w.operation: "),
        ({"watch": {"w": {}}}, "watch.w.address: Field required"),
    ],
)
def test_a_state_with_a_wrong_field_names_the_field(
    fields: dict[str, JsonValue], where: str
) -> None:
    fault = refused_state(changed(**fields)).diagnostic
    assert fault.summary == "The state file is not a state"
    assert fault.detail.startswith(f"state/default.json: {where}")


def test_a_fault_does_not_repeat_what_the_file_holds() -> None:
    assert "canary" not in str(refused_state(changed(hash_key=["canary"])))


# --- the journal ----------------------------------------------------------------------------


@given(st.lists(ANY_ENTRY, max_size=4), st.text(max_size=5), st.integers(0, 99))
def test_a_journal_reads_back_as_it_was_written(
    entries: list[Entry], lineage: str, serial: int
) -> None:
    data = encode_header(lineage, serial) + encode_entries(entries)
    assert decode_journal(data, "x") == (Journal(lineage, serial, tuple(entries)), len(data))


def test_each_entry_is_one_line() -> None:
    assert encode_entries(ENTRIES).count(b"\n") == len(ENTRIES)
    assert encode_entries(()) == b""


def test_a_journal_cut_at_any_byte_holds_every_whole_line_before_it() -> None:
    parts = [HEADER, *(encode_entries([entry]) for entry in ENTRIES)]
    data = b"".join(parts)
    for length in range(len(data) + 1):
        journal = decode_journal(data[:length], "x")
        whole = data[:length].count(b"\n")
        if whole == 0:
            assert journal == (TORN, 0)
        else:
            kept = sum(map(len, parts[:whole]))
            assert journal == (Journal("lineage-1", 3, ENTRIES[: whole - 1]), kept)


def test_an_empty_journal_was_never_begun() -> None:
    assert decode_journal(b"", "x") == (TORN, 0)


def test_a_last_line_that_does_not_fit_its_checksum_was_never_written() -> None:
    good = HEADER + encode_entries([Pinned("org-1")])
    journal = decode_journal(good + encode_entries([Pinned("org-2")]).replace(b"org", b"orc"), "x")
    assert journal == (Journal("lineage-1", 3, (Pinned("org-1"),)), len(good))


def test_a_line_that_does_not_fit_before_the_last_is_damage() -> None:
    entries = encode_entries([Pinned("org-1"), Pinned("org-2")])
    fault = refused_journal(HEADER + entries.replace(b"org-1", b"org-7")).diagnostic
    assert fault.summary == "The journal is damaged"
    assert fault.detail == "state/default.journal:2: the checksum does not fit"
    assert "nothing was changed" in str(fault.hint)


def test_a_flipped_byte_before_the_last_line_is_always_noticed() -> None:
    data = bytearray(HEADER + encode_entries([Pinned("org-1"), Pinned("org-2")]))
    last = len(HEADER + encode_entries([Pinned("org-1")]))
    for place in range(last - 1):  # without the last line end, the last line is part of it
        data[place] ^= 0x01
        assert refused_journal(bytes(data)).diagnostic.summary == "The journal is damaged"
        data[place] ^= 0x01


@pytest.mark.parametrize(
    "text",
    [
        b'{"type":"teleported","address":"assistant.x"}',
        b'{"address":"assistant.x"}',
        b'{"type":"dropped"}',
        b'{"type":"done","intent_id":"w","owned":{}}',
        b"[]",
        b"7",
    ],
)
def test_an_entry_we_do_not_know_was_written_by_another_version(text: bytes) -> None:
    fault = refused_journal(HEADER + line(text)).diagnostic
    assert fault.summary == "The journal cannot be read"
    assert fault.detail == "state/default.journal was written by another version of this tool"
    assert "the version that wrote it" in str(fault.hint)


@pytest.mark.parametrize(
    "text", [b"[]", b"{}", b'{"lineage":"x"}', b'{"lineage":"x","serial":"y"}', b'"x"']
)
def test_a_journal_without_a_header_cannot_be_read(text: bytes) -> None:
    fault = refused_journal(line(text) + encode_entries([Pinned("org-1")])).diagnostic
    assert fault.summary == "The journal cannot be read"


@pytest.mark.parametrize("text", [b"", b"nonsense", b"\xff", b"[" * 100_000])
def test_a_line_whose_checksum_fits_and_that_is_no_json_is_a_state_error(text: bytes) -> None:
    refused_journal(HEADER + line(text) + encode_entries([Pinned("org-1")]))
