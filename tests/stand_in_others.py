"""The kinds that may refer to an assistant, as the stand-in serves them: read and re-pointed only.

Who answers with a bare array and who in pages is from the OpenAPI document of 2026-08-20; what a
PATCH of a squad and of a tool must look like is from VapiAI/gitops at 2026-06-08.
"""

import json
from collections.abc import Callable

from stand_in_habits import Habits, list_reply, presented
from stand_in_wire import Body, Reply, Request, json_reply, refusal

_ARRAYS = (
    "/phone-number",
    "/squad",
    "/tool",
    "/eval/simulation/suite",
    "/call",
    "/credential",
    "/file",
)
_PAGINATED = ("/structured-output", "/observability/scorecard", "/campaign", "/v2/campaign")
_CALL_FILTERS = ("assistantId", "phoneNumberId")


class Others:
    """What the server holds besides assistants: path to id to body, in `objects`."""

    def __init__(self, habits: Callable[[], Habits], stamp: Callable[[], str]) -> None:
        self.objects: dict[str, dict[str, Body]] = {path: {} for path in (*_ARRAYS, *_PAGINATED)}
        self._habits = habits
        self._stamp = stamp

    def add(self, path: str, body: Body) -> str:
        """Put an object there, without a request; give its id, which the body may name."""
        stamp = self._stamp()
        habits = self._habits()
        named = {"id": habits.new_id(), "orgId": habits.org_id}
        stored = {**named, **_copied(body), "createdAt": stamp, "updatedAt": stamp}
        self.objects[path][stored["id"]] = stored
        return str(stored["id"])

    def edit(self, path: str, object_id: str, changes: Body) -> Body:
        """Change top-level keys; None clears."""
        stored = self.objects[path][object_id]
        stored.update(_copied(changes), updatedAt=self._stamp())
        return stored

    def answer(self, request: Request) -> Reply | None:
        """Answer a request; None if it is about none of these kinds."""
        path = next((each for each in self.objects if _is_below(request.path, each)), None)
        if path is None:
            return None
        if path in self._habits().missing:
            return refusal(404, f"Cannot {request.method} {request.path}")
        if path in self._habits().forbidden:
            return refusal(403, "Forbidden resource")
        return self._act(request, path, request.path.removeprefix(path).removeprefix("/"))

    def _act(self, request: Request, path: str, object_id: str) -> Reply:
        match request.method, object_id:
            case "GET", "":
                return self._list(request, path)
            case "GET" | "PATCH", _ if object_id not in self.objects[path]:
                return refusal(404, f"{path} {object_id} not found")
            case "GET", _:
                return json_reply(200, self._shown(self.objects[path][object_id]))
            case "PATCH", _:
                complaint = _complaint(path, request.body)
                if complaint:
                    return refusal(400, [complaint])
                return json_reply(200, self._shown(self.edit(path, object_id, request.body)))
            case _:
                return refusal(404, f"Cannot {request.method} {request.path}")

    def _list(self, request: Request, path: str) -> Reply:
        found = list(self.objects[path].values())
        if path == "/call":
            asked = {name: request.query[name] for name in _CALL_FILTERS if name in request.query}
            found = [each for each in found if asked.items() <= _texts(each).items()]
        is_paginated = path in _PAGINATED
        return list_reply(
            found, request.query, self._habits(), self._shown, is_paginated=is_paginated
        )

    def _shown(self, stored: Body) -> Body:
        habits = self._habits()
        return presented({**stored, **habits.extra}, habits)


def _is_below(path: str, root: str) -> bool:
    return path == root or path.startswith(f"{root}/")


def _copied(body: Body) -> Body:
    copy: Body = json.loads(json.dumps(body))
    return copy


def _texts(body: Body) -> dict[str, str]:
    return {name: value for name, value in body.items() if isinstance(value, str)}


def _complaint(path: str, changes: Body) -> str | None:
    if path == "/squad" and not isinstance(changes.get("members"), list):
        return "members must be an array"
    if path == "/tool" and "type" in changes:
        return "property type should not exist"
    return None
