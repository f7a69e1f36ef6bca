"""The two ways in: in process, and through a port of this machine."""

import socket
import threading
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

import httpx
import uvicorn
from stand_in_wire import Answer, Reply, Request

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Asgi: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]


class InProcess(httpx.AsyncBaseTransport):
    """A client's way to a server of the same process."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Hand the request over; a scripted break is raised as httpx would."""
        url = request.url
        received = Request(
            request.method,
            url.host,
            url.path,
            dict(url.params),
            dict(request.headers),
            await request.aread(),
        )
        reply = self._answer(received)
        return httpx.Response(reply.status, headers=dict(reply.headers), content=reply.content)


def asgi(answer: Answer) -> Asgi:
    """Give a server as an ASGI app."""

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        try:
            reply = answer(await _read(scope, receive))
        except httpx.TimeoutException:
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        except httpx.TransportError:
            # A promise of more than is sent makes the server close the connection.
            reply = Reply(200, b"{", {"content-length": "1000"})
        headers = {"content-length": str(len(reply.content)), **reply.headers}
        pairs = [(name.encode(), text.encode()) for name, text in headers.items()]
        await send({"type": "http.response.start", "status": reply.status, "headers": pairs})
        await send({"type": "http.response.body", "body": reply.content})

    return app


async def _read(scope: Message, receive: Receive) -> Request:
    content = b""
    has_more = True
    while has_more:
        message = await receive()
        content += message.get("body", b"")
        has_more = message.get("more_body", False)
    headers = {name.decode("latin-1"): text.decode("latin-1") for name, text in scope["headers"]}
    query = dict(parse_qsl(scope["query_string"].decode()))
    host = headers.get("host", "")
    return Request(scope["method"], host, scope["path"], query, headers, content)


@contextmanager
def serve_on_loopback(app: Asgi) -> Iterator[str]:
    """Run an ASGI app in a thread, on a free port; give its address, without a slash at the end."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(
            app,
            log_level="critical",
            date_header=False,
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=1,
        )
        server = uvicorn.Server(config)
        # The socket listens already, so a client that comes too early just waits its turn.
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=10)
