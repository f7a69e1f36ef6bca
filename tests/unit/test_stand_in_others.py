"""The tests' own server for the kinds that may refer to an assistant."""

import pytest
from blocking_client import Client
from fakes import FakeClock
from stand_in import ORG_ID, Habits, StandIn
from stand_in_faults import status
from stand_in_wire import Body

ARRAYS = ["/phone-number", "/squad", "/tool", "/eval/simulation/suite", "/call"]
PAGINATED = ["/structured-output", "/observability/scorecard", "/campaign", "/v2/campaign"]


def client_of(stand_in: StandIn) -> Client:
    return Client(stand_in.transport())


def holding_three(path: str, habits: Habits | None = None) -> StandIn:
    stand_in = StandIn(habits, FakeClock().now)
    for name in ("a", "b", "c"):
        stand_in.add_other(path, name=name, id=name)
    return stand_in


def names(found: list[Body]) -> str:
    return "".join(each["name"] for each in found)


@pytest.mark.parametrize("path", ARRAYS)
def test_some_kinds_list_a_bare_array(path: str) -> None:
    assert names(client_of(holding_three(path)).get(path)) == "cba"
    wrapped = client_of(holding_three(path, Habits(wraps_lists=True))).get(path)
    assert names(wrapped["results"]) == "cba"


@pytest.mark.parametrize("path", PAGINATED)
def test_other_kinds_list_in_pages(path: str) -> None:
    client = client_of(holding_three(path))
    assert names(client.get(path)["results"]) == "cba"
    last = client.get(f"{path}?limit=2&page=2")
    assert names(last["results"]) == "a"
    assert last["metadata"] == {"itemsPerPage": 2, "totalItems": 3, "currentPage": 2}
    assert client.get(f"{path}?limit=2&page=3")["results"] == []


def test_a_list_is_ordered_cut_and_filtered_as_the_habit_says() -> None:
    later = "/tool?createdAtGt=2026-11-21T09:00:00.000Z"
    assert names(client_of(holding_three("/tool")).get(later)) == "cb"
    for habits, expected in (
        (Habits(order="oldest"), "abc"),
        (Habits(order="none"), "abc"),
        (Habits(silent_cap=2), "cb"),
        (Habits(ignores_time_filters=True), "cba"),
    ):
        path = later if habits.ignores_time_filters else "/tool?limit=1000"
        assert names(client_of(holding_three("/tool", habits)).get(path)) == expected


def test_a_silent_cap_shortens_the_pages_and_is_not_told() -> None:
    client = client_of(holding_three("/campaign", Habits(silent_cap=2)))
    first, second = client.get("/campaign"), client.get("/campaign?page=2")
    assert (names(first["results"]), names(second["results"])) == ("cb", "a")
    assert first["metadata"] == {"itemsPerPage": 100, "totalItems": 3, "currentPage": 1}


def test_an_object_is_shown_as_the_habit_says() -> None:
    habits = Habits(extra={"isDeleted": False}, whole_seconds=True, reverses_keys=True)
    stand_in = StandIn(habits, FakeClock().now)
    stand_in.add_other("/squad", id="s", members=[], name=None)
    shown = client_of(stand_in).get("/squad/s")
    assert shown == {
        "id": "s",
        "orgId": ORG_ID,
        "members": [],
        "createdAt": "2026-11-21T09:00:00.000Z",
        "updatedAt": "2026-11-21T09:00:00.000Z",
        "isDeleted": False,
    }
    assert next(iter(shown)) == "isDeleted"


def test_a_patch_replaces_what_it_names_and_null_clears() -> None:
    stand_in = StandIn()
    number = stand_in.add_other("/phone-number", assistantId="a", name="Main")
    client = client_of(stand_in)
    before = client.get(f"/phone-number/{number}")
    patched = client.send("PATCH", f"/phone-number/{number}", {"assistantId": None}).json()
    assert patched["updatedAt"] > before["updatedAt"]
    assert ("assistantId" in patched, patched["name"]) == (False, "Main")
    assert stand_in.others["/phone-number"][number]["assistantId"] is None


def test_a_squad_needs_its_members_and_a_tool_keeps_its_type() -> None:
    stand_in = StandIn()
    squad, tool = stand_in.add_other("/squad", members=[]), stand_in.add_other("/tool", type="x")
    client = client_of(stand_in)
    refused = client.send("PATCH", f"/squad/{squad}", {"name": "x"})
    assert (refused.status_code, refused.json()["message"]) == (400, ["members must be an array"])
    refused = client.send("PATCH", f"/tool/{tool}", {"type": "x"})
    assert refused.status_code == 400
    assert client.send("PATCH", f"/squad/{squad}", {"members": [{}]}).json()["members"] == [{}]


def test_people_edit_another_kind_without_a_request() -> None:
    stand_in = StandIn()
    squad = stand_in.add_other("/squad", members=[])
    stand_in.edit_other("/squad", squad, members=[{"assistantId": "a"}])
    assert stand_in.requests == []
    assert stand_in.others["/squad"][squad]["members"] == [{"assistantId": "a"}]


def test_calls_are_found_by_whom_they_name() -> None:
    stand_in = StandIn()
    stand_in.add_other("/call", name="x", assistantId="a", phoneNumberId="p", messages=[])
    stand_in.add_other("/call", name="y", assistantId="a")
    stand_in.add_other("/call", name="z", assistantId="b")
    client = client_of(stand_in)
    assert names(client.get("/call?assistantId=a")) == "yx"
    assert names(client.get("/call?assistantId=a&phoneNumberId=p")) == "x"
    assert client.get("/call?assistantId=c") == []


def test_a_path_may_be_missing_or_forbidden() -> None:
    habits = Habits(missing=frozenset({"/v2/campaign"}), forbidden=frozenset({"/call"}))
    client = client_of(StandIn(habits))
    assert client.send("GET", "/v2/campaign").status_code == 404
    refused = client.send("GET", "/call?assistantId=a")
    assert (refused.status_code, refused.json()["statusCode"]) == (403, 403)
    assert client.get("/campaign")["results"] == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/squad/x"),
        ("PATCH", "/squad/x"),
        ("POST", "/squad"),
        ("DELETE", "/squad/s"),
        ("GET", "/squads"),
        ("GET", "/v3/campaign"),
    ],
)
def test_what_is_not_there_or_not_offered_is_a_404(method: str, path: str) -> None:
    stand_in = StandIn()
    stand_in.add_other("/squad", id="s")
    assert client_of(stand_in).send(method, path, {"members": []}).status_code == 404


def test_a_key_is_needed_and_faults_and_counts_are_kept_by_path() -> None:
    stand_in = StandIn(Habits(sends_date=False))
    assert Client(stand_in.transport(), None).send("GET", "/squad").status_code == 401
    stand_in.fail("GET", "/tool", status(503))
    client = client_of(stand_in)
    codes = [client.send("GET", path).status_code for path in ("/squad", "/tool", "/tool")]
    assert codes == [200, 503, 200]
    assert (stand_in.count("GET", "/tool"), stand_in.count("GET")) == (2, 4)
    assert "date" not in client.send("GET", "/tool").headers
