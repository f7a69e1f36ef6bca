"""The five routes of every kind beside assistants.

Source: the OpenAPI document of 2026-08-20 (all of them have the same five).
"""

import uuid
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from assistants_sync.emulator.exchange import Gate, id_of, json_response
from assistants_sync.emulator.kinds import KINDS, Kind, validate_create, validate_patch
from assistants_sync.emulator.presentation import shown_other
from assistants_sync.emulator.query import parse_query
from assistants_sync.emulator.record import Record
from assistants_sync.emulator.store import Store
from assistants_sync.emulator.wire import Body, unknown_object


def other_routes(store: Store, gate: Gate) -> list[Route]:
    """Give the routes of all kinds."""
    return [route for kind in KINDS for route in _Others(store, gate, kind).routes()]


class _Others:
    """What each route of one kind does."""

    def __init__(self, store: Store, gate: Gate, kind: Kind) -> None:
        self._shelf = store.others(kind.path)
        self._gate = gate
        self._kind = kind

    def routes(self) -> list[Route]:
        """Give the five."""
        path, path_of_one = self._kind.path, f"{self._kind.path}/{{id}}"
        return [
            Route(path, self.create, methods=["POST"]),
            Route(path, self.find, methods=["GET"]),
            Route(path_of_one, self.read, methods=["GET"]),
            Route(path_of_one, self.update, methods=["PATCH"]),
            Route(path_of_one, self.delete, methods=["DELETE"]),
        ]

    async def create(self, request: Request) -> Response:
        """POST: 201; what the kind's own document requires is not asked for."""
        body = await self._gate.read_body(request)
        validate_create(self._kind, body)
        given = {name: value for name, value in body.items() if value is not None}
        stored: Body = {**self._kind.defaults, **given}
        record = self._shelf.insert(str(uuid.uuid4()), stored, self._gate.now_ms())
        return json_response(shown_other(record), HTTPStatus.CREATED)

    async def find(self, request: Request) -> Response:
        """GET of the list: newest first, a bare array or a page."""
        self._gate.check_key(request)
        query = parse_query(
            request.query_params, is_paginated=self._kind.is_paginated, filters=self._kind.filters
        )
        page = self._shelf.newest(query)
        results = [shown_other(record) for record in page.records]
        if not self._kind.is_paginated:
            return json_response(results)
        metadata = {
            "itemsPerPage": query.limit,
            "totalItems": page.total,
            "currentPage": query.page,
        }
        return json_response({"results": results, "metadata": metadata})

    async def read(self, request: Request) -> Response:
        """GET of one."""
        self._gate.check_key(request)
        return self._reply(request, self._shelf.get(id_of(request)))

    async def update(self, request: Request) -> Response:
        """PATCH: what is sent replaces whole, null clears, the rest stays."""
        changes = await self._gate.read_body(request)
        validate_patch(self._kind, changes)
        record = self._shelf.update(id_of(request), changes, self._gate.now_ms())
        return self._reply(request, record)

    async def delete(self, request: Request) -> Response:
        """DELETE: the object that was."""
        self._gate.check_key(request)
        return self._reply(request, self._shelf.delete(id_of(request)))

    def _reply(self, request: Request, record: Record | None) -> Response:
        if record is None:
            raise unknown_object(self._kind.label, id_of(request))
        return json_response(shown_other(record))
