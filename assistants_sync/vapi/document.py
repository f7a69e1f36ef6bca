"""A public document over HTTP: no key goes out, and no more comes back than can be held."""

import asyncio
from typing import Final
from urllib.parse import urlsplit

import httpx

from assistants_sync import __version__
from assistants_sync.errors import SyncError, UsageError
from assistants_sync.vapi.body import ACCEPTED_ENCODING, UnreadableError, read_bounded
from assistants_sync.vapi.endpoint import is_loopback
from assistants_sync.vapi.problem import Asked, unreachable

MOST_SECONDS: Final = 60.0


async def fetch(url: str, most_bytes: int, seconds: float = MOST_SECONDS) -> bytes:
    """Give the document at a URL; `seconds` bound the whole of it.

    Raises:
        UsageError: the URL is neither https nor on this machine, or bears a password.
        SyncError: there is no whole document.
    """
    host = _host(url)
    http = httpx.AsyncClient(
        headers={
            "User-Agent": f"assistants-sync/{__version__}",
            "Accept": "application/json",
            "Accept-Encoding": ACCEPTED_ENCODING,
        },
        timeout=seconds,
        follow_redirects=False,
        trust_env=not is_loopback(host),
    )
    try:
        async with asyncio.timeout(seconds), http, http.stream("GET", url) as response:
            if not response.is_success:
                raise _failed(url, f"the server answers {response.status_code}")
            return await read_bounded(response, most_bytes)
    except UnreadableError as error:
        raise _failed(url, str(error)) from error
    except SyncError:
        raise
    except Exception as error:
        # As in `wire`: errors of TLS and of sockets are no `httpx.HTTPError`.
        found = unreachable(Asked("GET", url), error, host)
        raise _failed(url, "; ".join(found.messages)) from error


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError as error:
        raise UsageError("Not a usable URL", "it does not parse") from error
    if "@" in parts.netloc:
        raise UsageError("Not a usable URL", "it may hold no user and no password")
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))):
        raise UsageError("Not a usable URL", f"{url}: only https, or http on this machine")
    return host


def _failed(url: str, why: str) -> SyncError:
    hint = "download it by other means, and name the file instead of the URL"
    return SyncError("The document could not be fetched", f"{url}: {why}", hint=hint)
