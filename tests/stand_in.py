"""A Vapi-like server for tests, with other habits than ours and faults on demand.

It shares no code with the emulator or with the tool, so that no mistake is made twice. `StandIn` is
the server, `Habits` how it answers, `stand_in_faults` what goes wrong, once or often. It is reached
in process (`transport()`) or on a port (`serve_on_loopback(stand_in.app)`).
"""

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Literal, assert_never

import httpx
from stand_in_doors import Asgi, InProcess, asgi, serve_on_loopback
from stand_in_faults import Answers, Breaks, Fault, Meanwhile
from stand_in_wire import (
    Body,
    Reply,
    Request,
    Rewrite,
    is_within,
    json_reply,
    keys_reversed,
    refusal,
    without_secrets,
)

__all__ = ["ORG_ID", "Habits", "StandIn", "serve_on_loopback"]

ORG_ID = "0a0a0a0a-0000-4000-8000-00000000000a"
_OWNED = ("id", "orgId", "createdAt", "updatedAt", "latestVersion")


@dataclass(frozen=True, slots=True)
class Habits:
    """How this server answers where the documents leave room, or are wrong.

    `rewrite` changes what was sent before it is stored; `settle` changes it just after the reply,
    without a new `updatedAt`. `secrets` is about replies: `documented` hides the assistant's own
    only, `omitted` and `starred` hide all.
    """

    order: Literal["newest", "oldest", "none"] = "newest"
    default_limit: int = 100
    silent_cap: int | None = None
    wraps_lists: bool = False
    ignores_time_filters: bool = False
    reverses_keys: bool = False
    shows_nulls: bool = False
    shows_version: bool = False
    secrets: Literal["documented", "omitted", "starred", "shown"] = "documented"
    extra: Mapping[str, object] = field(default_factory=dict)
    rewrite: Rewrite | None = None
    settle: Rewrite | None = None
    sends_date: bool = True
    whole_seconds: bool = False
    org_id: str = ORG_ID
    new_id: Callable[[], str] = lambda: str(uuid.uuid4())


@dataclass
class _Scripted:
    """A fault and the requests it waits for."""

    method: str
    path_prefix: str
    fault: Fault
    skip: int
    left: int

    def takes(self, request: Request) -> bool:
        if request.method != self.method or not request.path.startswith(self.path_prefix):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.left -= 1
        return self.left >= 0


def _system_time() -> datetime:
    return datetime.now(UTC)


class StandIn:
    """The server: `objects` is what it holds (id to body), `requests` what it was asked.

    Writes never share a time, unless it counts in whole seconds.
    """

    def __init__(
        self, habits: Habits | None = None, now: Callable[[], datetime] = _system_time
    ) -> None:
        self.habits = habits or Habits()
        self.objects: dict[str, Body] = {}
        self.requests: list[Request] = []
        self._now = now
        self._last_write = datetime.min.replace(tzinfo=UTC)
        self._script: list[_Scripted] = []

    def transport(self) -> httpx.AsyncBaseTransport:
        """Give a way in that needs no port."""
        return InProcess(self.answer)

    @property
    def app(self) -> Asgi:
        """The server as an ASGI app, for `serve_on_loopback`."""
        return asgi(self.answer)

    def fail(
        self, method: str, path_prefix: str, fault: Fault, *, nth: int = 1, times: int = 1
    ) -> None:
        """Let a fault meet the nth matching request from now on, and so many in a row.

        A request that met a fault does not count for those scripted after it: they queue up.
        """
        self._script.append(_Scripted(method, path_prefix, fault, nth - 1, times))

    def forget_faults(self) -> None:
        """Let nothing more go wrong."""
        self._script.clear()

    def count(self, method: str, path_prefix: str = "/") -> int:
        """Say how many such requests came in."""
        return sum(
            each.method == method and each.path.startswith(path_prefix) for each in self.requests
        )

    def add(self, **body: object) -> str:
        """Put an object there as a stranger would, without a request; give its id."""
        return str(self._create(body)["id"])

    def edit(self, object_id: str, **changes: object) -> None:
        """Change top-level keys as somebody in the dashboard would; None clears."""
        self._update(object_id, changes)

    def remove(self, object_id: str) -> None:
        """Delete as somebody in the dashboard would."""
        del self.objects[object_id]

    def answer(self, request: Request) -> Reply:
        """Take a request, with whatever fault the script holds for it.

        Raises:
            httpx.TransportError: the fault is that there is no answer.
        """
        self.requests.append(request)
        due = next((each.fault for each in self._script if each.takes(request)), None)
        reply = self._meet(due, request) if due else self._act(request)
        headers = {"content-type": "application/json", **reply.headers}
        if self.habits.sends_date:
            headers["date"] = format_datetime(self._now().astimezone(UTC), usegmt=True)
        return Reply(reply.status, reply.content, headers)

    def _meet(self, fault: Fault, request: Request) -> Reply:
        match fault:
            case Answers():
                return fault.reply(request, self._act(request) if fault.acts else None)
            case Breaks():
                if fault.acts:
                    self._act(request)
                raise fault.error(f"scripted {fault.error.__name__}")
            case Meanwhile():
                fault.action()
                return self._act(request)
            case _:
                assert_never(fault)

    def _act(self, request: Request) -> Reply:
        if not request.headers.get("authorization", "").startswith("Bearer "):
            return refusal(401, "Invalid Key.")
        object_id = request.path.removeprefix("/assistant").removeprefix("/")
        match request.method, object_id:
            case "POST", "":
                return self._reply_to_write(201, self._create(request.body))
            case "GET", "":
                return self._list(request.query)
            case _ if object_id not in self.objects:
                return refusal(404, f"Assistant with ID {object_id} not found")
            case "GET", _:
                return json_reply(200, self._shown(self.objects[object_id]))
            case "PATCH", _:
                return self._reply_to_write(200, self._update(object_id, request.body))
            case "DELETE", _:
                return json_reply(200, self._shown(self.objects.pop(object_id)))
            case _:
                return refusal(404, f"Cannot {request.method} {request.path}")

    def _reply_to_write(self, status: int, stored: Body) -> Reply:
        reply = json_reply(status, self._shown(stored))
        if self.habits.settle:
            given = {name: value for name, value in stored.items() if name not in _OWNED}
            stored.update(self.habits.settle(given))
        return reply

    def _create(self, body: Body) -> Body:
        stamp = self._stamp()
        stored = {
            "id": self.habits.new_id(),
            "orgId": self.habits.org_id,
            **self._rewritten(body),
            "createdAt": stamp,
            "updatedAt": stamp,
            "latestVersion": "v1",
        }
        self.objects[str(stored["id"])] = stored
        return stored

    def _update(self, object_id: str, changes: Body) -> Body:
        stored = self.objects[object_id]
        version = int(stored["latestVersion"].removeprefix("v")) + 1
        stored.update(self._rewritten(changes))
        stored.update(updatedAt=self._stamp(), latestVersion=f"v{version}")
        return stored

    def _rewritten(self, body: Body) -> Body:
        copy: Body = json.loads(json.dumps(body))
        return self.habits.rewrite(copy) if self.habits.rewrite else copy

    def _stamp(self) -> str:
        now = self._now().astimezone(UTC)
        if self.habits.whole_seconds:
            return f"{now:%Y-%m-%dT%H:%M:%S}.000Z"
        self._last_write = max(now, self._last_write + timedelta(milliseconds=1))
        return self._last_write.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"

    def _list(self, query: Mapping[str, str]) -> Reply:
        found = list(self.objects.values())
        if not self.habits.ignores_time_filters:
            found = [each for each in found if is_within(each, query)]
        match self.habits.order:
            case "newest":
                found.sort(key=lambda each: str(each["createdAt"]), reverse=True)
            case "oldest":
                found.sort(key=lambda each: str(each["createdAt"]))
            case "none":
                found.sort(key=lambda each: str(each["id"]))
        limit = int(query.get("limit", self.habits.default_limit))
        page = [self._shown(each) for each in found[: min(limit, self.habits.silent_cap or limit)]]
        if not self.habits.wraps_lists:
            return json_reply(200, page)
        totals = {"itemsPerPage": limit, "totalItems": len(found), "currentPage": 1}
        return json_reply(200, {"results": page, "metadata": totals})

    def _shown(self, stored: Body) -> Body:
        secret = stored.get("serverUrlSecret") or (stored.get("server") or {}).get("secret")
        body = {**stored, **self.habits.extra, "isServerUrlSecretSet": bool(secret)}
        if not self.habits.shows_version:
            del body["latestVersion"]
        if not self.habits.shows_nulls:
            body = {name: value for name, value in body.items() if value is not None}
        body = self._masked(body)
        return dict(keys_reversed(body)) if self.habits.reverses_keys else body

    def _masked(self, body: Body) -> Body:
        match self.habits.secrets:
            case "shown":
                return body
            case "omitted":
                return dict(without_secrets(body, None))
            case "starred":
                return dict(without_secrets(body, "***"))
            case "documented":
                own = {name: body[name] for name in ("server", "credentials") if name in body}
                kept = {name: value for name, value in body.items() if name != "serverUrlSecret"}
                return {**kept, **without_secrets(own, None)}
            case _:
                assert_never(self.habits.secrets)
