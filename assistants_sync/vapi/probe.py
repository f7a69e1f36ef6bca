"""One look at the server: is it there, does it take the key, whose is it, what time has it?

A single request, never repeated: who asks wants to know what is wrong now, not in a minute.
"""

import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

import httpx

from assistants_sync.errors import ApiError, SyncError
from assistants_sync.model.exchange import Exchange
from assistants_sync.model.ports import Clock
from assistants_sync.resources import KINDS
from assistants_sync.resources.essence import observe
from assistants_sync.vapi.body import decode
from assistants_sync.vapi.endpoint import Endpoint
from assistants_sync.vapi.problem import Answer, Asked, to_error, unusable
from assistants_sync.vapi.redactor import Redactor
from assistants_sync.vapi.throttle import read_http_date
from assistants_sync.vapi.wire import Transport, Wire

_KIND: Final = KINDS["assistant"]
_MOST_SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True)
class Probe:
    """What one request told.

    `unreachable` is why there was no answer; `refused` why the answer is of no use. `org_id` and
    `is_empty` are of an answer that is; `server_time` is its `Date`.
    """

    unreachable: str | None = None
    refused: SyncError | None = None
    org_id: str | None = None
    is_empty: bool = False
    server_time: datetime | None = None


async def probe(
    endpoint: Endpoint,
    *,
    clock: Clock,
    redactor: Redactor,
    transport: Transport | None = None,
    on_exchange: Callable[[Exchange], None] = lambda _exchange: None,
) -> Probe:
    """Ask for one assistant, once."""
    redactor.learn(endpoint.token)
    asked = Asked("GET", _KIND.path, is_list=True)
    seconds = min(endpoint.timeout_seconds, _MOST_SECONDS)
    async with Wire(endpoint, transport, clock, on_exchange) as wire:
        try:
            answer = await wire.send(asked, {"limit": "1"}, None, seconds)
        except ApiError as error:
            host = urlsplit(endpoint.base_url).hostname or ""
            return Probe(unreachable=_why(error, host) or error.diagnostic.detail)
    time = read_http_date(answer.headers.get("date"))
    try:
        if not answer.is_ok:
            name = endpoint.token.name or "the API key"
            raise to_error(asked, answer, scrub=redactor.scrub, key_name=name)
        org_id, is_empty = _whose(asked, answer)
    except SyncError as error:
        return Probe(refused=error, server_time=time)
    return Probe(org_id=org_id, is_empty=is_empty, server_time=time)


def _whose(asked: Asked, answer: Answer) -> tuple[str | None, bool]:
    document = decode(asked, answer).document
    found = document.get("results") if isinstance(document, dict) else document
    if not isinstance(found, list):
        raise unusable(asked, "the answer is no list")
    with suppress(ValueError):
        return (observe(_KIND, found[0]).org_id, False) if found else (None, True)
    raise unusable(asked, "the list holds something else")


def _why(error: BaseException, host: str) -> str | None:
    """Tell apart what httpx calls by one name, by the error below it."""
    below: BaseException | None = error
    while below is not None:
        match below:
            case socket.gaierror():
                return f"DNS knows no {host}"
            case ssl.SSLCertVerificationError():
                return f"TLS: the certificate of {host} is not trusted ({below.args[-1]})"
            case ssl.SSLError():
                return f"TLS: {host} does not speak it as we do ({below.args[-1]})"
            case ConnectionRefusedError():
                return f"{host} refuses connections on this port"
            case httpx.ConnectTimeout():
                return f"{host} does not answer: no connection in time (a firewall, perhaps)"
            case TimeoutError() | httpx.TimeoutException():
                return f"{host} took the connection and gave no whole answer in time"
            case _:
                below = below.__cause__ or below.__context__
    return None
