"""A plan where no secret may be read: what a stranger's change would touch, and nothing more."""

import json
from typing import Any

import pytest
from shell import Shell

_SECRET = "c0ffee-very-secret-word"
_BILLING = "assistants/billing.yaml"


@pytest.fixture
def clinic(shell: Shell) -> Shell:
    """Give a project with secrets, applied; from then on neither a key nor a secret is set."""
    shell.copy_example("clinic")
    with pytest.MonkeyPatch.context() as only_now:
        only_now.setenv("CLINIC_WEBHOOK_SECRET", _SECRET)
        assert shell("--emulator", "apply", "--auto-approve").code == 0
    return shell


def planned(shell: Shell, *flags: str) -> dict[str, Any]:
    ended = shell(*flags, "plan", "--secrets-unavailable", "--format", "json")
    assert ended.code == 0, ended.err
    document: dict[str, Any] = json.loads(ended.out)
    return document


def edit(shell: Shell, name: str, beginning: str, line: str) -> None:
    """Replace the first line of a file that begins so."""
    lines = shell.read(name).splitlines()
    lines[next(at for at, each in enumerate(lines) if each.startswith(beginning))] = line
    shell.write(name, "\n".join(lines) + "\n")


def actions(document: dict[str, Any]) -> dict[str, str]:
    return {
        each["address"]: each["change"]["actions"][0]
        for each in document["resource_changes"]
        if each["change"]["actions"] != ["no-op"]
    }


@pytest.mark.parametrize("flags", [[], ["--emulator"]], ids=["without a key", "with a key"])
def test_secrets_nobody_reads_are_no_change(clinic: Shell, flags: list[str]) -> None:
    assert actions(planned(clinic, *flags)) == {}
    assert clinic(*flags, "plan", "--secrets-unavailable", "--detailed-exitcode").code == 0


@pytest.mark.parametrize("flags", [[], ["--emulator"]], ids=["without a key", "with a key"])
def test_what_a_stranger_changed_is_seen(clinic: Shell, flags: list[str]) -> None:
    clinic.write(
        "assistants/new.yaml", "name: New\nserver: {url: https://x.example, secret: !secret A}\n"
    )
    edit(clinic, "assistants/booking.yaml", "endCallMessage:", "endCallMessage: Bye")
    (clinic.folder / "assistants/after-hours.md").unlink()
    document = planned(clinic, *flags)
    assert actions(document) == {
        "assistant.new": "create",
        "assistant.booking": "update",
        "assistant.after-hours": "delete",
    }
    assert document["complete_read"] is bool(flags)
    shown = clinic(*flags, "plan", "--secrets-unavailable", "--full").out
    assert "(secret unknown)" in shown
    assert ("(not read)" in shown) is not bool(flags)
    assert clinic(*flags, "plan", "--secrets-unavailable", "--detailed-exitcode").code == 2


def test_a_changed_value_is_shown_as_it_is_written_and_the_old_one_as_not_read(
    clinic: Shell,
) -> None:
    edit(clinic, _BILLING, "endCallMessage:", "endCallMessage: Bye")
    (change,) = [
        each
        for each in planned(clinic)["resource_changes"]
        if each["address"] == "assistant.billing"
    ]
    (field,) = change["change"]["fields"]
    assert (field["path"], field["before"], field["after"]) == (
        "/endCallMessage",
        "(not read)",
        "Bye",
    )


def test_a_field_that_went_and_one_that_came_are_told_apart(clinic: Shell) -> None:
    edit(clinic, _BILLING, "endCallMessage:", "voicemailMessage: Later")
    (change,) = [
        each
        for each in planned(clinic)["resource_changes"]
        if each["address"] == "assistant.billing"
    ]
    kinds = {field["path"]: field["kind"] for field in change["change"]["fields"]}
    assert kinds == {"/endCallMessage": "remove", "/voicemailMessage": "add"}


def test_a_list_around_an_unknown_secret_is_still_compared(clinic: Shell) -> None:
    edit(clinic, _BILLING, "        url:", "        url: https://evil.example")
    assert actions(planned(clinic)) == {"assistant.billing": "update"}
    assert actions(planned(clinic, "--emulator")) == {"assistant.billing": "update"}


@pytest.mark.parametrize("flags", [[], ["--emulator"]], ids=["without a key", "with a key"])
def test_such_a_plan_is_never_applied(clinic: Shell, flags: list[str]) -> None:
    clinic.write("assistants/new.yaml", "name: New\n")
    assert clinic(*flags, "plan", "--secrets-unavailable", "-o", "plan.json").code == 0
    ended = clinic("--emulator", "apply", "plan.json")
    assert ended.code == 64
    assert "made without secrets" in ended.err
    assert "2 GET" not in ended.err
    assert clinic("--emulator", "apply", "--secrets-unavailable").code == 64


def test_a_secret_that_is_set_is_not_read_either(clinic: Shell) -> None:
    clinic.set({"CLINIC_WEBHOOK_SECRET": "another-value-altogether"})
    assert actions(planned(clinic, "--emulator")) == {}
    assert actions(planned(clinic)) == {}


def test_protection_forgetting_and_quarantine_are_seen_without_a_key(shell: Shell) -> None:
    shell.copy_example("quickstart")
    for key, lifecycle in (
        ("a", "protect: true"),
        ("b", "on_delete: forget"),
        ("c", "on_delete: quarantine"),
    ):
        shell.write(f"assistants/{key}.yaml", f"name: {key}\nlifecycle: {{{lifecycle}}}\n")
    assert shell("--emulator", "apply", "--auto-approve").code == 0
    for key in "abc":
        (shell.folder / f"assistants/{key}.yaml").unlink()
    document = planned(shell)
    assert actions(document) == {
        "assistant.a": "delete",
        "assistant.b": "forget",
        "assistant.c": "update",
    }
    (protected,) = [
        each for each in document["resource_changes"] if each["address"] == "assistant.a"
    ]
    assert [each["guard"] for each in protected["blocked"]] == ["protected"]
    skipped = shell("plan", "--secrets-unavailable", "--skip-deletes", "--format", "json")
    assert "assistant.a" not in actions(json.loads(skipped.out))


def test_before_the_first_apply_everything_is_to_create(shell: Shell) -> None:
    shell.copy_example("clinic")
    document = planned(shell)
    assert set(actions(document).values()) == {"create"}
    assert len(actions(document)) == 5
    assert not (shell.folder / "state").exists()


def test_ignored_changes_stay_ignored_without_a_key(shell: Shell) -> None:
    shell.copy_example("quickstart")
    shell.write(
        "assistants/a.yaml",
        "name: A\nfirstMessage: One\nlifecycle: {ignore_changes: [/firstMessage]}\n",
    )
    assert shell("--emulator", "apply", "--auto-approve").code == 0
    shell.write(
        "assistants/a.yaml",
        "name: A\nfirstMessage: Two\nlifecycle: {ignore_changes: [/firstMessage]}\n",
    )
    assert actions(planned(shell)) == {}


def test_a_key_in_a_file_of_the_project_is_not_used(clinic: Shell) -> None:
    clinic.write(".env", "VAPI_API_KEY=a-strangers-key\nnot a line at all\n")
    assert planned(clinic)["complete_read"] is False
