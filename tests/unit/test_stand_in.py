"""The tests' own server: each habit and each fault does what its name says."""

import json
from collections.abc import Callable

import httpx
import pytest
from blocking_client import Client
from fakes import FakeClock
from stand_in import ORG_ID, Habits, StandIn
from stand_in_faults import (
    Fault,
    Meanwhile,
    cut_json,
    echoed,
    empty,
    html,
    lost_reply,
    lost_request,
    pinned,
    redirected,
    refused,
    status,
    throttled,
    timed_out,
    without_id,
)
from stand_in_wire import Body, lists_reversed, lower_case, numbers_as_text


def client_of(stand_in: StandIn) -> Client:
    return Client(stand_in.transport())


def shown(habits: Habits, **body: object) -> Body:
    """Give how a server of these habits shows an object."""
    stand_in = StandIn(habits, FakeClock().now)
    answer: Body = client_of(stand_in).get(f"/assistant/{stand_in.add(**body)}")
    return answer


def listed(habits: Habits, path: str = "/assistant") -> list[str]:
    """Give the names in a list of three."""
    stand_in = StandIn(habits)
    for name in ("a", "b", "c"):
        stand_in.add(name=name)
    return [each["name"] for each in client_of(stand_in).get(path)]


def test_it_creates_reads_changes_and_deletes() -> None:
    stand_in = StandIn()
    client = client_of(stand_in)
    created = client.create(name="x", voice={"provider": "vapi"})
    path = f"/assistant/{created['id']}"
    patched = client.send("PATCH", path, {"voice": None}).json()
    assert "voice" not in patched
    assert patched["updatedAt"] > created["updatedAt"]
    assert client.get(path) == patched
    assert client.send("DELETE", path).json() == patched
    assert client.send("GET", path).status_code == 404
    assert stand_in.objects == {}


def test_it_remembers_what_it_was_asked() -> None:
    stand_in = StandIn()
    client = client_of(stand_in)
    client.create(name="x")
    client.get("/assistant?limit=5")
    assert (stand_in.count("POST"), stand_in.count("GET"), stand_in.count("PATCH")) == (1, 1, 0)
    assert stand_in.requests[0].body == {"name": "x"}
    assert stand_in.requests[0].headers["authorization"] == "Bearer any-key"
    assert stand_in.requests[1].query == {"limit": "5"}
    assert stand_in.requests[1].host == "vapi.example"


def test_no_key_and_no_route_are_refused() -> None:
    stand_in = StandIn()
    assert Client(stand_in.transport(), None).send("GET", "/assistant").status_code == 401
    known = f"/assistant/{stand_in.add()}"
    assert client_of(stand_in).send("PUT", known).status_code == 404


def test_people_edit_and_delete_without_a_request() -> None:
    stand_in = StandIn()
    edited, removed = stand_in.add(name="x"), stand_in.add(name="x")
    stand_in.edit(edited, name="y", firstMessage=None)
    stand_in.remove(removed)
    assert stand_in.requests == []
    assert [each["name"] for each in stand_in.objects.values()] == ["y"]
    assert stand_in.objects[edited]["latestVersion"] == "v2"


def test_a_list_comes_in_the_order_of_the_habit() -> None:
    names = iter(["2", "3", "1"])
    assert listed(Habits()) == ["c", "b", "a"]
    assert listed(Habits(order="oldest")) == ["a", "b", "c"]
    assert listed(Habits(order="none", new_id=lambda: next(names))) == ["c", "a", "b"]


def test_a_list_is_cut_as_the_habit_says() -> None:
    assert listed(Habits(default_limit=2)) == ["c", "b"]
    assert listed(Habits(silent_cap=1), "/assistant?limit=100") == ["c"]


def test_a_list_may_be_wrapped() -> None:
    stand_in = StandIn(Habits(wraps_lists=True))
    stand_in.add(name="x")
    answer = client_of(stand_in).get("/assistant")
    assert [each["name"] for each in answer["results"]] == ["x"]
    assert answer["metadata"]["totalItems"] == 1


@pytest.mark.parametrize(
    ("bound", "expected"), [("Gt", ["c"]), ("Ge", ["c", "b"]), ("Lt", ["a"]), ("Le", ["b", "a"])]
)
def test_a_time_filter_is_kept_or_ignored(bound: str, expected: list[str]) -> None:
    clock = FakeClock()
    path = f"/assistant?createdAt{bound}=2026-11-21T09:00:00.001Z"
    for habits in (Habits(), Habits(ignores_time_filters=True)):
        stand_in = StandIn(habits, clock.now)
        for name in ("a", "b", "c"):
            stand_in.add(name=name)
        names = [each["name"] for each in client_of(stand_in).get(path)]
        assert names == (["c", "b", "a"] if habits.ignores_time_filters else expected)


def test_writes_in_one_second_share_a_time_if_it_counts_in_seconds() -> None:
    stand_in = StandIn(Habits(whole_seconds=True), FakeClock().now)
    stand_in.add()
    stand_in.add()
    assert {each["createdAt"] for each in stand_in.objects.values()} == {"2026-11-21T09:00:00.000Z"}


def test_a_body_is_shown_as_the_habit_says() -> None:
    assert shown(Habits())["orgId"] == ORG_ID
    assert shown(Habits(org_id="other"))["orgId"] == "other"
    assert shown(Habits(new_id=lambda: "asst_1"))["id"] == "asst_1"
    assert shown(Habits(shows_version=True))["latestVersion"] == "v1"
    assert shown(Habits(extra={"isDeleted": False}))["isDeleted"] is False
    assert shown(Habits(shows_nulls=True), name=None)["name"] is None
    assert "name" not in shown(Habits(), name=None)
    model = {"provider": "openai", "messages": [{"role": "system", "content": "x"}]}
    assert list(shown(Habits(reverses_keys=True), model=model)["model"]) == ["messages", "provider"]


def test_secrets_are_shown_as_the_habit_says() -> None:
    body: Body = {
        "server": {"url": "u", "secret": "canary"},
        "serverUrlSecret": "canary",
        "model": {"tools": [{"server": {"secret": "canary"}}]},
    }
    documented = shown(Habits(), **body)
    assert documented["server"] == {"url": "u"}
    assert "serverUrlSecret" not in documented
    assert documented["model"] == body["model"]
    assert documented["isServerUrlSecretSet"] is True
    assert "canary" not in json.dumps(shown(Habits(secrets="omitted"), **body))
    starred = shown(Habits(secrets="starred"), **body)
    assert starred["model"]["tools"][0]["server"]["secret"] == "***"
    assert shown(Habits(secrets="shown"), **body)["serverUrlSecret"] == "canary"


@pytest.mark.parametrize(
    ("rewrite", "expected"),
    [
        (numbers_as_text, {"metadata": {"n": "1", "on": True, "l": ["A", "2"]}}),
        (lower_case, {"metadata": {"n": 1, "on": True, "l": ["a", 2]}}),
        (lists_reversed, {"metadata": {"n": 1, "on": True, "l": [2, "A"]}}),
    ],
)
def test_what_was_sent_may_be_rewritten(rewrite: Callable[[Body], Body], expected: Body) -> None:
    sent = {"n": 1, "on": True, "l": ["A", 2]}
    created = client_of(StandIn(Habits(rewrite=rewrite))).create(metadata=sent)
    assert created["metadata"] == expected["metadata"]


def test_a_late_normalisation_shows_after_the_reply_at_the_same_time_of_update() -> None:
    client = client_of(StandIn(Habits(settle=lower_case)))
    created = client.create(name="Front Desk")
    later = client.get(f"/assistant/{created['id']}")
    assert (created["name"], later["name"]) == ("Front Desk", "front desk")
    assert later["updatedAt"] == created["updatedAt"]


def test_the_servers_time_may_be_missing() -> None:
    for habits, is_told in ((Habits(), True), (Habits(sends_date=False), False)):
        answer = client_of(StandIn(habits)).send("GET", "/assistant")
        assert ("date" in answer.headers) == is_told


@pytest.mark.parametrize(
    ("fault", "code", "part"),
    [
        (status(400, ["a", "b"]), 400, '"message": ["a", "b"]'),
        (status(503), 503, '"message": "scripted"'),
        (html(200), 200, "<html>"),
        (empty(500), 500, ""),
        (cut_json(500), 500, '{"message"'),
        (throttled(), 429, "Rate limit exceeded"),
        (pinned(), 409, "assistant_pinned"),
        (echoed(), 400, "cannot accept Bearer any-key"),
        (redirected(), 302, ""),
        (refused(), httpx.ConnectError, ""),
        (lost_request(), httpx.ReadError, ""),
        (timed_out(acts=False), httpx.ReadTimeout, ""),
    ],
)
def test_a_fault_before_the_server_acts_changes_nothing(
    fault: Fault, code: int | type[httpx.TransportError], part: str
) -> None:
    stand_in = StandIn()
    stand_in.fail("POST", "/assistant", fault)
    if isinstance(code, int):
        answer = client_of(stand_in).send("POST", "/assistant", {"name": "x"})
        assert (answer.status_code, part in answer.text) == (code, True)
    else:
        with pytest.raises(code):
            client_of(stand_in).send("POST", "/assistant", {"name": "x"})
    assert stand_in.objects == {}
    assert stand_in.count("POST") == 1


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (status(502, acts=True), 502),
        (html(201, acts=True), 201),
        (empty(201, acts=True), 201),
        (cut_json(201, acts=True), 201),
        (without_id(), 201),
        (lost_reply(), httpx.RemoteProtocolError),
        (timed_out(), httpx.ReadTimeout),
    ],
)
def test_a_fault_after_the_server_acted_leaves_the_object(
    fault: Fault, code: int | type[httpx.TransportError]
) -> None:
    stand_in = StandIn()
    stand_in.fail("POST", "/assistant", fault)
    if isinstance(code, int):
        answer = client_of(stand_in).send("POST", "/assistant", {"name": "x"})
        assert answer.status_code == code
    else:
        with pytest.raises(code):
            client_of(stand_in).send("POST", "/assistant", {"name": "x"})
    assert [each["name"] for each in stand_in.objects.values()] == ["x"]


def test_a_create_may_answer_without_an_id_or_cut_short() -> None:
    stand_in = StandIn()
    stand_in.fail("POST", "/assistant", without_id())
    stand_in.fail("POST", "/assistant", cut_json(201, acts=True))
    client = client_of(stand_in)
    assert "id" not in client.create(name="x")
    with pytest.raises(json.JSONDecodeError):
        client.create(name="x")


@pytest.mark.parametrize("header", [None, "3", "Sat, 21 Nov 2026 09:00:10 GMT", "soon"])
def test_a_throttle_says_how_long_in_any_form(header: str | None) -> None:
    stand_in = StandIn()
    stand_in.fail("GET", "/assistant", throttled(header))
    answer = client_of(stand_in).send("GET", "/assistant")
    assert answer.headers.get("retry-after") == header


def test_faults_wait_for_their_turn_and_queue_up() -> None:
    stand_in = StandIn()
    stand_in.fail("GET", "/assistant", status(500), nth=2, times=2)
    stand_in.fail("GET", "/assistant", status(503), nth=2)
    stand_in.fail("PATCH", "/assistant", status(400))
    client = client_of(stand_in)
    codes = [client.send("GET", "/assistant").status_code for _ in range(5)]
    assert codes == [200, 500, 500, 503, 200]


def test_something_may_happen_between_a_read_and_a_write() -> None:
    stand_in = StandIn()
    object_id = stand_in.add(name="x", firstMessage="Hi")
    stand_in.fail(
        "PATCH", "/assistant", Meanwhile(lambda: stand_in.edit(object_id, firstMessage="Hey"))
    )
    answer = client_of(stand_in).send("PATCH", f"/assistant/{object_id}", {"name": "y"}).json()
    assert (answer["name"], answer["firstMessage"], answer["isServerUrlSecretSet"]) == (
        "y",
        "Hey",
        False,
    )
