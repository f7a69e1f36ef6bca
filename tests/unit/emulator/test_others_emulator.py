"""The kinds that may refer to an assistant, as a client meets them."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
from blocking_client import Client
from fakes import FakeClock

from assistants_sync.emulator import EMULATOR_ORG_ID
from assistants_sync.emulator.app import create_app
from assistants_sync.emulator.kinds import KINDS, Kind
from assistants_sync.emulator.query import ListQuery, Window
from assistants_sync.emulator.store import Store
from assistants_sync.emulator.wire import Body

PATHS = [kind.path for kind in KINDS]
ARRAYS = {
    "/credential",
    "/file",
    "/phone-number",
    "/squad",
    "/tool",
    "/eval/simulation/suite",
    "/call",
}
PAGINATED = {"/structured-output", "/observability/scorecard", "/campaign", "/v2/campaign"}


@pytest.fixture
def store() -> Iterator[Store]:
    with Store(":memory:") as opened:
        yield opened


@pytest.fixture
def client(store: Store) -> Client:
    return Client(httpx.ASGITransport(app=create_app(store, clock=FakeClock().now)))


def seed(client: Client, path: str, **body: object) -> str:
    """Create an object and give its id."""
    response = client.send("POST", path, body)
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


def listed(client: Client, path: str) -> list[Body]:
    """Give what a list of either shape holds."""
    answer = client.get(path)
    found: list[Body] = answer if isinstance(answer, list) else answer["results"]
    return found


def test_each_path_is_there_in_its_shape() -> None:
    assert set(PATHS) == ARRAYS | PAGINATED
    assert len(PATHS) == len(set(PATHS))
    assert {kind.path for kind in KINDS if kind.is_paginated} == PAGINATED


@pytest.mark.parametrize("kind", KINDS, ids=PATHS)
def test_an_object_of_any_kind_is_made_read_changed_and_deleted(client: Client, kind: Kind) -> None:
    created = client.send("POST", kind.path, {"note": {"free": 1}, "x": None})
    assert created.status_code == 201
    before = created.json()
    assert str(UUID(before["id"], version=4)) == before["id"]
    assert before == {
        "id": before["id"],
        "orgId": EMULATOR_ORG_ID,
        "note": {"free": 1},
        **kind.defaults,
        "createdAt": "2026-11-21T09:00:00.000Z",
        "updatedAt": "2026-11-21T09:00:00.000Z",
    }
    path = f"{kind.path}/{before['id']}"
    assert client.get(path) == before
    needed: Body = {name: [] for name in kind.needed_on_patch}
    after = client.send("PATCH", path, {"note": None, "y": 2, **needed}).json()
    assert (after["y"], "note" in after) == (2, False)
    assert (after["createdAt"], after["updatedAt"][-4:]) == (before["createdAt"], "001Z")
    assert listed(client, kind.path) == [after]
    assert client.send("DELETE", path).json() == after
    assert client.send("GET", path).status_code == 404
    assert listed(client, kind.path) == []


def test_kinds_and_assistants_do_not_mix(client: Client) -> None:
    squad = seed(client, "/squad")
    assert client.send("GET", f"/tool/{squad}").status_code == 404
    assert client.get("/assistant") == client.get("/tool") == []
    assert client.get("/campaign")["results"] == client.get("/v2/campaign")["results"] == []


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_an_unknown_id_of_any_kind_is_a_404(client: Client, method: str, path: str) -> None:
    body: Body | None = {"members": []} if method == "PATCH" else None
    response = client.send(method, f"{path}/{uuid4()}", body)
    assert (response.status_code, response.json()["error"]) == (404, "Not Found")


@pytest.mark.parametrize("path", PATHS)
def test_the_key_and_the_servers_time_are_as_for_assistants(store: Store, path: str) -> None:
    app = create_app(store, clock=FakeClock().now, token="the-key")
    for method, below in (("POST", ""), ("GET", ""), ("GET", "/x"), ("PATCH", "/x")):
        response = Client(httpx.ASGITransport(app=app)).send(method, f"{path}{below}")
        assert response.status_code == 401
        assert response.headers["date"] == "Sat, 21 Nov 2026 09:00:00 GMT"


@pytest.mark.parametrize("path", PATHS)
def test_every_list_is_newest_first_and_takes_limit_and_times(client: Client, path: str) -> None:
    first, second, third = (seed(client, path) for _ in range(3))
    assert [each["id"] for each in listed(client, path)] == [third, second, first]
    assert [each["id"] for each in listed(client, f"{path}?limit=1")] == [third]
    since = f"{path}?createdAtGe=2026-11-21T09:00:00.001Z&updatedAtLt=2026-11-21T09:00:00.002Z"
    assert [each["id"] for each in listed(client, since)] == [second]
    assert client.send("GET", f"{path}?limit=1001").status_code == 400


def test_a_list_is_cut_at_100(client: Client, store: Store) -> None:
    for number in range(101):
        store.others("/squad").insert(f"{number}", {}, 0)
        store.others("/campaign").insert(f"{number}", {}, 0)
    assert len(client.get("/squad")) == 100
    assert len(client.get("/squad?limit=1000")) == 101
    last = client.get("/campaign?page=2")
    assert [each["id"] for each in last["results"]] == ["0"]
    assert last["metadata"] == {"itemsPerPage": 100, "totalItems": 101, "currentPage": 2}


@pytest.mark.parametrize(
    ("page", "words"),
    [("0", "page must not be less than 1"), ("x", "page must be a number conforming to the sp")],
)
def test_a_page_is_a_whole_number_from_1(client: Client, page: str, words: str) -> None:
    response = client.send("GET", f"/campaign?page={page}")
    assert response.status_code == 400
    assert response.json()["message"][0].startswith(words)


def test_a_bare_array_has_no_pages(client: Client) -> None:
    assert client.send("GET", "/squad?page=1").json()["message"] == [
        "property page should not exist"
    ]


def test_a_squads_patch_needs_its_members(client: Client) -> None:
    path = f"/squad/{seed(client, '/squad', members=[{'assistantId': 'a'}])}"
    for changes in ({"name": "x"}, {"members": None}, {"members": "a"}):
        response = client.send("PATCH", path, changes)
        assert response.json()["message"] == ["members must be an array"]
        assert response.status_code == 400
    assert client.get(path)["members"] == [{"assistantId": "a"}]
    assert client.send("PATCH", path, {"members": []}).json()["members"] == []


def test_a_tools_patch_must_not_name_its_type(client: Client) -> None:
    path = f"/tool/{seed(client, '/tool', type='handoff')}"
    response = client.send("PATCH", path, {"type": "handoff", "destinations": []})
    assert response.json() == {
        "message": ["property type should not exist"],
        "error": "Bad Request",
        "statusCode": 400,
    }
    assert client.send("PATCH", path, {"destinations": []}).json()["type"] == "handoff"


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/phone-number", {"assistantId": 7}, "assistantId must be a string"),
        ("/squad", {"members": {}}, "members must be an array"),
        ("/squad", {"members": [{"assistantId": 7}]}, "members.0.assistantId must be a string"),
        ("/tool", {"destinations": ["a"]}, "destinations.0 must be an object"),
        (
            "/structured-output",
            {"assistantIds": [7]},
            "each value in assistantIds must be a string",
        ),
        ("/observability/scorecard", {"assistantIds": "a"}, "assistantIds must be an array"),
        ("/v2/campaign", {"squadId": []}, "squadId must be a string"),
        ("/call", {"schedulePlan": "soon"}, "schedulePlan must be an object"),
        ("/squad", {"id": "x"}, "property id should not exist"),
        ("/tool", {"updatedAt": None}, "property updatedAt should not exist"),
    ],
)
def test_a_reference_of_the_wrong_form_is_refused(
    client: Client, path: str, body: Body, words: str
) -> None:
    response = client.send("POST", path, body)
    assert (response.status_code, response.json()["message"]) == (400, [words])
    assert listed(client, path) == []


def test_a_call_waits_in_the_queue_until_somebody_plays_time(client: Client) -> None:
    call = seed(client, "/call", assistantId="a", schedulePlan={"earliestAt": "2026-12-01T09:00Z"})
    assert client.get(f"/call/{call}")["status"] == "queued"
    assert client.send("PATCH", f"/call/{call}", {"status": "ended"}).json()["status"] == "ended"
    refused = client.send("PATCH", f"/call/{call}", {"status": "done"})
    assert refused.json()["message"][0].startswith(
        "status must be one of the following values: sch"
    )


def test_calls_are_found_by_whom_they_name(client: Client) -> None:
    one = seed(client, "/call", assistantId="a", phoneNumberId="p")
    two = seed(client, "/call", assistantId="a", status="scheduled")
    seed(client, "/call", assistantId="b")
    seed(client, "/call")
    assert [each["id"] for each in client.get("/call?assistantId=a")] == [two, one]
    assert [each["id"] for each in client.get("/call?assistantId=a&limit=1")] == [two]
    assert [each["id"] for each in client.get("/call?assistantId=a&phoneNumberId=p")] == [one]
    assert client.get("/call?phoneNumberId=q") == []
    assert client.send("GET", "/squad?assistantId=a").status_code == 400


def test_other_kinds_outlast_the_process_and_a_reset_forgets_them(tmp_path: Path) -> None:
    path = tmp_path / "emulator.db"
    with Store(path) as store:
        written = store.others("/squad").insert("s", {"members": []}, 7)
    with Store(path) as store:
        assert store.others("/squad").get("s") == written
        assert store.others("/tool").get("s") is None
        assert store.insert("a", {}, 0).created_ms == 8
        store.reset()
        assert store.others("/squad").newest(ListQuery()).records == []
        assert store.others("/squad").insert("s", {}, 0).created_ms == 9


def test_a_page_tells_how_many_there_are_in_all(store: Store) -> None:
    shelf = store.others("/tool")
    for number in range(1, 6):
        shelf.insert(f"{number}", {}, number)
    page = shelf.newest(ListQuery(limit=2, page=2, created=Window(2)))
    assert ([each.id for each in page.records], page.total) == (["3", "2"], 4)
