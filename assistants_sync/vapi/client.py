"""The client: one method per thing the API can do, each exchange bounded and counted."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Final, Self
from urllib.parse import quote

from assistants_sync.errors import ApiError, IncompleteReadError, SyncError
from assistants_sync.model.address import RemoteId
from assistants_sync.model.exchange import Exchange, request_id_in
from assistants_sync.model.live import Listing, LiveObject
from assistants_sync.model.ports import Clock, HearRequestId
from assistants_sync.model.value import Body, JsonValue, reveal
from assistants_sync.resources import READABLE
from assistants_sync.resources.essence import observe
from assistants_sync.resources.kind import Kind
from assistants_sync.vapi.body import MOST_LEVELS, Parsed, decode
from assistants_sync.vapi.endpoint import Endpoint
from assistants_sync.vapi.paging import Item, Window
from assistants_sync.vapi.problem import Answer, Asked, given_up, held_back, to_error, unusable
from assistants_sync.vapi.ranges import read_in_ranges
from assistants_sync.vapi.redactor import Redactor
from assistants_sync.vapi.retry import retry_pause, worst
from assistants_sync.vapi.stoppable import StoppableClock, StoppedError
from assistants_sync.vapi.throttle import Gate, read_http_date, retry_after_seconds
from assistants_sync.vapi.wire import Transport, Wire

_NOT_FOUND: Final = 404
_THROTTLED: Final = 429
_WORTH_TELLING_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class _Request:
    """One try of what is asked; `announced_at` is when the journal said that it would leave."""

    asked: Asked
    query: Mapping[str, str] | None = None
    content: bytes | None = None
    is_repeated: bool = False
    announced_at: datetime | None = None
    heard: HearRequestId | None = None


class VapiClient:
    """A `ResourceApi` over HTTP; an async context manager.

    `notify` is told of every longer wait, in seconds, and why, and `on_exchange` of every request;
    `jitter` gives 0..1. Once `should_stop` says so, nothing is sent a second time and no pause is
    sat out.
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
        on_exchange: Callable[[Exchange], None] = lambda _exchange: None,
    ) -> None:
        redactor.learn(endpoint.token)
        self._endpoint, self._redactor = endpoint, redactor
        self._notify, self._jitter, self._should_stop = notify, jitter, should_stop
        self._clock = StoppableClock(clock, should_stop)
        self._gate = Gate(self._clock)
        self._slots = asyncio.Semaphore(parallelism)
        self._server_time: datetime | None = None
        self._told_at = clock.now()
        self.sent: Counter[str] = Counter()
        self._wire = Wire(endpoint, transport, clock, on_exchange)

    async def __aenter__(self) -> Self:
        """Open the connections."""
        await self._wire.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the connections."""
        await self._wire.__aexit__(kind, error, traceback)

    @property
    def server_time(self) -> str | None:
        """The server's clock as its last answer told it; see `ResourceApi.server_time`."""
        return _iso(self._server_time)

    @property
    def server_now(self) -> str | None:
        """What the server's clock must show by now; see `ResourceApi.server_now`."""
        if self._server_time is None:
            return None
        return _iso(self._server_time + max(self._clock.now() - self._told_at, timedelta()))

    async def ready(self) -> None:
        """Wait out the server's pause; see `ResourceApi.ready`."""
        with suppress(StoppedError):
            await self._gate.opened()

    async def list_all(
        self,
        kind: str,
        *,
        created_at_ge: str | None = None,
        where: Mapping[str, str] | None = None,
        expected: Collection[str] = (),
    ) -> Listing:
        """Give every object, proved complete; see `ResourceReader.list_all`."""
        kind_data = READABLE[kind]
        asked = Asked("GET", kind_data.path, is_list=True)
        times: list[str] = []

        async def _page(query: Mapping[str, str]) -> JsonValue:
            parsed = await self._repeat(asked, query={**(where or {}), **query})
            times.append(self.server_time or "")
            return parsed.document

        def _object(item: Item) -> LiveObject:
            try:
                return observe(kind_data, item, known)
            except ValueError as error:
                raise IncompleteReadError("A list holds something else", str(error)) from error

        known = self._redactor.known
        found = await read_in_ranges(_page, _object, Window(since=created_at_ge), expected)
        return Listing(tuple(found.values()), min(times) or None)

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

    async def create(
        self,
        kind: str,
        body: Body,
        *,
        announced_at: datetime | None = None,
        heard: HearRequestId | None = None,
    ) -> LiveObject:
        """POST once; see `ResourceApi.create`."""
        kind_data = READABLE[kind]
        asked = Asked("POST", kind_data.path, is_list=True)
        parsed = await self._repeat(asked, body=body, announced_at=announced_at, heard=heard)
        return self._observe(kind_data, asked, parsed, None)

    async def update(
        self, kind: str, remote_id: RemoteId, body: Body, *, heard: HearRequestId | None = None
    ) -> LiveObject:
        """PATCH; see `ResourceApi.update`."""
        kind_data = READABLE[kind]
        asked = Asked("PATCH", _path(kind_data, remote_id))
        parsed = await self._repeat(asked, body=body, heard=heard)
        return self._observe(kind_data, asked, parsed, remote_id)

    async def delete(
        self, kind: str, remote_id: RemoteId, *, heard: HearRequestId | None = None
    ) -> None:
        """DELETE, 404 is success; see `ResourceApi.delete`."""
        asked = Asked("DELETE", _path(READABLE[kind], remote_id))
        try:
            await self._repeat(asked, heard=heard)
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
        self,
        asked: Asked,
        *,
        query: Mapping[str, str] | None = None,
        body: Body | None = None,
        announced_at: datetime | None = None,
        heard: HearRequestId | None = None,
    ) -> Parsed:
        """Exchange, again where that is safe, until there is a usable answer or none will come."""
        content = json.dumps(reveal(body)).encode() if body is not None else None
        failed: ApiError | None = None
        tried = 0
        try:
            while True:
                tried += 1
                try:
                    return await self._exchange(
                        _Request(asked, query, content, tried > 1, announced_at, heard)
                    )
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

    async def _exchange(self, request: "_Request") -> Parsed:
        asked = request.asked
        async with self._slots:
            ticket = await self._gate.ready()
            if request.is_repeated and self._should_stop():
                raise StoppedError
            seconds = self._seconds_for(request)
            self.sent[asked.method] += 1
            answer = await self._wire.send(asked, request.query, request.content, seconds)
        name = request_id_in(answer.headers)
        if request.heard is not None and name is not None:
            request.heard(name)
        date = read_http_date(answer.headers.get("date"))
        if date is not None:
            self._server_time, self._told_at = date, self._clock.now()
        if answer.status == _THROTTLED:
            self._hold_back(ticket, answer, date)
        else:
            self._gate.passed(ticket)
        if answer.is_ok:
            return decode(asked, answer)
        raise self._refused(asked, answer)

    def _seconds_for(self, request: "_Request") -> float:
        """Give how long a request may take; its time runs from when it was announced.

        Raises:
            ApiError: it was held back so long that what is left is too short.
        """
        whole = self._endpoint.timeout_seconds
        if request.announced_at is None:
            return whole
        left = whole - (self._clock.now() - request.announced_at).total_seconds()
        if left < whole / 2:
            raise held_back(request.asked)
        return min(left, whole)

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


def _path(kind: Kind, remote_id: RemoteId) -> str:
    return f"{kind.path}/{quote(remote_id, safe='')}"


def _iso(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
