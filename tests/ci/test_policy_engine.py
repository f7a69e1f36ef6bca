"""Policies over `resource_changes`, in a real Rego engine, on plans that the tool made."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pytest
from fakes import FakeClock
from regopy import Interpreter
from shell import EXAMPLES, Shell

from assistants_sync.cli import session

POLICIES: Final = sorted((EXAMPLES / "ci" / "policy").glob("*.rego"))


@pytest.fixture
def shop(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Shell:
    """Give a project of six live assistants, with an environment named production."""
    monkeypatch.setattr(session, "SystemClock", FakeClock)
    shell = Shell(tmp_path / "project", capsys, monkeypatch)
    shell.copy_example("quickstart")
    shell.write(
        "assistants-sync.yaml", "project: shop\nenvironments: {default: {}, production: {}}\n"
    )
    for number in range(3):
        shell.write(f"assistants/extra-{number}.yaml", f"name: Extra {number}\n")
    return shell


def said(shop: Shell, *flags: str, rule: str = "deny") -> Sequence[str]:
    """Give what the policies say of the plan, as conftest asks them."""
    shop(*flags, "--emulator", "plan", "--out", "plan.json")
    return asked(json.loads(shop.read("plan.json")), rule)


def asked(document: Any, rule: str = "deny") -> Sequence[str]:  # noqa: ANN401 -- JSON
    engine = Interpreter()
    for path in POLICIES:
        engine.add_module(path.stem, path.read_text())
    engine.set_input(document)
    (messages,) = json.loads(str(engine.query(f"data.main.{rule}")))["expressions"]
    return sorted(messages)


def remove(shop: Shell, *names: str) -> None:
    for name in names:
        (shop.folder / "assistants" / name).unlink()


def test_a_plan_that_creates_and_edits_breaks_nothing(shop: Shell) -> None:
    assert said(shop) == []
    shop("--emulator", "apply", "--auto-approve")
    shop.write(
        "prompts/front-desk.txt", shop.read("prompts/front-desk.txt").replace("Robin", "Alex")
    )
    assert said(shop) == []


def test_what_is_kept_is_not_deleted_in_production_and_may_be_elsewhere(shop: Shell) -> None:
    for environment in ("production", "default"):
        shop("--env", environment, "--emulator", "apply", "--auto-approve")
    remove(shop, "front-desk.yaml")
    assert said(shop, "--env", "production") == [
        "assistant.front-desk is never deleted in production"
    ]
    assert said(shop) == []


@pytest.mark.parametrize(("count", "is_denied"), [(3, False), (4, True)])
def test_more_deletions_than_people_review_are_denied(
    shop: Shell,
    count: int,
    is_denied: bool,  # noqa: FBT001 -- a parameter of a test
) -> None:
    shop("--emulator", "apply", "--auto-approve")
    gone = ("extra-0.yaml", "extra-1.yaml", "extra-2.yaml", "booking.yaml")
    remove(shop, *gone[:count])
    assert (f"{count} deletions, at most 3 are reviewed at a time" in said(shop)) is is_denied


def test_a_destructive_update_is_denied(shop: Shell) -> None:
    shop("--emulator", "apply", "--auto-approve")
    shop.write("prompts/front-desk.txt", "Hello.")
    assert "assistant.front-desk: a destructive update" in said(shop)


def test_a_block_is_denied_before_anybody_is_asked(shop: Shell) -> None:
    shop.write("assistants/booking.yaml", "name: B\nlifecycle: {protect: true}\n")
    shop("--emulator", "apply", "--auto-approve")
    remove(shop, "booking.yaml")
    assert "assistant.booking: blocked by protected" in said(shop)


def test_another_voice_is_a_warning(shop: Shell) -> None:
    shop("--emulator", "apply", "--auto-approve")
    definition = shop.read("assistants/front-desk.yaml")
    shop.write("assistants/front-desk.yaml", definition.replace("voiceId: sarah", "voiceId: burt"))
    assert said(shop) == []
    assert said(shop, rule="warn") == ["assistant.front-desk: callers will hear another voice"]


def test_what_is_no_plan_passes_no_policy(shop: Shell) -> None:
    shop.write("assistants/new.yaml", "firstMesage: Hello\n")
    failed = json.loads(shop("--emulator", "plan", "--format", "json").out)
    assert asked(failed) == asked({}) == ["this is no plan"]
