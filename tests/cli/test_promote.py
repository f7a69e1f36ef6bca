"""From one environment to another: what differs, what was not tried, and the plan of the second."""

import json

import pytest
from shell import Shell

_PROJECT = """\
project: p
environments:
  dev: {vars: {city: Bern}}
  prod: {vars: {city: Basel}}
"""


@pytest.fixture
def shop(shell: Shell) -> Shell:
    """Give two environments that are up to date; since then the common definition changed."""
    shell.write("assistants-sync.yaml", _PROJECT)
    shell.write("assistants/desk.yaml", "name: Desk ${var.city}\nfirstMessage: Hello\n")
    shell.write("assistants/bell.yaml", "name: Bell\nserver: {url: https://a.example}\n")
    shell.write("assistants/night.dev.yaml", "name: Night\n")
    for environment in ("dev", "prod"):
        assert shell("--emulator", "--env", environment, "apply", "--auto-approve").code == 0
    shell.write("assistants/desk.yaml", "name: Desk ${var.city}\nfirstMessage: Hi\n")
    return shell


def promote(shop: Shell, *flags: str) -> str:
    ended = shop("--emulator", "promote", "--from", "dev", "--to", "prod", *flags)
    assert ended.code == 0, ended.err
    return ended.out


def test_what_differs_stands_before_the_plan_of_the_second(shop: Shell) -> None:
    told = promote(shop)
    differences, _, plan = told.partition("Project p, environment prod")
    assert 'name: "Desk Bern" -> "Desk Basel"' in differences
    assert "assistant.night\n      only in dev" in differences
    assert "assistant.bell" not in told
    assert 'firstMessage: "Hello" -> "Hi"' in plan
    assert "1 to update" in plan


def test_what_was_never_applied_in_the_first_is_said(shop: Shell) -> None:
    assert "not applied in dev" in promote(shop)
    assert shop("--emulator", "--env", "dev", "apply", "--auto-approve").code == 0
    assert "not applied in dev" not in promote(shop)


def test_the_saved_plan_is_carried_out_in_the_second_alone(shop: Shell) -> None:
    promote(shop, "-o", "plan.json", "assistant.desk")
    wrong = shop("--emulator", "--env", "dev", "apply", "plan.json")
    assert wrong.code == 4
    assert shop("--emulator", "--env", "prod", "apply", "plan.json").code == 0
    assert "No changes" in shop("--emulator", "--env", "prod", "plan").out


def test_only_what_is_named_is_compared_and_planned(shop: Shell) -> None:
    shop.write("assistants/bell.prod.yaml", "name: Bell of production\n")
    document = json.loads(promote(shop, "--format", "json", "assistant.bell"))
    (only,) = document["differences"]
    assert only["address"] == "assistant.bell"
    assert only["applied_in_from"] is True
    assert only["fields"] == [
        {"path": "/name", "kind": "change", "before": "Bell", "after": "Bell of production"}
    ]
    assert document["plan"]["environment"] == "prod"
    assert [each["address"] for each in document["plan"]["resource_changes"]] == ["assistant.bell"]


def test_secrets_are_compared_by_their_names(shop: Shell) -> None:
    base = "name: Bell\nserver: {url: https://a.example, secret: !secret "
    shop.write("assistants/bell.yaml", base + "HOOK}\n")
    shop.write("assistants/bell.prod.yaml", "server: {secret: !secret PROD_HOOK}\n")
    shop.set({"PROD_HOOK": "canary-of-production"})
    told = promote(shop, "--full")
    assert '"!secret HOOK" -> "!secret PROD_HOOK"' in told
    assert "canary" not in told


def test_nothing_to_promote_is_said(shop: Shell) -> None:
    told = promote(shop, "assistant.bell")
    assert "The definitions are the same in both." in told
    assert "No changes" in told
    exact = ("--from", "dev", "--to", "prod", "--detailed-exitcode")
    assert shop("--emulator", "promote", *exact).code == 2
    assert shop("--emulator", "promote", *exact, "assistant.bell").code == 0


@pytest.mark.parametrize(
    ("flags", "code"),
    [
        (["--from", "dev", "--to", "dev"], 64),
        (["--from", "dev", "--to", "prd"], 8),
        (["--from", "dev", "--to", "prod", "assistant.dsk"], 64),
        (["--from", "dev"], 64),
    ],
)
def test_what_cannot_be_promoted_is_refused(shop: Shell, flags: list[str], code: int) -> None:
    assert shop("--emulator", "promote", *flags).code == code


def test_a_summary_counts(shop: Shell) -> None:
    assert "1 fields differ" not in promote(shop, "--full")
    assert "      1 field differs" in promote(shop, "--summary")
