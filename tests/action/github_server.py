"""A stand-in of what GitHub's API says of comments, issues and commits, in a thread.

A token has the permissions of its job, and no more: what they do not cover is answered with 403.
Source: docs.github.com, REST reference of issues, issue comments and commits; GraphQL `viewer`
(read 2026-11-21).
"""

import itertools
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

Json = Any
BOT: Final = "github-actions[bot]"
MOST_CHARACTERS: Final = 65_536
_READ: Final = frozenset({"read", "write"})
_WRITE: Final = frozenset({"write"})


@dataclass(frozen=True)
class Grant:
    """Who a token is, and what it may do."""

    permissions: Mapping[str, str]
    login: str = BOT

    def covers(self, scopes: tuple[str, ...], levels: frozenset[str]) -> bool:
        """Say whether one of the scopes is granted."""
        return any(self.permissions.get(scope, "none") in levels for scope in scopes)


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Json
    grant: Grant


class RefusedError(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class GitHub:
    """One repository's issues, comments and pull requests. `page_size` is the most a page holds.

    `faults` says what is answered to a method and path whatever is asked.
    """

    repository: str = "harbor/voice"
    page_size: int = 100
    grants: dict[str, Grant] = field(default_factory=dict)
    issues: dict[int, Json] = field(default_factory=dict)
    comments: dict[int, Json] = field(default_factory=dict)
    pulls_of: dict[str, list[int]] = field(default_factory=dict)
    asked: list[tuple[str, str, int]] = field(default_factory=list)
    faults: dict[str, int] = field(default_factory=dict)
    address: str = ""
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def open_pull_request(self, login: str = "robin") -> int:
        """Open a pull request; give its number."""
        return int(self._add_issue(login, "A change", "", is_pull=True)["number"])

    def merge(self, number: int, commit: str) -> None:
        """Note which commit came of a pull request."""
        self.issues[number]["merged_at"] = "2026-11-21T10:00:00Z"
        self.pulls_of[commit] = [number]

    def say(self, number: int, login: str, body: str) -> None:
        """Comment, as somebody."""
        self._add_comment(number, login, body)

    def comments_on(self, number: int, login: str = BOT) -> list[str]:
        """Give what somebody said on an issue or a pull request."""
        return [
            each["body"]
            for each in self.comments.values()
            if each["on"] == number and each["user"]["login"] == login
        ]

    def plain_issues(self, state: str = "open") -> list[Json]:
        """Give the issues that are no pull requests."""
        return [
            each
            for each in self.issues.values()
            if each["state"] == state and "pull_request" not in each
        ]

    def answer(self, asked: Asked) -> tuple[int, Json]:
        """Give status and answer."""
        if f"{asked.method} {asked.path}" in self.faults:
            raise RefusedError(self.faults[f"{asked.method} {asked.path}"], "Faulty")
        if asked.path == "/graphql":
            return 200, {"data": {"viewer": {"login": asked.grant.login}}}
        for method, pattern, do in self._routes():
            found = re.fullmatch(f"/repos/{re.escape(self.repository)}{pattern}", asked.path)
            if found and method == asked.method:
                return do(asked, *found.groups())
        raise RefusedError(404, "Not Found")

    def _routes(self) -> tuple[tuple[str, str, Callable[..., tuple[int, Json]]], ...]:
        return (
            ("GET", r"/issues", self._list_issues),
            ("POST", r"/issues", self._make_issue),
            ("PATCH", r"/issues/(\d+)", self._change_issue),
            ("GET", r"/issues/(\d+)/comments", self._list_comments),
            ("POST", r"/issues/(\d+)/comments", self._make_comment),
            ("PATCH", r"/issues/comments/(\d+)", self._change_comment),
            ("GET", r"/commits/([0-9a-f]{40})/pulls", self._list_pulls),
        )

    def _list_issues(self, asked: Asked) -> tuple[int, Json]:
        _need(asked, ("issues",), _READ)
        found = [
            each
            for each in reversed(self.issues.values())
            if each["state"] == asked.query.get("state", "open")
            and asked.query.get("creator") in (None, each["user"]["login"])
        ]
        return 200, self._page(asked, found)

    def _make_issue(self, asked: Asked) -> tuple[int, Json]:
        _need(asked, ("issues",), _WRITE)
        _check_body(asked.body)
        return 201, self._add_issue(asked.grant.login, asked.body["title"], asked.body["body"])

    def _change_issue(self, asked: Asked, number: str) -> tuple[int, Json]:
        _need(asked, ("issues",), _WRITE)
        _check_body(asked.body)
        self.issues[int(number)].update(asked.body)
        return 200, self.issues[int(number)]

    def _list_comments(self, asked: Asked, number: str) -> tuple[int, Json]:
        _need(asked, self._scopes(int(number)), _READ)
        found = [each for each in self.comments.values() if each["on"] == int(number)]
        return 200, self._page(asked, found)

    def _make_comment(self, asked: Asked, number: str) -> tuple[int, Json]:
        _need(asked, self._scopes(int(number)), _WRITE)
        _check_body(asked.body)
        return 201, self._add_comment(int(number), asked.grant.login, asked.body["body"])

    def _change_comment(self, asked: Asked, number: str) -> tuple[int, Json]:
        comment = self.comments[int(number)]
        _need(asked, self._scopes(comment["on"]), _WRITE)
        _check_body(asked.body)
        comment["body"] = asked.body["body"]
        return 200, comment

    def _list_pulls(self, asked: Asked, commit: str) -> tuple[int, Json]:
        _need(asked, ("pull-requests",), _READ)
        return 200, [self.issues[number] for number in self.pulls_of.get(commit, [])]

    def _scopes(self, number: int) -> tuple[str, ...]:
        is_pull = "pull_request" in self.issues[number]
        return ("issues", "pull-requests") if is_pull else ("issues",)

    def _page(self, asked: Asked, found: list[Json]) -> list[Json]:
        size = min(self.page_size, int(asked.query.get("per_page", "30")))
        first = (int(asked.query.get("page", "1")) - 1) * size
        return found[first : first + size]

    def _add_issue(self, login: str, title: str, body: str, *, is_pull: bool = False) -> Json:
        number = next(self._numbers)
        issue = {
            "number": number,
            "title": title,
            "body": body,
            "state": "open",
            "user": {"login": login},
            **({"pull_request": {}, "merged_at": None} if is_pull else {}),
        }
        self.issues[number] = issue
        return issue

    def _add_comment(self, on: int, login: str, body: str) -> Json:
        number = next(self._numbers)
        self.comments[number] = {"id": number, "on": on, "user": {"login": login}, "body": body}
        return self.comments[number]


@contextmanager
def served(github: GitHub) -> Iterator[GitHub]:
    """Answer on a port of this machine."""

    class _Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            content = self.rfile.read(int(self.headers.get("content-length", "0")))
            parts = urlsplit(self.path)
            token = self.headers.get("authorization", "").removeprefix("Bearer ")
            try:
                grant = github.grants.get(token)
                if grant is None:
                    raise RefusedError(401, "Bad credentials")
                body = json.loads(content) if content else None
                query = dict(parse_qsl(parts.query))
                asked = Asked(self.command, parts.path, query, body, grant)
                status, said = github.answer(asked)
            except RefusedError as refused:
                status, said = refused.status, {"message": str(refused)}
            github.asked.append((self.command, parts.path, status))
            text = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PATCH = _answer  # noqa: N815 -- the names the library looks for

        def log_message(self, *_said: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    github.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield github
    finally:
        server.shutdown()
        server.server_close()


def _need(asked: Asked, scopes: tuple[str, ...], levels: frozenset[str]) -> None:
    if not asked.grant.covers(scopes, levels):
        raise RefusedError(403, "Resource not accessible by integration")


def _check_body(body: Json) -> None:
    if len(body.get("body", "")) > MOST_CHARACTERS:
        raise RefusedError(422, f"Body is too long (maximum is {MOST_CHARACTERS} characters)")
