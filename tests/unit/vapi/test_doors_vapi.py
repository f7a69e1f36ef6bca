"""Where a key may go, what a redactor hides, and what a gate does with a strange clock."""

import asyncio
import json
from datetime import timedelta
from urllib.parse import quote

import pytest
from fakes import FakeClock
from hypothesis import given
from hypothesis import strategies as st

from assistants_sync.errors import UsageError
from assistants_sync.model.value import MASK, Secret
from assistants_sync.vapi.endpoint import Endpoint, check_endpoint
from assistants_sync.vapi.problem import named_field
from assistants_sync.vapi.redactor import Redactor
from assistants_sync.vapi.throttle import Gate


@pytest.mark.parametrize(
    ("base_url", "plain"),
    [
        ("https://api.vapi.ai", "https://api.vapi.ai"),
        ("https://API.Vapi.ai/", "https://api.vapi.ai"),
        ("https://api.eu.vapi.ai/v1/", "https://api.eu.vapi.ai/v1"),
        ("http://localhost:8484", "http://localhost:8484"),
        ("http://127.0.0.1:1", "http://127.0.0.1:1"),
        ("http://[::1]:8484/", "http://[::1]:8484"),
    ],
)
def test_a_key_may_go_to_vapi_and_to_this_machine(base_url: str, plain: str) -> None:
    assert check_endpoint(base_url) == plain


@pytest.mark.parametrize(
    "base_url",
    [
        "https://evil.example",
        "https://vapi.ai.evil.example",
        "https://evilvapi.ai",
        "https://api.vapi.ai@evil.example",
        "https://api.vapi.ai\\@evil.example",
        "https://127.0.0.1.evil.example",
        "http://api.vapi.ai",
        "ftp://api.vapi.ai",
        "https://api.vapi.ai?x=1",
        "https://api.vapi.ai#x",
        "https://[bad",
        "https://api.vapi.ai:99999",
        "https://",
        "api.vapi.ai",
        "https://api.vapi.ai%2eevil.example",
    ],
)
def test_a_key_goes_nowhere_else(base_url: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_endpoint(base_url)
    assert caught.value.exit_code == 64


def test_another_host_has_to_be_named_outside_the_repository() -> None:
    with pytest.raises(UsageError) as caught:
        check_endpoint("https://proxy.example:8443")
    assert "--allow-host proxy.example:8443" in (caught.value.diagnostic.hint or "")
    for allowed in ("proxy.example", "proxy.example:8443"):
        assert check_endpoint("https://proxy.example:8443", frozenset({allowed}))
    with pytest.raises(UsageError):
        check_endpoint("http://proxy.example", frozenset({"proxy.example"}))


def test_a_password_in_a_base_url_is_not_shown() -> None:
    with pytest.raises(UsageError) as caught:
        check_endpoint("https://me:canary-pw@api.vapi.ai")
    assert "canary-pw" not in str(caught.value)


def test_an_endpoint_hides_its_key() -> None:
    endpoint = Endpoint("http://127.0.0.1", Secret("canary"))
    assert "canary" not in repr(endpoint)
    assert endpoint.is_loopback


@given(st.text(min_size=4).filter(lambda text: text not in MASK and text.strip()))
def test_no_form_of_a_secret_survives(text: str) -> None:
    redactor = Redactor()
    redactor.learn(Secret(text))
    try:
        encoded = quote(text, safe="")
    except UnicodeEncodeError:
        return
    for form in (text, json.dumps(text)[1:-1], encoded):
        assert redactor.scrub(f"<{form}>") == f"<{MASK}>"


def test_every_text_in_a_secret_is_known_but_the_very_short() -> None:
    redactor = Redactor()
    redactor.learn(Secret({"a": ["long-one", 7, "abc"], "b": None}))
    assert redactor.known == {"long-one"}
    assert repr(redactor) == "Redactor(1 secrets)"


def test_the_longest_secret_is_taken_out_first() -> None:
    redactor = Redactor()
    redactor.learn(Secret("canary"))
    redactor.learn(Secret("canary-long"))
    assert redactor.scrub("canary-long") == MASK


def test_a_gate_waits_for_the_latest_hold() -> None:
    clock = FakeClock()
    gate = Gate(clock)
    gate.refused(0, 5)
    gate.refused(0, 2)
    asyncio.run(gate.ready())
    assert clock.slept == [5]


def test_a_clock_set_back_does_not_close_the_gate_for_good() -> None:
    clock = FakeClock()
    gate = Gate(clock)
    gate.refused(0, 5)
    clock.time -= timedelta(days=1)
    asyncio.run(gate.ready())
    assert max(clock.slept) <= 120


def test_nothing_is_paced_before_the_first_refusal() -> None:
    clock = FakeClock()
    gate = Gate(clock)
    for _ in range(1_000):
        gate.passed(asyncio.run(gate.ready()))
    assert clock.slept == []


def test_after_a_refusal_requests_leave_at_the_rate_the_server_took() -> None:
    clock = FakeClock()
    gate = Gate(clock)
    for _ in range(40):
        gate.passed(asyncio.run(gate.ready()))
        clock.time += timedelta(seconds=1 / 20)
    gate.refused(asyncio.run(gate.ready()), 1.0)
    begun = clock.time
    for _ in range(100):
        gate.passed(asyncio.run(gate.ready()))
    seconds = (clock.time - begun).total_seconds()
    assert 17 < 100 / (seconds - 1.0) < 21


def test_many_refusals_of_one_moment_slow_down_once() -> None:
    def seconds_for_ten(refusals: int) -> float:
        clock = FakeClock()
        gate = Gate(clock)
        ticket = 0
        for _ in range(20):
            ticket = asyncio.run(gate.ready())
            gate.passed(ticket)
        for _ in range(refusals):
            gate.refused(ticket, 1.0)
        begun = clock.time
        for _ in range(10):
            asyncio.run(gate.ready())
        return (clock.time - begun).total_seconds()

    assert seconds_for_ten(1) == seconds_for_ten(8)


def test_refusals_without_a_time_are_waited_for_longer_and_longer() -> None:
    gate = Gate(FakeClock())
    waits = [gate.refused(ticket, None) for ticket in range(9)]
    assert waits == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]


@pytest.mark.parametrize(
    ("message", "path"),
    [
        ("property X should not exist", "X"),
        ("name must be shorter than or equal to 40 characters", "name"),
        ("each value in clientMessages must be one of the following values: a", "clientMessages"),
        ("model.messages.0.content should not be empty", "model.messages.0.content"),
        ("Rate limit exceeded", None),
        ("Assistant with ID x not found", None),
        ("it must be something", None),
    ],
)
def test_a_message_names_its_field(message: str, path: str | None) -> None:
    assert named_field(message) == path
