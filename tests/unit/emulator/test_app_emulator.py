"""The five routes, as a client meets them."""

import json
from collections.abc import Iterator
from uuid import UUID, uuid4

import httpx
import pytest
from blocking_client import Client
from fakes import FakeClock
from starlette.applications import Starlette

from assistants_sync.emulator import EMULATOR_ORG_ID
from assistants_sync.emulator.app import create_app
from assistants_sync.emulator.store import Store


@pytest.fixture
def store() -> Iterator[Store]:
    with Store(":memory:") as opened:
        yield opened


@pytest.fixture
def client(store: Store) -> Client:
    return client_of(create_app(store, clock=FakeClock().now))


def client_of(app: Starlette, authorization: str | None = "Bearer any-key") -> Client:
    return Client(httpx.ASGITransport(app=app), authorization)


def test_a_create_answers_201_with_the_whole_object(client: Client) -> None:
    response = client.send("POST", "/assistant", {"name": "Front desk"})
    assert response.status_code == 201
    body = response.json()
    assert str(UUID(body.pop("id"), version=4))
    assert body == {
        "orgId": EMULATOR_ORG_ID,
        "name": "Front desk",
        "compliancePlan": {"hipaaEnabled": False, "pciEnabled": False},
        "createdAt": "2026-11-21T09:00:00.000Z",
        "updatedAt": "2026-11-21T09:00:00.000Z",
        "isServerUrlSecretSet": False,
    }


def test_no_field_is_required_on_create(client: Client) -> None:
    assert "name" not in client.create()
    assert client.send("POST", "/assistant", content=b"").status_code == 201


def test_a_get_answers_what_the_create_did(client: Client) -> None:
    created = client.create(name="Front desk", metadata={"owner": "us"})
    assert client.get(f"/assistant/{created['id']}") == created


def test_a_patch_replaces_what_is_sent_and_leaves_the_rest(client: Client) -> None:
    created = client.create(
        name="Front desk",
        model={"provider": "openai", "messages": [{"role": "system", "content": "Hi"}]},
    )
    path = f"/assistant/{created['id']}"
    patched = client.send("PATCH", path, {"model": {"provider": "groq"}})
    assert patched.status_code == 200
    assert patched.json() == {
        **created,
        "model": {"provider": "groq"},
        "updatedAt": "2026-11-21T09:00:00.001Z",
    }
    assert client.get(path) == patched.json()


def test_null_clears_a_field_on_patch_and_is_nothing_on_create(client: Client) -> None:
    created = client.create(name="Front desk", endCallMessage="Bye", voice=None)
    assert "voice" not in created
    patched = client.send("PATCH", f"/assistant/{created['id']}", {"endCallMessage": None})
    assert "endCallMessage" not in patched.json()
    assert patched.json()["name"] == "Front desk"


def test_a_delete_answers_the_object_once_and_404_after(client: Client) -> None:
    created = client.create(name="Front desk")
    path = f"/assistant/{created['id']}"
    deleted = client.send("DELETE", path)
    assert (deleted.status_code, deleted.json()) == (200, created)
    assert client.send("DELETE", path).status_code == 404
    assert client.send("GET", path).status_code == 404


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_an_unknown_id_is_a_404_in_the_nest_form(client: Client, method: str) -> None:
    unknown = str(uuid4())
    response = client.send(method, f"/assistant/{unknown}", {} if method == "PATCH" else None)
    assert response.status_code == 404
    assert response.json() == {
        "message": f'Assistant with ID "{unknown}" not found',
        "error": "Not Found",
        "statusCode": 404,
    }


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("PUT", "/assistant/x"), ("DELETE", "/assistant"), ("GET", "/assistant/")],
)
def test_an_unknown_route_is_a_404_in_json(client: Client, method: str, path: str) -> None:
    response = client.send(method, path)
    assert response.json() == {
        "message": f"Cannot {method} {path}",
        "error": "Not Found",
        "statusCode": 404,
    }


@pytest.mark.parametrize("authorization", [None, "", "Bearer ", "Bearer", "Basic abc"])
def test_no_bearer_key_is_a_401(store: Store, authorization: str | None) -> None:
    response = client_of(create_app(store), authorization).send("GET", "/assistant")
    assert response.status_code == 401
    assert response.json()["error"] == "Unauthorized"
    assert response.json()["message"].startswith("Invalid Key. Hot tip")


def test_a_demanded_key_is_the_only_one_that_opens(store: Store) -> None:
    app = create_app(store, token="the-key")
    assert client_of(app, "Bearer the-key").send("GET", "/assistant").status_code == 200
    for method, path in (("GET", "/assistant"), ("POST", "/assistant"), ("DELETE", "/assistant/x")):
        assert client_of(app, "Bearer other").send(method, path).status_code == 401


def test_every_answer_tells_the_servers_time(client: Client) -> None:
    for method, path in (("GET", "/assistant"), ("GET", "/nowhere"), ("POST", "/assistant")):
        assert client.send(method, path).headers["date"] == "Sat, 21 Nov 2026 09:00:00 GMT"


def test_every_violation_comes_back_at_once(client: Client) -> None:
    response = client.send("POST", "/assistant", {"nickname": "x", "silenceTimeoutSeconds": 9})
    assert response.json() == {
        "message": [
            "property nickname should not exist",
            "silenceTimeoutSeconds must not be less than 10",
        ],
        "error": "Bad Request",
        "statusCode": 400,
    }


def test_a_refused_patch_changes_nothing(client: Client) -> None:
    created = client.create(name="Front desk")
    path = f"/assistant/{created['id']}"
    assert client.send("PATCH", path, {"name": "New", "bogus": 1}).status_code == 400
    assert client.get(path) == created


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"[]",
        b'"text"',
        b"null",
        b'{"metadata": NaN}',
        b'{"metadata": {"n": 1e400}}',
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_a_body_that_is_no_json_object_is_a_400(client: Client, content: bytes) -> None:
    response = client.send("POST", "/assistant", content=content)
    assert response.status_code == 400
    assert response.json()["error"] == "Bad Request"


def test_numbers_come_back_as_they_went(client: Client) -> None:
    numbers = {"whole": 7, "fraction": 0.1, "point": 20.0}
    assert client.create(metadata=numbers)["metadata"] == numbers


def test_a_lone_surrogate_comes_back_as_it_went(client: Client) -> None:
    created = client.send("POST", "/assistant", content=b'{"firstMessage": "\\ud83d"}')
    assert json.loads(created.content)["firstMessage"] == "\ud83d"


def test_an_era_sets_its_own_bounds(store: Store) -> None:
    long_name = {"name": "x" * 41}
    codes = {
        "2024": client_of(create_app(store, era="2024")).send("POST", "/assistant", long_name),
        "2026": client_of(create_app(store, era="2026")).send("POST", "/assistant", long_name),
        "any": client_of(create_app(store)).send("POST", "/assistant", long_name),
    }
    assert {era: code.status_code for era, code in codes.items()} == {
        "2024": 201,
        "2026": 400,
        "any": 201,
    }


def test_the_list_is_a_bare_array_newest_first(client: Client) -> None:
    names = ["first", "second", "third"]
    for name in names:
        client.create(name=name)
    assert [each["name"] for each in client.get("/assistant")] == ["third", "second", "first"]


def test_the_list_is_cut_at_100_without_a_word(client: Client) -> None:
    for _ in range(101):
        client.create()
    assert len(client.get("/assistant")) == 100
    assert len(client.get("/assistant?limit=1000")) == 101
    assert len(client.get("/assistant?limit=7")) == 7
    assert client.get("/assistant?limit=0") == []


def test_walking_back_by_created_at_finds_everything(client: Client) -> None:
    made = {client.create()["id"] for _ in range(7)}
    found: list[str] = []
    path = "/assistant?limit=3"
    while len(page := client.get(path)) == 3:
        found += [each["id"] for each in page]
        path = f"/assistant?limit=3&createdAtLe={page[-1]['createdAt']}"
    found += [each["id"] for each in page]
    assert set(found) == made


def test_the_updated_filter_finds_what_changed_since(client: Client) -> None:
    old, new = client.create(name="old"), client.create(name="new")
    since = new["updatedAt"]
    client.send("PATCH", f"/assistant/{old['id']}", {"name": "changed"})
    found = client.get(f"/assistant?updatedAtGt={since}")
    assert [each["name"] for each in found] == ["changed"]
