"""Whatever a file holds, reading it ends in a value or in the error its reader documents.

Three kinds of bad files: any bytes, a good file with a few bytes hurt, and a good document with
one node replaced, its checksum or digest made right again, so that the reader behind it is met.
"""

import asyncio
import json
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from unit.definitions.project_folder import write
from unit.state.samples import ENTRIES, STATE
from unit.state.stores import opened
from unit.views.plans import plans

from assistants_sync.definitions.load import load
from assistants_sync.errors import DefinitionError, PlanFileError, StaleError, StateError
from assistants_sync.planning.document import digest_of, render_plan
from assistants_sync.planning.loading import load_plan
from assistants_sync.state.codec import (
    decode_journal,
    decode_state,
    encode_entries,
    encode_header,
    encode_state,
)
from assistants_sync.state.local.files import StatePaths

Json: TypeAlias = str | int | float | bool | list["Json"] | dict[str, "Json"] | None
Folders = pytest.TempPathFactory

_DEFINITION = """\
key: desk
name: !var name
lifecycle: {protect: true, on_delete: delete, ignore_changes: [/voice/speed]}
model:
  provider: openai
  messages:
    - role: system
      content: |
        You are kind.
  tools: [{type: function, server: {url: "https://x.example", secret: !secret HOOK}}]
silenceTimeoutSeconds: 30
firstMessage: !file hello.txt
---
key: other
name: 'Other'
"""
_MARKDOWN = "---\nname: Notes\nmodel: {provider: openai}\n---\nYou are kind.\n"
_PROJECT = """\
project: shop
vars: {name: Desk}
api: {timeout_seconds: 20, base_url: "https://api.vapi.ai"}
safety: {allow_empty: false, max_delete_ratio: 0.2}
moved: [{from: assistant.old, to: assistant.desk}]
removed: [{address: assistant.gone, action: forget}]
environments: {default: {token_env: KEY, vars: {name: Front}}}
"""
_BACKUP = {
    "format_version": 1,
    "address": "assistant.desk",
    "id": "id-1",
    "project": "shop",
    "environment": "default",
    "deleted_at": "2026-11-21T09:00:00Z",
    "body": {"name": "Desk", "model": {"provider": "openai"}},
    "marker": {"v": 1},
    "secrets": ["/server/secret"],
    "lifecycle": {"protect": False},
    "references": [
        {"reference": {"kind": "squad", "id": "s", "path": ["members"], "name": None, "by": "id"}}
    ],
}
_SCRAPS = (
    *("!secret", "!var", "!file", "!x", "<<: ", "&a", "*a", "? ", "- ", ": ", "\n", "\n---\n"),
    *("\t", "{", "}", "[", "]", "'", '"', "|", ">", "#", "%YAML 1.1\n", "null", "~", "1e999"),
    *(".inf", ".nan", "0x1F", "2026-13-45", "9" * 5000, "key: ", "../", "\ufeff", "\u2028", "..."),
    *("!!python/object:os.system", "!!binary x", "!<x>", "${name}", "\\", "\r", "é"),
)
_HUGE = "9" * 400
_ODD: st.SearchStrategy[Json] = st.sampled_from(
    [
        *(None, True, 0, -1, 0.5, 1e999, -1e999, float("nan"), int(_HUGE), _HUGE, "", "/", "a"),
        *("assistant.desk", "2026-11-21T09:00:00Z", "\ud800", "\x00", [], {}, [[]], [None]),
        *({"": None}, {"name": "x"}),
    ]
)
_BOUNDED = settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow])
_FEW = settings(_BOUNDED, max_examples=40)


@st.composite
def _hurt(draw: st.DrawFn, good: str) -> bytes:
    """Give a good text with a few places hurt."""
    data = good.encode()
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.sampled_from([0, 0, 1, 3, 20])))
        scrap = draw(st.sampled_from(_SCRAPS).map(str.encode) | st.binary(max_size=3))
        data = data[:start] + scrap + data[end:]
    return data


@st.composite
def _replaced(draw: st.DrawFn, good: Json) -> Json:
    """Give a good document with one node replaced, left out or added."""
    if isinstance(good, dict) and good and draw(st.sampled_from([True, True, True, False])):
        name = draw(st.sampled_from(sorted(good)))
        rest = {each: value for each, value in good.items() if each != name}
        if draw(st.sampled_from([False] * 9 + [True])):
            return rest
        return {**rest, name: draw(_replaced(good[name]))}
    if isinstance(good, list) and good and draw(st.sampled_from([True, True, True, False])):
        at = draw(st.integers(0, len(good) - 1))
        return [*good[:at], draw(_replaced(good[at])), *good[at + 1 :]]
    return draw(_ODD)


def _json(document: object) -> Json:
    read: Json = json.loads(json.dumps(document))
    return read


def _bad_files(good: str) -> st.SearchStrategy[bytes]:
    return _hurt(good) | st.binary(max_size=200)


def _bad_json(good: Json) -> st.SearchStrategy[bytes]:
    return _replaced(good).map(json.dumps).map(str.encode) | _bad_files(json.dumps(good))


def _load(folders: Folders, files: Mapping[str, bytes | str]) -> None:
    root = write(folders.mktemp("project"), {"hello.txt": "Hello", "assistants/.x": ""})
    for name, content in files.items():
        data = content if isinstance(content, bytes) else content.encode()
        (root / name).write_bytes(data)
    told: list[DefinitionError] = []
    try:
        load(root, None)
    except DefinitionError as error:
        told.append(error)
    faults = [each for error in told for each in error.diagnostics]
    assert bool(faults) == bool(told)
    assert all(each.summary and (each.where or each.hint) for each in faults)


def _survives(read: Callable[[], object], *documented: type[Exception]) -> None:
    with suppress(*documented):
        read()


@_BOUNDED
@example(b"[" * 20_000)
@example(b"? " * 5_000)
@example(b"a: " * 5_000)
@given(_bad_files(_DEFINITION))
def test_any_definition_file_is_read_or_refused_with_a_place(
    tmp_path_factory: Folders, data: bytes
) -> None:
    _load(tmp_path_factory, {"assistants-sync.yaml": _PROJECT, "assistants/desk.yaml": data})


@_FEW
@given(_bad_files(_MARKDOWN))
def test_any_markdown_file_is_read_or_refused_with_a_place(
    tmp_path_factory: Folders, data: bytes
) -> None:
    _load(tmp_path_factory, {"assistants/notes.md": data})


@_BOUNDED
@given(_replaced({"name": "Desk", "model": {"messages": [{"role": "system"}]}, "lifecycle": {}}))
def test_any_value_in_a_definition_is_read_or_refused(
    tmp_path_factory: Folders, document: Json
) -> None:
    _load(tmp_path_factory, {"assistants/desk.yaml": json.dumps(document)})


@_BOUNDED
@given(_bad_files(_PROJECT))
def test_any_project_file_is_read_or_refused_with_a_place(
    tmp_path_factory: Folders, data: bytes
) -> None:
    _load(tmp_path_factory, {"assistants-sync.yaml": data, "assistants/desk.yaml": _DEFINITION})


@_BOUNDED
@given(_bad_json(_json(json.loads(encode_state(STATE)))))
def test_any_state_file_is_read_or_refused(data: bytes) -> None:
    _survives(lambda: decode_state(data, "state.json"), StateError)


_HEADER: Json = {"lineage": STATE.lineage, "serial": STATE.serial}
_LINES = [
    json.loads(line.partition(b" ")[2])
    for line in encode_entries(ENTRIES).splitlines(keepends=True)
]


def _journal(documents: list[Json]) -> bytes:
    """Write a journal of these documents, every checksum right."""
    texts = [json.dumps(document).encode() for document in documents]
    return b"".join(b"%08x %s\n" % (zlib.crc32(text), text) for text in texts)


_JOURNALS = st.one_of(
    _replaced(_HEADER).map(lambda header: _journal([header, *_LINES])),
    st.sampled_from(_LINES).flatmap(_replaced).map(lambda line: _journal([_HEADER, line])),
    st.lists(st.sampled_from(_LINES), max_size=6).map(lambda lines: _journal([_HEADER, *lines])),
    st.sampled_from(range(1, 400)).map(lambda cut: _journal([_HEADER, *_LINES])[:-cut]),
    st.binary(max_size=60),
)


@_BOUNDED
@example(_journal([{"lineage": "lineage-1", "serial": 1e999}]))
@given(_JOURNALS)
def test_any_journal_is_read_or_refused(data: bytes) -> None:
    _survives(lambda: decode_journal(data, "state.journal"), StateError)


@_FEW
@given(_JOURNALS)
def test_any_journal_beside_a_good_state_is_replayed_or_refused_and_left_as_it_is(
    tmp_path_factory: Folders, data: bytes
) -> None:
    paths = StatePaths.beside(tmp_path_factory.mktemp("state"), "default")
    files = {paths.state: encode_state(STATE), paths.journal: data}
    for path, content in files.items():
        path.write_bytes(content)
    _survives(lambda: asyncio.run(opened(paths.state.parent).read()), StateError)
    assert {path: path.read_bytes() for path in files} == files


def test_a_good_journal_is_read_whole() -> None:
    """The fuzz above is not refused at the door: what it starts from is good."""
    written = encode_header(STATE.lineage, STATE.serial) + encode_entries(ENTRIES)
    read = decode_journal(_journal([_HEADER, *_LINES]), "state.journal")
    again = decode_journal(written, "state.journal")
    assert read[0].entries == again[0].entries == ENTRIES


@_BOUNDED
@given(
    plans(st.text(max_size=6)).flatmap(lambda plan: _replaced(_json(render_plan(plan)))),
    st.booleans(),
)
def test_any_plan_file_is_read_or_refused(document: Json, is_signed: bool) -> None:  # noqa: FBT001 -- hypothesis hands it in
    if is_signed and isinstance(document, dict):
        document["digest"] = digest_of(document)
    text = json.dumps(document)
    _survives(lambda: load_plan(text, "plan.json"), PlanFileError, StaleError)


@_FEW
@given(st.text(max_size=200) | st.text('[{"0,:}]', max_size=200))
def test_any_text_is_no_plan(text: str) -> None:
    with pytest.raises(PlanFileError):
        load_plan(text, "plan.json")


@_BOUNDED
@given(_bad_json(_json(_BACKUP)))
def test_any_backup_is_read_or_refused_and_left_as_it_is(
    tmp_path_factory: Folders, data: bytes
) -> None:
    folder = tmp_path_factory.mktemp("state")
    path = folder / "default.trash" / "20261121-desk-id-1.json"
    path.parent.mkdir()
    path.write_bytes(data)
    _survives(lambda: asyncio.run(opened(folder).trash()), StateError)
    assert path.read_bytes() == data


def test_a_good_backup_is_read(tmp_path: Path) -> None:
    (tmp_path / "default.trash").mkdir()
    (tmp_path / "default.trash" / "a.json").write_text(json.dumps(_BACKUP))
    found = asyncio.run(opened(tmp_path).trash())
    assert [each.address for each in found] == ["assistant.desk"]
