"""A Vapi-like server for tests, with other habits than ours and faults on demand.

It shares no code with the emulator or with the tool, so that no mistake is made twice. `StandIn` is
the server, `Habits` how it answers, `stand_in_faults` what goes wrong, once or often. Assistants
are here, the kinds that refer to them in `stand_in_others`. It is reached in process
(`transport()`) or on a port (`serve_on_loopback(stand_in.app)`).
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import assert_never

import httpx
from stand_in_doors import Asgi, InProcess, asgi, serve_on_loopback
from stand_in_faults import Answers, Breaks, Fault, Meanwhile
from stand_in_habits import ORG_ID, Habits, list_reply, presented
from stand_in_others import Others
from stand_in_wire import Body, Reply, Request, json_reply, refusal, without_secrets

__all__ = ["ORG_ID", "Habits", "StandIn", "serve_on_loopback"]

_OWNED = ("id", "orgId", "createdAt", "updatedAt", "latestVersion")


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

    `others` holds the kinds that may refer to an assistant (path, such as `/squad`, to id to body).
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
        self._others = Others(lambda: self.habits, self._stamp)
        self.others = self._others.objects

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

    def add_other(self, path: str, **body: object) -> str:
        """Put an object of another kind there without a request; give its id."""
        return self._others.add(path, body)

    def edit_other(self, path: str, object_id: str, **changes: object) -> None:
        """Change top-level keys of another kind's object; None clears."""
        self._others.edit(path, object_id, changes)

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
        return self._others.answer(request) or self._act_on_assistant(request)

    def _act_on_assistant(self, request: Request) -> Reply:
        object_id = request.path.removeprefix("/assistant").removeprefix("/")
        match request.method, object_id:
            case "POST", "":
                return self._reply_to_write(201, self._create(request.body))
            case "GET", "":
                return list_reply(self.objects.values(), request.query, self.habits, self._shown)
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

    def _shown(self, stored: Body) -> Body:
        secret = stored.get("serverUrlSecret") or (stored.get("server") or {}).get("secret")
        body = {**stored, **self.habits.extra, "isServerUrlSecretSet": bool(secret)}
        if not self.habits.shows_version:
            del body["latestVersion"]
        return self._masked(presented(body, self.habits))

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
