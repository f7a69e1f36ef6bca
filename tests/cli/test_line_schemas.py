"""The published schemas of the log and of history: every line and every document keeps to them."""

import json
from pathlib import Path
from typing import Final

import pytest
from backends.http_state_server import PASSWORD, USER, PlainServer
from jsonschema import Draft202012Validator
from naming import NamingStandIn
from shell import Ended, Shell
from stand_in import serve_on_loopback
from stand_in_faults import Meanwhile, status, throttled

from assistants_sync.model.value import JsonValue

_FOLDER: Final = Path(__file__).parents[2] / "docs" / "schemas"


def _closed(schema: JsonValue) -> JsonValue:
    """Give the schema with nothing allowed that it does not name: readers are told of all."""
    match schema:
        case dict():
            inner = {key: _closed(each) for key, each in schema.items()}
            return {**inner, "additionalProperties": False} if "properties" in inner else inner
        case list():
            return [_closed(each) for each in schema]
        case _:
            return schema


def _validator(name: str) -> Draft202012Validator:
    schema = _closed(json.loads((_FOLDER / name).read_text()))
    assert isinstance(schema, dict)
    return Draft202012Validator(schema)


_LOG, _HISTORY = _validator("log-1.0.json"), _validator("history-1.0.json")


@pytest.fixture
def shop(shell: Shell) -> Shell:
    """Give a project with one definition."""
    shell.write("assistants-sync.yaml", "project: shop\nunknown_fields: warn\n")
    shell.write("assistants/desk.yaml", "name: Desk\nnoSuchField: 1\n")
    shell.set({"VAPI_API_KEY": "canary-key-1234"})
    return shell


def kinds(ended: Ended) -> set[JsonValue]:
    """Check every line of the log, and give what they are about."""
    found: set[JsonValue] = set()
    for text in ended.err.splitlines():
        line = json.loads(text)
        _LOG.validate(line)
        found.add(line["event"])
    return found


def test_every_line_of_the_log_keeps_to_the_schema(shop: Shell) -> None:
    server, told = NamingStandIn(), set[JsonValue]()
    apply = ("--log-format=json", "apply", "--auto-approve")
    with serve_on_loopback(server.app) as base_url, PlainServer() as states:
        shop.set({"VAPI_BASE_URL": base_url, "ASSISTANTS_SYNC_STATE_URL": states.url("shop")})
        shop.set({"TF_HTTP_USERNAME": USER, "TF_HTTP_PASSWORD": PASSWORD})
        server.fail("POST", "/assistant", throttled("30"))
        told |= kinds(shop(*apply))
        server.fail("PATCH", "/assistant", status(400))
        shop.write("assistants/desk.yaml", "name: Other\n")
        told |= kinds(shop(*apply))
        (remote_id,) = server.objects
        shop.write("assistants/desk.yaml", "name: Third\n")
        server.fail("GET", f"/assistant/{remote_id}", _edits(server, remote_id))
        told |= kinds(shop(*apply))
        told |= kinds(shop("--log-format=json", "apply"))
        told |= kinds(shop("--log-format=json", "plan", "--out", "plan.json"))
    assert told == {
        "remark", "request", "state_request", "requests_sent", "error", "warning", "waiting",
        "plan_accepted", "change_started", "change_applied", "change_failed", "change_skipped",
        "apply_finished",
    }  # fmt: skip


def _edits(server: NamingStandIn, remote_id: str) -> Meanwhile:
    return Meanwhile(lambda: server.edit(remote_id, name="Theirs"))


def test_history_keeps_to_the_schema(shop: Shell) -> None:
    shop.write("assistants/desk.yaml", "name: Desk\n")
    assert shop("--emulator", "apply", "--auto-approve").code == 0
    shop.write("assistants/desk.yaml", "name: Other\nmodel: {provider: openai, model: gpt-4.1}\n")
    assert shop("--emulator", "apply", "--auto-approve").code == 0
    every = json.loads(shop("history", "list", "--format", "json").out)
    _HISTORY.validate(every)
    assert len(every["runs"]) == 2
    one = json.loads(shop("history", "show", every["runs"][1]["id"], "--format", "json").out)
    _HISTORY.validate(one)
    assert one["runs"] == every["runs"][1:]


def test_a_schema_refuses_what_is_something_else() -> None:
    for validator in (_LOG, _HISTORY):
        assert not validator.is_valid({"format_version": "1.0"})
        assert not validator.is_valid([])
