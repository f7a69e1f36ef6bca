"""`rollback`: a saved plan that undoes what applies did; `apply FILE` carries it out."""

import json
from datetime import timedelta
from typing import TypedDict

import pytest
from fakes import FakeClock
from shell import Ended, Shell

from assistants_sync.cli import session


class _Run(TypedDict):
    id: str
    command: str


@pytest.fixture
def shop(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Give a project in which a second run changed, deleted and created one."""
    clock = FakeClock()

    def later() -> FakeClock:
        clock.time += timedelta(seconds=1)
        return FakeClock(clock.time)

    monkeypatch.setattr(session, "SystemClock", later)
    shell.write("assistants-sync.yaml", "project: shop\n")
    for key in "abcdef":
        shell.write(f"assistants/{key}.yaml", _definition(f"Agent {key}"))
    _apply(shell)
    shell.write("assistants/a.yaml", _definition("Agent A"))
    (shell.folder / "assistants" / "b.yaml").unlink()
    shell.write("assistants/g.yaml", _definition("Agent g"))
    _apply(shell, "--allow-deletes", "1")
    return shell


def _definition(name: str) -> str:
    return f"name: {name}\nmodel: {{provider: openai}}\n"


def _apply(shell: Shell, *more: str) -> Ended:
    ended = shell("--emulator", "apply", "--auto-approve", *more)
    assert ended.code == 0, ended.err
    return ended


def _runs(shell: Shell) -> list[_Run]:
    found: list[_Run] = json.loads(shell("history", "list", "--format", "json").out)["runs"]
    return found


def _rollback(shell: Shell, *more: str) -> Ended:
    last = _runs(shell)[-1]["id"]
    return shell("--emulator", "rollback", "--to", last[:12], "--out", "back.json", *more)


def _names(shell: Shell) -> list[str]:
    owned = json.loads(shell("state", "list", "--format", "json").out)["owned"]
    return sorted(each["address"] for each in owned)


def test_a_rollback_is_planned_shown_and_saved_and_writes_nothing_else(shop: Shell) -> None:
    before = _names(shop)
    ended = _rollback(shop)
    assert ended.code == 0, ended.err
    assert f"back to before run {_runs(shop)[-1]['id']}" in " ".join(ended.out.split())
    for line in ("- assistant.g", "~ assistant.a", "+ assistant.b", "rolled back", "brought back"):
        assert line in ended.out
    assert "1 to create, 1 to update, 1 to delete" in ended.out
    saved = json.loads(shop.read("back.json"))
    assert saved["options"]["rollback"] == _runs(shop)[-1]["id"]
    assert _names(shop) == before
    assert len(_runs(shop)) == 2


def test_it_says_which_files_to_revert(shop: Shell) -> None:
    told = _rollback(shop).err
    assert "assistant.b, assistants/a.yaml, assistants/g.yaml" in told
    assert "git revert" in told


def test_the_saved_plan_is_applied_under_its_digest_and_recorded(shop: Shell) -> None:
    assert _rollback(shop).code == 0
    digest = json.loads(shop.read("back.json"))["digest"]
    wrong = shop("--emulator", "apply", "back.json", "--expect-digest", "0" * 12)
    assert (wrong.code, len(_runs(shop))) == (4, 2)
    ended = shop("--emulator", "apply", "back.json", "--expect-digest", digest)
    assert ended.code == 0, ended.err
    assert "1 created, 1 updated, 1 deleted" in ended.out
    assert _names(shop) == [f"assistant.{key}" for key in "abcdef"]
    assert len(_runs(shop)) == 3
    again = shop("--emulator", "apply", "back.json")
    assert again.code == 4


def test_after_a_revert_the_next_plan_is_empty(shop: Shell) -> None:
    _rollback(shop)
    assert shop("--emulator", "apply", "back.json").code == 0
    shop.write("assistants/a.yaml", _definition("Agent a"))
    shop.write("assistants/b.yaml", _definition("Agent b"))
    (shop.folder / "assistants" / "g.yaml").unlink()
    planned = shop("--emulator", "plan", "--detailed-exitcode")
    assert (planned.code, "No changes" in planned.out) == (0, True)


def test_a_rollback_is_rolled_back(shop: Shell) -> None:
    _rollback(shop)
    shop("--emulator", "apply", "back.json")
    assert _rollback(shop).code == 0
    assert shop("--emulator", "apply", "back.json").code == 0
    assert _names(shop) == [f"assistant.{key}" for key in "acdefg"]


def test_every_form_of_a_plan_is_written(shop: Shell) -> None:
    ended = _rollback(shop, "--format", "json", "--out-markdown", "p.md", "--out-html", "p.html")
    run = _runs(shop)[-1]["id"]
    document = json.loads(ended.out)
    assert document["options"]["rollback"] == run
    assert {each["action_reason"] for each in document["resource_changes"]} == {
        "rolled_back",
        "restored",
    }
    assert "git revert" in ended.err
    for name in ("p.md", "p.html"):
        assert run in shop.read(name)
    brief = _rollback(shop, "--summary", "--exclude", "assistant.g")
    assert "- assistant.g" not in brief.out
    assert "note:" not in brief.out


def test_there_being_changes_is_told_when_asked_for(shop: Shell) -> None:
    assert _rollback(shop, "--detailed-exitcode").code == 2
    run = _runs(shop)[-1]["id"]
    shop("--emulator", "apply", "back.json")
    again = shop("--emulator", "rollback", "--to", run, "-o", "x.json", "--detailed-exitcode")
    assert again.code == 0
    assert "No changes. All is as before that run." in again.out


@pytest.mark.parametrize("run", ["nothing", ""])
def test_a_run_that_is_not_there_is_told(shop: Shell, run: str) -> None:
    ended = shop("--emulator", "rollback", "--to", run, "--out", "back.json")
    assert (ended.code, ended.out) == (1, "")
    assert "Not in the history" in ended.err
    assert not (shop.folder / "back.json").exists()


def test_it_takes_a_run_and_a_file(shop: Shell) -> None:
    assert shop("--emulator", "rollback", "--out", "back.json").code == 64
    assert shop("--emulator", "rollback", "--to", "x").code == 64
