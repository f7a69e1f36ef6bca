"""One run at a time on one state: a courtesy. The guarantee is the compare-and-swap in `local`.

The lock is the kernel's (`flock`), so that a run that dies leaves none behind; the file beside it
only tells who holds it.
"""

import fcntl
import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from assistants_sync.errors import LockedError, StateError
from assistants_sync.model.ports import Clock

_POLL_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class LockHolder:
    """Who holds the lock, for what, since when (ISO 8601)."""

    who: str
    command: str
    since: str

    def __str__(self) -> str:
        return f"{self.who}, running `{self.command}` since {self.since}"


class StateLock:
    """Holds one state from before it is read to the very end; an async context manager."""

    def __init__(
        self, path: Path, holder: LockHolder, clock: Clock, timeout_seconds: float = 0.0
    ) -> None:
        self._path, self._holder = path, holder
        self._clock, self._timeout_seconds = clock, timeout_seconds
        self._descriptor: int | None = None

    async def __aenter__(self) -> Self:
        """Take the lock, waiting as long as was asked.

        Raises:
            LockedError: somebody else holds it.
        """
        # Who only looks who holds it takes it for a moment: that is waited for in any case.
        patience = max(self._timeout_seconds, _POLL_SECONDS)
        deadline = self._clock.now() + timedelta(seconds=patience)
        while not self._take():
            if self._clock.now() >= deadline:
                holder = read_holder(self._path)
                raise LockedError(
                    "Another run holds the state",
                    f"{self._path}: held by {holder or 'a run that left no name'}",
                    hint="wait for it, or try again with --lock-timeout 2m",
                )
            await self._clock.sleep(_POLL_SECONDS)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Let the lock go."""
        if self._descriptor is not None:
            with suppress(OSError):
                # The name in it is a courtesy; the lock goes with the descriptor.
                os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None

    def _take(self) -> bool:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
            descriptor = os.open(self._path, flags, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, json.dumps(asdict(self._holder)).encode(), 0)
            except BaseException:
                os.close(descriptor)
                raise
        except BlockingIOError:
            return False
        except OSError as error:
            raise StateError(
                "State cannot be locked",
                f"{self._path}: {error.strerror}",
                hint="check the disk and the folder's permissions",
            ) from error
        self._descriptor = descriptor
        return True


def read_holder(path: Path) -> LockHolder | None:
    """Say who holds the lock now; None when nobody does."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return _parse(os.pread(descriptor, 4096, 0))
    finally:
        os.close(descriptor)
    return None


def _parse(data: bytes) -> LockHolder:
    try:
        document = json.loads(data)
        return LockHolder(**{name: str(document[name]) for name in ("who", "command", "since")})
    except (ValueError, KeyError, TypeError):
        return LockHolder("a run that left no name", "?", "?")
