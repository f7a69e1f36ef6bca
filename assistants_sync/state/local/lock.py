"""A lock on one machine: the kernel's (`flock`), so that a run that dies leaves none behind.

What the file holds only tells who has it.
"""

import fcntl
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from assistants_sync.errors import StateError
from assistants_sync.state.backend import LockHolder, parse_holder

_LONGEST_NAME: Final = 4096


class FileLock:
    """A `Lock` on a file of its own: one on the state file would go with its first rename."""

    beat_seconds: Final = None
    poll_seconds: Final = 0.5

    def __init__(self, path: Path) -> None:
        self._path = path
        self.where = str(path)
        self._descriptor: int | None = None

    async def take(self, holder: LockHolder) -> LockHolder | None:
        """Take it; see `Lock.take`."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
            descriptor = os.open(self._path, flags, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, json.dumps(holder.to_json()).encode(), 0)
            except BaseException:
                os.close(descriptor)
                raise
        except BlockingIOError:
            return await self.holder() or parse_holder(b"")
        except OSError as error:
            raise StateError(
                "State cannot be locked",
                f"{self._path}: {error.strerror}",
                hint="check the disk and the folder's permissions",
            ) from error
        self._descriptor = descriptor
        return None

    async def beat(self) -> None:
        """Do nothing: the kernel knows that we are alive."""

    async def release(self) -> None:
        """Let it go; see `Lock.release`."""
        if self._descriptor is not None:
            with suppress(OSError):
                # The name in it is a courtesy; the lock goes with the descriptor.
                os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None

    async def holder(self) -> LockHolder | None:
        """Say who holds it now; see `Lock.holder`."""
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return parse_holder(os.pread(descriptor, _LONGEST_NAME, 0))
        finally:
            os.close(descriptor)
        return None

    async def break_open(self, lock_id: str, reason: str) -> LockHolder:  # noqa: ARG002 -- the port's
        """Refuse: the kernel frees the lock of a run that died, so its holder is alive."""
        holder = await self.holder()
        if holder is None:
            raise StateError("Nobody holds the state", self.where)
        raise StateError(
            "The holder of the lock is alive",
            f"{self.where}: held by {holder}",
            hint="end that process: the lock goes with it",
        )
