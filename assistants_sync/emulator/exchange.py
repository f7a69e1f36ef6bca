"""What every route does: see who asks, read what was sent, tell the time, answer in JSON."""

import json
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response

from assistants_sync.emulator.query import milliseconds
from assistants_sync.emulator.wire import Body, parse_object, wrong_key

TellTime: TypeAlias = Callable[[], datetime]
"""Gives the time now, with its zone."""


class Gate:
    """Lets a request in; without `token` any non-empty key is good."""

    def __init__(self, clock: TellTime, token: str | None) -> None:
        self._clock = clock
        self._token = token

    def check_key(self, request: Request) -> None:
        """Look at the key alone.

        Raises:
            RefusalError: 401.
        """
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        is_good = key.strip() != "" if self._token is None else key.strip() == self._token
        if scheme.lower() != "bearer" or not is_good:
            raise wrong_key()

    async def read_body(self, request: Request) -> Body:
        """Look at the key, then give what was sent.

        Raises:
            RefusalError: 401, or 400 for what is no JSON object.
        """
        self.check_key(request)
        return parse_object(await request.body())

    def now_ms(self) -> int:
        """Give the time as the store counts it."""
        return milliseconds(self._clock())


def json_response(content: object, status: HTTPStatus = HTTPStatus.OK) -> Response:
    """Give an answer in JSON."""
    # Escaped to ASCII: a lone surrogate is legal in JSON and has no UTF-8.
    return Response(json.dumps(content), status, media_type="application/json; charset=utf-8")


def id_of(request: Request) -> str:
    """Give the id in the path of a request."""
    return str(request.path_params["id"])
