"""One look at the server tells what is wrong, and looks once."""

import asyncio
import socket
import ssl
from datetime import UTC, datetime

import httpx
import pytest
from fakes import FakeClock

from assistants_sync.errors import AccessError, ApiError
from assistants_sync.model.value import Secret
from assistants_sync.vapi.endpoint import Endpoint
from assistants_sync.vapi.probe import Probe, probe
from assistants_sync.vapi.redactor import Redactor

ONE = {"id": "i", "orgId": "org-1", "createdAt": "2026-01-01T00:00:00Z", "updatedAt": "x"}


def _probe(answer: httpx.Response | Exception) -> tuple[Probe, list[httpx.Request]]:
    asked: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    endpoint = Endpoint("https://api.vapi.ai", Secret("canary-key", name="VAPI_API_KEY"))
    found = probe(
        endpoint, clock=FakeClock(), redactor=Redactor(), transport=httpx.MockTransport(respond)
    )
    return asyncio.run(found), asked


@pytest.mark.parametrize("body", [[ONE], {"results": [ONE]}], ids=["array", "results"])
def test_an_answer_tells_whose_the_key_is_and_the_servers_time(body: object) -> None:
    date = {"Date": "Sat, 21 Nov 2026 09:00:00 GMT"}
    found, asked = _probe(httpx.Response(200, json=body, headers=date))
    assert found == Probe(org_id="org-1", server_time=datetime(2026, 11, 21, 9, tzinfo=UTC))
    assert [str(each.url) for each in asked] == ["https://api.vapi.ai/assistant?limit=1"]


def test_an_empty_organisation_names_none() -> None:
    assert _probe(httpx.Response(200, json=[]))[0] == Probe(is_empty=True)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_not_sent_again(status: int) -> None:
    found, asked = _probe(httpx.Response(status, json={"message": "no canary-key here"}))
    assert isinstance(found.refused, AccessError)
    assert "VAPI_API_KEY" in (found.refused.diagnostic.hint or "")
    assert "canary" not in str(found.refused.diagnostics)
    assert len(asked) == 1


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500, json={}),
        httpx.Response(429, json={}),
        httpx.Response(302, headers={"Location": "https://elsewhere.example"}),
        httpx.Response(200, html="<html>"),
        httpx.Response(200, json={"id": 1}),
        httpx.Response(200, json=[1]),
        httpx.Response(200, content=b'[{"id'),
    ],
    ids=["500", "429", "302", "page", "object", "numbers", "cut"],
)
def test_an_answer_of_no_use_says_so_at_once(answer: httpx.Response) -> None:
    found, asked = _probe(answer)
    assert isinstance(found.refused, ApiError)
    assert (found.org_id, found.is_empty, len(asked)) == (None, False, 1)


def _below(error: Exception) -> httpx.ConnectError:
    broken = httpx.ConnectError("all attempts failed")
    broken.__cause__ = error
    return broken


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (_below(socket.gaierror(-2, "unknown")), "DNS knows no api.vapi.ai"),
        (
            _below(ssl.SSLCertVerificationError(1, "self-signed")),
            "TLS: the certificate of api.vapi.ai is not trusted (self-signed)",
        ),
        (_below(ssl.SSLError(1, "wrong version")), "TLS: api.vapi.ai does not speak it as we do"),
        (_below(ConnectionRefusedError()), "refuses connections on this port"),
        (httpx.ConnectTimeout("slow"), "no connection in time"),
        (httpx.ReadTimeout("slow"), "no whole answer in time"),
        (httpx.ProxyError("407 Who are you"), "the proxy"),
        (httpx.ReadError("cut"), "the connection broke before the answer"),
    ],
    ids=["dns", "untrusted", "tls", "refused", "connect", "read", "proxy", "cut"],
)
def test_each_way_of_not_getting_there_has_its_own_words(error: Exception, told: str) -> None:
    found, asked = _probe(error)
    assert told in (found.unreachable or "")
    assert (found.refused, len(asked)) == (None, 1)
