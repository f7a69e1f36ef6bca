"""A relay between a client and a server of HTTP: it loses requests and replies on demand."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from enum import Enum
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive", "expect"}


class Fault(Enum):
    """What goes wrong with one request."""

    LOSE_REQUEST = "it never arrives"
    LOSE_REPLY = "it is carried out, and nobody hears"
    REFUSE = "the server is busy"
    REFUSE_DONE = "it is carried out, and a proxy says that it was not"


@dataclass(frozen=True)
class Request:
    """One request, as it came."""

    method: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def writes(self) -> bool:
        """Whether it changes something."""
        return self.method in {"PUT", "POST", "DELETE", "LOCK", "UNLOCK"}


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""


BUSY = Answer(503, [("Content-Type", "text/plain")], b"canary-proxy-page: try later")


class Relay:
    """Listens on loopback, sends on to `target`; `fault_of` says what goes wrong with a request.

    `busy` is what a server, or a proxy, says that refuses one.
    """

    def __init__(self, target: str) -> None:
        self.target = urlsplit(target).netloc
        self.fault_of: Callable[[Request], Fault | None] = _no_fault
        self.busy = BUSY
        self.seen: list[Request] = []
        relay = self

        class _Here(_Handler):
            def answer(self, request: Request) -> Answer | None:
                return relay.handle(request)

        self._server = _Listener(("127.0.0.1", 0), _Here)
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()

    @contextmanager
    def spoils(
        self,
        fault: Fault,
        which: Callable[[Request], bool],
        times: int = 1,
        *,
        must: bool = True,
    ) -> Iterator[None]:
        """Let this go wrong so many times with requests like these, and see that it did."""
        done = 0

        def fault_of(request: Request) -> Fault | None:
            nonlocal done
            if done == times or not which(request):
                return None
            done += 1
            return fault

        self.fault_of = fault_of
        yield
        self.fault_of = _no_fault
        assert done or not must, "nothing went wrong"

    def handle(self, request: Request) -> Answer | None:
        """Give what the client hears; None for nothing at all."""
        self.seen.append(request)
        match self.fault_of(request):
            case None:
                return self.send(request)
            case Fault.LOSE_REQUEST:
                return None
            case Fault.LOSE_REPLY:
                self.send(request)
                return None
            case Fault.REFUSE:
                return self.busy
            case Fault.REFUSE_DONE:
                self.send(request)
                return self.busy

    def send(self, request: Request) -> Answer:
        """Give the server's answer."""
        with closing(HTTPConnection(self.target, timeout=60)) as connection:
            connection.putrequest(
                request.method, request.path, skip_host=True, skip_accept_encoding=True
            )
            for name, value in request.headers:
                if name.lower() not in _HOP:
                    connection.putheader(name, value)
            connection.putheader("Content-Length", str(len(request.body)))
            connection.endheaders(request.body)
            answer = connection.getresponse()
            return Answer(answer.status, answer.getheaders(), answer.read())


def _no_fault(_request: Request) -> None:
    return None


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    # With the usual 5, the sixth of those who come at once waits a second.
    request_queue_size = 128


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Else each answer waits 40 ms for the other side's acknowledgement of its head.
    disable_nagle_algorithm = True

    def answer(self, request: Request) -> Answer | None:
        raise NotImplementedError

    def _relay(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        request = Request(self.command, self.path, list(self.headers.items()), body)
        answer = self.answer(request)
        # One request a connection: nothing is left open when a test ends.
        self.close_connection = True
        if answer is None:
            return
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            if name.lower() not in _HOP:
                self.send_header(name, value)
        told = {name.lower(): value for name, value in answer.headers}.get("content-length")
        is_head = self.command == "HEAD"
        self.send_header("Content-Length", told or "0" if is_head else str(len(answer.body)))
        self.send_header("Connection", "close")
        self.end_headers()
        if not is_head:
            self.wfile.write(answer.body)

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self._relay
        raise AttributeError(name)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""
