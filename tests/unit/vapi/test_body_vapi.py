"""Bodies as a hostile server may send them: packed twice, too long, too deep, cut anywhere."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fakes import FakeClock
from hypothesis import given
from hypothesis import strategies as st

from assistants_sync.errors import ApiError, Outcome
from assistants_sync.model.address import RemoteId
from assistants_sync.model.value import Secret
from assistants_sync.vapi.body import MOST_LEVELS, parse
from assistants_sync.vapi.client import VapiClient
from assistants_sync.vapi.endpoint import Endpoint
from assistants_sync.vapi.redactor import Redactor

_ID = RemoteId("7d2b-1")
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet='a"\\[]{}\n\u00fc'),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(alphabet='"\\[{'), inner),
)


def _client(answer: httpx.Response, requests: list[httpx.Request]) -> VapiClient:
    def handle(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return answer

    endpoint = Endpoint("https://api.vapi.ai", Secret("key-canary-4711"), 5.0)
    transport = httpx.MockTransport(handle)
    return VapiClient(endpoint, clock=FakeClock(), redactor=Redactor(), transport=transport)


def _deep(levels: int) -> str:
    return "[" * levels + "]" * levels


@given(document=_JSON)
def test_a_body_of_ordinary_depth_is_parsed_as_it_is(document: object) -> None:
    parsed = parse(json.dumps(document, ensure_ascii=False).encode())
    assert (parsed.document, parsed.is_whole) == (document, True)


@given(document=_JSON, levels=st.integers(MOST_LEVELS, MOST_LEVELS + 5))
def test_what_lies_deeper_is_one_text_and_what_stands_beside_it_stays(
    document: object, levels: int
) -> None:
    inner = json.dumps(document)
    parsed = parse(f'{{"deep": {"[" * levels}{inner}{"]" * levels}, "id": {inner}}}'.encode())
    assert not parsed.is_whole
    assert isinstance(parsed.document, dict)
    assert parsed.document["id"] == document
    found: Any = parsed.document["deep"]
    for _ in range(MOST_LEVELS - 1):
        (found,) = found
    assert found == "(nested too deeply)"


@pytest.mark.parametrize("levels", [MOST_LEVELS, MOST_LEVELS + 1, 2_000, 200_000])
def test_no_depth_is_too_much_to_parse(levels: int) -> None:
    assert parse(_deep(levels).encode()).is_whole is (levels == MOST_LEVELS)


@pytest.mark.parametrize(
    "body",
    [b"[" * 1_000_000, b"]" * 1_000, b'"' + b'\\"' * 1_000_000, b'["' * 500_000, b'"a\\', b"[[]"],
)
def test_a_body_cut_anywhere_is_no_document_and_ends_soon(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(body)


def test_one_object_nested_too_deeply_does_not_cost_the_list() -> None:
    items = f'[{{"id": "a", "metadata": {_deep(1_000)}}}, {{"id": "b", "name": "B"}}]'
    answer = httpx.Response(200, content=items)

    async def run() -> list[tuple[str, str | None]]:
        async with _client(answer, []) as client:
            listing = await client.list_all("assistant")
            return [(each.id, each.name) for each in listing.objects]

    assert asyncio.run(run()) == [("a", None), ("b", "B")]


@pytest.mark.parametrize(
    ("method", "outcome"), [("GET", Outcome.REFUSED), ("PATCH", Outcome.UNKNOWN)]
)
def test_an_object_nested_too_deeply_is_given_to_nobody_who_could_send_it_back(
    method: str, outcome: Outcome
) -> None:
    answer = httpx.Response(200, content=f'{{"id": "{_ID}", "metadata": {_deep(1_000)}}}')
    requests: list[httpx.Request] = []

    async def run() -> None:
        async with _client(answer, requests) as client:
            if method == "GET":
                await client.get("assistant", _ID)
            else:
                await client.update("assistant", _ID, {})

    with pytest.raises(ApiError, match="nested more than 128 levels deep") as caught:
        asyncio.run(run())
    assert caught.value.outcome is outcome
    assert len(requests) == 1


def test_gzip_is_asked_for_and_unpacked() -> None:
    packed = gzip.compress(json.dumps({"id": _ID, "name": "A"}).encode())
    answer = httpx.Response(200, headers={"Content-Encoding": "GZIP"}, content=packed)
    requests: list[httpx.Request] = []

    async def run() -> None:
        async with _client(answer, requests) as client:
            live = await client.get("assistant", _ID)
            assert live is not None
            assert live.name == "A"

    asyncio.run(run())
    assert requests[0].headers["accept-encoding"] == "gzip"


@pytest.mark.parametrize("encoding", ["gzip, gzip", "gzip,identity", "br", "deflate", "zstd"])
def test_an_answer_packed_otherwise_is_not_unpacked(encoding: str) -> None:
    taken: list[bytes] = []

    class Packed(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            taken.append(b"x")
            yield taken[-1]

    answer = httpx.Response(200, headers={"Content-Encoding": encoding}, stream=Packed())
    requests: list[httpx.Request] = []

    async def run() -> None:
        async with _client(answer, requests) as client:
            await client.get("assistant", _ID)

    with pytest.raises(ApiError, match="packed in a way we did not ask for") as caught:
        asyncio.run(run())
    assert caught.value.diagnostic.summary == "The API gave no usable answer"
    assert (len(requests), taken) == (1, [])
