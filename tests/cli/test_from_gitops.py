"""What the vendor's gitops repository manages becomes ours: files, state, and the plan left."""

import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shell import Ended, Shell

from assistants_sync.emulator.store import Store
from assistants_sync.gitops.names import is_ignored, keys_of
from assistants_sync.model.address import KEY

FRONT, INTAKE, OLD = (f"00000000-0000-4000-8000-00000000000{each}" for each in (1, 2, 3))
TOOL, OUTPUT, CREDENTIAL = (f"00000000-0000-4000-8000-00000000010{each}" for each in (1, 2, 3))

FRONT_DESK = """\
---
# The first to answer.
name: Front desk
firstMessage: Hello {{name}}!
model:
  provider: openai
  model: gpt-4.1
  toolIds:
    - book-slot
  tools:
    - type: handoff
      destinations:
        - type: assistant
          assistantId: support/Intake
artifactPlan:
  structuredOutputIds: ["call-summary ## the log"]
server:
  url: https://h.example
  credentialId: my-server
---

You are Robin. It is {{now}}, ${customer} and ${var.x}.
"""
TAKEN = (
    """\
---
# The first to answer.
name: Front desk
firstMessage: Hello {{name}}!
model:
  provider: openai
  model: gpt-4.1
  toolIds:
    - TOOL  # tool book-slot
  tools:
    - type: handoff
      destinations:
        - type: assistant
          assistantId: !ref assistant.support-intake
artifactPlan:
  structuredOutputIds: [OUTPUT]
server:
  url: https://h.example
  credentialId: CREDENTIAL  # credential my-server
---

You are Robin. It is {{now}}, ${customer} and $${var.x}.
""".replace("TOOL", TOOL)
    .replace("OUTPUT", OUTPUT)
    .replace("CREDENTIAL", CREDENTIAL)
)
INTAKE_FILE = """\
name: Intake
model:
  provider: openai
  model: gpt-4.1
  tools: [{type: handoff, destinations: [{type: assistant, assistantId: front-desk}]}]
server: {url: https://h.example, secret: canary-secret}
"""
DRAFT = b'name: Draft\r\nfirstMessage: "Hi"\r\n'
BROKEN = "name: [\n"
STATE: dict[str, Any] = {
    "assistants": {
        "front-desk": {"uuid": FRONT, "latestVersion": "v8"},
        "support/Intake": INTAKE,
        "old-bot": {"uuid": OLD},
    },
    "tools": {"book-slot": {"uuid": TOOL}},
    "structuredOutputs": {"call-summary": {"uuid": OUTPUT}},
    "credentials": {"my-server": {"uuid": CREDENTIAL}},
    "evals": {},
}
DEV: dict[str, str | bytes] = {
    ".vapi-state.dev.json": json.dumps(STATE),
    "resources/dev/assistants/front-desk.md": FRONT_DESK,
    "resources/dev/assistants/support/Intake.yml": INTAKE_FILE,
    "resources/dev/assistants/draft.yml": DRAFT,
    "resources/dev/tools/book-slot.yml": "type: function\n",
    "resources/dev/squads/front.yml": "name: Front\n",
    "resources/dev/simulations/suites/core.yml": "name: Core\n",
}
PROD: dict[str, str | bytes] = {
    ".vapi-state.prod.json": "{}",
    "resources/prod/assistants/draft.yml": DRAFT.replace(b"\r", b""),
}
LIVE: dict[str, dict[str, Any]] = {
    FRONT: {
        "name": "Front desk",
        "firstMessage": "Hello {{name}}!",
        "model": {
            "provider": "openai",
            "model": "gpt-4.1",
            "toolIds": [TOOL],
            "tools": [
                {
                    "type": "handoff",
                    "destinations": [{"type": "assistant", "assistantId": INTAKE}],
                }
            ],
            "messages": [
                {
                    "role": "system",
                    "content": "You are Robin. It is {{now}}, ${customer} and ${var.x}.",
                }
            ],
        },
        "artifactPlan": {"structuredOutputIds": [OUTPUT]},
        "server": {"url": "https://h.example", "credentialId": CREDENTIAL},
        "backgroundSound": "office",
    },
    INTAKE: {
        "name": "Intake",
        "model": {
            "provider": "openai",
            "model": "gpt-4.1-mini",
            "tools": [
                {
                    "type": "handoff",
                    "destinations": [{"type": "assistant", "assistantId": FRONT}],
                }
            ],
        },
        "server": {"url": "https://h.example", "secret": "canary-secret"},
    },
    OLD: {"name": "Old bot"},
}


class Repository:
    """A gitops repository beside the project, and what its organisation holds."""

    def __init__(self, folder: Path, shell: Shell) -> None:
        self.folder, self.shell = folder, shell
        shell.folder.mkdir()

    def write(self, files: Mapping[str, str | bytes]) -> None:
        """Write files of it."""
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def settle(self, environment: str, bodies: Mapping[str, dict[str, Any]]) -> None:
        """Let the emulator of an environment hold these."""
        path = self._store(environment)
        with Store(path):
            pass
        connection = sqlite3.connect(path)
        for at, (key, body) in enumerate(bodies.items(), start=1_760_000_000_000):
            row = (key, at, at, json.dumps(body))
            connection.execute("INSERT INTO assistant VALUES (?, ?, ?, ?)", row)
        connection.commit()
        connection.close()

    def live(self, environment: str) -> list[Any]:
        """Give what the emulator holds."""
        connection = sqlite3.connect(self._store(environment))
        rows = connection.execute("SELECT * FROM assistant ORDER BY 1").fetchall()
        connection.close()
        return rows

    def take(self, *argv: str) -> Ended:
        """Take it over."""
        is_new = not (self.shell.folder / "assistants-sync.yaml").exists()
        new = ["--project", "p"] if is_new else []
        return self.shell(*argv, "init", *new, "--forge", "none", "--from-gitops", "../gitops")

    def text(self) -> dict[str, bytes]:
        """Give every file of it."""
        return _files(self.folder)

    def definitions(self) -> dict[str, bytes]:
        """Give every definition of the project."""
        return _files(self.shell.folder / "assistants")

    def _store(self, environment: str) -> Path:
        return self.shell.folder / "state" / f"{environment}.emulator.sqlite"


def _files(folder: Path) -> dict[str, bytes]:
    found = sorted(each for each in folder.rglob("*") if each.is_file())
    return {each.relative_to(folder).as_posix(): each.read_bytes() for each in found}


@pytest.fixture
def gitops(shell: Shell, tmp_path: Path) -> Repository:
    """Give a repository of one environment, and its organisation."""
    repository = Repository(tmp_path / "gitops", shell)
    repository.write(DEV)
    repository.settle("dev", LIVE)
    return repository


def test_files_and_ids_are_taken_and_the_plan_is_what_gitops_would_push(gitops: Repository) -> None:
    before, live = gitops.text(), gitops.live("dev")
    ended = gitops.take("--emulator")
    assert ended.code == 0, ended.err
    files = gitops.definitions()
    assert files["front-desk.md"].decode() == TAKEN
    assert list(files) == ["draft.yml", "front-desk.md", "support-intake.yml"]
    assert f"assistant.front-desk  {FRONT}  assistants/front-desk.md\n" in ended.out
    assert "assistant.draft  (no id there: it will be created)" in ended.out
    assert "Definitions: 3; in state: 2; without an id: 1." in ended.out
    assert "1 to create, 1 to update, 0 to delete" in ended.out
    assert '~ model.model: "gpt-4.1-mini" -> "gpt-4.1"' in ended.out
    assert "gitops' own push" in ended.out
    assert (gitops.text(), gitops.live("dev")) == (before, live)


def test_what_is_not_taken_is_told(gitops: Repository) -> None:
    ended = gitops.take("--emulator")
    for told in ("tools, 1: book-slot", "squads, 1: front", "simulationSuites, 1: core"):
        assert f"  {told}\n" in ended.out
    assert f"  old-bot  {OLD}\n" in ended.out
    assert OLD not in gitops.shell("--emulator", "--env", "dev", "state", "list").out


def test_a_second_run_changes_nothing(gitops: Repository) -> None:
    first = gitops.take("--emulator")
    files, state = gitops.definitions(), gitops.shell.read("state/dev.json")
    again = gitops.take("--emulator")
    assert (again.code, gitops.definitions()) == (first.code, files)
    assert gitops.shell.read("state/dev.json") == state
    assert "in state: 2" in again.out
    assert again.out.partition("Environment")[2] == first.out.partition("Environment")[2]


def test_the_first_apply_sends_what_the_plan_said_and_nothing_is_left(gitops: Repository) -> None:
    gitops.take("--emulator")
    gitops.shell.set({"SUPPORT_INTAKE_SERVER_SECRET": "canary-secret"})
    applied = gitops.shell("--emulator", "--env", "dev", "apply", "--auto-approve")
    assert applied.code == 0, applied.err
    assert "1 created, 1 updated, 0 deleted" in applied.out
    assert "No changes. 3 owned" in gitops.shell("--emulator", "--env", "dev", "plan").out


def test_a_secret_that_was_written_out_stands_in_no_file_of_ours(gitops: Repository) -> None:
    ended = gitops.take("--emulator")
    assert "export SUPPORT_INTAKE_SERVER_SECRET=  # assistant.support-intake server.secret" in (
        ended.out
    )
    assert (
        b"secret: !secret SUPPORT_INTAKE_SERVER_SECRET}"
        in (gitops.definitions()["support-intake.yml"])
    )
    written = b"".join(
        text for name, text in _files(gitops.shell.folder).items() if "emulator" not in name
    )
    assert b"canary" not in written
    assert "canary" not in ended.out + ended.err


def test_a_secret_nobody_has_set_is_no_difference(gitops: Repository) -> None:
    for _ in range(2):
        ended = gitops.take("--emulator")
        assert "model.model" in ended.out
        assert "server.secret:" not in ended.out


def test_the_secrets_go_where_plans_find_them(gitops: Repository) -> None:
    take = ("init", "--forge", "none", "--from-gitops", "../gitops", "--write-env")
    assert gitops.shell("--emulator", *take).code == 0
    env = gitops.shell.folder / ".env.dev"
    assert env.read_text() == 'SUPPORT_INTAKE_SERVER_SECRET="canary-secret"\n'
    assert env.stat().st_mode & 0o777 == 0o600
    assert gitops.shell("--emulator", "--env", "dev", "plan").code == 0


PEM = "-----BEGIN PRIVATE KEY-----"


def test_a_secret_in_a_prompt_is_told_and_left(gitops: Repository) -> None:
    gitops.write(
        {
            "resources/dev/assistants/draft.yml": (
                "name: Draft\nmodel:\n  messages:\n    - role: system\n"
                f"      content: |\n        a\n        {PEM}\n"
                f"server:\n  url: https://h.example\n  secret: |\n    {PEM}\n    canary\n"
            ),
            "resources/dev/assistants/other.md": f"---\nname: Other\n---\n\nHello\n{PEM}\n",
        }
    )
    ended = gitops.take("--emulator")
    assert ended.code == 0, ended.err
    told = "warning: What looks like a secret is left in a prompt\n  resources/dev/assistants/"
    assert f"{told}draft.yml:5:16  assistant.draft  a private key" in ended.err
    assert f"{told}other.md:6:1  assistant.other  a private key" in ended.err
    assert gitops.definitions()["draft.yml"].endswith(b"  secret: !secret DRAFT_SERVER_SECRET\n")
    assert b"canary" not in gitops.definitions()["draft.yml"]


def test_an_environment_the_project_does_not_have_is_told(gitops: Repository) -> None:
    gitops.write(PROD)
    gitops.shell.write("assistants-sync.yaml", "project: p\nenvironments: {dev: {}}\n")
    ended = gitops.take("--emulator")
    assert ended.code == 0, ended.err
    assert "`prod`: the project has none of this name" in ended.err
    gitops.shell.write("assistants-sync.yaml", "project: p\nenvironments: {a: {}, b: {}}\n")
    assert "The environments do not fit" in gitops.take("--emulator").err


def test_what_is_the_same_in_all_environments_is_one_file(gitops: Repository) -> None:
    gitops.write(PROD)
    ended = gitops.take("--emulator")
    assert ended.code == 0, ended.err
    assert list(gitops.definitions()) == [
        "draft.yml",
        "front-desk.dev.md",
        "support-intake.dev.yml",
    ]
    assert b"\r" not in gitops.definitions()["draft.yml"]
    assert "Environment prod, from the gitops environment prod" in ended.out
    assert gitops.shell("validate").code == 0
    assert gitops.shell.read("assistants-sync.yaml").count("token_env") == 2


def test_where_environments_differ_each_has_its_own(gitops: Repository) -> None:
    gitops.write({**PROD, "resources/prod/assistants/draft.yml": "name: Other\n"})
    gitops.take("--emulator")
    files = gitops.definitions()
    assert files["draft.dev.yml"] == DRAFT.replace(b"\r", b"")
    assert files["draft.prod.yml"] == b"name: Other\n"


def test_an_older_layout_has_one_set_of_files_for_all(shell: Shell, tmp_path: Path) -> None:
    repository = Repository(tmp_path / "gitops", shell)
    tool = {"assistants": {}, "tools": {"t": TOOL}}
    repository.write(
        {
            ".vapi-state.dev.json": json.dumps(tool),
            ".vapi-state.prod.json": json.dumps({**tool, "tools": {"t": OUTPUT}}),
            "resources/assistants/a.yml": "name: A\nmodel: {toolIds: [t]}\n",
            "resources/assistants/b.yml": "name: B\n",
        }
    )
    assert repository.take("--emulator").code == 0
    assert repository.definitions() == {
        "a.dev.yml": f"name: A\nmodel: {{toolIds: [{TOOL}]}}\n".encode(),
        "a.prod.yml": f"name: A\nmodel: {{toolIds: [{OUTPUT}]}}\n".encode(),
        "b.yml": b"name: B\n",
    }


REFUSED: dict[str, tuple[str | bytes, str]] = {
    "broken.yml": (BROKEN, "YAML syntax error"),
    "program.ts": ("export default {}", "a program is not run"),
    "bare.md": ("You are Robin.\n", "No front matter"),
    "list.yml": ("- a\n", "one object with fields is wanted"),
    "two.md": ("---\nmodel: {messages: [{role: system, content: a}]}\n---\nb\n", "Two system"),
    "alias.yml": ("a: &x 1\nb: *x\n", "YAML alias"),
    "key.yml": ("key: other\nname: A\n", "Reserved key"),
    "typo.yml": ("firstMesage: A\n", "did you mean `firstMessage`?"),
    "tool.yml": ("model: {toolIds: [nowhere]}\n", "names the tool `nowhere`"),
    "latin.yml": (b"name: caf\xe9\n", "File is not UTF-8"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_taken_is_told_and_the_rest_goes_on(
    gitops: Repository, name: str
) -> None:
    text, told = REFUSED[name]
    gitops.write({f"resources/dev/assistants/{name}": text})
    ended = gitops.take("--emulator")
    assert ended.code == 6
    assert told in ended.err
    assert f"  resources/dev/assistants/{name}" in ended.err
    assert "Definitions: 3; in state: 2" in ended.out
    assert gitops.shell("validate").code == 0


def test_two_files_of_one_slug_are_both_left(gitops: Repository) -> None:
    gitops.write({"resources/dev/assistants/front-desk.yaml": "name: Twin\n"})
    ended = gitops.take("--emulator")
    assert ended.err.count("two files have this slug") == 2
    assert "front-desk" not in str(list(gitops.definitions()))
    assert f"assistantId: {FRONT}".encode() in gitops.definitions()["support-intake.yml"]
    assert f"  front-desk  {FRONT}\n" not in ended.out


def test_what_refers_to_one_that_is_left_has_its_id_or_is_left_too(gitops: Repository) -> None:
    gitops.write(
        {
            "resources/dev/assistants/support/Intake.yml": BROKEN,
            "resources/dev/assistants/lost.yml": BROKEN,
            "resources/dev/assistants/after.yml": (
                "name: After\nmodel:\n  tools:\n    - type: handoff\n      destinations:\n"
                "        - type: assistant\n          assistantId: lost\n"
            ),
        }
    )
    ended = gitops.take("--emulator")
    assert (
        f"assistantId: {INTAKE}  # assistant support/Intake".encode()
        in (gitops.definitions()["front-desk.md"])
    )
    assert "resources/dev/assistants/after.yml:7:24  assistant.after" in ended.err
    assert "`lost`, which their state file has no id for" in ended.err
    assert list(gitops.definitions()) == ["draft.yml", "front-desk.md"]


def test_what_is_ignored_there_is_ignored_here(gitops: Repository) -> None:
    gitops.write(
        {
            "resources/dev/.vapi-ignore": "# mine\nassistants/dr*\n",
            "resources/dev/assistants/x.20260101.bkp.yml": "name: Copy\n",
        }
    )
    gitops.take("--emulator")
    assert list(gitops.definitions()) == ["front-desk.md", "support-intake.yml"]


def test_everything_in_the_way_is_told_at_once_and_nothing_is_written(gitops: Repository) -> None:
    gitops.shell.write("assistants-sync.yaml", "project: p\n")
    gitops.shell.write("assistants/draft.yml", "name: Mine\n")
    gitops.shell.write("assistants/other.yaml", "key: front-desk\nname: Mine\n")
    before = gitops.definitions()
    ended = gitops.take("--emulator")
    assert ended.code == 3
    assert ended.err.count("error: A file is in the way") == 2
    assert "assistants/other.yaml; nothing was taken" in ended.err
    assert gitops.definitions() == before
    assert not (gitops.shell.folder / "state" / "default.json").exists()


def test_a_state_file_that_cannot_be_read_stops_it_before_anything(gitops: Repository) -> None:
    gitops.write({".vapi-state.dev.json": '{"assistants": {"a": {"uuid": 1}}}'})
    ended = gitops.take("--emulator")
    assert ended.code == 8
    assert "State file not understood" in ended.err
    assert not (gitops.shell.folder / "assistants-sync.yaml").exists()


def test_without_a_key_only_files_are_written(gitops: Repository) -> None:
    ended = gitops.take()
    assert ended.code == 0, ended.err
    assert (
        "a\nplan takes all of them for new. With a key:\n  assistants-sync --env dev init"
        in ended.out
    )
    assert len(gitops.definitions()) == 3
    assert not (gitops.shell.folder / "state" / "dev.json").exists()
    assert "in state: 2" in gitops.take("--emulator").out


def test_a_key_that_may_be_another_environments_is_not_used(gitops: Repository) -> None:
    gitops.write(PROD)
    gitops.shell.write("assistants-sync.yaml", "project: p\nenvironments: {dev: {}, prod: {}}\n")
    gitops.shell.set({"VAPI_API_KEY": "k", "VAPI_BASE_URL": "http://127.0.0.1:9"})
    ended = gitops.take()
    assert ended.code == 0, ended.err
    assert ended.out.count("No state was written") == 2
    named = gitops.take("--env", "prod")
    assert named.code == 1
    assert "http://127.0.0.1:9" in named.err or "GET /assistant" in named.err


def test_one_id_belongs_to_one_assistant(gitops: Repository) -> None:
    twins = {**STATE["assistants"], "draft": {"uuid": FRONT}}
    gitops.write({".vapi-state.dev.json": json.dumps({**STATE, "assistants": twins})})
    ended = gitops.take("--emulator")
    assert ended.code == 6
    assert f"Owned already\n  assistant.front-desk  {FRONT} is assistant.draft" in ended.err
    assert f"  assistant.front-desk  {FRONT} (not taken)" in ended.out


def test_the_key_of_another_organisation_is_suspected(gitops: Repository) -> None:
    gitops.write({"resources/dev/assistants/draft.yml": "name: Draft\n"})
    (gitops.shell.folder / "state" / "dev.emulator.sqlite").unlink()
    ended = gitops.take("--emulator")
    assert ended.code == 6
    assert "None of their ids is there" in ended.err
    assert not (gitops.shell.folder / "state" / "dev.json").exists()


def test_a_folder_that_is_no_such_repository_is_refused(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "gitops").mkdir()
    ended = Repository(tmp_path / "gitops", shell).take()
    assert (ended.code, list(shell.folder.iterdir())) == (64, [])
    assert "Not a gitops repository" in ended.err


def test_a_dry_run_writes_nothing(gitops: Repository) -> None:
    gitops.write({"resources/dev/assistants/broken.yml": BROKEN})
    before = _files(gitops.shell.folder)
    ended = gitops.shell("init", "--forge", "none", "--from-gitops", "../gitops", "--dry-run")
    assert ended.code == 0
    assert "Would write front-desk.md\n" in ended.out
    assert "YAML syntax error" in ended.err
    assert _files(gitops.shell.folder) == before


@pytest.mark.parametrize(
    ("body", "said"),
    [("\n  a\n", "a"), ("a \n\n", "a"), ("\n\na\n  b\n", "a\n  b"), ("\ta\n b\t\n", "a\n b")],
)
def test_a_prompt_is_what_gitops_would_send(gitops: Repository, body: str, said: str) -> None:
    gitops.write({"resources/dev/assistants/draft.md": f"---\nname: Draft\n---\n{body}"})
    (gitops.folder / "resources/dev/assistants/draft.yml").unlink()
    assert gitops.take("--emulator").code == 0
    plan = json.loads(
        gitops.shell(
            "--emulator", "--env", "dev", "plan", "--secrets-unavailable", "--format", "json"
        ).out
    )
    draft = next(each for each in plan["resource_changes"] if each["key"] == "draft")
    assert draft["change"]["after"]["model"]["messages"] == [{"role": "system", "content": said}]


def test_a_text_that_would_mean_something_else_is_not_written(gitops: Repository) -> None:
    state = {**STATE, "tools": {"book-slot": TOOL, "number": "123"}}
    gitops.write(
        {
            ".vapi-state.dev.json": json.dumps(state),
            "resources/dev/assistants/draft.yml": "name: Draft\nmodel: {toolIds: [number]}\n",
        }
    )
    assert "Cannot be rewritten\n  resources/dev/assistants/draft.yml" in gitops.take().err
    assert "draft.yml" not in gitops.definitions()


def test_what_we_would_take_for_a_variable_stays_text(gitops: Repository) -> None:
    text = 'name: Draft\nfirstMessage: ${var.x} {{y}} ${z}\nendCallMessage: "$${var.a}"\n'
    gitops.write({"resources/dev/assistants/draft.yml": text})
    assert gitops.take("--emulator").code == 0
    assert gitops.definitions()["draft.yml"].decode() == (
        'name: Draft\nfirstMessage: $${var.x} {{y}} ${z}\nendCallMessage: "$$${var.a}"\n'
    )


@pytest.mark.parametrize(
    ("written", "taken"),
    [
        ("toolIds: [t, 't']", f"toolIds: [{TOOL}, {TOOL}]"),
        ("toolIds:\n  - t  # why", f"toolIds:\n  - {TOOL}  # why"),
        ("toolIds:\n- 't ## x'", f"toolIds:\n- {TOOL}  # tool t"),
        (f"toolIds:\n- {TOOL}", f"toolIds:\n- {TOOL}"),
        ("toolIds:\n- >-\n  t\n- u", f"toolIds:\n- {TOOL}  # tool t\n- {OUTPUT}  # tool u"),
    ],
)
def test_a_slug_becomes_an_id_however_it_is_written(
    gitops: Repository, written: str, taken: str
) -> None:
    def indented(text: str) -> str:
        return "model:\n" + "".join(f"  {line}\n" for line in text.split("\n"))

    state = {**STATE, "tools": {"t": TOOL, "u": OUTPUT, "book-slot": TOOL}}
    gitops.write(
        {
            ".vapi-state.dev.json": json.dumps(state),
            "resources/dev/assistants/draft.yml": indented(written),
        }
    )
    assert gitops.take("--emulator").code == 0
    assert gitops.definitions()["draft.yml"].decode() == indented(taken)


@given(st.lists(st.text(max_size=20), unique=True), st.lists(st.sampled_from(["dev", "prod"])))
def test_keys_are_valid_unique_and_do_not_hang_on_the_order(
    slugs: list[str], environments: list[str]
) -> None:
    keys = keys_of(slugs, environments)
    assert keys == keys_of(reversed(slugs), environments)
    assert keys.keys() == {*slugs}
    assert len({*keys.values()}) == len(keys)
    for slug, key in keys.items():
        assert KEY.fullmatch(key)
        assert not key.endswith(tuple(f".{each}" for each in environments))
        assert key == slug or not KEY.fullmatch(slug) or "." in slug


def test_keys_are_what_one_would_guess() -> None:
    keys = keys_of(["a", "A", "x/y", "x-y", "Café Bar", "b.dev", "🚀"], ["dev"])
    assert keys == {
        "a": "a",
        "A": "a-2",
        "x-y": "x-y",
        "x/y": "x-y-2",
        "Café Bar": "cafe-bar",
        "b.dev": "b-dev",
        "🚀": "unnamed",
    }


def test_patterns_are_those_of_gitops() -> None:
    assert is_ignored("assistants", "a/b", ["assistants/**"])
    assert not is_ignored("assistants", "a/b", ["assistants/*"])
    assert is_ignored("assistants", "a.b", ["assistants/a?b"])
    assert not is_ignored("assistants", "axb", ["assistants/a.b"])
