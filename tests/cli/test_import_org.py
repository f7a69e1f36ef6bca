"""Import of a whole organisation, as its user would do it."""

import json
import re
import shutil
import sqlite3
import subprocess
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from shell import Shell

from assistants_sync.emulator.store import Store

FIRST_CREATED_MS = 1_760_000_000_000
PROMPT = (
    "Be kind to callers. \n---\n\t# Rules: {{var}} ${x} $${var.y}\n   \n🚀 it's a\u00a0b\n" * 40
)
FOREIGN = {
    "assistants-sync": {
        "v": 1,
        "project": "other",
        "environment": "default",
        "key": "x",
        "lineage": "l",
        "attempt": "a",
        "write": "w",
    }
}
ORG: list[dict[str, Any]] = [
    {"name": "🚀 Sales", "model": {"messages": [{"role": "system", "content": PROMPT}]}},
    {"name": "Desk", "server": {"url": "https://h.example", "secret": "canary-hidden"}},
    {"name": "desk", "metadata": {"on": "off", "yes": "no", "1": "2", "e": "1e5", "n": None}},
    {"backgroundSound": "off", "endCallPhrases": ["no", "12:30"]},
    {"name": "a/b", "firstMessage": "CR\r\nLF\r\n", "futureField": 1, "silenceTimeoutSeconds": 30},
    {"name": "Foreign", "metadata": FOREIGN},
    {"name": "Half", "firstMessage": "\ud800"},
    {
        "name": "Tools",
        "model": {
            "tools": [
                {"type": "function", "server": {"url": "u", "secret": "canary-shown"}},
                {"type": "apiRequest", "headers": {"Authorization": "Bearer canary-shown1"}},
                {"type": "handoff", "destinations": [{"assistantId": str(uuid.UUID(int=1))}]},
            ]
        },
    },
]


@pytest.fixture
def org(shell: Shell) -> Shell:
    """Give an empty project beside an organisation that nobody manages."""
    shell.write("assistants-sync.yaml", "project: big\n")
    settle(shell, ORG)
    return shell


def settle(shell: Shell, bodies: list[dict[str, Any]]) -> None:
    """Let the emulator hold these, whatever it would say to them in a request."""
    path = shell.folder / "state" / "default.emulator.sqlite"
    with Store(path):
        pass
    connection = sqlite3.connect(path)
    for index, body in enumerate(bodies, start=1):
        at = FIRST_CREATED_MS + index * 1000
        row = (str(uuid.UUID(int=index)), at, at, json.dumps(body))
        connection.execute("INSERT INTO assistant VALUES (?, ?, ?, ?)", row)
    connection.commit()
    connection.close()


def written(shell: Shell) -> dict[str, bytes]:
    return {
        path.relative_to(shell.folder).as_posix(): path.read_bytes()
        for folder in ("assistants", "prompts")
        for path in sorted((shell.folder / folder).rglob("*"))
    }


def imported(shell: Shell, *argv: str) -> dict[str, Any]:
    """Import, and give what is told to a machine."""
    document: dict[str, Any] = json.loads(
        shell("--emulator", "import", *argv, "--format", "json").out
    )
    return document


def secrets_of(document: Mapping[str, Any]) -> dict[str, bool]:
    return {each["name"]: each["hidden"] for each in document["secrets"]}


@pytest.mark.parametrize("flags", [[], ["--prompts-as-files"]], ids=["inline", "files"])
def test_an_organisation_is_imported_and_the_plan_is_empty(org: Shell, flags: list[str]) -> None:
    ended = org("--emulator", "import", "--all", *flags)
    assert ended.code == 6
    assert "Imported 6." in ended.out
    assert "No changes. 6 owned, all as defined." in ended.out
    assert "--target" not in ended.out
    assert ended.out.index("No changes.") < ended.out.index("export DESK_SERVER_SECRET=  # ")
    assert "No definition can say this" in ended.err
    assert "Another project's" in ended.err
    assert "futureField, in no reference (assistant.a-b)" in ended.err
    assert "Requests: 4 GET." in ended.err
    files = written(org)
    assert {name.partition("/")[2] for name in files if name.startswith("assistants/")} == {
        "sales.yaml",
        "desk.yaml",
        "desk-2.yaml",
        "assistant-00000000.yaml",
        "a-b.yaml",
        "tools.yaml",
    }
    assert not any(b"canary" in text for text in files.values())
    assert "canary" not in ended.out + ended.err
    assert ("prompts/sales.md" in files) is bool(flags)
    assert org("validate").code == 0


def test_a_prompt_in_a_file_of_its_own_is_the_prompt_byte_for_byte(org: Shell) -> None:
    org("--emulator", "import", "--match", "*Sales", "--prompts-as-files")
    text = written(org)["prompts/sales.md"].decode()
    assert text == PROMPT.replace("$${", "$$${")
    assert "content: !file prompts/sales.md" in org.read("assistants/sales.yaml")


def test_with_its_secrets_set_only_what_is_hidden_is_sent_once(org: Shell) -> None:
    document = imported(org, "--all")
    assert secrets_of(document) == {
        "DESK_SERVER_SECRET": True,
        "TOOLS_MODEL_TOOLS_0_SERVER_SECRET": False,
        "TOOLS_MODEL_TOOLS_1_HEADERS_AUTHORIZATION": False,
    }
    assert org("--emulator", "plan").code == 8
    org.set(
        {
            "DESK_SERVER_SECRET": "canary-hidden",
            "TOOLS_MODEL_TOOLS_0_SERVER_SECRET": "canary-shown",
            "TOOLS_MODEL_TOOLS_1_HEADERS_AUTHORIZATION": "Bearer canary-shown1",
        }
    )
    applied = org("--emulator", "apply", "--auto-approve")
    assert "assistant.desk: updated" in applied.err
    assert "1 updated" in applied.out
    assert "No changes. 6 owned" in org("--emulator", "plan").out


def test_a_dry_run_writes_nothing_and_shows_everything(org: Shell) -> None:
    ended = org("--emulator", "import", "--all", "--dry-run", "--full", "--prompts-as-files")
    assert ended.code == 0
    assert "Would import 6." in ended.out
    assert "\nassistants/sales.yaml:\n  name: " in ended.out
    assert "\nprompts/sales.md:\n  Be kind" in ended.out
    assert "export DESK_SERVER_SECRET=" in ended.out
    assert not (org.folder / "assistants").exists()
    assert not (org.folder / "prompts").exists()
    assert not (org.folder / "state" / "default.json").exists()
    assert "content: " not in org("--emulator", "import", "--all", "--dry-run").out


def test_ids_are_imported_under_keys_from_their_names(org: Shell) -> None:
    ids = [str(uuid.UUID(int=each)) for each in (1, 2)]
    ended = org("--emulator", "import", *ids)
    assert ended.code == 0, ended.err
    assert f"assistant.desk  {ids[1]}  assistants/desk.yaml" in ended.out
    again = org("--emulator", "import", *ids)
    assert (again.code, again.out) == (0, "Imported 0.\n")
    assert "Owned already" in again.err
    assert org("--emulator", "import", "nowhere").code == 3


def test_every_file_in_the_way_is_told_at_once_and_nothing_is_written(org: Shell) -> None:
    org.write("assistants/sales.yaml", "key: other\nname: Other\n")
    org.write("prompts/sales.md", "mine")
    org.write("assistants/a-b.yaml", "")
    before = written(org)
    ended = org("--emulator", "import", "--all", "--prompts-as-files")
    assert ended.code == 3
    assert ended.err.count("error: A file is in the way") == 3
    assert written(org) == before
    assert not (org.folder / "state" / "default.json").exists()


def test_a_disk_that_fills_up_leaves_no_file_behind(
    org: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = [2]

    def is_full(_: int) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", is_full)
    ended = org("--emulator", "import", "--all")
    assert ended.code == 1
    assert "No space left on device; nothing was imported" in ended.err
    assert written(org) == {}
    monkeypatch.undo()
    assert "Imported 6." in org("--emulator", "import", "--all").out


def test_a_run_that_died_between_its_files_and_its_state_is_repeated(org: Shell) -> None:
    first = imported(org, "--all")
    files = written(org)
    for path in (org.folder / "state").glob("default.json*"):
        path.unlink()
    again = imported(org, "--all")
    assert [(each["address"], each["id"]) for each in again["imported"]] == [
        (each["address"], each["id"]) for each in first["imported"]
    ]
    assert again["plan"]["summary"]["update"] == 0
    assert written(org) == files


def test_what_a_policy_refuses_is_left_out_and_the_rest_goes_on(org: Shell) -> None:
    org.write("assistants-sync.yaml", "project: big\npolicies: {name_pattern: '[A-Za-z/]+'}\n")
    ended = org("--emulator", "import", "--all")
    assert ended.code == 6
    assert "Imported 4." in ended.out
    assert "No changes. 4 owned" in ended.out
    assert "assistant.sales" in ended.err
    assert "assistants/sales.yaml" not in written(org)


def test_prompts_beside_the_definitions_are_not_taken_for_definitions(org: Shell) -> None:
    org.write("assistants-sync.yaml", "project: big\ndefinitions: .\n")
    settle_prompt = "---\nname: Not a definition\n---\nBody"
    (org.folder / "state" / "default.emulator.sqlite").unlink()
    messages = [{"role": "system", "content": settle_prompt}]
    settle(org, [{"name": "Desk", "model": {"messages": messages}}])
    ended = org("--emulator", "import", "--all", "--prompts-as-files")
    assert ended.code == 0, ended.err
    assert org.read("prompts/desk.txt") == settle_prompt
    assert Path(org.folder / "desk.yaml").exists()


def test_an_import_goes_on_where_secrets_of_others_are_not_set(org: Shell) -> None:
    org.write(
        "assistants/mine.yaml", "name: Mine\nserverUrl: u\nserverUrlSecret: !secret NOT_SET\n"
    )
    ended = org("--emulator", "import", "--match", "Desk")
    assert ended.code == 0, ended.err
    assert "No changes. 1 owned" in ended.out


def test_five_hundred_are_imported_with_few_requests(shell: Shell) -> None:
    shell.write("assistants-sync.yaml", "project: big\n")
    settle(shell, [{"name": f"Agent {index}"} for index in range(500)])
    ended = shell("--emulator", "import", "--all")
    assert ended.code == 0
    assert "No changes. 500 owned" in ended.out
    assert "Wrote 500 files; reading them back" in ended.err
    assert "Requests: 14 GET." in ended.err


def _org_with_secrets(shell: Shell, *more: dict[str, Any]) -> None:
    """Give two assistants whose secrets the server shows, and hides; and these."""
    shell.write("assistants-sync.yaml", "project: p\n")
    headers = {"X-Key": 'a "quoted" \\ value\nof two lines'}
    server = {"url": "https://a.example", "secret": "hidden-by-the-server"}
    settle(
        shell,
        [
            *(
                {"name": name, "server": {**server, "headers": {**headers, "X-Name": f"of {name}"}}}
                for name in ("Desk", "Night")
            ),
            *more,
        ],
    )


def test_the_secrets_that_the_server_shows_go_into_the_env_file(shell: Shell) -> None:
    _org_with_secrets(shell)
    shell.write(".env", "OWN=1")
    ended = shell("--emulator", "import", "--all", "--write-env")
    assert ended.code == 0, ended.err
    assert "are in .env." in ended.out
    assert "quoted" not in ended.out + ended.err
    assert "export SERVER_HEADERS_X_KEY" not in ended.out
    assert "hidden by the server" in ended.out
    hidden = re.findall(r"export (\w+)=", ended.out)
    assert hidden
    text = shell.read(".env")
    assert text.startswith("OWN=1\n")
    shell.set(dict.fromkeys(hidden, "hidden-by-the-server"))
    shell("--emulator", "apply", "--auto-approve")
    assert "No changes" in shell("--emulator", "plan").out
    again = shell("--emulator", "import", "--all", "--write-env")
    assert again.code == 0
    assert shell.read(".env") == text


def test_a_new_env_file_is_nobody_elses_to_read(shell: Shell) -> None:
    _org_with_secrets(shell)
    assert shell("--emulator", "import", "--all", "--write-env").code == 0
    assert (shell.folder / ".env").stat().st_mode & 0o777 == 0o600


def test_an_env_file_that_git_would_publish_ends_the_import_before_anything(
    shell: Shell,
) -> None:
    git = shutil.which("git")
    assert git is not None
    subprocess.run([git, "init", "-q", str(shell.folder)], check=True)
    _org_with_secrets(shell)
    ended = shell("--emulator", "import", "--all", "--write-env")
    assert ended.code == 3
    assert "echo '.env' >> .gitignore" in ended.err
    assert not (shell.folder / "assistants").exists()
    shell.write(".gitignore", ".env\n")
    assert shell("--emulator", "import", "--all", "--write-env").code == 0


def test_after_an_import_a_plan_without_secrets_shows_only_what_is_hidden(shell: Shell) -> None:
    key = "sk-proj-abcdefghij1234567890abcd"
    prompt = {"role": "system", "content": f"Use {key} to book.\nBe kind."}
    tool = {"type": "apiRequest", "url": "u", "headers": {"Authorization": f"Bearer {key}"}}
    _org_with_secrets(shell, {"name": "Booker", "model": {"messages": [prompt], "tools": [tool]}})
    assert shell("--emulator", "import", "--all").code == 0
    ended = shell("--emulator", "plan", "--secrets-unavailable", "--format", "json")
    document = json.loads(ended.out)
    fields = {
        (each["name"], field["path"])
        for each in document["resource_changes"]
        for field in each["change"]["fields"]
    }
    assert fields == {("Desk", "/server/secret"), ("Night", "/server/secret")}
    blind = json.loads(shell("plan", "--secrets-unavailable", "--format", "json").out)
    assert blind["summary"]["update"] == 0
    assert "cannot be told unread" in str(blind["resource_changes"])


def test_a_secret_somebody_put_in_its_place_is_not_shown(shell: Shell) -> None:
    shell.write("assistants-sync.yaml", "project: big\n")
    old, new = "sk-proj-abcdefghij1234567890abcd", "sk-proj-zyxwvutsrq1234567890abcd"
    settle(shell, [{"name": "Booker", "firstMessage": f"Say {old} to nobody"}])
    imported = shell("--emulator", "import", "--all")
    (name,) = re.findall(r"export (\w+)=", imported.out)
    shell.set({name: f"Say {new} to nobody"})
    for flags in (["plan", "--full"], ["plan", "--secrets-unavailable", "--full"]):
        ended = shell("--emulator", *flags)
        assert ended.code == 0
        assert old not in ended.out + ended.err
        assert new not in ended.out + ended.err
