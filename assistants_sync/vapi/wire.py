"""The wire: one request out, one bounded answer back, or the reason why there is none."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import Final, Self, TypeAlias
from urllib.parse import urlsplit

import httpx

from assistants_sync import __version__
from assistants_sync.errors import ApiError
from assistants_sync.model.exchange import Exchange, request_id_in
from assistants_sync.model.ports import Clock
from assistants_sync.vapi.body import ACCEPTED_ENCODING, UnreadableError, read_bounded
from assistants_sync.vapi.endpoint import Endpoint
from assistants_sync.vapi.problem import Answer, Asked, unreachable, unusable

Transport: TypeAlias = httpx.AsyncBaseTransport
"""What carries a request: the network, or in its place an app in this process."""

MOST_BODY_BYTES: Final = 32 * 1024 * 1024
"""An answer longer than this, unpacked, is given up: no list page comes near it."""

_CONNECT_SECONDS: Final = 10.0


def in_process(app: Callable[..., Coroutine[None, None, None]]) -> Transport:
    """Give a transport to an ASGI app in this process: no port, no network."""
    return httpx.ASGITransport(app, raise_app_exceptions=False)


class Wire:
    """Connections to one endpoint, with its key on every request; an async context manager.

    `on_exchange` is told of every request that left, and how long that took by `clock`.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        transport: Transport | None,
        clock: Clock,
        on_exchange: Callable[[Exchange], None],
    ) -> None:
        self._clock, self._on_exchange = clock, on_exchange
        self._host = urlsplit(endpoint.base_url).netloc
        trusts_environment = not endpoint.is_loopback
        # A pool looks through all its connections at every step of every request: with 32 at once
        # that took half the time. So each has one connection, and a request takes one that is free.
        self._make = partial(
            httpx.AsyncClient,
            base_url=endpoint.base_url,
            headers={
                "Authorization": f"Bearer {endpoint.token.reveal()}",
                # Source: four public reports that the API's gateway refuses a default User-Agent
                # with 403 (read 2026-11-21).
                "User-Agent": f"assistants-sync/{__version__}",
                "Accept": "application/json",
                "Accept-Encoding": ACCEPTED_ENCODING,
            },
            timeout=httpx.Timeout(endpoint.timeout_seconds, connect=_CONNECT_SECONDS),
            limits=httpx.Limits(max_connections=1),
            follow_redirects=False,
            transport=transport,
            trust_env=trusts_environment,
            verify=httpx.create_ssl_context(trust_env=trusts_environment),
        )
        self._opened: list[httpx.AsyncClient] = []
        self._free: list[httpx.AsyncClient] = []

    async def __aenter__(self) -> Self:
        """Give this; a connection is opened when it is needed."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the connections."""
        for each in self._opened:
            await each.aclose()

    async def send(
        self, asked: Asked, query: Mapping[str, str] | None, content: bytes | None, seconds: float
    ) -> Answer:
        """Send one request, once, and give its answer, whatever it says; `seconds` bound it whole.

        Raises:
            ApiError: there is no whole answer; its `outcome` says what that means.
        """
        began = self._clock.now()
        exchange = Exchange(asked.method, asked.path, query or {})
        try:
            answer = await self._send(asked, query, content, seconds)
            named = request_id_in(answer.headers)
            exchange = replace(exchange, status=answer.status, request_id=named)
        except ApiError as error:
            exchange = replace(exchange, error="; ".join(error.messages))
            raise
        finally:
            passed = (self._clock.now() - began).total_seconds()
            self._on_exchange(replace(exchange, seconds=max(passed, 0.0)))
        return answer

    async def _send(
        self, asked: Asked, query: Mapping[str, str] | None, content: bytes | None, seconds: float
    ) -> Answer:
        headers = {"Content-Type": "application/json"} if content is not None else {}
        http = self._free.pop() if self._free else self._open()
        request = http.build_request(
            asked.method, asked.path, params=query, content=content, headers=headers
        )
        try:
            async with asyncio.timeout(seconds):
                response = await http.send(request, stream=True)
                try:
                    return Answer(
                        response.status_code,
                        {name.lower(): value for name, value in response.headers.items()},
                        await read_bounded(response, MOST_BODY_BYTES),
                    )
                finally:
                    await response.aclose()
        except UnreadableError as error:
            raise unusable(asked, str(error), is_final=True) from error
        except Exception as error:
            # Not `httpx.HTTPError` alone: errors of TLS and of sockets pass through it unchanged,
            # and whatever it was, the request may have been carried out.
            raise unreachable(asked, error, self._host) from error
        finally:
            self._free.append(http)

    def _open(self) -> httpx.AsyncClient:
        self._opened.append(self._make())
        return self._opened[-1]
