"""The log on stderr: as JSON every line is an object of one form; no secret gets into either."""

import json
from datetime import datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shell import Ended, Shell
from stand_in import StandIn, serve_on_loopback
from stand_in_faults import echoed

from assistants_sync.cli import log as log_module
from assistants_sync.cli.log import Log
from assistants_sync.cli.plan import CHANGES_PRESENT
from assistants_sync.model.value import JsonValue, Secret
from assistants_sync.vapi.redactor import Redactor

_HEAD = {"format_version", "time", "level", "run_id", "event"}
_LEVELS = {"debug", "info", "warning", "error"}


def log_of(ended: Ended) -> list[dict[str, JsonValue]]:
    """Give every line of stderr; all of them are JSON, of one run."""
    lines: list[dict[str, JsonValue]] = [json.loads(line) for line in ended.err.splitlines()]
    for line in lines:
        assert set(line) >= _HEAD
        assert line["level"] in _LEVELS
        assert datetime.fromisoformat(str(line["time"])).tzinfo is not None
    assert len({UUID(str(line["run_id"])) for line in lines}) <= 1
    return lines


def kinds(ended: Ended) -> list[JsonValue]:
    return [line["event"] for line in log_of(ended)]


@pytest.fixture
def shop(shell: Shell) -> Shell:
    """Give the quick start."""
    shell.copy_example("quickstart")
    return shell


def test_an_apply_logs_its_requests_and_its_events(shop: Shell) -> None:
    ended = shop("--emulator", "--log-format", "json", "apply", "--auto-approve")
    assert ended.code == 0
    found = kinds(ended)
    assert {"request", "plan_accepted", "change_applied", "apply_finished"} <= set(found)
    posts = [line for line in log_of(ended) if line.get("method") == "POST"]
    assert posts
    for line in posts:
        assert (line["event"], line["path"], line["status"]) == ("request", "/assistant", 201)
        assert isinstance(line["duration_ms"], int | float)
    assert ended.out.endswith("deleted, 0 forgot.\n")


def test_the_events_on_stdout_are_of_the_same_run_as_the_log(shop: Shell) -> None:
    ended = shop("--emulator", "apply", "--auto-approve", "--format=json", "--log-format=json")
    out = [json.loads(line) for line in ended.out.splitlines()]
    assert {line["run_id"] for line in out} == {log_of(ended)[0]["run_id"]}
    assert [line["type"] for line in out] == [
        each for each in kinds(ended) if each in {line["type"] for line in out}
    ]


def test_two_commands_are_two_runs(shop: Shell) -> None:
    runs = {
        str(log_of(shop("--emulator", "--log-format", "json", "plan"))[0]["run_id"])
        for _ in range(2)
    }
    assert len(runs) == 2


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["--log-format", "json", "plan", "--nonsense"], 64),
        (["plan", "--nonsense", "--log-format=json"], 64),
        (["--log-format=json", "plan"], 7),
        (["--log-format=json", "show", "missing.json"], 1),
        (["--log-format=json", "--emulator", "apply"], 3),
        (["--log-format=json", "--emulator", "apply", "--format=json"], 3),
    ],
)
def test_an_error_is_a_line_of_the_log_too(shop: Shell, argv: list[str], code: int) -> None:
    ended = shop(*argv)
    assert ended.code == code
    last = log_of(ended)[-1]
    assert (last["event"], last["level"]) == ("error", "error")
    assert isinstance(last["diagnostic"], dict)
    assert last["diagnostic"]["summary"]


def test_a_warning_is_a_line_of_its_own(shop: Shell) -> None:
    settings = shop.read("assistants-sync.yaml")
    shop.write("assistants-sync.yaml", f"{settings}\nunknown_fields: warn\n")
    shop.write("assistants/new.yaml", "name: New\nnoSuchField: 1\n")
    for command in (["apply", "--auto-approve"], ["plan"], ["validate"]):
        ended = shop("--emulator", "--log-format=json", *command)
        warned = [line for line in log_of(ended) if line["event"] == "warning"]
        assert len(warned) == 1, command


def test_people_see_requests_only_when_they_ask_for_more(shop: Shell) -> None:
    quiet = shop("--emulator", "plan", "--detailed-exitcode")
    loud = shop("--emulator", "-v", "plan", "--detailed-exitcode")
    assert quiet.code == loud.code == CHANGES_PRESENT
    assert "GET /assistant?" not in quiet.err
    assert "GET /assistant?" in loud.err
    assert ": 200 in " in loud.err
    assert quiet.out == loud.out


@pytest.mark.parametrize("flag", ["-v", "--log-format=json"])
@pytest.mark.parametrize("code", [400, 401, 500])
def test_a_key_that_the_server_echoes_stays_out_of_the_log(
    shop: Shell, code: int, flag: str
) -> None:
    server, key = StandIn(), "canary-key-1234"
    server.fail("GET", "/assistant", echoed(code), times=99)
    shop.set({"VAPI_API_KEY": key})
    with serve_on_loopback(server.app) as base_url:
        shop.set({"VAPI_BASE_URL": base_url})
        ended = shop(flag, "plan")
    assert ended.code
    assert str(code) in ended.err
    assert key not in ended.err


# --- the log itself -------------------------------------------------------------------------


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give what the log writes."""
    lines: list[str] = []
    monkeypatch.setattr(log_module, "write_remark", lines.append)
    return lines


def scrubbed(secret: str, value: JsonValue) -> JsonValue:
    redactor, lines = Redactor(), list[str]()
    redactor.learn(Secret(secret))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log_module, "write_remark", lines.append)
        Log(redactor.scrub, as_json=True).tell("test", None, value=value)
    (line,) = lines
    told: JsonValue = json.loads(line)["value"]
    return told


@given(st.text(min_size=4, max_size=12), st.text(max_size=8), st.text(max_size=8))
def test_a_line_stays_json_whatever_is_secret(secret: str, before: str, after: str) -> None:
    told = scrubbed(secret, {"words": [before + secret + after, 7, None]})
    assert isinstance(told, dict)
    ((text, *others),) = told.values()
    assert "(secret)" in text
    assert others == [7, None]


@pytest.mark.parametrize("secret", ['": "', '", "', "time", "level", "test", "\\u00e9", "\n\n\n\n"])
def test_a_secret_that_looks_like_json_breaks_no_line(secret: str) -> None:
    assert scrubbed(secret, [f"<{secret}>"]) == ["<(secret)>"]


def test_people_are_told_words_and_nothing_of_what_has_none(written: list[str]) -> None:
    log = Log()
    log.tell("request", None, path="/x")
    log.remark("Saved.")
    log.tell("change_applied", "desk: created\n", address="desk")
    assert written == ["Saved.\n", "desk: created\n"]
