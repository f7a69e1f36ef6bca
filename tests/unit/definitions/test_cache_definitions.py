"""The cache of definitions: it never changes what is read, only how long that takes."""

import sqlite3
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistants_sync.definitions import documents, yaml_text
from assistants_sync.definitions.cache import store
from assistants_sync.definitions.cache.codec import Known, decode, digest_of, encode
from assistants_sync.definitions.load import load
from assistants_sync.errors import DefinitionError
from assistants_sync.model.address import Address
from assistants_sync.model.definition import Definition, Lifecycle
from assistants_sync.model.diagnostic import Diagnostic
from assistants_sync.model.source import SourceRef
from assistants_sync.model.value import Lookup, Ref, Secret, Value

PROJECTS = (
    "project: shop\nenvironments: {dev: {}, prod: {}}\n",
    "project: shop\nvars: {city: Bonn}\nenvironments: {dev: {}, prod: {vars: {city: Ulm}}}\n",
    "project: shop\nlints: {name_long: error}\nenvironments: {dev: {}, prod: {}}\n",
)
FILES = {
    "assistants-sync.yaml": PROJECTS,
    "assistants/a.yaml": (
        "name: A\n",
        "name: A\nfirstMessage: Hello from ${var.city}\n",
        "name: A\nmodel:\n  messages: [{role: system, content: !file p.txt}]\n",
        "name: A\nserver: {url: https://x.y, secret: !secret HOOK}\n",
        "name: A\nserver: {url: https://x.y, secret: canary-secret}\n",
        "name: [\n",
        "nme: A\n",
        "name: A name that is much longer than the forty letters it may have\n",
        "key: b\nname: A\n",
        None,
    ),
    "assistants/a.prod.yaml": ("firstMessage: From above\n", "firstMessage: null\n", None),
    "assistants/b.yaml": (
        "name: B\nlifecycle: {protect: true, ignore_changes: [/voice/speed]}\n",
        "key: one\nname: B\n---\nkey: two\nname: C\n",
        "key: one\nname: B\n---\nkey: one\nname: C\n",
        "# nothing yet\n",
        None,
    ),
    "assistants/c.md": ("---\nname: C\n---\nBe kind.\n", "a note\n", None),
    "p.txt": ("Be brief.\n", "Be brief, {{name}}.\n", "In ${var.city}.\n", None),
}
edits = st.lists(
    st.sampled_from([(name, text) for name, texts in FILES.items() for text in texts]),
    min_size=1,
    max_size=6,
)


def _told(root: Path, environment: str | None, cache: Path | None = None) -> object:
    """Give all that reading says, in a form that can be compared."""
    try:
        loaded = load(root, environment, cache)
    except DefinitionError as failure:
        return failure.diagnostics
    definitions = loaded.desired.definitions
    return (
        replace(loaded, desired=replace(loaded.desired, definitions={})),
        {
            address: (_shown(each.body), dict(each.places), replace(each, body={}, places={}))
            for address, each in definitions.items()
        },
        list(definitions),
    )


def _shown(value: Value) -> object:
    match value:
        case Secret():
            return ("secret", value.name, value.reveal())
        case Mapping():
            return {key: _shown(each) for key, each in value.items()}
        case list():
            return [_shown(each) for each in value]
        case _:
            return value


def _write(root: Path, name: str, text: str | None) -> None:
    path = root / name
    path.parent.mkdir(exist_ok=True, parents=True)
    if text is None:
        path.unlink(missing_ok=True)
    else:
        path.write_text(text)


@given(edits, st.sampled_from(["prod", "dev"]))
@settings(max_examples=80)
def test_what_is_read_with_it_is_what_is_read_without(
    edits: list[tuple[str, str | None]], environment: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root, cache = Path(folder, "project"), Path(folder, "cache")
        for name, texts in FILES.items():
            _write(root, name, texts[0])
        for name, text in edits:
            _write(root, name, text)
            for each in (environment, "prod"):
                first = _told(root, each, cache)
                assert first == _told(root, each)
                assert _told(root, each, cache) == first
        assert b"canary" not in b"".join(each.read_bytes() for each in cache.glob("*"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give a project of one definition with a prompt in a file."""
    _write(tmp_path, "assistants-sync.yaml", "project: shop\n")
    _write(tmp_path, "assistants/a.yaml", FILES["assistants/a.yaml"][2])
    _write(tmp_path, "p.txt", "Be brief.\n")
    return tmp_path


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give the names of the definition files that are parsed, as they are."""
    names: list[str] = []
    parse = yaml_text.parse_documents

    def _noted(text: str, file: str) -> tuple[yaml_text.Document, ...]:
        names.append(file)
        return parse(text, file)

    monkeypatch.setattr(documents, "parse_documents", _noted)
    return names


def test_what_has_not_changed_is_not_parsed_again(
    root: Path, read: list[str], tmp_path: Path
) -> None:
    for _ in range(3):
        load(root, None, tmp_path / "cache")
    assert read == ["assistants/a.yaml"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("assistants/a.yaml", "name: B\n"),
        ("p.txt", "Be briefer.\n"),
        ("assistants-sync.yaml", "project: shop\nvars: {city: Bonn}\n"),
    ],
)
def test_what_has_changed_is_parsed_again(
    root: Path, read: list[str], tmp_path: Path, name: str, text: str
) -> None:
    load(root, None, tmp_path / "cache")
    _write(root, name, text)
    load(root, None, tmp_path / "cache")
    assert read == ["assistants/a.yaml"] * 2


def test_another_version_of_this_tool_trusts_nothing(
    root: Path, read: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(root, None, tmp_path / "cache")
    monkeypatch.setattr(store, "__version__", "0.0.1")
    store._tool.cache_clear()  # noqa: SLF001 -- it is asked once a process
    load(root, None, tmp_path / "cache")
    store._tool.cache_clear()  # noqa: SLF001 -- as above
    assert read == ["assistants/a.yaml"] * 2


def _rows(cache: Path) -> sqlite3.Connection:
    (file,) = cache.glob("*.sqlite")
    return sqlite3.connect(file)


def test_a_file_that_is_gone_is_forgotten(root: Path, tmp_path: Path) -> None:
    _write(root, "assistants/b.yaml", "name: B\n")
    load(root, None, tmp_path / "cache")
    (root / "assistants" / "b.yaml").unlink()
    _write(root, "assistants/a.yaml", "name: A\n")
    load(root, None, tmp_path / "cache")
    rows = _rows(tmp_path / "cache")
    assert rows.execute("SELECT name FROM files").fetchall() == [("assistants/a.yaml",)]
    rows.close()


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE files SET content = replace(content, 'brief', 'rude')",
        "UPDATE files SET digest = ''",
        "UPDATE files SET content = 1, places = 2.5",
        "DROP TABLE files",
        "ALTER TABLE files RENAME COLUMN content TO other",
    ],
)
def test_what_somebody_else_wrote_there_is_not_believed(
    root: Path, tmp_path: Path, damage: str
) -> None:
    before = _told(root, None, tmp_path / "cache")
    rows = _rows(tmp_path / "cache")
    rows.execute(damage)
    rows.commit()
    rows.close()
    assert _told(root, None, tmp_path / "cache") == before


def test_a_row_that_cannot_be_decoded_is_read_again(root: Path, tmp_path: Path) -> None:
    before = _told(root, None, tmp_path / "cache")
    rows = _rows(tmp_path / "cache")
    values = ["[{}]", b"", digest_of("[{}]", b"")]
    rows.execute("UPDATE files SET content = ?, places = ?, digest = ?", values)
    rows.commit()
    rows.close()
    assert _told(root, None, tmp_path / "cache") == before


@pytest.mark.parametrize("data", [b"", b"no database at all" * 100])
def test_a_file_that_is_no_database_is_made_anew(
    root: Path, read: list[str], tmp_path: Path, data: bytes
) -> None:
    load(root, None, tmp_path / "cache")
    (file,) = (tmp_path / "cache").glob("*.sqlite")
    file.write_bytes(data)
    for _ in range(2):
        load(root, None, tmp_path / "cache")
    assert read == ["assistants/a.yaml"] * 2


def test_one_that_another_run_is_writing_is_left_alone(
    root: Path, read: list[str], tmp_path: Path
) -> None:
    load(root, None, tmp_path / "cache")
    rows = _rows(tmp_path / "cache")
    rows.execute("BEGIN EXCLUSIVE")
    _write(root, "p.txt", "Be briefer.\n")
    load(root, None, tmp_path / "cache")
    rows.rollback()
    rows.close()
    load(root, None, tmp_path / "cache")
    assert read == ["assistants/a.yaml"] * 3


@pytest.mark.parametrize("mode", [0o777, 0o770])
def test_a_folder_that_others_may_write_to_is_not_used(
    root: Path, tmp_path: Path, mode: int
) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    cache.chmod(mode)
    load(root, None, cache)
    assert not list(cache.iterdir())


def test_a_folder_that_cannot_be_made_is_no_error(root: Path, tmp_path: Path) -> None:
    _write(tmp_path, "file", "")
    load(root, None, tmp_path / "file" / "cache")


def test_every_kind_of_value_is_read_back() -> None:
    where = SourceRef("assistants/a.yaml", 2, 1)
    definition = Definition(
        Address("assistant.a"),
        {
            "name": "Ä 😀",
            "n": [1, 1.0, -0.5, True, None, 10**20],
            "secret": Secret(name="HOOK"),
            "prompt": "Be brief.",
            "deep": {"list": [{"0": Ref(Address("assistant.b"))}, [Lookup("tool", "book")]]},
        },
        where,
        Lifecycle(ignore_changes=("/a~1b",), on_delete="forget", replace_with=Address("x.y")),
        {(): where, ("deep", "a/b"): where},
    )
    told = Diagnostic("c", "s", "d", where, "assistant.a", "h", "warning")
    known = Known(definition, (told, replace(told, where=None)), {"p.txt": "Be brief."})
    encoded = encode([known])
    assert encoded is not None
    assert "Be brief." not in encoded[0]
    (back,) = decode(*encoded, {"p.txt": "Be brief."}.get) or ()
    assert _shown(back.definition.body) == _shown(definition.body)
    assert repr(back.definition.body) == repr(definition.body)  # 1.0 is not 1 here
    assert dict(back.definition.places) == definition.places
    same = replace(back.definition, body={}, places={})
    assert replace(back, definition=same) == replace(
        known, definition=replace(definition, body={}, places={})
    )


def test_a_secret_that_stands_in_a_definition_is_not_kept() -> None:
    definition = Definition(Address("assistant.a"), {"secret": Secret("x")}, SourceRef("a.yaml"))
    assert encode([Known(definition)]) is None


def test_a_python_without_sqlite_has_no_cache(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "assistants_sync.definitions.cache.rows", None)
    before = _told(root, None)
    assert _told(root, None, tmp_path / "cache") == before
    assert not list((tmp_path / "cache").iterdir())
