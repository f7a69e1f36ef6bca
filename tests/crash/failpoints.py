"""A process that runs our command line in children of its own, and breaks each where it is told.

It reads one order a line from stdin and answers each with one line of how the child ended. A child
is forked, so that what takes long (the imports) happens once. It is the tool as it is, but for a
clock that waits for nobody, and but for the points: before and after each call that changes a file
below the project, in the middle of each write, before and after each request to the emulator.
"""

import errno
import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, TypeAlias

from starlette.types import ASGIApp, Receive, Scope, Send

from assistants_sync.cli import apply, main, plan, session  # noqa: F401 -- before the fork
from assistants_sync.emulator import app, store  # noqa: F401 -- before the fork
from assistants_sync.state import lock  # noqa: F401 -- before the fork
from assistants_sync.state.local import files  # noqa: F401 -- as above
from assistants_sync.vapi import client  # noqa: F401 -- before the fork

Fault: TypeAlias = Literal["killed", "full", "unsynced", "read-only", "untruncated"]

_ERRORS = {
    "full": errno.ENOSPC,
    "unsynced": errno.EIO,
    "read-only": errno.EROFS,
    "untruncated": errno.EIO,
}
_REFUSED = {
    "full": {"create", "write", "pwrite", "mkdir"},
    "unsynced": {"fsync"},
    "read-only": {"create", "write", "pwrite", "replace", "unlink", "mkdir"},
    "untruncated": {"ftruncate"},
}
_CHANGES = ("write", "pwrite", "fsync", "ftruncate", "replace", "unlink", "mkdir")

_Call: TypeAlias = Callable[..., object]


@dataclass(frozen=True, slots=True)
class Order:
    """Run `argv`; at point number `at`, counted from 0, `fault` happens.

    A kill happens once; a disk that fails goes on failing. `folder` is the project's, `told` where
    the output goes, and `points` where the name of each point passed is written, one a line.
    Without `every`, what a kill cannot tell apart is one point: after a call is before the next
    one, and a kernel that outlives the process loses nothing for want of an fsync.
    """

    argv: list[str]
    fault: Fault
    at: int
    folder: str
    told: str
    points: str
    every: bool


class Points:
    """Counts the points a run passes, and makes its fault happen at the one it is told."""

    def __init__(self, order: Order) -> None:
        self._order, self._passed = order, 0
        self._log = os.open(order.points, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        self._write = os.write
        self._paths: dict[int, Path] = {}

    def come_to(self, name: str) -> None:
        """Pass a point where only a kill can happen."""
        is_one = self._order.every or not name.startswith(("after", "before fsync"))
        if self._order.fault == "killed" and is_one and self._pass(name):
            os.kill(os.getpid(), signal.SIGKILL)

    def guard(self, name: str, call: _Call) -> _Call:
        """Give the call with a point before, after and, for a write, in the middle of it."""

        def guarded(*args: object, **named: object) -> object:
            path = self._place(args[0])
            if path is None:
                return call(*args, **named)
            if self._order.fault != "killed":
                self._refuse(name, path)
                return call(*args, **named)
            self.come_to(f"before {name} {path.name}")
            if name == "write" and self._pass(f"inside {name} {path.name}"):
                call(args[0], _half(args[1]))
                os.kill(os.getpid(), signal.SIGKILL)
            result = call(*args, **named)
            self.come_to(f"after {name} {path.name}")
            return result

        return guarded

    def guard_open(self, call: Callable[..., int]) -> Callable[..., int]:
        """Give `os.open` with points where it makes a file; what it opens is known from then on."""

        def guarded(path: str, flags: int, *args: int, **named: int) -> int:
            place = self._place(path)
            creates = place is not None and bool(flags & os.O_CREAT)
            if creates and place is not None:
                if self._order.fault != "killed":
                    self._refuse("create", place)
                self.come_to(f"before create {place.name}")
            descriptor = call(path, flags, *args, **named)
            self._paths.pop(descriptor, None)
            if place is not None:
                self._paths[descriptor] = place
                if creates:
                    self.come_to(f"after create {place.name}")
            return descriptor

        return guarded

    def _place(self, where: object) -> Path | None:
        if isinstance(where, int):
            return self._paths.get(where)
        path = Path(str(where))
        return path if path.is_relative_to(self._order.folder) else None

    def _pass(self, name: str) -> bool:
        self._write(self._log, f"{name}\n".encode())
        self._passed += 1
        return self._passed == self._order.at + 1

    def _refuse(self, name: str, path: Path) -> None:
        fault = self._order.fault
        if name not in _REFUSED[fault] or path.suffix == ".sqlite":
            return
        self._pass(f"{name} {path.name}")
        if self._passed > self._order.at:
            raise OSError(_ERRORS[fault], os.strerror(_ERRORS[fault]), str(path))


class PointedApp:
    """The emulator's app with a point before and after each request takes effect."""

    def __init__(self, inner: ASGIApp, points: Points) -> None:
        self._inner, self._points = inner, points

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        name = f"{scope['method']} {scope['path'].partition('/')[2].partition('/')[0]}"
        self._points.come_to(f"before {name}")
        await self._inner(scope, receive, send)
        self._points.come_to(f"after {name}")


class HurriedClock:
    """A `Clock` that tells the time, and to which sleeping takes none."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        """Give the time, after all that was slept."""
        return datetime.now(UTC) + self._ahead

    async def sleep(self, seconds: float) -> None:
        """Be later at once."""
        self._ahead += timedelta(seconds=seconds)


def _half(data: object) -> bytes:
    if not isinstance(data, bytes | memoryview):
        raise TypeError(f"a write of {type(data)}")
    return bytes(data[: len(data) // 2])


def _arm(points: Points) -> None:
    clock, make_app = HurriedClock(), app.create_app
    vars(session)["SystemClock"] = lambda: clock
    vars(app)["create_app"] = lambda kept: PointedApp(make_app(kept, clock=clock.now), points)
    for name in _CHANGES:
        vars(os)[name] = points.guard(name, vars(os)[name])
    vars(os)["open"] = points.guard_open(os.open)


def _carry_out(order: Order) -> int:
    """Run the command in this process, which is a child made for it."""
    output = os.open(order.told, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)
    _arm(Points(order))
    code = main.main(order.argv)
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def serve() -> None:
    """Carry out order after order, until there are no more."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            code = 99  # nothing of ours ends with this
            try:
                code = _carry_out(Order(**json.loads(line)))
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
