"""An approval is of one content: by its digest, and for as long as the project says."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fakes import FakeClock
from shell import Ended, Shell

from assistants_sync.cli import session

_START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


@pytest.fixture
def shop(shell: Shell) -> Shell:
    """Give a project whose assistants live in the emulator, one of them changed since."""
    shell.copy_example("quickstart")
    assert shell("--emulator", "apply", "--auto-approve").code == 0
    shell.write("assistants/new.yaml", "name: New\nfirstMessage: Hello\n")
    return shell


def digest_of_plan(shop: Shell, *flags: str) -> str:
    document = json.loads(shop("--emulator", "plan", "--format", "json", *flags).out)
    return str(document["digest"]).removeprefix("sha256:")


def sent_nothing(ended: Ended) -> bool:
    return not any(method in ended.err for method in ("POST", "PATCH", "DELETE"))


def later(monkeypatch: pytest.MonkeyPatch, age: timedelta) -> None:
    monkeypatch.setattr(session, "SystemClock", lambda: FakeClock(_START + age))


def test_the_digest_a_plan_shows_is_the_one_that_apply_expects(shop: Shell) -> None:
    shown = shop("--emulator", "plan", "-o", "plan.json").out
    digest = shown.partition("Digest ")[2][:12]
    assert digest == digest_of_plan(shop)[:12]
    ended = shop("--emulator", "apply", "plan.json", "--expect-digest", digest)
    assert ended.code == 0
    assert "1 created" in ended.out


@pytest.mark.parametrize("form", ["{0}", "sha256:{0}", "SHA256:{1}", "{1}"])
def test_a_fresh_plan_is_applied_when_it_is_the_approved_one(shop: Shell, form: str) -> None:
    digest = digest_of_plan(shop)
    expected = form.format(digest, digest.upper())
    ended = shop("--emulator", "apply", "--auto-approve", "--expect-digest", expected)
    assert ended.code == 0
    assert "1 created" in ended.out


def test_a_fresh_plan_that_is_another_one_sends_nothing(shop: Shell) -> None:
    digest = digest_of_plan(shop)
    shop.write("assistants/new.yaml", "name: New\nfirstMessage: Something else\n")
    ended = shop("--emulator", "apply", "--auto-approve", "--expect-digest", digest[:12])
    assert ended.code == 4
    assert sent_nothing(ended)
    assert digest[:12] in ended.err
    assert digest_of_plan(shop) in ended.err


def test_a_saved_plan_that_is_another_one_sends_nothing(shop: Shell) -> None:
    shop("--emulator", "plan", "-o", "plan.json")
    ended = shop("--emulator", "apply", "plan.json", "--expect-digest", "0" * 12)
    assert ended.code == 4
    assert sent_nothing(ended)
    assert "not the one that was approved" in ended.err


def test_an_approval_ends_when_a_definition_changes_that_the_plan_leaves_alone(
    shop: Shell,
) -> None:
    shop("--emulator", "plan", "--target", "assistant.new", "-o", "plan.json")
    digest = digest_of_plan(shop, "--target", "assistant.new")
    shop.write("assistants/other.yaml", "name: Other\n")
    ended = shop("--emulator", "apply", "plan.json", "--expect-digest", digest)
    assert ended.code == 4
    assert "The definitions are not those that were approved" in ended.err
    # Without an approval of the content the saved plan alone decides, and it is what it was.
    assert shop("--emulator", "apply", "plan.json").code == 0


def test_the_options_are_part_of_what_is_approved(shop: Shell) -> None:
    assert digest_of_plan(shop) != digest_of_plan(shop, "--target", "assistant.new")


def test_an_expected_digest_consents_to_nothing(shop: Shell) -> None:
    ended = shop("--emulator", "apply", "--expect-digest", digest_of_plan(shop))
    assert ended.code == 3
    assert "Nobody consented" in ended.err


@pytest.mark.parametrize("text", ["", "0123456789a", "g" * 12, "0" * 65, "md5:" + "0" * 32])
def test_what_is_no_digest_is_not_understood(shop: Shell, text: str) -> None:
    ended = shop("--emulator", "apply", f"--expect-digest={text}")
    assert ended.code == 64
    assert "--expect-digest" in ended.err


# --- age ------------------------------------------------------------------------------------


def limited(shop: Shell, text: str) -> None:
    settings = shop.read("assistants-sync.yaml")
    shop.write("assistants-sync.yaml", f"{settings}\n{text}\n")


def test_a_saved_plan_expires(shop: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    limited(shop, "safety: {plan_ttl: 24h}")
    shop("--emulator", "plan", "-o", "plan.json")
    later(monkeypatch, timedelta(hours=24, seconds=1))
    ended = shop("--emulator", "apply", "plan.json")
    assert ended.code == 4
    assert sent_nothing(ended)
    assert "The plan is too old" in ended.err
    assert "hint: make the plan again" in ended.err


def test_a_saved_plan_may_be_applied_until_it_expires(
    shop: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(shop, "safety: {plan_ttl: 24h}")
    shop("--emulator", "plan", "-o", "plan.json")
    later(monkeypatch, timedelta(hours=24))
    assert shop("--emulator", "apply", "plan.json").code == 0


def test_an_environment_has_an_expiry_of_its_own(
    shop: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(
        shop, "safety: {plan_ttl: 24h}\nenvironments: {default: {safety: {plan_ttl: 30m}}, qa: {}}"
    )
    shop("--emulator", "plan", "-o", "plan.json")
    shop("--emulator", "--env", "qa", "plan", "-o", "qa.json")
    later(monkeypatch, timedelta(minutes=31))
    assert shop("--emulator", "apply", "plan.json").code == 4
    assert shop("--emulator", "--env", "qa", "apply", "qa.json").code == 0


@pytest.mark.parametrize("value", ["3600", "0h", "24", "1w", "true", "[]", "1.5h", "9999999d"])
def test_an_expiry_that_is_no_time_is_a_fault(shop: Shell, value: str) -> None:
    limited(shop, f"safety: {{plan_ttl: {value}}}")
    ended = shop("validate")
    assert ended.code == 8
    assert "`safety.plan_ttl`" in ended.err
    assert "30m, 24h or 7d" in ended.err


def test_a_plan_without_an_expiry_is_of_any_age(
    shop: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop("--emulator", "plan", "-o", "plan.json")
    later(monkeypatch, timedelta(days=90))
    assert shop("--emulator", "apply", "plan.json").code == 0


def test_an_edited_time_changes_no_more_than_the_age(shop: Shell) -> None:
    limited(shop, "safety: {plan_ttl: 24h}")
    shop("--emulator", "plan", "-o", "plan.json")
    path = Path(shop.folder / "plan.json")
    path.write_text(path.read_text().replace("2026-11-21T09:00:00", "2031-01-01T00:00:00"))
    ended = shop("--emulator", "apply", "plan.json")
    assert ended.code == 4
    assert "yet to come" in ended.err
