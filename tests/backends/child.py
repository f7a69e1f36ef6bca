"""A server in a child process: started, waited for, ended; its log is told if it does not come."""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_NEVER = threading.Event()


class PortTakenError(RuntimeError):
    """Somebody else listens on a port the server was given."""


class Child:
    """One server process and its log."""

    def __init__(
        self, argv: Sequence[str], folder: Path, environ: Mapping[str, str] | None = None
    ) -> None:
        self.log = folder / "server.log"
        self._argv = argv
        with self.log.open("wb") as log:
            # A group of its own: what it starts is ended with it.
            self._process = subprocess.Popen(
                argv,
                cwd=folder,
                env={**os.environ, **(environ or {})},  # noqa: TID251 -- a child has ours
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_until(self, answers: Callable[[], bool], seconds: float = 60) -> None:
        """Wait until it answers.

        Raises:
            PortTakenError: it ended since a port it was given is no longer free.
            RuntimeError: it ended for another reason, or took longer.
        """
        for _ in range(int(seconds * 10)):
            if self._process.poll() is not None:
                break
            with contextlib.suppress(Exception):
                if answers():
                    return
            _NEVER.wait(0.1)
        tail = self.log.read_text(errors="replace")[-4000:]
        taken = "address already in use" in tail.lower() or "EADDRINUSE" in tail
        kind = PortTakenError if taken else RuntimeError
        raise kind(f"{self._argv[0]} did not start:\n{tail}")

    def end(self) -> None:
        """End it and what it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
