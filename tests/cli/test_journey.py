"""The quick start from nothing to empty and back, and the clinic: as a user would type it."""

import json
import sqlite3

import pytest
from shell import Shell


def _live(shell: Shell) -> dict[str, dict[str, object]]:
    connection = sqlite3.connect(shell.folder / "state" / "default.emulator.sqlite")
    rows = connection.execute("SELECT id, body FROM assistant").fetchall()
    connection.close()
    return {remote_id: json.loads(text) for remote_id, text in rows}


def _edit_on_server(shell: Shell, name: str, **changes: object) -> None:
    connection = sqlite3.connect(shell.folder / "state" / "default.emulator.sqlite")
    for remote_id, stored in _live(shell).items():
        if stored["name"] == name:
            connection.execute(
                "UPDATE assistant SET body = ?, updated_ms = updated_ms + 5 WHERE id = ?",
                (json.dumps({**stored, **changes}), remote_id),
            )
    connection.commit()
    connection.close()


def test_the_quick_start_from_nothing_to_nothing_left_to_do(shell: Shell) -> None:
    shell.copy_example("quickstart")
    assert shell("validate").out == "Valid: 3 definitions.\n"
    assert "Plan: 3 to create" in shell("--emulator", "plan").out

    applied = shell("--emulator", "apply", "--auto-approve")
    assert (applied.code, applied.out.splitlines()[-1]) == (
        0,
        "Applied: 3 created, 0 updated, 0 deleted, 0 forgot.",
    )
    assert shell("--emulator", "plan", "--detailed-exitcode").code == 0

    prompt = shell.read("prompts/front-desk.txt")
    shell.write("prompts/front-desk.txt", prompt.replace("Robin", "Alex"))
    edited = shell("--emulator", "plan", "--detailed-exitcode", "--out", "p.json")
    assert edited.code == 2
    assert "You are [-Robin-]{+Alex+}, the voice" in edited.out
    assert "Plan: 0 to create, 1 to update" in shell("show", "p.json").out
    assert "1 updated" in shell("--emulator", "apply", "p.json").out
    assert shell("--emulator", "apply", "p.json").code == 4

    _edit_on_server(shell, "Harbor Bikes booking", firstMessage="Hello by hand")
    drifted = shell("--emulator", "drift", "--detailed-exitcode")
    assert drifted.code == 2
    assert "Hello by hand" in drifted.out
    assert "1 updated" in shell("--emulator", "apply", "--auto-approve").out

    (shell.folder / "assistants" / "after-hours.md").unlink()
    assert "Deletions:" in shell("--emulator", "plan").out
    assert shell("--emulator", "apply", "--auto-approve").code == 3
    assert len(_live(shell)) == 3
    gone = shell("--emulator", "apply", "--auto-approve", "--allow-deletes", "1")
    assert (gone.code, len(_live(shell))) == (0, 2)
    assert "No changes. 2 owned" in shell("--emulator", "plan").out


@pytest.mark.parametrize("environment", ["default", "production"])
def test_the_clinic_plans_applies_and_plans_empty(shell: Shell, environment: str) -> None:
    shell.copy_example("clinic")
    shell.set({"CLINIC_WEBHOOK_SECRET": "canary-webhook"})
    told = [
        shell("--env", environment, "--emulator", "plan"),
        shell("--env", environment, "--emulator", "apply", "--auto-approve"),
        shell("--env", environment, "--emulator", "plan", "--detailed-exitcode"),
        shell("--env", environment, "--emulator", "plan", "--format", "json"),
    ]
    assert [each.code for each in told] == [0, 0, 0, 0]
    assert "5 created" in told[1].out
    state = shell.read(f"state/{environment}.json")
    assert "canary-webhook" not in state + "".join(each.out + each.err for each in told)
    assert "canary-webhook" in (
        shell.folder / "state" / f"{environment}.emulator.sqlite"
    ).read_bytes().decode("latin-1")


def test_import_all_writes_definitions_and_ends_with_an_empty_plan(shell: Shell) -> None:
    shell.copy_example("quickstart")
    shell("--emulator", "apply", "--auto-approve")
    for each in (shell.folder / "assistants").iterdir():
        each.unlink()
    (shell.folder / "state" / "default.json").unlink()
    imported = shell("--emulator", "import", "--all")
    assert imported.code == 0
    assert "Imported 3." in imported.out
    assert "No changes. 3 owned" in imported.out
    assert sorted(path.name for path in (shell.folder / "assistants").iterdir()) == [
        "after-hours.yaml",
        "booking.yaml",
        "front-desk.yaml",
    ]
    assert len(_live(shell)) == 3


def test_a_lost_state_is_found_again_by_its_markers(shell: Shell) -> None:
    shell.copy_example("quickstart")
    shell("--emulator", "apply", "--auto-approve")
    (shell.folder / "state" / "default.json").unlink()
    assert shell("--emulator", "apply", "--auto-approve").code == 3
    assert "No changes. 3 owned" in shell("--emulator", "import", "--all").out


def test_one_is_imported_under_its_definition_and_claimed(shell: Shell) -> None:
    shell.copy_example("quickstart")
    shell("--emulator", "apply", "--auto-approve", "--target", "assistant.booking")
    (remote_id,) = _live(shell)
    shell("state", "rm", "assistant.booking")
    plain = shell("--emulator", "import", "assistant.booking", remote_id)
    assert plain.code == 0
    assert shell("--emulator", "import", "assistant.booking", remote_id).code == 3
    shell("state", "rm", "assistant.booking")
    claimed = shell("--emulator", "import", "assistant.booking", remote_id, "--claim")
    assert "1 PATCH" in claimed.err
    assert "write" in json.dumps(_live(shell)[remote_id]["metadata"])


def test_another_projects_assistant_is_only_imported_by_taking_it_over(shell: Shell) -> None:
    shell.copy_example("quickstart")
    shell("--emulator", "apply", "--auto-approve", "--target", "assistant.booking")
    (remote_id,) = _live(shell)
    (shell.folder / "state" / "default.json").unlink()
    shell.write("assistants-sync.yaml", "project: rival\n")
    refused = shell("--emulator", "import", "assistant.booking", remote_id)
    assert refused.code == 3
    assert "`quickstart`" in refused.err
    assert shell("--emulator", "import", "--match", "Harbor*").out == "Imported 0.\n"
    taken = shell("--emulator", "import", "assistant.booking", remote_id, "--take-over")
    assert taken.code == 0
    assert "rival" in json.dumps(_live(shell)[remote_id]["metadata"])


def test_import_never_overwrites_a_file_and_leaves_secrets_out(shell: Shell) -> None:
    shell.write("assistants-sync.yaml", "project: p\n")
    shell.write(
        "assistants/desk.yaml",
        "name: Desk Two\nserver: {url: 'https://a.example', secret: canary-hook}\n"
        "model:\n  provider: openai\n"
        "  messages: [{role: system, content: '${var.x} costs $${var.y}'}]\n"
        "metadata: {team: a}\n",
    )
    shell.write("assistants-sync.yaml", "project: p\nvars: {x: it}\n")
    shell("--emulator", "apply", "--auto-approve")
    (shell.folder / "state" / "default.json").unlink()
    (shell.folder / "assistants" / "desk.yaml").unlink()
    shell.write("assistants/desk.yml", "key: other\nname: Other\n")
    imported = shell("--emulator", "import", "--all")
    assert imported.code == 0, imported.err
    text = shell.read("assistants/desk.yaml")
    assert "canary" not in text
    assert "$${var.y}" in text
    assert "assistants-sync" not in text


def test_what_is_owned_can_be_listed_shown_moved_and_forgotten(shell: Shell) -> None:
    shell.copy_example("quickstart")
    assert shell("state", "list").out == ""
    shell("--emulator", "apply", "--auto-approve")
    assert len(shell("state", "list").out.splitlines()) == 3
    assert len(json.loads(shell("state", "list", "--format", "json").out)["owned"]) == 3
    shown = shell("state", "show", "assistant.booking").out
    assert "/stopSpeakingPlan/numWords" in shown
    document = json.loads(shell("state", "show", "assistant.booking", "--format", "json").out)
    assert document["address"] == "assistant.booking"
    assert shell("state", "mv", "assistant.booking", "assistant.front-desk").code == 1
    assert shell("state", "mv", "assistant.booking", "assistant.bookings").code == 0
    assert shell("state", "rm", "assistant.bookings").code == 0
    assert shell("state", "rm", "assistant.bookings").code == 1
    assert shell("state", "show", "nonsense").code == 64
    assert len(shell("state", "list").out.splitlines()) == 2
    assert shell("lock", "show").out == "Nobody holds it.\n"
    assert json.loads(shell("lock", "show", "--format", "json").out)["holder"] is None


def test_the_emulator_is_reset_with_the_state_that_is_its_own(shell: Shell) -> None:
    shell.copy_example("quickstart")
    assert shell("emulator", "reset").code == 0
    shell("--emulator", "apply", "--auto-approve")
    assert shell("emulator", "reset").code == 0
    assert shell("state", "list").out == ""
    assert "3 to create" in shell("--emulator", "plan").out


def test_apply_writes_one_event_a_line(shell: Shell) -> None:
    shell.copy_example("quickstart")
    ended = shell("--emulator", "apply", "--auto-approve", "--format", "json")
    events = [json.loads(line) for line in ended.out.splitlines()]
    assert [each["type"] for each in events if each["type"] != "change_started"] == [
        "plan_accepted",
        "change_applied",
        "change_applied",
        "change_applied",
        "apply_finished",
    ]
    (shell.folder / "assistants" / "booking.yaml").unlink()
    refused = shell("--emulator", "apply", "--auto-approve", "--format", "json")
    assert refused.code == 3
    assert json.loads(refused.out)["diagnostics"][0]["code"] == "consent"


def test_every_brake_of_the_project_file_is_read(shell: Shell) -> None:
    shell.copy_example("quickstart")
    brakes = "max_deletes: 0, max_delete_ratio: 0.1, max_destructive_updates: 0, quarantine_days: 1"
    shell.write(
        "assistants-sync.yaml",
        f"project: quickstart\nsafety: {{{brakes}}}\n"
        "environments: {default: {safety: {protect_all: true, allow_empty: true}}}\n",
    )
    assert shell("--emulator", "apply", "--auto-approve").code == 0
    for each in (shell.folder / "assistants").iterdir():
        each.unlink()
    refused = shell("--emulator", "apply", "--auto-approve", "--format", "json")
    codes = {each["code"] for each in json.loads(refused.out)["diagnostics"]}
    assert codes == {"protected", "too_many_deletes", "consent"}
