"""An answer that is not what was asked for, as one error: what it means, and the server's words.

Source: the error bodies in the OpenAPI document of 2026-08-20 (409) and in public reports of the
NestJS form `{message: text | list, error, statusCode}` (read 2026-11-21); gateways answer HTML.
"""

import json
import re
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import httpx

from assistants_sync.errors import AccessError, ApiError, InterruptedRunError, Outcome, SyncError

_MESSAGES: Final = 5
_MESSAGE_LENGTH: Final = 300
_UNAUTHORISED: Final = frozenset({401, 403})
_REFUSED: Final = frozenset({400, 402, 404, 405, 406, 410, 411, 413, 414, 415, 422, 431})
_INVALID: Final = frozenset({400, 422})
_NOT_FOUND: Final = 404
_CONFLICT: Final = 409
_THROTTLED: Final = 429
_NO_PROXY_LOGIN: Final = "407"
_OK: Final = range(200, 300)
_REDIRECT: Final = range(300, 400)

_FIELD: Final = re.compile(
    r"(?:nested )?(?:property |each value in (?:nested property )?)?"
    r"(?P<path>[A-Za-z_][\w.-]*) (?:must|should|has|is|contains|cannot|exceeds)\b"
)
_NOT_A_FIELD: Final = frozenset({"property", "it", "this", "value", "request", "body", "there"})


@dataclass(frozen=True, slots=True)
class Answer:
    """One whole HTTP answer; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_ok(self) -> bool:
        """Whether the status says that it worked."""
        return self.status in _OK

    @property
    def is_html(self) -> bool:
        """Whether a page for people came instead of an answer."""
        kind = self.headers.get("content-type", "")
        return "html" in kind or self.body.lstrip()[:1] == b"<"


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked: an error tells it without the query, which may hold times but no secret."""

    method: str
    path: str
    is_list: bool = False


def to_error(
    asked: Asked,
    answer: Answer,
    *,
    scrub: Callable[[str], str],
    key_name: str,
) -> SyncError:
    """Give the error for an answer without a 2xx status; `key_name` is where the key came from."""
    messages = _words(answer, scrub)
    if answer.status in _UNAUTHORISED:
        return AccessError(
            "The key was refused",
            f"{asked.method} {asked.path}: {answer.status} {'; '.join(messages)}",
            hint=f"check {key_name}: it must be a private key of this organisation"
            if not answer.is_html
            else "a gateway before the API answered: check the base URL, proxy and firewall",
        )
    return ApiError(
        method=asked.method,
        path=asked.path,
        outcome=_outcome(asked.method, answer.status),
        status=answer.status,
        messages=messages,
        fields=_named_fields(messages) if answer.status in _INVALID else (),
        hint=_hint(asked, answer),
    )


def unusable(
    asked: Asked, why: str, *, is_final: bool = False, hint: str | None = None
) -> ApiError:
    """Give the error for a 2xx answer whose body is not what the API documents.

    `is_final` says that asking again would give the same; a write may have happened all the same.
    """
    return ApiError(
        method=asked.method,
        path=asked.path,
        outcome=Outcome.REFUSED if is_final and asked.method == "GET" else Outcome.UNKNOWN,
        status=200,
        messages=(why,),
        hint=hint,
    )


def given_up(asked: Asked, failed: ApiError | None) -> SyncError:
    """Give the error for what is not sent (again, after it `failed`): the run is asked to stop.

    A write that failed keeps its outcome: whether it happened decides what is journaled.
    """
    if asked.method == "GET":
        why = failed.diagnostic.detail if failed else f"GET {asked.path} was not sent"
        return InterruptedRunError("Interrupted", f"{why}; it is not tried again")
    if failed is not None:
        return failed
    return ApiError(
        method=asked.method,
        path=asked.path,
        outcome=Outcome.NOT_SENT,
        messages=("not sent: the server had asked for a pause, and the run is stopping",),
    )


def held_back(asked: Asked) -> ApiError:
    """Give the error for what waited so long that it was not sent any more."""
    return ApiError(
        method=asked.method,
        path=asked.path,
        outcome=Outcome.THROTTLED,
        messages=("not sent: the server asked for a pause since it was announced",),
    )


def unreachable(asked: Asked, error: Exception, host: str) -> ApiError:
    """Give the error for a request that got no whole answer."""
    outcome, what, hint = _why_unreachable(error, host)
    return ApiError(
        method=asked.method, path=asked.path, outcome=outcome, messages=(what,), hint=hint
    )


def _why_unreachable(error: Exception, host: str) -> tuple[Outcome, str, str | None]:
    name = type(error).__name__
    match error:
        case httpx.ConnectError() if _is_untrusted(error):
            hint = "check the base URL and the machine's certificates; it is never skipped"
            return Outcome.REFUSED, f"the certificate of {host} is not trusted", hint
        case httpx.ProxyError():
            # Over https a proxy is asked for a way first; the request itself never left.
            return Outcome.NOT_SENT, *_why_no_way(error, host)
        case (
            httpx.ConnectError()
            | httpx.ConnectTimeout()
            | httpx.PoolTimeout()
            | httpx.UnsupportedProtocol()
        ):
            hint = "check the network and the base URL"
            return Outcome.NOT_SENT, f"cannot reach {host} ({name})", hint
        case TimeoutError() | httpx.TimeoutException():
            return Outcome.UNKNOWN, f"no whole answer in time ({name})", None
        case _:
            return Outcome.UNKNOWN, f"the connection broke before the answer ({name})", None


def _why_no_way(error: httpx.ProxyError, host: str) -> tuple[str, str]:
    # The status stands in front of the proxy's own words (httpcore 1.0.9, read 2026-11-21).
    status = str(error)[:3]
    if status == _NO_PROXY_LOGIN:
        hint = "name them in HTTPS_PROXY: http://user:password@host:port"
        return f"the proxy on the way to {host} wants a user and a password (407)", hint
    answer = f" ({status})" if status.isdecimal() else ""
    return f"the proxy gives no way to {host}{answer}", "check HTTPS_PROXY and NO_PROXY"


def named_field(message: str) -> str | None:
    """Give the dotted path of the field a message of the validation names, if it names one."""
    match = _FIELD.match(message)
    if match is None or match["path"].lower() in _NOT_A_FIELD:
        return None
    return match["path"].rstrip(".")


def _is_untrusted(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _outcome(method: str, status: int) -> Outcome:
    if status == _THROTTLED:
        return Outcome.THROTTLED
    if status in _REFUSED or (status == _CONFLICT and method != "POST"):
        return Outcome.REFUSED
    return Outcome.UNKNOWN


def _hint(asked: Asked, answer: Answer) -> str | None:
    if answer.status in _REDIRECT:
        # An unreadable one never comes this far: httpx takes it for a broken connection.
        target = httpx.URL(answer.headers.get("location", "")).host or "somewhere else"
        return f"the server redirects to {target}; redirects are not followed: mend the base URL"
    if answer.status == _CONFLICT and asked.method == "DELETE":
        return "something pins a version of it (a squad or a tool): unpin it there"
    if answer.status == _NOT_FOUND and asked.is_list:
        return "is the base URL right?"
    return None


def _words(answer: Answer, scrub: Callable[[str], str]) -> tuple[str, ...]:
    """What the server said, scrubbed before it is cut, so that no half of a secret stays."""
    if answer.is_html:
        return ("an HTML page instead of JSON",)
    words = (" ".join(scrub(text).split()) for text in _messages(answer.body))
    found = [_cut(each) for each in words if each]
    if len(found) > _MESSAGES:
        return (*found[:_MESSAGES], f"and {len(found) - _MESSAGES} more")
    return tuple(found)


def _cut(text: str) -> str:
    return text if len(text) <= _MESSAGE_LENGTH else text[: _MESSAGE_LENGTH - 1] + "…"


def _messages(body: bytes) -> Iterator[str]:
    text = body.decode("utf-8", "replace")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        yield text
        return
    if isinstance(document, dict):
        said = document.get("message") or document.get("error")
        if isinstance(said, str):
            yield said
            return
        if isinstance(said, list):
            yield from (each if isinstance(each, str) else json.dumps(each) for each in said)
            return
    yield document if isinstance(document, str) else json.dumps(document)


def _named_fields(messages: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(field for field in map(named_field, messages) if field)
