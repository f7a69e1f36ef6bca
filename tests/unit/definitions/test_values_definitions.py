"""Files, variables and secrets inside definitions."""

from pathlib import Path

import pytest
from unit.definitions.project_folder import faults, loaded, write

from assistants_sync.definitions.files import Texts
from assistants_sync.definitions.load import load
from assistants_sync.definitions.secrets import bind_secrets
from assistants_sync.errors import DefinitionError
from assistants_sync.model.address import Address
from assistants_sync.model.source import SourceRef
from assistants_sync.model.value import Body, Secret, Value, reveal

DESK = Address("assistant.desk")


def body(root: Path, text: str, files: dict[str, str] | None = None) -> Body:
    both = {"assistants/desk.yaml": text, **(files or {})}
    return loaded(root, both).desired.definitions[DESK].body


def test_a_file_is_read_from_the_project_folder(tmp_path: Path) -> None:
    files = {
        "prompts/desk.txt": "Hello\r\n${var.city}\n",
        "assistants-sync.yaml": "project: p\nvars: {city: Berlin}\n",
    }
    text = "firstMessage: !file prompts/desk.txt\n"
    assert body(tmp_path, text, files) == {"firstMessage": "Hello\nBerlin\n"}


def test_a_file_may_come_through_a_link_inside_the_project(tmp_path: Path) -> None:
    root = write(tmp_path, {"a.txt": "hi", "assistants/desk.yaml": "firstMessage: !file b.txt\n"})
    (root / "b.txt").symlink_to(root / "a.txt")
    assert load(root, None).desired.definitions[DESK].body == {"firstMessage": "hi"}


@pytest.mark.parametrize("name", ["link.txt", "elsewhere/secret.txt", "../secret.txt"])
def test_a_link_is_looked_at_though_its_folder_was_before(tmp_path: Path, name: str) -> None:
    root = write(tmp_path / "project", {"a.txt": "hi"}).resolve()
    (tmp_path / "secret.txt").write_text("s3cret-canary")
    (root / "link.txt").symlink_to(tmp_path / "secret.txt")
    (root / "elsewhere").symlink_to(tmp_path)
    (tmp_path / "back.txt").symlink_to(root / "a.txt")
    texts, here = Texts(root), SourceRef("here")
    for _ in range(2):
        assert texts.read("a.txt", here) == texts.read("elsewhere/back.txt", here) == "hi"
        with pytest.raises(DefinitionError) as caught:
            texts.read(name, here)
        assert caught.value.diagnostic.summary == "File outside the project"


@pytest.mark.parametrize(
    ("name", "summary"),
    [
        ("../secret.txt", "File outside the project"),
        ("/etc/hostname", "File outside the project"),
        ("link.txt", "File outside the project"),
        ("missing.txt", "File not found"),
        ("binary.dat", "File is not UTF-8"),
        ("nul.txt", "File is not text"),
        ("large.txt", "File too large"),
        ("assistants", "Not a regular file"),
        ("loop.txt", "File cannot be read"),
        ("''", "Not a regular file"),
        ('"a\\0b"', "File cannot be read"),
    ],
)
def test_a_file_that_may_not_be_read_is_a_fault_at_its_tag(
    tmp_path: Path, name: str, summary: str
) -> None:
    (tmp_path / "secret.txt").write_text("s3cret-canary")
    text = f"name: Desk\nfirstMessage: !file {name}\n"
    root = write(tmp_path / "project", {"assistants/desk.yaml": text, "nul.txt": "a\0b"})
    (root / "link.txt").symlink_to(tmp_path / "secret.txt")
    (root / "loop.txt").symlink_to(root / "loop.txt")
    (root / "binary.dat").write_bytes(b"\x89PNG\xff")
    (root / "large.txt").write_text("x" * 1_100_000)
    with pytest.raises(DefinitionError) as caught:
        load(root, None)
    (fault,) = caught.value.diagnostics
    assert caught.value.exit_code == 8
    assert fault.summary == summary
    assert fault.where == SourceRef("assistants/desk.yaml", 2, 1)
    assert "canary" not in f"{fault}"


def test_variables_are_replaced_and_escapes_undone(tmp_path: Path) -> None:
    project = "project: p\nvars: {city: Berlin, seats: 12, open: true}\n"
    text = "firstMessage: ${var.city} ${var.seats} ${var.open} $${var.city} ${env} {{name}} $$\n"
    assert body(tmp_path, text, {"assistants-sync.yaml": project}) == {
        "firstMessage": "Berlin 12 true ${var.city} ${env} {{name}} $$"
    }


def test_an_unknown_variable_is_a_fault_with_the_nearest_name(tmp_path: Path) -> None:
    files = {
        "assistants-sync.yaml": "project: p\nvars: {clinic_name: A}\n",
        "assistants/desk.yaml": "name: ${var.clinic_nam}\nfirstMessage: ${var.}\n",
    }
    unknown, bad = faults(tmp_path, files)
    assert (unknown.summary, unknown.hint) == ("Unknown variable", "did you mean `clinic_name`?")
    assert unknown.where == SourceRef("assistants/desk.yaml", 1, 1)
    assert bad.summary == "Bad variable"


SECRETS = """\
serverUrlSecret: literal-canary
model:
  tools:
    - server: {url: https://a.example, secret: !secret HOOK}
    - server: {url: https://b.example, headers: {Authorization: in-canary}}
credentials:
  - {provider: openai, apiKey: !secret OPENAI_KEY, note: note-canary}
server: {url: https://c.example, secret: !secret HOOK}
"""


def test_secrets_are_named_after_loading_and_known_after_binding(tmp_path: Path) -> None:
    desired = loaded(tmp_path, {"assistants/desk.yaml": SECRETS}).desired
    assert "canary" not in repr(desired)
    bound = bind_secrets(desired, {"HOOK": "hook-canary", "OPENAI_KEY": "key-canary"})
    assert "canary" not in repr(bound)
    after = bound.definitions[DESK].body
    assert reveal(after) == {
        "serverUrlSecret": "literal-canary",
        "model": {
            "tools": [
                {"server": {"url": "https://a.example", "secret": "hook-canary"}},
                {
                    "server": {
                        "url": "https://b.example",
                        "headers": {"Authorization": "in-canary"},
                    }
                },
            ]
        },
        "credentials": [{"provider": "openai", "apiKey": "key-canary", "note": "note-canary"}],
        "server": {"url": "https://c.example", "secret": "hook-canary"},
    }
    assert isinstance(after["credentials"], Secret)
    assert secret_at(after, "server", "secret").name == "HOOK"


def secret_at(value: Value, *path: str) -> Secret:
    for part in path:
        assert isinstance(value, dict)
        value = value[part]
    assert isinstance(value, Secret)
    return value


def test_every_missing_secret_is_one_fault_at_its_first_place(tmp_path: Path) -> None:
    desired = loaded(tmp_path, {"assistants/desk.yaml": SECRETS}).desired
    with pytest.raises(DefinitionError) as caught:
        bind_secrets(desired, {"HOOK": ""})
    hook, key = caught.value.diagnostics
    assert caught.value.exit_code == 8
    assert (hook.summary, hook.detail) == (
        "Secret not set",
        "`HOOK` is missing or empty; 2 values need it",
    )
    assert hook.where == SourceRef("assistants/desk.yaml", 4, 40)
    assert key.where == SourceRef("assistants/desk.yaml", 7, 24)
    assert key.address == "assistant.desk"


def test_a_secret_needs_a_variable_name(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, {"assistants/desk.yaml": "serverUrlSecret: !secret a-b\n"})
    assert fault.summary == "Bad secret name"
