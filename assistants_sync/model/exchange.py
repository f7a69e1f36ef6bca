"""One request and what came of it, as it is told: never a header, never a body."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

# Source: Cloudflare's documentation of its headers, and the semantic conventions of OpenTelemetry
# for AWS (read 2026-11-21).
_REQUEST_IDS: Final = ("x-request-id", "x-amzn-requestid", "cf-ray")
_LONGEST_REQUEST_ID: Final = 128


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request, sent once. `status` is None where there was no whole answer: see `error`.

    `request_id` is the name by which the server's operators find it, if the answer bears one.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    status: int | None = None
    seconds: float = 0.0
    request_id: str | None = None
    error: str | None = None


def request_id_in(headers: Mapping[str, str]) -> str | None:
    """Give the request id that an answer bears; names of headers are in lower case."""
    found = (headers[name] for name in _REQUEST_IDS if name in headers)
    return next((each[:_LONGEST_REQUEST_ID] for each in found), None)
