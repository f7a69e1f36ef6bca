"""The lock of a server of the Terraform HTTP protocol; it stays until it is given back.

Nothing renews it and nothing lets it lapse: a run that dies leaves it, and `lock release` is for
that. The protocol cannot be asked who holds it, so who wants to know takes it for a moment.

A server locks each document for itself. Where a state has two, both are taken, the state's own
first, and given back in the other order: who has the first has both, or is about to.
"""

import json
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Final

from pydantic import BaseModel, ValidationError

from assistants_sync import __version__
from assistants_sync.errors import LockedError, StateError, SyncError
from assistants_sync.model.ports import Clock
from assistants_sync.state.backend import NAMELESS, LockHolder, parse_holder
from assistants_sync.state.http.addresses import Addresses, Door
from assistants_sync.state.http.exchange import Answer, HttpExchange

GRANTED: Final = frozenset({200, 201, 204})
HELD: Final = frozenset({409, 423})
_GONE: Final = frozenset({404, *HELD})
_WRITE_WAITS: Final = 50
_WRITE_PAUSE_SECONDS: Final = 0.2


class _LockInfo(BaseModel):
    """Who holds it, as servers tell; GitLab's tells null where it does not know."""

    ID: str | None = None
    Operation: str | None = None
    Info: str | None = None
    Who: str | None = None
    Created: str | None = None


class HttpLock:
    """A `Lock` of a state server; `notify` is told of one that could not be given back."""

    beat_seconds: Final = None
    poll_seconds: Final = 2.0

    def __init__(
        self,
        server: HttpExchange,
        addresses: Addresses,
        clock: Clock,
        notify: Callable[[str], None],
    ) -> None:
        self._server, self._addresses = server, addresses
        self._clock, self._notify = clock, notify
        self.where = f"the lock of {addresses.shown}"
        self._held: LockHolder | None = None
        self._is_proved = False

    async def take(self, holder: LockHolder) -> LockHolder | None:
        """Take it; see `Lock.take`.

        Raises:
            StateError: also where the server has no lock, or gives it to two.
        """
        doors = self._addresses.doors
        for number, door in enumerate(doors):
            try:
                other = await self._ask_for(holder, door)
            except SyncError:
                await self._give_back_all(holder, doors[:number])
                raise
            if other is not None:
                await self._give_back_all(holder, doors[:number])
                return other
        self._held = holder
        if not self._is_proved:
            try:
                await self._prove()
            except SyncError:
                await self.release()
                raise
        return None

    async def beat(self) -> None:
        """Make sure that it is ours; see `Lock.beat`."""
        held = self._held
        if held is None:
            return
        other = await self.holder()
        if other is None or other.id != held.id:
            whose = f"held by {other}" if other else "released by hand"
            raise lost(f"{self.where} is {whose}")

    async def release(self) -> None:
        """Give it back; see `Lock.release`."""
        held, self._held = self._held, None
        if held is not None:
            await self._give_back_all(held, self._addresses.doors)

    async def holder(self) -> LockHolder | None:
        """Say who holds it now; see `Lock.holder`."""
        found = await self._first_held()
        return found[1] if found is not None else None

    async def break_open(self, lock_id: str, reason: str) -> LockHolder:
        """Release somebody else's lock; see `Lock.break_open`."""
        found = await self._first_held()
        if found is None:
            raise StateError("Nobody holds the state", self.where)
        first, other = found
        if other.id == NAMELESS:
            # Gitea does not say who holds it; its own run did.
            other = replace(other, id=lock_id)
        if other.id != lock_id:
            raise StateError(
                "Not the lock that is held",
                f"{self.where}: held by {other}",
                hint=f"`lock release {other.id} --reason …` is the one that releases it",
            )
        for door in reversed(self._addresses.doors):
            answer = await self._give_back(other, door, f"released by hand: {reason}")
            # Of the others one may be free, or have been given to another run meanwhile.
            if answer.status not in (GRANTED if door == first else GRANTED | _GONE):
                raise StateError(
                    "The lock could not be released", f"{self.where}: {answer}", hint="try again"
                )
        return other

    @asynccontextmanager
    async def for_a_write(self) -> AsyncIterator[str]:
        """Give the id a write is sent with; where no run holds the lock, it is held meanwhile.

        The protocol compares nothing, so only this keeps a reading and the write it leads to
        together.

        Raises:
            LockedError: somebody else holds it.
        """
        if self._held is not None:
            yield self._held.id
            return
        mine = self._one_of_ours("a single write")
        waited = 0
        while (other := await self.take(mine)) is not None:
            if waited == _WRITE_WAITS:
                raise LockedError("Another run holds the state", f"{self.where}: held by {other}")
            waited += 1
            await self._clock.sleep(_WRITE_PAUSE_SECONDS)
        try:
            yield mine.id
        finally:
            await self.release()

    @asynccontextmanager
    async def also(self, door: Door) -> AsyncIterator[str | None]:
        """Give the id to write with at one more address; None where its lock cannot be had.

        Only who holds this lock takes that one, and for one write: whose it still is has died.
        """
        held = self._held
        if held is None:
            yield None
            return
        other = await self._ask_for(held, door)
        if other is not None:
            await self._give_back(other, door, "left by a run that died")
            other = await self._ask_for(held, door)
        if other is not None:
            yield None
            return
        try:
            yield held.id
        finally:
            with suppress(SyncError):
                await self._give_back(held, door)

    async def _first_held(self) -> tuple[Door, LockHolder] | None:
        """Give which document is locked, and by whom, by taking each for a moment."""
        probe = self._one_of_ours("lock show")
        for door in self._addresses.doors:
            other = await self._ask_for(probe, door)
            if other is not None:
                return door, other
            await self._give_back(probe, door)
        return None

    async def _ask_for(self, holder: LockHolder, door: Door) -> LockHolder | None:
        """Ask until we know; our own id in a refusal is a grant whose answer was lost."""
        method = self._addresses.lock_method
        answer = await self._server.ask_until_sure(method, door.lock, self._lock_info(holder))
        if answer.status in HELD:
            other = _read_holder(answer.body, holder)
            return None if other.id == holder.id else other
        if answer.status in GRANTED:
            return None
        if answer.is_unsure:
            raise StateError(
                "State cannot be locked",
                f"{self.where}: {answer}",
                hint="check the network; if the lock was granted unheard, `lock show` tells",
            )
        raise StateError(
            "This state server has no lock",
            f"{self.where}: it answered {answer.status} to {method}",
            hint="set `state.http.lock_url` and its methods as its documentation says; without a "
            "lock two runs would overwrite each other",
        )

    async def _give_back(self, holder: LockHolder, door: Door, info: str | None = None) -> Answer:
        method = self._addresses.unlock_method
        return await self._server.ask_until_sure(method, door.unlock, self._lock_info(holder, info))

    async def _give_back_all(self, holder: LockHolder, doors: Sequence[Door]) -> None:
        answers: list[Answer] = []
        for door in reversed(doors):
            try:
                answers.append(await self._give_back(holder, door))
            except SyncError as error:
                answers.append(Answer(None, why=error.diagnostic.summary))
        unsure = [answer for answer in answers if answer.status not in GRANTED | _GONE]
        if unsure:
            self._notify(
                f"{self.where} may still be held ({unsure[0]}); to free it: "
                f"assistants-sync lock release {holder.id} --reason …"
            )

    async def _prove(self) -> None:
        """Ask for it a second time, as somebody else.

        Raises:
            StateError: it was granted.
        """
        second, door = self._one_of_ours("asking whether it is locked"), self._addresses.doors[0]
        if await self._ask_for(second, door) is None:
            await self._give_back(second, door)
            raise StateError(
                "This state server gives its lock to two",
                f"{self.where}: it was granted while it was held",
                hint="use a server that answers 423 or 409 then",
            )
        self._is_proved = True

    def _one_of_ours(self, command: str) -> LockHolder:
        since = self._clock.now().isoformat(timespec="seconds")
        return LockHolder(str(uuid.uuid4()), "assistants-sync", command, since)

    def _lock_info(self, holder: LockHolder, info: str | None = None) -> bytes:
        # Source: LockInfo in OpenTofu's internal/states/statemgr/locker.go (read 2026-11-21).
        document = {
            "ID": holder.id,
            "Operation": holder.command,
            "Info": info or _mark(holder),
            "Who": holder.who,
            "Version": __version__,
            "Created": holder.since,
            "Path": self._addresses.shown,
        }
        return json.dumps(document).encode()


def lost(detail: str) -> LockedError:
    """Give the error of a lock that is not ours any more."""
    return LockedError(
        "The lock was lost",
        detail,
        hint="nothing more was sent; once the other run has ended, run plan again",
    )


def _mark(holder: LockHolder) -> str:
    return f"assistants-sync {holder.id}"


def _read_holder(body: bytes, asked: LockHolder) -> LockHolder:
    try:
        said = _LockInfo.model_validate_json(body)
    except ValidationError:
        return parse_holder(b"")
    # Source: lib/api/terraform/state.rb of GitLab (read 2026-11-21): its refusal names the
    # holder's id, user and time, but repeats the operation of the one who asked.
    is_echo = said.Info == _mark(asked)
    command = None if is_echo else said.Operation
    return LockHolder(said.ID or NAMELESS, said.Who or "?", command or "?", said.Created or "?")
