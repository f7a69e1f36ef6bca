"""The five routes of `/assistant` and those of the other kinds, as an ASGI app.

Source: the OpenAPI document of 2026-08-20, and the GET and DELETE pages of early 2024.
"""

import uuid
from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistants_sync.emulator.exchange import Gate, TellTime, id_of, json_response
from assistants_sync.emulator.fields import Era
from assistants_sync.emulator.other_routes import other_routes
from assistants_sync.emulator.presentation import shown, stored
from assistants_sync.emulator.query import parse_query
from assistants_sync.emulator.record import Record
from assistants_sync.emulator.store import Store
from assistants_sync.emulator.validation import validate
from assistants_sync.emulator.wire import (
    Body,
    RefusalError,
    unknown_object,
    unknown_route,
)


def _system_time() -> datetime:
    return datetime.now(UTC)


def create_app(
    store: Store, *, clock: TellTime = _system_time, era: Era = "any", token: str | None = None
) -> Starlette:
    """Give the API over a store; without `token` any non-empty key is good."""
    gate = Gate(clock, token)
    routes = _Assistants(store, gate, era)
    app = Starlette(
        routes=[
            Route("/assistant", routes.create, methods=["POST"]),
            Route("/assistant", routes.find, methods=["GET"]),
            Route("/assistant/{id}", routes.read, methods=["GET"]),
            Route("/assistant/{id}", routes.update, methods=["PATCH"]),
            Route("/assistant/{id}", routes.delete, methods=["DELETE"]),
            *other_routes(store, gate),
        ],
        exception_handlers={RefusalError: _refuse, HTTPException: _refuse_route},
        middleware=[Middleware(_DateHeader, clock)],
    )
    app.router.redirect_slashes = False
    return app


class _Assistants:
    """What each route of `/assistant` does."""

    def __init__(self, store: Store, gate: Gate, era: Era) -> None:
        self._store = store
        self._gate = gate
        self._era = era

    async def create(self, request: Request) -> Response:
        """POST /assistant: 201; no field is required, a null is as good as nothing."""
        body = await self._read_body(request)
        given: Body = {name: value for name, value in body.items() if value is not None}
        record = self._store.insert(str(uuid.uuid4()), given, self._gate.now_ms())
        return json_response(shown(record), HTTPStatus.CREATED)

    async def find(self, request: Request) -> Response:
        """GET /assistant: a bare array, newest first, and no word of what the limit cut off."""
        self._gate.check_key(request)
        records = self._store.newest(parse_query(request.query_params))
        return json_response([shown(record) for record in records])

    async def read(self, request: Request) -> Response:
        """GET /assistant/{id}."""
        self._gate.check_key(request)
        return _reply(request, self._store.get(id_of(request)))

    async def update(self, request: Request) -> Response:
        """PATCH /assistant/{id}: what is sent replaces whole, null clears, the rest stays.

        Source: VapiAI/gitops at 2026-06-08, `docs/learnings/assistants.md` and commit ba304b8.
        """
        changes = await self._read_body(request)
        return _reply(request, self._store.update(id_of(request), changes, self._gate.now_ms()))

    async def delete(self, request: Request) -> Response:
        """DELETE /assistant/{id}: the object that was."""
        self._gate.check_key(request)
        return _reply(request, self._store.delete(id_of(request)))

    async def _read_body(self, request: Request) -> Body:
        body = await self._gate.read_body(request)
        validate(body, self._era)
        return stored(body)


class _DateHeader:
    """Puts `Date` on every answer: in process no HTTP server does."""

    def __init__(self, app: ASGIApp, clock: TellTime) -> None:
        self._app = app
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                now = self._clock().astimezone(UTC)
                MutableHeaders(scope=message)["date"] = format_datetime(now, usegmt=True)
            await send(message)

        await self._app(scope, receive, send_dated)


def _reply(request: Request, record: Record | None) -> Response:
    if record is None:
        raise unknown_object("Assistant", id_of(request))
    return json_response(shown(record))


async def _refuse(_request: Request, error: Exception) -> Response:
    if not isinstance(error, RefusalError):
        raise error
    return json_response(error.body, error.status)


async def _refuse_route(request: Request, _error: Exception) -> Response:
    return await _refuse(request, unknown_route(request.method, request.url.path))
