"""A server of the Terraform HTTP protocol, in a thread: a plain one, GitLab's and Gitea's.

The plain one locks by LOCK and UNLOCK and answers 423. GitLab's locks by POST and DELETE on
`/lock`, wants a login, answers 409, and takes a serial once. Gitea's locks in the same way, does
not say who holds the lock, and takes no write that names none. All keep only what is JSON, and
take a write under the lock that holds alone. Sources: lib/api/terraform/state.rb and
app/services/terraform/remote_state_handler.rb of GitLab, and
routers/api/packages/terraform/terraform.go of Gitea (read 2026-11-21).
"""

import base64
import hashlib
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

USER, PASSWORD = "canary-user", "canary-password"
JOB_TOKEN = "canary-job-token"


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes

    @property
    def lock_id(self) -> str | None:
        """The lock the request names: in its query, else in its body."""
        said = self.query.get("ID")
        if said:
            return said[0]
        try:
            return str(json.loads(self.body)["ID"])
        except (ValueError, KeyError, TypeError):
            return None


@dataclass(frozen=True)
class Said:
    """One answer."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Kept:
    """What is kept at one address."""

    data: bytes = b""
    lock: dict[str, Any] | None = None
    serials: set[int] = field(default_factory=set)


class PlainServer:
    """The protocol as Terraform's documentation has it. `spoil` may answer in its place.

    `has_lock`, `is_exclusive` and `heeds_lock` switch off what a lesser server does not do.
    """

    def __init__(self) -> None:
        self.kept: dict[str, Kept] = {}
        self.asked: list[Asked] = []
        self.spoil: Callable[[Asked], Said | None] = lambda _asked: None
        self.has_lock = self.is_exclusive = self.heeds_lock = True
        self._turn = threading.Lock()
        server = self

        class _Here(_Handler):
            def answer(self, asked: Asked) -> Said:
                return server.handle(asked)

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _Here)
        self._http.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.shutdown()
        self._http.server_close()

    def url(self, name: str) -> str:
        """Give the address of a state."""
        return f"{self.endpoint}/states/{name}"

    def journal_url(self, name: str) -> str | None:  # noqa: ARG002 -- others have one
        """Give what the project file says of the state's journal."""
        return None

    def only(self) -> Kept:
        """Give what is kept of the state itself, where only one is."""
        (kept,) = (each for path, each in self.kept.items() if "-journal" not in path)
        return kept

    def newest(self) -> Kept:
        """Give where the journal is, where only one state is."""
        tails = [each for path, each in self.kept.items() if path.endswith("-journal")]
        return tails[0] if tails else self.only()

    @property
    def is_free(self) -> bool:
        """Whether nobody holds a lock."""
        return all(each.lock is None for each in self.kept.values())

    def handle(self, asked: Asked) -> Said:
        """Give the answer; one at a time."""
        with self._turn:
            self.asked.append(asked)
            return self.spoil(asked) or self.carry_out(asked)

    def carry_out(self, asked: Asked) -> Said:
        """Do what the protocol says."""
        kept = self.kept.setdefault(asked.path, Kept())
        match asked.method:
            case "LOCK" if self.has_lock:
                return self.take_lock(kept, asked)
            case "UNLOCK" if self.has_lock:
                return self.free_lock(kept, asked)
            case "GET":
                return self.read(kept)
            case "POST" | "PUT":
                return self.write(kept, asked)
            case "DELETE":
                kept.data = b""
                return Said(200)
            case _:
                return Said(405)

    def read(self, kept: Kept) -> Said:
        """Give the document."""
        md5 = base64.b64encode(hashlib.md5(kept.data, usedforsecurity=False).digest()).decode()
        return Said(200, kept.data, {"Content-MD5": md5}) if kept.data else Said(404)

    def write(self, kept: Kept, asked: Asked) -> Said:
        """Keep a document that is whole."""
        md5 = base64.b64encode(hashlib.md5(asked.body, usedforsecurity=False).digest()).decode()
        if asked.headers.get("content-md5") != md5:
            return Said(400)
        if self.heeds_lock and not self._is_under_lock(kept, asked):
            return Said(423, json.dumps(kept.lock).encode())
        kept.data = asked.body
        return Said(200)

    def take_lock(self, kept: Kept, asked: Asked) -> Said:
        """Give the lock, or say who has it."""
        if kept.lock is not None and self.is_exclusive:
            return Said(423, json.dumps(kept.lock).encode())
        kept.lock = json.loads(asked.body)
        return Said(200)

    def free_lock(self, kept: Kept, asked: Asked) -> Said:
        """Take it back from who has it."""
        if kept.lock is None or kept.lock["ID"] == asked.lock_id:
            kept.lock = None
            return Said(200)
        return Said(409)

    def _is_under_lock(self, kept: Kept, asked: Asked) -> bool:
        return [kept.lock["ID"]] == asked.query.get("ID") if kept.lock else "ID" not in asked.query


class PlainServerOfTwo(PlainServer):
    """A plain one, of a project that names an address for the journal."""

    def journal_url(self, name: str) -> str:
        """Give the address beside the state's."""
        return f"{self.url(name)}-journal"


class GitLabServer(PlainServer):
    """GitLab's own reading of the protocol.

    Unless `names_user` is off, a holder is told by the name of its user alone, as GitLab does.
    """

    names_user = True

    def url(self, name: str) -> str:
        """Give the address of a state of the project `team/shop`."""
        return f"{self.endpoint}/api/v4/projects/team%2Fshop/terraform/state/{name}"

    def carry_out(self, asked: Asked) -> Said:
        """Do it for who may."""
        if _login(asked) not in {f"{USER}:{PASSWORD}", f"gitlab-ci-token:{JOB_TOKEN}"}:
            return Said(401, b'{"message":"401 Unauthorized"}')
        kept = self.kept.setdefault(asked.path.removesuffix("/lock"), Kept())
        match asked.method, asked.path.endswith("/lock"):
            case "POST", True:
                return self.take_lock(kept, asked)
            case "DELETE", True:
                return self.free_lock(kept, asked)
            case "GET", False:
                return self.read(kept) if kept.data else Said(204)
            case "POST", False:
                return self._write_once(kept, asked)
            case _:
                return Said(404, b'{"error":"404 Not Found"}')

    def take_lock(self, kept: Kept, asked: Asked) -> Said:
        """Answer with the holder's name, and the operation of the one who asks."""
        said = json.loads(asked.body)
        if not {"ID", "Operation", "Info", "Who", "Version", "Created", "Path"} <= said.keys():
            return Said(400)
        status = 200 if kept.lock is None else 409
        mine = {"ID": said["ID"], "Who": "alice", "Created": said["Created"]}
        kept.lock = kept.lock or (mine if self.names_user else said)
        return Said(status, json.dumps({**said, **kept.lock}).encode())

    def _write_once(self, kept: Kept, asked: Asked) -> Said:
        try:
            serial = json.loads(asked.body)["serial"]
        except (ValueError, KeyError, TypeError):
            return Said(422)
        if not self._is_under_lock(kept, asked):
            return Said(409)
        if serial in kept.serials:
            return Said(422, b'{"message":"duplicate key value violates unique constraint"}')
        written = self.write(kept, asked)
        if written.status == 200:
            kept.serials.add(serial)
        return written


class GiteaServer(PlainServer):
    """Gitea's own reading of the protocol."""

    def url(self, name: str) -> str:
        """Give the address of a state of the organisation `team`."""
        return f"{self.endpoint}/api/packages/team/terraform/state/{name}"

    def carry_out(self, asked: Asked) -> Said:
        """Do it, whoever asks."""
        kept = self.kept.setdefault(asked.path.removesuffix("/lock"), Kept())
        match asked.method, asked.path.endswith("/lock"):
            case "POST", True if kept.lock is not None:
                return Said(409, b'{"errors":[{"status":409,"message":"it is already locked"}]}')
            case "POST", True:
                return self.take_lock(kept, asked)
            case "DELETE", True if kept.lock is None:
                return Said(409)
            case "DELETE", True:
                return self.free_lock(kept, asked)
            case "GET", False:
                return self.read(kept) if kept.data else Said(204)
            case "POST", False if asked.lock_id is None:
                return Said(400)
            case "POST", False if kept.lock is not None and kept.lock["ID"] != asked.lock_id:
                return Said(409)
            case "POST", False:
                kept.data = asked.body
                return Said(200)
            case _:
                return Said(405)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, asked: Asked) -> Said:
        raise NotImplementedError

    def _do(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        said = self.answer(Asked(self.command, parts.path, parse_qs(parts.query), headers, body))
        # Status 0 is a server that does the work and dies before it says so.
        self.close_connection = True
        if said.status == 0:
            return
        self.send_response_only(said.status)
        headers = {"Content-Type": "application/json", "Connection": "close", **said.headers}
        if said.status != 204:
            headers.setdefault("Content-Length", str(len(said.body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(said.body)

    do_GET = do_PUT = do_POST = do_DELETE = do_LOCK = do_UNLOCK = _do  # noqa: N815 -- http.server calls them so

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


def _login(asked: Asked) -> str:
    scheme, _, told = asked.headers.get("authorization", "").partition(" ")
    return base64.b64decode(told).decode() if scheme == "Basic" else ""
