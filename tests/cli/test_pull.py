"""`pull` as a user types it: dashboard edits come back, where that is safe."""

import json
import sqlite3
from collections.abc import Callable
from typing import Any

import pytest
from shell import Shell

FRONT = """\
# The front desk.
name: Front
voice:
  provider: 11labs
  speed: 1.2  # lively
  # who speaks
  voiceId: sarah
firstMessage: Hello from ${var.shop}
model:
    provider: openai
    messages:
    - role: system
      content: |
          You are Robin.

          # Be kind.
    tools:
    # hangs up
    - type: endCall   # always
    # books
    - type: function
      function: {name: book}
      server: {url: "https://shop.example/book", secret: !secret HOOK}
endCallMessage: Bye
"""


@pytest.fixture
def project(shell: Shell) -> Shell:
    """Give a project that is applied to the emulator."""
    shell.write("assistants-sync.yaml", "project: shop\nvars: {shop: Harbor}\n")
    shell.write("assistants/front.yaml", FRONT)
    shell.write(
        "assistants/night.md",
        "---\nname: Night\nmodel: {provider: openai}\n---\n\nYou are Sam.\n\n",
    )
    shell.write("assistants/filed.yaml", _filed("Filed"))
    shell.write("prompts/filed.txt", "From a file.\n")
    shell.set({"HOOK": "canary-secret"})
    assert shell("--emulator", "apply", "--auto-approve").code == 0
    return shell


def _filed(name: str, file: str = "prompts/filed.txt") -> str:
    message = f"{{role: system, content: !file {file}}}"
    return f"name: {name}\nmodel: {{provider: openai, messages: [{message}]}}\n"


def edit(shell: Shell, name: str, change: Callable[[dict[str, Any]], None]) -> None:
    """Edit one assistant in the dashboard."""
    connection = sqlite3.connect(shell.folder / "state" / "default.emulator.sqlite")
    for remote_id, text in connection.execute("SELECT id, body FROM assistant").fetchall():
        body = json.loads(text)
        if body["name"] == name:
            change(body)
            connection.execute(
                "UPDATE assistant SET body = ?, updated_ms = updated_ms + 5 WHERE id = ?",
                (json.dumps(body), remote_id),
            )
    connection.commit()
    connection.close()


def is_settled(shell: Shell) -> bool:
    """Say whether nothing is left to do but book-keeping, and after that nothing at all."""
    plan = json.loads(shell("--emulator", "plan", "--format", "json").out)
    actions = [change["change"]["actions"] for change in plan["resource_changes"]]
    applied = shell("--emulator", "apply", "--auto-approve").code
    drift = json.loads(shell("--emulator", "drift", "--format", "json").out)["resource_drift"]
    return actions == [["no-op"]] * len(actions) and applied == 0 and not drift


def test_values_come_back_and_the_file_stays_as_it_was_around_them(project: Shell) -> None:
    def change(body: dict[str, Any]) -> None:
        body["voice"]["speed"] = 0.9
        del body["voice"]["voiceId"]
        body["model"]["messages"][0]["content"] = "You are Alex.\n\n# Be kind.\n"
        body["endCallMessage"] = "So long: ${var.shop}"

    edit(project, "Front", change)
    ended = project("--emulator", "pull", "assistant.front")
    assert ended.code == 0
    assert "-          You are Robin.\n+          You are Alex.\n" in ended.out
    assert ended.out.endswith("Pulled 4 paths into 1 file.\n")
    expected = (
        FRONT.replace("Robin", "Alex")
        .replace("speed: 1.2", "speed: 0.9")
        .replace("  voiceId: sarah\n", "")
        .replace("endCallMessage: Bye", 'endCallMessage: "So long: $${var.shop}"')
    )
    assert project.read("assistants/front.yaml") == expected
    assert is_settled(project)


def test_items_come_and_go_with_their_own_comments(project: Shell) -> None:
    edit(project, "Front", lambda body: body["model"]["tools"].insert(1, {"type": "dtmf"}))
    assert project("--emulator", "pull", "--all").code == 0
    written = FRONT.replace("# always\n", "# always\n    - type: dtmf\n")
    assert project.read("assistants/front.yaml") == written
    assert is_settled(project)


def test_files_and_bodies_take_the_text(project: Shell) -> None:
    for name in ("Filed", "Night"):
        edit(project, name, lambda body: body["model"]["messages"][0].update(content="New\nwords"))
    assert project("--emulator", "drift", "--pull").code == 0
    assert project.read("prompts/filed.txt") == "New\nwords"
    assert (
        project.read("assistants/night.md")
        == "---\nname: Night\nmodel: {provider: openai}\n---\n\nNew\nwords\n\n"
    )
    assert is_settled(project)


def test_an_overlay_takes_what_it_says_itself(shell: Shell) -> None:
    environments = "environments: {default: {}, prod: {}}\n"
    shell.write("assistants-sync.yaml", f"project: shop\n{environments}")
    shell.write("assistants/front.yaml", "name: Front\nfirstMessage: all\nendCallMessage: all\n")
    shell.write("assistants/front.default.yaml", "# here only\nendCallMessage: here\n")
    assert shell("--emulator", "apply", "--auto-approve").code == 0
    edit(shell, "Front", lambda body: body.update(firstMessage="one", endCallMessage="two"))
    ended = shell("--emulator", "pull", "--all")
    assert "assistants/front.yaml is read for every environment." in ended.err
    assert "front.default.yaml is read" not in ended.err
    assert "firstMessage: one\nendCallMessage: all\n" in shell.read("assistants/front.yaml")
    assert shell.read("assistants/front.default.yaml") == "# here only\nendCallMessage: two\n"
    assert is_settled(shell)


def test_a_difference_that_was_kept_comes_back_too(project: Shell) -> None:
    edit(project, "Front", lambda body: body.update(endCallMessage="Later"))
    kept = project("--emulator", "apply", "--auto-approve", "--resolve", "theirs")
    assert kept.code == 0
    assert project("--emulator", "pull", "--all").code == 0
    assert project.read("assistants/front.yaml") == FRONT.replace("Bye", "Later")
    assert is_settled(project)


def test_a_dry_run_writes_nothing(project: Shell) -> None:
    edit(project, "Front", lambda body: body.update(endCallMessage="Later"))
    ended = project("--emulator", "pull", "--all", "--dry-run")
    assert "+endCallMessage: Later\n" in ended.out
    assert ended.out.endswith("Would pull 1 path into 1 file.\n")
    assert project.read("assistants/front.yaml") == FRONT


def test_what_comes_from_elsewhere_is_told_and_left(project: Shell) -> None:
    def change(body: dict[str, Any]) -> None:
        body["firstMessage"] = "Hello from me"
        body["model"]["tools"].append({"type": "x", "server": {"secret": "canary-of-theirs"}})

    edit(project, "Front", change)
    ended = project("--emulator", "pull", "--all")
    assert ended.code == 1
    assert "`firstMessage`: the file has `${var.shop}` in it" in ended.err
    assert "`model.tools`: a new item of it holds a secret" in ended.err
    assert "canary" not in ended.out + ended.err
    assert ended.out == "Nothing pulled.\n"
    assert project.read("assistants/front.yaml") == FRONT


def test_a_file_that_others_use_too_is_left(project: Shell) -> None:
    project.write("assistants/other.yaml", _filed("Other"))
    project("--emulator", "apply", "--auto-approve")
    edit(project, "Filed", lambda body: body["model"]["messages"][0].update(content="Mine"))
    ended = project("--emulator", "pull", "assistant.filed")
    assert ended.code == 1
    assert "prompts/filed.txt is used elsewhere too" in ended.err
    assert project.read("prompts/filed.txt") == "From a file.\n"
    edit(project, "Other", lambda body: body["model"]["messages"][0].update(content="Mine"))
    assert project("--emulator", "pull", "--all").code == 0
    assert project.read("prompts/filed.txt") == "Mine"


def test_a_file_with_variables_is_left(project: Shell) -> None:
    project.write("prompts/filed.txt", "At ${var.shop}.\n")
    project("--emulator", "apply", "--auto-approve")
    edit(project, "Filed", lambda body: body["model"]["messages"][0].update(content="Mine"))
    ended = project("--emulator", "pull", "--all")
    assert "prompts/filed.txt has `${var.shop}` in it" in ended.err
    assert project.read("prompts/filed.txt") == "At ${var.shop}.\n"


def test_a_conflict_is_settled_by_name_only(project: Shell) -> None:
    edit(project, "Front", lambda body: body.update(endCallMessage="Later"))
    mine = FRONT.replace("Bye", "Ciao")
    project.write("assistants/front.yaml", mine)
    ended = project("--emulator", "pull", "--all")
    assert ended.code == 1
    assert "`endCallMessage` was changed in the file too" in ended.err
    assert project.read("assistants/front.yaml") == mine
    assert project("--emulator", "pull", "--all", "--resolve", "theirs").code == 0
    assert project.read("assistants/front.yaml") == FRONT.replace("Bye", "Later")
    assert is_settled(project)


def test_nothing_undeclared_comes_in(project: Shell) -> None:
    edit(project, "Front", lambda body: body.update(voicemailMessage="Mine"))
    assert project("--emulator", "pull", "--all").out == "Nothing has drifted.\n"


def test_what_would_break_the_project_is_taken_back(project: Shell) -> None:
    edit(project, "Front", lambda body: body.update(endCallMessage="x" * 2000))
    ended = project("--emulator", "pull", "--all")
    assert ended.code == 8
    assert "the files hold again what they held" in ended.err
    assert project.read("assistants/front.yaml") == FRONT


@pytest.mark.parametrize("argv", [(), ("--all", "assistant.front"), ("--all", "--resolve", "ours")])
def test_it_asks_to_be_told_what(project: Shell, argv: tuple[str, ...]) -> None:
    assert project("--emulator", "pull", *argv).code == 64
