"""What can go wrong between a client and the stand-in."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import httpx
from stand_in_wire import Reply, Request, json_reply, refusal

_HTML = b"<html><head><title>Please wait</title></head><body>cloudflare</body></html>"
_HTML_HEADERS = {"content-type": "text/html"}


@dataclass(frozen=True, slots=True)
class Answers:
    """Another answer; with `acts` the server does what was asked first, and hands its reply in."""

    reply: Callable[[Request, Reply | None], Reply]
    acts: bool = False


@dataclass(frozen=True, slots=True)
class Breaks:
    """No answer at all; on a port the connection closes, or stays mute for a timeout."""

    error: type[httpx.TransportError]
    acts: bool = False


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """Something else happens just before the server acts; then it answers as ever."""

    action: Callable[[], object]


Fault: TypeAlias = Answers | Breaks | Meanwhile


def _always(reply: Reply, *, acts: bool = False) -> Answers:
    return Answers(lambda _request, _reply: reply, acts=acts)


def status(code: int, message: str | list[str] = "scripted", *, acts: bool = False) -> Fault:
    """Answer an error in the NestJS form, before or (`acts`) after doing what was asked."""
    return _always(refusal(code, message), acts=acts)


def html(code: int, *, acts: bool = False) -> Fault:
    """Answer a gateway's page; 200 is a captive portal."""
    return _always(Reply(code, _HTML, _HTML_HEADERS), acts=acts)


def empty(code: int, *, acts: bool = False) -> Fault:
    """Answer a status and not a byte more; 201 with `acts` is a create that names no id."""
    return _always(Reply(code), acts=acts)


def cut_json(code: int, *, acts: bool = False) -> Fault:
    """Answer JSON that stops in the middle: the error's, or (`acts`) the true reply's."""

    def cut(_request: Request, reply: Reply | None) -> Reply:
        whole = reply.content if reply else refusal(code, "scripted").content
        return Reply(code, whole[: len(whole) // 2])

    return Answers(cut, acts=acts)


def throttled(retry_after: str | None = None) -> Fault:
    """Answer 429; `retry_after` is the header as it stands: seconds, a date, or nonsense."""
    headers = {} if retry_after is None else {"retry-after": retry_after}
    return _always(Reply(429, refusal(429, "Rate limit exceeded").content, headers))


def pinned() -> Fault:
    """Answer the 409 of a pinned assistant."""
    return _always(json_reply(409, {"error": "assistant_pinned", "message": "It is pinned."}))


def lost_reply() -> Fault:
    """Do what was asked, then lose the connection."""
    return Breaks(httpx.RemoteProtocolError, acts=True)


def lost_request() -> Fault:
    """Lose the connection after the request went out, with nothing done."""
    return Breaks(httpx.ReadError)


def refused() -> Fault:
    """Refuse the connection: nothing was ever sent."""
    return Breaks(httpx.ConnectError)


def timed_out(*, acts: bool = True) -> Fault:
    """Stay mute until the client gives up, having done what was asked or not."""
    return Breaks(httpx.ReadTimeout, acts=acts)


def echoed(code: int = 400) -> Fault:
    """Answer an error that repeats the key and the whole body, secrets and all."""

    def echo(request: Request, _reply: Reply | None) -> Reply:
        key = request.headers.get("authorization", "")
        return refusal(code, [f"cannot accept {key}", request.content.decode()])

    return Answers(echo)


def redirected(location: str = "https://elsewhere.example/assistant", code: int = 302) -> Fault:
    """Send the client to another place, maybe another host."""
    return _always(Reply(code, b"", {"location": location}))


def without_id(code: int = 201) -> Fault:
    """Do what was asked, then answer the object without its id."""

    def strip(_request: Request, reply: Reply | None) -> Reply:
        body = json.loads(reply.content) if reply else {}
        return json_reply(code, {name: each for name, each in body.items() if name != "id"})

    return Answers(strip, acts=True)


DOUBTS: list[Callable[[], Fault]] = [
    lost_reply,
    lost_request,
    timed_out,
    lambda: timed_out(acts=False),
    lambda: status(500),
    lambda: status(502, acts=True),
    lambda: status(408, acts=True),
    lambda: html(200, acts=True),
    lambda: html(503),
    lambda: empty(201, acts=True),
    lambda: cut_json(201, acts=True),
    without_id,
]
"""Every answer to a write after which nobody can know whether it happened."""
