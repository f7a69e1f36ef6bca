"""One request and its answer, to a server that keeps state: bounded in time and size, no redirects.

The door to HTTP for state alone; what an answer means is for its callers to say.
"""

import asyncio
import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import urlsplit

import httpx

from assistants_sync import __version__
from assistants_sync.errors import AccessError, StateError
from assistants_sync.model.exchange import Exchange, request_id_in
from assistants_sync.model.ports import Clock
from assistants_sync.state.hosts import is_loopback
from assistants_sync.state.http.addresses import Addresses

MOST_BYTES: Final = 64 * 1024 * 1024
"""An answer longer than this is given up."""

_TOTAL_SECONDS: Final = 60.0
_CONNECT_SECONDS: Final = 10.0
_TRIES: Final = 3
_SERVER_FAULT: Final = 500
_NO_SUCH_METHOD: Final = 501


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `status` is None when no whole answer did, and `why` says why not."""

    status: int | None
    body: bytes = field(default=b"", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    why: str = ""

    @property
    def is_unsure(self) -> bool:
        """Whether the server may have done what was asked without saying so."""
        if self.status is None:
            return True
        return self.status >= _SERVER_FAULT and self.status != _NO_SUCH_METHOD

    def __str__(self) -> str:
        return self.why or f"it answered {self.status}"


class HttpExchange:
    """Asks one server, always as the same user; `on_exchange` is told of every request."""

    def __init__(
        self, addresses: Addresses, clock: Clock, on_exchange: Callable[[Exchange], None]
    ) -> None:
        self._clock, self.where = clock, addresses.shown
        self._on_exchange = on_exchange
        user = addresses.user
        is_here = is_loopback(urlsplit(addresses.state).hostname or "")
        self._http = httpx.AsyncClient(
            auth=httpx.BasicAuth(user, addresses.password) if user is not None else None,
            headers={
                "User-Agent": f"assistants-sync/{__version__}",
                "Accept": "application/json",
                # A Content-MD5 is of the bytes sent; and nothing swells on the way.
                "Accept-Encoding": "identity",
            },
            timeout=httpx.Timeout(_TOTAL_SECONDS, connect=_CONNECT_SECONDS),
            follow_redirects=False,
            # On this machine a connection costs nothing, so none is left open.
            limits=httpx.Limits(max_keepalive_connections=0 if is_here else None),
            trust_env=not is_here,
        )

    async def ask(
        self, method: str, url: str, body: bytes | None = None, lock_id: str | None = None
    ) -> Answer:
        """Send it once.

        Raises:
            AccessError: the server wants a login, or refuses ours.
            StateError: it sends us elsewhere, or what came is no answer of this protocol.
        """
        headers = {}
        if body is not None:
            md5 = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest())
            headers = {"Content-Type": "application/json", "Content-MD5": md5.decode()}
        target = httpx.URL(url)
        if lock_id is not None:
            target = target.copy_merge_params({"ID": lock_id})
        request = self._http.build_request(method, target, content=body, headers=headers)
        began = self._clock.now()
        exchange = Exchange(method, target.path)  # the query may bear a secret
        try:
            answer = await self._send(request)
            exchange = replace(
                exchange,
                status=answer.status,
                request_id=request_id_in(answer.headers),
                error=answer.why or None,
            )
        except StateError as error:
            exchange = replace(exchange, error=error.diagnostic.detail)
            raise
        finally:
            passed = (self._clock.now() - began).total_seconds()
            self._on_exchange(replace(exchange, seconds=max(passed, 0.0)))
        self._check(answer)
        return answer

    async def _send(self, request: httpx.Request) -> Answer:
        """Give what came.

        Raises:
            StateError: it is too long.
        """
        try:
            async with asyncio.timeout(_TOTAL_SECONDS):
                response = await self._http.send(request, stream=True)
                try:
                    content = await _read_bounded(response)
                finally:
                    await response.aclose()
        except (httpx.HTTPError, TimeoutError) as error:
            # Its text may hold the URL; its kind says enough.
            return Answer(None, why=f"no whole answer ({type(error).__name__})")
        if content is None:
            raise self._unusable(f"its answer is longer than {MOST_BYTES >> 20} MB")
        return Answer(
            response.status_code,
            content,
            {name.lower(): value for name, value in response.headers.items()},
        )

    async def ask_until_sure(self, method: str, url: str, body: bytes | None = None) -> Answer:
        """Send what may be sent twice, until the server has said what came of it, or for long.

        Raises:
            AccessError: the server wants a login, or refuses ours.
            StateError: it sends us elsewhere, or what came is no answer of this protocol.
        """
        answer = await self.ask(method, url, body)
        for tried in range(1, _TRIES):
            if not answer.is_unsure:
                break
            await self._clock.sleep(tried)
            answer = await self.ask(method, url, body)
        return answer

    async def close(self) -> None:
        """Let connections go."""
        await self._http.aclose()

    def _check(self, answer: Answer) -> None:
        match answer.status:
            case 401:
                raise AccessError(
                    "The state's server wants a login",
                    f"{self.where} answered 401",
                    hint="set TF_HTTP_USERNAME and TF_HTTP_PASSWORD; for GitLab a user name and "
                    "an access token with scope `api`",
                )
            case 403:
                raise AccessError(
                    "The state's server refuses this login",
                    f"{self.where} answered 403",
                    hint="it must be allowed to read, write and lock this state; on GitLab that "
                    "is the Maintainer role, or Developer to read",
                )
            case 300 | 301 | 302 | 303 | 307 | 308:
                raise self._unusable(f"it answered {answer.status}: the state is elsewhere")
            case _:
                pass
        if not answer.is_unsure and answer.headers.get("content-type", "").startswith("text/html"):
            raise self._unusable("it answered with a page for people")
        expected = answer.headers.get("content-md5")
        md5 = hashlib.md5(answer.body, usedforsecurity=False).digest()
        if expected is not None and expected != base64.b64encode(md5).decode():
            raise self._unusable("its answer does not fit its Content-MD5")

    def _unusable(self, why: str) -> StateError:
        return StateError(
            "This is no answer of a state server",
            f"{self.where}: {why}",
            hint="check the address, and what stands between it and us",
        )


async def _read_bounded(response: httpx.Response) -> bytes | None:
    """Read a body; None when it is too long."""
    chunks, size = [], 0
    async for chunk in response.aiter_bytes():
        size += len(chunk)
        if size > MOST_BYTES:
            return None
        chunks.append(chunk)
    return b"".join(chunks)
