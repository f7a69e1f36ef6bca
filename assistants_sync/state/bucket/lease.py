"""A lock in a bucket: taken and let go by conditional writes, renewed by beats, lapsing without.

The object is never removed, only marked as free: a store may have no conditional delete. How old a
beat is, the store's clock tells: it is compared with an object written just now.
"""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from assistants_sync.errors import LockedError, StateError
from assistants_sync.model.ports import Clock
from assistants_sync.state.backend import LockHolder, parse_holder
from assistants_sync.state.bucket.store import Blob, Bucket

if TYPE_CHECKING:
    from assistants_sync.state.bucket.store import Version

LAPSES_AFTER: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class _Held:
    """A lock that is ours: which version we wrote last, and when, by our own clock."""

    holder: LockHolder
    version: "Version"
    at: datetime


class LeaseLock:
    """A `Lock` in a bucket. One that has lapsed is taken over, and `notify` is told so."""

    beat_seconds: Final = 15.0
    poll_seconds: Final = 2.0

    def __init__(
        self, bucket: Bucket, environment: str, clock: Clock, notify: Callable[[str], None]
    ) -> None:
        self._bucket, self._clock, self._notify = bucket, clock, notify
        self._name, self._probes = f"{environment}.lock", f"{environment}.probe"
        self.where = f"{bucket.where}/{self._name}"
        self._held: _Held | None = None
        self._lost: str | None = None
        self._is_proved = False

    async def take(self, holder: LockHolder) -> LockHolder | None:
        """Take it; see `Lock.take`.

        Raises:
            StateError: also where the store ignores the conditions of a write.
        """
        if not self._is_proved:
            await self._prove_conditions()
        there = await self._bucket.read(self._name)
        other = _holder_of(there)
        if there is not None and other is not None:
            silent = await self._store_time() - there.modified
            if silent < LAPSES_AFTER:
                return other
            self._notify(
                f"took over the lock of {other}: it gave no sign of life "
                f"for {silent.total_seconds():.0f} s"
            )
        data = _encode(holder)
        version = (
            await self._bucket.create(self._name, data)
            if there is None
            else await self._bucket.replace(self._name, data, there.version)
        )
        if version is None:
            return _holder_of(await self._bucket.read(self._name)) or parse_holder(b"")
        self._held, self._lost = _Held(holder, version, self._clock.now()), None
        return None

    async def beat(self) -> None:
        """Renew it; see `Lock.beat`."""
        if self._held is None:
            return
        held, now = self._held, self._clock.now()
        data = _encode(held.holder, beat=secrets.token_hex(8))
        version = await self._bucket.replace(self._name, data, held.version)
        if version is None:
            self._held = None
            self._lost = await self._who_took_it()
            await self.check()
            return
        self._held = _Held(held.holder, version, now)

    async def check(self) -> None:
        """Make sure that nobody else may believe to hold it, before something is written.

        Raises:
            LockedError: the lock we took is not ours any more.
            StateError: it could not be made sure of.
        """
        if self._lost is not None:
            raise LockedError(
                "The lock was lost",
                f"{self.where}: {self._lost}",
                hint="nothing more was sent; once the other run has ended, run plan again",
            )
        if self._held is not None and self._clock.now() - self._held.at >= LAPSES_AFTER / 2:
            await self.beat()

    async def release(self) -> None:
        """Mark it as free; see `Lock.release`."""
        held, self._held = self._held, None
        if held is not None:
            # Should this fail, the lock lapses.
            await self._bucket.replace(self._name, _encode(held.holder, free="done"), held.version)

    async def holder(self) -> LockHolder | None:
        """Say who holds it; see `Lock.holder`."""
        return _holder_of(await self._bucket.read(self._name))

    async def break_open(self, lock_id: str, reason: str) -> LockHolder:
        """Release somebody else's lock; see `Lock.break_open`."""
        there = await self._bucket.read(self._name)
        other = _holder_of(there)
        if there is None or other is None:
            raise StateError("Nobody holds the state", self.where)
        if other.id != lock_id:
            raise StateError(
                "Not the lock that is held",
                f"{self.where}: held by {other}",
                hint=f"`lock release {other.id} --reason …` is the one that releases it",
            )
        data = _encode(other, free=f"released by hand: {reason}")
        if await self._bucket.replace(self._name, data, there.version) is None:
            raise StateError(
                "The holder of the lock is alive",
                f"{self.where}: {other} renewed it just now",
                hint="stop that run first",
            )
        return other

    async def _who_took_it(self) -> str:
        there = await self._bucket.read(self._name)
        other = _holder_of(there)
        if other is not None:
            return f"taken over by {other}"
        return _free(there) or "it was removed"

    async def _prove_conditions(self) -> None:
        """Write what may be written once a second time, beside the lock.

        Raises:
            StateError: the store answers as if there were no conditions.
        """
        name = f"{self._probes}/{secrets.token_hex(8)}"
        first = await self._bucket.create(name, b"1")
        again = await self._bucket.create(name, b"2")
        moved = await self._bucket.replace(name, b"3", first) if first is not None else None
        stale = await self._bucket.replace(name, b"4", first) if first is not None else None
        await self._bucket.remove([name])
        if again is not None or stale is not None:
            raise StateError(
                "This store ignores the conditions of a write",
                f"{self._bucket.where}: what may be written once was written twice",
                hint="two runs would overwrite each other there; use a store with conditional "
                "writes (If-None-Match and If-Match)",
            )
        if moved is None:
            raise StateError(
                "This store refuses conditional writes",
                f"{self._bucket.where}: an object could not be replaced by its own version",
                hint="use a store with conditional writes (If-None-Match and If-Match)",
            )
        self._is_proved = True

    async def _store_time(self) -> datetime:
        name = f"{self._probes}/{secrets.token_hex(8)}"
        await self._bucket.write(name, b"now")
        there = await self._bucket.read(name)
        await self._bucket.remove([name])
        return there.modified if there is not None else self._clock.now()


def _encode(holder: LockHolder, **more: str) -> bytes:
    return json.dumps({**holder.to_json(), **more}, sort_keys=True).encode()


def _holder_of(blob: Blob | None) -> LockHolder | None:
    return parse_holder(blob.data) if blob is not None and _free(blob) is None else None


def _free(blob: Blob | None) -> str | None:
    """Say why a lock is free; None when it is held."""
    try:
        document = json.loads(blob.data) if blob is not None else {"free": "it was removed"}
        return str(document["free"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
