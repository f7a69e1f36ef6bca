"""The largest input of each sort that is taken, what it costs, and that one step more is refused.

Each is given to a command in a process of its own: seconds, the peak of its memory as Linux counts
it, and how it ended.
"""

import gzip
import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from assistants_sync.definitions.files import MAX_BYTES
from assistants_sync.definitions.yaml_text import MAX_DEPTH, MAX_NODES
from assistants_sync.model.address import Address, RemoteId
from assistants_sync.model.journal import Recorded
from assistants_sync.model.state import Leaf, Owned, State
from assistants_sync.model.trash import Trashed
from assistants_sync.state.codec import encode_entries, encode_header, encode_state
from assistants_sync.vapi.wire import MOST_BODY_BYTES

_HEAD: Final = "model:\n  provider: openai\n  messages:\n    - {role: system, content: "
_KB: Final = 1024
_FULL_PAGE: Final = 100
_NEWEST: Final = datetime(2026, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_MOST_SECONDS: Final = 60.0
_MOST_MEGABYTES: Final = 1024


@dataclass(frozen=True, slots=True)
class Cost:
    """How a command ended and what it took; memory is the peak, in MiB."""

    code: int
    told: str
    seconds: float
    megabytes: int


_LAUNCH: Final = """
import json, resource, subprocess, sys, time
begun = time.perf_counter()
ended = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
took, peak = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(json.dumps([ended.returncode, ended.stdout.decode(errors="replace"), took, peak // 1024]))
"""
"""A small process between: a child's peak begins at what its parent has when it starts it."""

_ENVIRON: Final = {"VAPI_API_KEY": "benchmark-key", "PYTHONPATH": str(Path(__file__).parents[1])}
_OK: Final = (0, "")


def run(folder: Path, *argv: str) -> Cost:
    """Run one command."""
    command = [sys.executable, "-m", "assistants_sync", "--chdir", str(folder), *argv]
    launched = subprocess.run(
        [sys.executable, "-c", _LAUNCH, *command], env=_ENVIRON, stdout=subprocess.PIPE, check=True
    )
    return Cost(*json.loads(launched.stdout))


def tell(what: str, cost: Cost, expected: tuple[int, str] = _OK) -> None:
    """Print one line: what it was, what it cost, how it ended; a star where it should not have."""
    code, words = expected
    is_cheap = cost.seconds <= _MOST_SECONDS and cost.megabytes <= _MOST_MEGABYTES
    is_well = is_cheap and cost.code == code and words in cost.told
    error = cost.told.partition("error: ")[2].partition("\n")[0]
    end = "taken" if cost.code == 0 else f"exit {cost.code}: {error}"
    mark = " " if is_well else "*"
    print(f"{mark} {what:<52} {cost.seconds:6.2f} s {cost.megabytes:5} MiB  {end}", flush=True)


@contextmanager
def project(base_url: str = "http://127.0.0.1:9") -> Iterator[Path]:
    """Give a project with nothing defined."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "assistants").mkdir()
        (folder / "assistants-sync.yaml").write_text(
            f"project: limits\napi: {{base_url: '{base_url}'}}\n"
        )
        yield folder


def _prompt(size: int) -> str:
    return ("You are kind, and brief. " * (size // 25 + 1))[:size]


def files() -> None:
    """A definition, and a prompt in a file of its own, of so many bytes."""
    head, tail = f'{_HEAD}"', '"}\n'
    room = MAX_BYTES - len(head) - len(tail)
    for more, expected in ((0, _OK), (1, (8, "File too large"))):
        size = f"{MAX_BYTES + more:,} bytes"
        _validate(f"definition of {size}", f"{head}{_prompt(room + more)}{tail}", expected)
        with project() as folder:
            (folder / "prompt.txt").write_text(_prompt(MAX_BYTES + more))
            (folder / "assistants" / "desk.yaml").write_text(f"{_HEAD}!file prompt.txt}}\n")
            tell(f"!file of {size}", run(folder, "validate"), expected)


def nesting() -> None:
    """A definition nested so deeply."""
    refused = (8, "Nested too deeply")
    for depth, expected in ((MAX_DEPTH, _OK), (MAX_DEPTH + 1, refused), (100_000, refused)):
        inner = depth - 1
        text = f"metadata: {'{a: ' * inner}1{'}' * inner}\n"
        _validate(f"definition of {depth:,} levels", text, expected)


def values() -> None:
    """A definition of so many values."""
    for more, expected in ((0, _OK), (1, (8, "Too many values"))):
        items = ",".join("1" * (MAX_NODES - 5 + more))  # five are around them
        text = f"metadata: {{x: [{items}]}}\n"
        _validate(f"definition of {MAX_NODES + more:,} values", text, expected)


def _validate(what: str, definition: str, expected: tuple[int, str]) -> None:
    with project() as folder:
        (folder / "assistants" / "desk.yaml").write_text(definition)
        tell(what, run(folder, "validate"), expected)


def _define(folder: Path, count: int, size: int) -> None:
    for number in range(count):
        (folder / "assistants" / f"desk-{number}.yaml").write_text(
            f'name: Desk {number}\n{_HEAD}"{_prompt(size)}"}}\n'
        )


def definitions() -> None:
    """So many definitions of 5 KB, checked, and planned against as many strangers."""
    count = 5_000
    with _serving(lambda query: _page(query, 10_000, 5 * _KB)) as url, project(url) as folder:
        _define(folder, count, 5 * _KB)
        tell(f"{count:,} definitions of 5 KB, validate", run(folder, "validate"))
        tell(f"{count:,} of them, 10,000 strangers, plan", run(folder, "plan"))


def plan_file() -> None:
    """A saved plan of so many changes; then one nested deeper than JSON can be read."""
    count = 10_000
    with _serving(lambda _query: b"[]") as url, project(url) as folder:
        _define(folder, count, 50)
        tell(f"plan of {count:,} creates, saved", run(folder, "plan", "--out", "plan.json"))
        tell(f"plan file of {count:,} creates, shown", run(folder, "show", "plan.json"))
        (folder / "deep.json").write_text("[" * 100_000)
        refused = (1, "plan")
        tell("plan file of 100,000 levels", run(folder, "show", "deep.json"), refused)


def answers() -> None:
    """One answer of so many bytes, of the text and of the structure that costs the most."""
    head, tail = b'[{"id": "a", "createdAt": "2026-01-01T00:00:00.000Z", "name": "', b'"}]'
    refused = (1, "the answer is too long")
    for more, expected in ((0, _OK), (1, refused)):
        size = MOST_BODY_BYTES + more
        text = head + b"x" * (size - len(head) - len(tail)) + tail
        _ask(f"answer of {size:,} bytes, one text", text, expected)
    many = b"[" + b",".join([b"{}"] * (MOST_BODY_BYTES // 3 - 1)) + b"]"
    _ask(f"answer of {len(many):,} bytes, all empty objects", many, (1, ""))
    deep = b"[" * MOST_BODY_BYTES
    _ask(f"answer of {len(deep):,} levels", deep, (1, "no whole JSON document"))
    once = gzip.compress(b"[" + b" " * 1024**3)
    _ask(f"answer of 1 GiB, packed to {len(once):,} bytes", once, refused, "gzip")
    twice = gzip.compress(once)
    _ask(f"answer of 1 GiB, packed twice to {len(twice):,} bytes", twice, refused, "gzip, gzip")


def _ask(what: str, answer: bytes, expected: tuple[int, str], encoding: str = "") -> None:
    with _serving(lambda _query: answer, encoding) as url, project(url) as folder:
        tell(what, run(folder, "plan"), expected)


def lists() -> None:
    """A list of so many assistants; then one that does not end."""
    count = 10_000
    with _serving(lambda query: _page(query, count, 5 * _KB)) as url, project(url) as folder:
        tell(f"list of {count:,} assistants of 5 KB", run(folder, "plan"))
    with _serving(lambda query: _page(query, 10**9, 10)) as url, project(url) as folder:
        tell("list without an end", run(folder, "plan"), (1, "A list is too long"))


def states() -> None:
    """A state that owns so many, its journal of so many entries, and so many backups."""
    owned_count, entry_count, trash_count = 10_000, 50_000, 1_000
    leaves = {f"/field{number}": Leaf("a" * 32, "b" * 32) for number in range(20)}
    owned = {
        Address(f"assistant.desk-{number}"): Owned(RemoteId(f"id-{number}"), leaves)
        for number in range(owned_count)
    }
    state = State("lineage", "limits", "default", "0f" * 32, owned=owned)
    with project() as folder:
        data = encode_state(state)
        _keep(folder, "default.json", data)
        tell(f"state of {owned_count:,} owned, {len(data):,} bytes", run(folder, "state", "list"))
        entries = [Recorded(*each) for each in owned.items()] * (entry_count // owned_count)
        data = encode_header(state.lineage, state.serial) + encode_entries(entries)
        _keep(folder, "default.journal", data)
        size = f"{len(data):,} bytes"
        tell(f"journal of {entry_count:,} entries, {size}", run(folder, "state", "list"))
    with project() as folder:
        for number in range(trash_count):
            _keep(folder, f"default.trash/gone-{number}.json", _backup(number))
        tell(f"trash of {trash_count:,} backups of 5 KB", run(folder, "trash", "list"))
        _keep(folder, "default.json", b"[" * 100_000)
        refused = (1, "does not parse")
        tell("state of 100,000 levels", run(folder, "state", "list"), refused)


def _keep(folder: Path, name: str, data: bytes) -> None:
    path = folder / "state" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _backup(number: int) -> bytes:
    address, remote_id = Address(f"assistant.gone-{number}"), RemoteId(f"gone-{number}")
    body = {"name": "Desk", "firstMessage": _prompt(5 * _KB)}
    at = "2026-11-21T09:00:00Z"
    return json.dumps(asdict(Trashed(address, remote_id, "limits", "default", at, body))).encode()


def _page(query: dict[str, str], count: int, size: int) -> bytes:
    """Give one page of a list of so many, the newest first; each has a millisecond of its own."""
    until = query.get("createdAtLe")
    start = 0 if until is None else (_NEWEST - datetime.fromisoformat(until)) // _MILLISECOND
    limit = int(query.get("limit", _FULL_PAGE))
    return json.dumps(
        [
            {
                "id": f"stranger-{number}",
                "orgId": "org",
                "createdAt": _moment(number),
                "name": f"Stranger {number}",
                "model": {"messages": [{"role": "system", "content": _prompt(size)}]},
            }
            for number in range(start, min(start + limit, count))
        ]
    ).encode()


def _moment(number: int) -> str:
    moment = _NEWEST - number * _MILLISECOND
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class _Server(ThreadingHTTPServer):
    """A server that takes being hung up on for what it is: its answer was too long."""

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing."""


@contextmanager
def _serving(answer: Callable[[dict[str, str]], bytes], encoding: str = "") -> Iterator[str]:
    """Answer every list of assistants with what `answer` gives for its query."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            content = answer(dict(parse_qsl(urlsplit(self.path).query)))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            if encoding:
                self.send_header("Content-Encoding", encoding)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- as above
            """Say nothing."""

    with _Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


CASES: Final = (files, nesting, values, definitions, plan_file, answers, lists, states)

if __name__ == "__main__":
    wanted = sys.argv[1:]
    for case in CASES:
        if not wanted or case.__name__ in wanted:
            case()
