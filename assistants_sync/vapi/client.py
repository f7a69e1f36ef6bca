"""The client: one method per thing the API can do, each exchange bounded and counted."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Self, TypeAlias
from urllib.parse import quote, urlsplit

import httpx

from assistants_sync import __version__
from assistants_sync.errors import ApiError, IncompleteReadError, SyncError
from assistants_sync.model.address import RemoteId
from assistants_sync.model.live import Listing, LiveObject
from assistants_sync.model.ports import Clock
from assistants_sync.model.value import Body, JsonValue, reveal
from assistants_sync.resources import READABLE
from assistants_sync.resources.essence import observe
from assistants_sync.resources.kind import Kind
from assistants_sync.vapi.body import (
    ACCEPTED_ENCODING,
    MOST_LEVELS,
    Parsed,
    UnreadableError,
    decode,
    read_bounded,
)
from assistants_sync.vapi.endpoint import Endpoint
from assistants_sync.vapi.paging import read_all
from assistants_sync.vapi.problem import Answer, Asked, given_up, to_error, unreachable, unusable
from assistants_sync.vapi.redactor import Redactor
from assistants_sync.vapi.retry import retry_pause, worst
from assistants_sync.vapi.stoppable import StoppableClock, StoppedError
from assistants_sync.vapi.throttle import Gate, read_http_date, retry_after_seconds

Transport: TypeAlias = httpx.AsyncBaseTransport
"""What carries a request: the network, or in its place an app in this process."""

MOST_BODY_BYTES: Final = 32 * 1024 * 1024
"""An answer longer than this, unpacked, is given up: no list page comes near it."""

_CONNECT_SECONDS: Final = 10.0
_NOT_FOUND: Final = 404
_THROTTLED: Final = 429
_WORTH_TELLING_SECONDS: Final = 2.0


def in_process(app: Callable[..., Coroutine[None, None, None]]) -> Transport:
    """Give a transport to an ASGI app in this process: no port, no network."""
    return httpx.ASGITransport(app, raise_app_exceptions=False)


class VapiClient:
    """A `ResourceApi` over HTTP; an async context manager.

    `notify` is told of every longer wait, in seconds, and why; `jitter` gives 0..1. Once
    `should_stop` says so, nothing is sent a second time and no pause is sat out.
    """

    def __init__(  # noqa: PLR0913 -- what a caller may choose, each by its name
        self,
        endpoint: Endpoint,
        *,
        clock: Clock,
        redactor: Redactor,
        parallelism: int = 8,
        transport: Transport | None = None,
        notify: Callable[[float, str], None] = lambda _seconds, _reason: None,
        jitter: Callable[[], float] = random.random,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> None:
        redactor.learn(endpoint.token)
        self._endpoint, self._redactor = endpoint, redactor
        self._notify, self._jitter, self._should_stop = notify, jitter, should_stop
        self._clock = StoppableClock(clock, should_stop)
        self._gate = Gate(self._clock)
        self._slots = asyncio.Semaphore(parallelism)
        self._server_time: datetime | None = None
        self.sent: Counter[str] = Counter()
        self._http = httpx.AsyncClient(
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
            limits=httpx.Limits(max_connections=parallelism),
            follow_redirects=False,
            transport=transport,
            trust_env=not endpoint.is_loopback,
        )

    async def __aenter__(self) -> Self:
        """Open the connections."""
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the connections."""
        await self._http.__aexit__(kind, error, traceback)

    @property
    def server_time(self) -> str | None:
        """The server's clock as its last answer told it; see `ResourceApi.server_time`."""
        return _iso(self._server_time)

    async def list_all(
        self,
        kind: str,
        *,
        created_at_ge: str | None = None,
        where: Mapping[str, str] | None = None,
    ) -> Listing:
        """Give every object, proved complete; see `ResourceReader.list_all`."""
        kind_data = READABLE[kind]
        asked = Asked("GET", kind_data.path, is_list=True)
        first_time: list[datetime | None] = []

        async def _page(query: Mapping[str, str]) -> JsonValue:
            parsed = await self._repeat(asked, query={**(where or {}), **query})
            first_time.append(self._server_time)
            return parsed.document

        items = await read_all(_page, created_at_ge=created_at_ge)
        try:
            objects = tuple(observe(kind_data, item, self._redactor.known) for item in items)
        except ValueError as error:
            raise IncompleteReadError("A list holds something else", str(error)) from error
        return Listing(objects, _iso(first_time[0]))

    async def get(self, kind: str, remote_id: RemoteId) -> LiveObject | None:
        """Give one object, None for a 404; see `ResourceReader.get`."""
        kind_data = READABLE[kind]
        asked = Asked("GET", _path(kind_data, remote_id))
        try:
            parsed = await self._repeat(asked)
        except ApiError as error:
            if error.status == _NOT_FOUND:
                return None
            raise
        return self._observe(kind_data, asked, parsed, remote_id)

    async def create(self, kind: str, body: Body) -> LiveObject:
        """POST once; see `ResourceApi.create`."""
        kind_data = READABLE[kind]
        asked = Asked("POST", kind_data.path, is_list=True)
        parsed = await self._repeat(asked, body=body)
        return self._observe(kind_data, asked, parsed, None)

    async def update(self, kind: str, remote_id: RemoteId, body: Body) -> LiveObject:
        """PATCH; see `ResourceApi.update`."""
        kind_data = READABLE[kind]
        asked = Asked("PATCH", _path(kind_data, remote_id))
        parsed = await self._repeat(asked, body=body)
        return self._observe(kind_data, asked, parsed, remote_id)

    async def delete(self, kind: str, remote_id: RemoteId) -> None:
        """DELETE, 404 is success; see `ResourceApi.delete`."""
        asked = Asked("DELETE", _path(READABLE[kind], remote_id))
        try:
            await self._repeat(asked)
        except ApiError as error:
            if error.status != _NOT_FOUND:
                raise

    def _observe(
        self, kind: Kind, asked: Asked, parsed: Parsed, remote_id: RemoteId | None
    ) -> LiveObject:
        if not parsed.is_whole:
            why = f"the object is nested more than {MOST_LEVELS} levels deep"
            raise unusable(asked, why, is_final=True)
        try:
            live = observe(kind, parsed.document, self._redactor.known)
        except ValueError as error:
            raise unusable(asked, str(error)) from error
        if remote_id is not None and live.id != remote_id:
            raise unusable(asked, "the answer is about another object")
        return live

    async def _repeat(
        self, asked: Asked, *, query: Mapping[str, str] | None = None, body: Body | None = None
    ) -> Parsed:
        """Exchange, again where that is safe, until there is a usable answer or none will come."""
        content = json.dumps(reveal(body)).encode() if body is not None else None
        failed: ApiError | None = None
        tried = 0
        try:
            while True:
                tried += 1
                try:
                    return await self._exchange(asked, query, content, is_repeated=tried > 1)
                except ApiError as error:
                    pause = retry_pause(asked.method, error, tried, self._jitter())
                    failed = worst(failed, error)
                if pause is None:
                    raise failed
                await self._wait(pause, failed.diagnostic.detail)
        except StoppedError as error:
            raise given_up(asked, failed) from error

    async def _wait(self, seconds: float, reason: str) -> None:
        if self._should_stop():
            raise StoppedError
        if seconds >= _WORTH_TELLING_SECONDS:
            self._notify(seconds, reason)
        await self._clock.sleep(seconds)

    async def _exchange(
        self,
        asked: Asked,
        query: Mapping[str, str] | None,
        content: bytes | None,
        *,
        is_repeated: bool,
    ) -> Parsed:
        async with self._slots:
            ticket = await self._gate.ready()
            if is_repeated and self._should_stop():
                raise StoppedError
            self.sent[asked.method] += 1
            answer = await self._send(asked, query, content)
        date = read_http_date(answer.headers.get("date"))
        self._server_time = date or self._server_time
        if answer.status == _THROTTLED:
            self._hold_back(ticket, answer, date)
        else:
            self._gate.passed(ticket)
        if answer.is_ok:
            return decode(asked, answer)
        raise self._refused(asked, answer)

    def _hold_back(self, ticket: int, answer: Answer, date: datetime | None) -> None:
        asked_for = answer.headers.get("retry-after")
        wait = self._gate.refused(ticket, retry_after_seconds(asked_for, date or self._clock.now()))
        if wait >= _WORTH_TELLING_SECONDS:
            self._notify(wait, "the server asked for a pause")

    def _refused(self, asked: Asked, answer: Answer) -> SyncError:
        return to_error(
            asked,
            answer,
            scrub=self._redactor.scrub,
            key_name=self._endpoint.token.name or "the API key",
        )

    async def _send(
        self, asked: Asked, query: Mapping[str, str] | None, content: bytes | None
    ) -> Answer:
        headers = {"Content-Type": "application/json"} if content is not None else {}
        request = self._http.build_request(
            asked.method, asked.path, params=query, content=content, headers=headers
        )
        try:
            async with asyncio.timeout(self._endpoint.timeout_seconds):
                response = await self._http.send(request, stream=True)
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
            host = urlsplit(self._endpoint.base_url).netloc
            raise unreachable(asked, error, host) from error


def _path(kind: Kind, remote_id: RemoteId) -> str:
    return f"{kind.path}/{quote(remote_id, safe='')}"


def _iso(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
