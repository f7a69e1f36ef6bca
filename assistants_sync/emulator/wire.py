"""What travels: JSON bodies in, and the NestJS form of every refusal out.

Source: support.vapi.ai thread 18819419, read 2026-11, and VapiAI/gitops `api.ts` at 2026-06-08
(`message` is a text or a list of texts).
"""

import json
import math
from http import HTTPStatus
from typing import Final, NoReturn, TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
"""Anything JSON can say."""

Body: TypeAlias = dict[str, Json]
"""A JSON object: an assistant or another kind, or the part of one that a PATCH sends."""

_WRONG_KEY: Final = (
    "Invalid Key. Hot tip, you may be using the private key instead of the public key, "
    "or vice versa."
)


class RefusalError(Exception):
    """A request the API answers with an error; `message` is one text or one per violation."""

    def __init__(self, status: HTTPStatus, message: str | list[str]) -> None:
        super().__init__(status, message)
        self.status = status
        self.message = message

    @property
    def body(self) -> dict[str, object]:
        """Give the body as NestJS writes it."""
        return {
            "message": self.message,
            "error": self.status.phrase,
            "statusCode": self.status.value,
        }


def bad_request(message: str | list[str]) -> RefusalError:
    """Give a 400."""
    return RefusalError(HTTPStatus.BAD_REQUEST, message)


def wrong_key() -> RefusalError:
    """Give a 401.

    Source: the whole body as several public repositories quote it, read 2026-11-21.
    """
    return RefusalError(HTTPStatus.UNAUTHORIZED, _WRONG_KEY)


def unknown_object(label: str, object_id: str) -> RefusalError:
    """Give a 404 for an object that is not there, be it deleted or another organisation's.

    Source: VapiAI/gitops `simulations.md` (an id of another org looks like 404) at 2026-06-08.
    The body is not documented: go by the status.
    """
    return RefusalError(HTTPStatus.NOT_FOUND, f'{label} with ID "{object_id}" not found')


def unknown_route(method: str, path: str) -> RefusalError:
    """Give a 404 for a route or a method that does not exist, as NestJS words it."""
    return RefusalError(HTTPStatus.NOT_FOUND, f"Cannot {method} {path}")


def parse_object(content: bytes) -> Body:
    """Read a request body; no bytes at all mean `{}`, since no field is required.

    Raises:
        RefusalError: 400, the bytes are not one JSON object.
    """
    if not content.strip():
        return {}
    try:
        value: Json = json.loads(content, parse_constant=_refuse_constant, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise bad_request(f"Unexpected token in JSON: {error}") from error
    if not isinstance(value, dict):
        raise bad_request("Expected a JSON object as the request body")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits} is out of range")
    return number
