"""One command is one run: its log, its events, its record, its lock and what it writes agree."""

import json
from collections.abc import Iterator
from uuid import UUID

import pytest
from backends.http_state_server import PASSWORD, USER, PlainServer
from naming import NamingStandIn
from shell import Ended, Shell
from stand_in import serve_on_loopback

from assistants_sync.model.value import JsonValue


@pytest.fixture
def server() -> Iterator[PlainServer]:
    with PlainServer() as running:
        yield running


@pytest.fixture
def shop(shell: Shell, server: PlainServer) -> Shell:
    """Give a project whose state is on a server, under an address that bears a secret."""
    shell.write("assistants-sync.yaml", "project: shop\n")
    shell.write("assistants/desk.yaml", "name: Desk\nfirstMessage: Hello\n")
    url = f"{server.url('shop')}?token=canary-in-the-query"
    shell.set(
        {
            "ASSISTANTS_SYNC_STATE_URL": url,
            "TF_HTTP_USERNAME": USER,
            "TF_HTTP_PASSWORD": PASSWORD,
            "VAPI_API_KEY": "canary-key-1234",
        }
    )
    return shell


def apply(shop: Shell, *flags: str) -> Ended:
    """Apply against a server that names every request."""
    with serve_on_loopback(NamingStandIn().app) as base_url:
        shop.set({"VAPI_BASE_URL": base_url})
        ended = shop(*flags, "apply", "--auto-approve", "--format=json")
    assert ended.code == 0, ended.err
    return ended


def lines(text: str) -> list[dict[str, JsonValue]]:
    return [json.loads(line) for line in text.splitlines()]


def runs(shop: Shell) -> list[dict[str, JsonValue]]:
    found: list[dict[str, JsonValue]] = json.loads(shop("history", "list", "--format", "json").out)[
        "runs"
    ]
    return found


def test_log_events_record_lock_and_writes_bear_the_same_id(
    shop: Shell, server: PlainServer
) -> None:
    ended = apply(shop, "--log-format=json")
    (run_id,) = {line["run_id"] for line in [*lines(ended.err), *lines(ended.out)]}
    # The first takes the lock; others are asked for only to prove that it is given once.
    assert server.asked[0].method == "LOCK"
    assert server.asked[0].lock_id == run_id
    assert {asked.lock_id for asked in server.asked if asked.method in ("POST", "UNLOCK")} == {
        run_id
    }
    assert str(UUID(str(run_id))) == run_id
    (run,) = runs(shop)
    assert run["id"] == run_id
    assert str(run_id) in server.only().data.decode()


def test_the_record_shows_the_request_ids_that_the_log_and_the_events_tell(shop: Shell) -> None:
    ended = apply(shop, "--log-format=json")
    posted = [line["request_id"] for line in lines(ended.err) if line.get("method") == "POST"]
    posted = [name for name in posted if name]
    (applied,) = [line for line in lines(ended.out) if line["type"] == "change_applied"]
    assert applied["request_ids"] == posted
    assert len(posted) == 1
    (run,) = runs(shop)
    assert isinstance(run["changes"], list)
    assert run["changes"][0]["request_ids"] == posted
    assert f"request ids  {posted[0]}" in shop("history", "show", str(run["id"])).out


# --- what is asked of the state's server -----------------------------------------------------


def test_the_log_tells_each_request_to_the_states_server(shop: Shell, server: PlainServer) -> None:
    ended = apply(shop, "--log-format=json")
    told = [line for line in lines(ended.err) if line["event"] == "state_request"]
    assert [(line["method"], line["path"]) for line in told] == [
        (asked.method, asked.path) for asked in server.asked
    ]
    assert {line["status"] for line in told} == {200, 404, 423}
    assert {line["level"] for line in told} == {"debug"}


@pytest.mark.parametrize("flag", ["-v", "--log-format=json"])
def test_no_query_body_or_login_of_the_state_gets_into_the_log(shop: Shell, flag: str) -> None:
    ended = apply(shop, flag)
    assert "/states/shop" in ended.err
    for secret in ("canary-in-the-query", USER, PASSWORD, "hash_key", "token="):
        assert secret not in ended.err


def test_people_hear_of_it_only_when_they_ask_for_more(shop: Shell) -> None:
    loud = apply(shop, "-v").err
    assert "state: LOCK /states/shop: 200 in " in loud
    assert "/states/shop" not in shop("history", "list").err


def test_an_answer_that_did_not_come_is_told_too(shop: Shell, server: PlainServer) -> None:
    server.__exit__(None, None, None)
    ended = shop("--log-format=json", "history", "list")
    assert ended.code == 1
    told = [line for line in lines(ended.err) if line["event"] == "state_request"]
    assert told
    assert {(line["status"], line["level"]) for line in told} == {(None, "warning")}
    assert "no whole answer" in str(told[0]["error"])
