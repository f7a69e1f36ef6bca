"""Secrets written out: what is taken for one, what is not, and that none is ever quoted."""

import json
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.definitions.project_folder import faults, loaded

from assistants_sync.definitions.policies.inline_secrets import InlineSecret, inline_secrets
from assistants_sync.definitions.policies.rules import RULES
from assistants_sync.model.project import Policies, PolicyName
from assistants_sync.model.value import Body, Secret
from assistants_sync.resources.assistant import ASSISTANT

PROJECT = "project: p\npolicies: {no_inline_secrets: true}\n"
# Put together here, so that a scanner of this repository finds none.
TAIL = "Ab3dEf6hIj9lMn2pQr5tUv8xYz1bCd4fGh7j"
SHAPED = {
    "a private key": "-----BEGIN RSA " + "PRIVATE KEY-----",
    "an API key (`sk-…`)": "sk-proj-" + TAIL,
    "a Stripe key": "sk_live_" + TAIL,
    "an AWS access key": "AKIA" + "IOSFODNN7ABCDEFG",
    "a GitHub token": "ghp_" + TAIL,
    "a GitLab token": "glpat-" + TAIL[:20],
    "a Slack token": "xoxb-" + "123456789012-abcdef",
    "a Google API key": "AIza" + TAIL[:35],
    "a JSON Web Token": "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0In0." + "c2lnbmF0dXJl",
    "a bearer token": "bearer " + TAIL,
    "a URL with a password": "https://ann:" + "canary@hooks.example",
}


def found_in(body: Body) -> list[InlineSecret]:
    """Give what is taken for a secret in the body of an assistant."""
    return list(inline_secrets(ASSISTANT, body))


def test_every_policy_has_a_setting_and_a_rule() -> None:
    assert set(get_args(PolicyName)) == set(Policies.__slots__) == set(RULES)


@pytest.mark.parametrize(("looks_like", "text"), SHAPED.items(), ids=SHAPED)
def test_a_known_shape_is_found_anywhere_in_any_text(looks_like: str, text: str) -> None:
    body: Body = {"model": {"messages": [{"role": "system", "content": f"Be kind.\nSay {text}\n"}]}}
    path = ("model", "messages", "0", "content")
    assert found_in(body) == [InlineSecret(path, looks_like, 2)]


@pytest.mark.parametrize(
    ("body", "looks_like"),
    [
        ({"serverUrlSecret": "short"}, "a secret in plain text"),
        ({"server": {"secret": "short"}}, "a secret in plain text"),
        ({"credentials": [{"provider": "x", "apiKey": "short"}]}, "a secret in plain text"),
        ({"server": {"headers": {"Authorization": "Basic YTpi"}}}, "a credential in plain text"),
        ({"server": {"headers": {"X-Api-Key": "short"}}}, "a credential in plain text"),
        ({"server": {"headers": {"X-Tenant": f"v1:{TAIL}"}}}, "text as random as a key"),
        ({"credentials": [{"other": TAIL}]}, "text as random as a key"),
    ],
)
def test_where_the_kind_keeps_secrets_plain_text_is_found(body: Body, looks_like: str) -> None:
    assert [each.looks_like for each in found_in(body)] == [looks_like]


@pytest.mark.parametrize(
    "body",
    [
        {"server": {"secret": Secret(name="HOOK")}},
        {"server": {"secret": ""}, "serverUrlSecret": None},
        {"server": {"headers": {"Authorization": "Bearer {{ token }}", "X-Key": "{{key}}"}}},
        {"server": {"headers": {"Content-Type": "application/x-www-form-urlencoded"}}},
        {"server": {"headers": {"X-Author": "Jane", "X-Team": "customer-support-line-2"}}},
        {"server": {"headers": {"X-Pad": "xxxxxxxxxxxxxxx1"}}},
        {"server": {"headers": {"X-Team": "customersupportline", "X-Number": "4915112345678901"}}},
        {"server": {"url": "https://hooks.example:8443/a@b"}},
        {"model": {"tools": [{"parameters": {"properties": {"password": {"type": "string"}}}}]}},
        {"model": {"toolIds": ["6f0c2f6e-1b3f-4c0e-9d3a-0c3c8a3e7a51"], "x": TAIL}},
        {"firstMessage": "The bearer of this task-force badge asks for basic information."},
        {"firstMessage": "Open the task-list-2026-of-the-whole-team."},
    ],
)
def test_what_is_no_secret_passes(body: Body) -> None:
    assert found_in(body) == []


@given(st.permutations("0123456789abcdef" * 2))
def test_a_key_in_hex_is_found_in_a_header_of_any_name(digits: list[str]) -> None:
    key = "".join(digits)
    (found,) = found_in({"server": {"headers": {"X-Tenant": key}}})
    assert key not in repr(found)


def test_no_secret_is_quoted_in_a_fault_of_any_policy(tmp_path: Path) -> None:
    key = SHAPED["an API key (`sk-…`)"]
    rules = "{no_inline_secrets: true, name_pattern: x, forbidden_models: ['*'], "
    rules += "forbidden_voices: ['*'], max_prompt_length: 1}"
    body = {
        "name": key[:40],
        "model": {"provider": "openai", "model": key, "messages": [_message(key)]},
        "voice": {"provider": "azure", "voiceId": key},
    }
    files = {
        "assistants-sync.yaml": f"project: p\npolicies: {rules}\n",
        "assistants/desk.yaml": json.dumps(body),
    }
    found = faults(tmp_path, files)
    assert len(found) == 8
    assert key[:40] not in repr(found)


def _message(text: str) -> dict[str, str]:
    return {"role": "system", "content": text}


def test_a_secret_by_name_keeps_to_the_policy_and_one_in_a_file_does_not(tmp_path: Path) -> None:
    files = {"assistants-sync.yaml": PROJECT, "assistants/desk.yaml": "serverUrlSecret: !secret S"}
    assert loaded(tmp_path, files).warnings == ()
    files["prompt.txt"] = "Use " + SHAPED["a GitHub token"]
    files["assistants/desk.yaml"] = "firstMessage: !file prompt.txt"
    (fault,) = faults(tmp_path, files)
    assert fault.code == "policy_no_inline_secrets"
    assert "`firstMessage` holds a GitHub token" in fault.detail
    assert fault.hint is not None
    assert "`!secret NAME`" in fault.hint
