"""The command line as a process of its own, and a server that keeps its answers back.

Nothing is wrapped: real signals, real locks, real pipes, real time. So the times a project file
gives are short, and a run that hangs is killed.
"""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from crash.scene import ROOT
from shell import Ended
from stand_in import StandIn, serve_on_loopback
from stand_in_doors import Asgi, Message, Receive, Send

_PATIENCE_SECONDS = 20.0


class Held:
    """A server as it is, until it is told to keep back what it answers to one method.

    `is_asked` is set once such a request is there; with `acts` the server has done by then what was
    asked, without it never does. `let_go` lets all answers out.
    """

    def __init__(self, inner: Asgi) -> None:
        self._inner, self._method, self._acts = inner, "", True
        self.is_asked, self._may_go = threading.Event(), threading.Event()

    def hold(self, method: str, *, acts: bool = True) -> None:
        """Keep back what is answered to a method from now on."""
        self._method, self._acts = method, acts
        self.is_asked.clear()
        self._may_go.clear()

    def let_go(self) -> None:
        """Answer what waits, and keep nothing back any more."""
        self._method = ""
        self._may_go.set()

    def wait_until_asked(self) -> None:
        """Wait for the first request whose answer is kept back."""
        assert self.is_asked.wait(_PATIENCE_SECONDS)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] != self._method:
            await self._inner(scope, receive, send)
            return
        if not self._acts:
            self.is_asked.set()
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        kept: list[Message] = []

        async def _keep(message: Message) -> None:
            kept.append(message)

        await self._inner(scope, receive, _keep)
        self.is_asked.set()
        await asyncio.to_thread(self._may_go.wait, _PATIENCE_SECONDS)
        for message in kept:
            await send(message)


class Run:
    """One run under way."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process, self._err = process, ""
        self.pid = process.pid

    def says(self, words: str) -> None:
        """Wait until it says this on stderr."""
        assert self._process.stderr is not None
        while words not in self._err:
            line = self._process.stderr.readline()
            assert line, self._err
            self._err += line

    def reads(self, lines: int) -> str:
        """Give its first lines on stdout, and read no more: from then on that pipe is broken."""
        assert self._process.stdout is not None
        told = "".join(self._process.stdout.readline() for _ in range(lines))
        self._process.stdout.close()
        self._process.stdout = None
        return told

    def signal(self, number: int) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def end(self) -> Ended:
        """Wait for its end; a code below 0 is the signal that killed it."""
        err = self._process.stderr.read() if self._process.stderr else ""
        out = self._process.stdout.read() if self._process.stdout else ""
        return Ended(self._process.wait(), out, self._err + err)


class Place:
    """A project folder, the server it talks to, and the commands run there."""

    def __init__(self, folder: Path, server: StandIn, held: Held, base_url: str) -> None:
        self.folder, self.server, self.held = folder, server, held
        self._base_url = base_url

    def write_project(self, *, timeout_seconds: float = 10.0, settle_seconds: float = 0.2) -> None:
        """Write the project file; a lost create is waited for so many seconds together."""
        self.folder.joinpath("assistants").mkdir(parents=True, exist_ok=True)
        self.folder.joinpath("assistants-sync.yaml").write_text(
            f"project: rivals\napi: {{base_url: '{self._base_url}', "
            f"timeout_seconds: {timeout_seconds}, settle_seconds: {settle_seconds}}}\n"
        )

    def define(self, *keys: str, says: str = "Hello") -> None:
        """Write definitions."""
        for key in keys:
            path = self.folder / "assistants" / f"{key}.yaml"
            path.write_text(f"name: {key}\nfirstMessage: {says}\n")

    def beside(self, folder: Path) -> "Place":
        """Give the same on another machine: another folder, the same server."""
        return Place(folder, self.server, self.held, self._base_url)

    def live(self) -> list[str]:
        """Give the names of what the server holds, sorted."""
        return sorted(str(each["name"]) for each in self.server.objects.values())

    @contextmanager
    def begun(
        self, *argv: str, out: int | IO[str] = subprocess.PIPE, err: int | IO[str] = subprocess.PIPE
    ) -> Iterator[Run]:
        """Start a command; it is killed if it is still there in the end, or hangs."""
        command = [sys.executable, "-m", "assistants_sync", "--chdir", str(self.folder), *argv]
        with subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=err, text=True
        ) as process:
            watchdog = threading.Timer(_PATIENCE_SECONDS, process.kill)
            watchdog.start()
            try:
                yield Run(process)
            finally:
                watchdog.cancel()
                process.kill()

    def __call__(self, *argv: str) -> Ended:
        """Run a command to its end."""
        with self.begun(*argv) as run:
            return run.end()


@contextmanager
def place(folder: Path) -> Iterator[Place]:
    """Give a project with nothing defined yet, and its server on a port."""
    server = StandIn()
    held = Held(server.app)
    with serve_on_loopback(held) as base_url:
        made = Place(folder, server, held, base_url)
        made.write_project()
        try:
            yield made
        finally:
            held.let_go()
