"""A server somebody watches, and a judge on the wire: what was made, and what may not be.

What the judge holds against a request it learns from the server and the disk alone.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from crashing import CrashError, CrashingStore, CrashingWire, Fuse
from stand_in import StandIn
from stand_in_faults import Meanwhile
from stand_in_wire import Reply, Request
from world import EVERYTHING, World

from assistants_sync.model.event import ApplyFinished
from assistants_sync.model.plan import Plan, PlanOptions
from assistants_sync.planning.consent import Consent
from assistants_sync.workflow.apply import run_apply

US, RIVAL = "us", "rival"


@dataclass(frozen=True)
class _Held:
    due: datetime
    sender: str
    request: Request


class WatchedServer(StandIn):
    """A stand-in that notes what requests made and deleted, on behalf of whom.

    `made` leads from id to sender. A request the network holds back takes effect when it is due.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__(now=now)
        self.sender = US
        self.made: dict[str, str] = {}
        self.deleted: list[str] = []
        self._held: list[_Held] = []

    def answer(self, request: Request) -> Reply:
        self.deliver()
        return super().answer(request)

    def hold_back(self, method: str, seconds: float) -> None:
        """Let the next such request time out at the client, and take effect that much later."""

        def _hold() -> None:
            due = self._now() + timedelta(seconds=seconds)
            self._held.append(_Held(due, self.sender, self.requests[-1]))
            raise httpx.ReadTimeout("held back")

        self.fail(method, "/assistant", Meanwhile(_hold))

    def deliver(self) -> None:
        """Let what is due by the server's clock take effect."""
        due = [each for each in self._held if each.due <= self._now()]
        self._held = [each for each in self._held if each not in due]
        sender = self.sender
        for each in due:
            self.sender = each.sender
            self._act(each.request)
        self.sender = sender

    def _act(self, request: Request) -> Reply:
        before = len(self.objects)
        reply = super()._act(request)
        if len(self.objects) > before:
            self.made[next(reversed(self.objects))] = self.sender
        if len(self.objects) < before:
            self.deleted.append(request.path.rpartition("/")[2])
        return reply


@dataclass
class Case:
    """What the judge has written down: requests by method, and each that may not be.

    The process dies before it sends a request of `dies_before`, or before it hears the answer to
    one of `dies_after`.
    """

    writes: Counter[str] = field(default_factory=Counter)
    crimes: list[str] = field(default_factory=list)
    dies_before: str | None = None
    dies_after: str | None = None


class Judge(httpx.AsyncBaseTransport):
    """A wire that hears what speaks against each POST and DELETE."""

    def __init__(self, way: httpx.AsyncBaseTransport, household: "Household") -> None:
        self._way, self._household, self._case = way, household, household.case

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        remote_id = request.url.path.rpartition("/")[2]
        if request.method == self._case.dies_before:
            raise CrashError
        if request.method != "GET":
            self._case.writes[request.method] += 1
        if request.method == "DELETE" and remote_id in self._household.server.objects:
            await self._hear_deletion(remote_id)
        if request.method == "POST":
            await self._hear_creation(json.loads(await request.aread()))
        try:
            return await self._way.handle_async_request(request)
        finally:
            if request.method == self._case.dies_after:
                raise CrashError

    async def _hear_deletion(self, remote_id: str) -> None:
        world = self._household
        live = world.server.objects[remote_id]
        snapshot = await world.store().read()
        owned = snapshot.state.owned if snapshot.state else {}
        addresses = [each for each, one in owned.items() if one.id == remote_id]
        others = world.server.others
        charges = {
            "nobody here made it": remote_id not in world.watched.made,
            "no state owns it": not addresses,
            "it is defined": any(each in world.definitions for each in addresses),
            "it is protected": any(owned[each].lifecycle.protect for each in addresses),
            "it bears no marker": world.marker(remote_id) is None,
            "a number rings it": any(
                each.get("assistantId") == remote_id for each in others["/phone-number"].values()
            ),
            "it is in a call": any(
                each["assistantId"] == remote_id and each["status"] != "ended"
                for each in others["/call"].values()
            ),
            "it was not backed up": not self._is_backed_up(live),
        }
        self._case.crimes += [f"{remote_id}: {each}" for each, is_so in charges.items() if is_so]

    async def _hear_creation(self, sent: Mapping[str, Any]) -> None:
        world, key = self._household, sent["metadata"]["assistants-sync"]["key"]
        state = (await world.store().read()).state
        owned = {each.id for each in state.owned.values()} if state else set()
        self._case.crimes += [
            f"{key} is created, {remote_id} bears its marker and no state owns it"
            for remote_id in world.server.objects.keys() - owned
            if world.marker_key(remote_id) == key
        ]

    def _is_backed_up(self, live: Mapping[str, object]) -> bool:
        folder = self._household.folder / "state" / "default.trash"
        kept = [json.loads(path.read_text()) for path in folder.glob(f"*{live['id']}*.json")]
        return any(each["body"]["model"] == live["model"] for each in kept)


class Household(World):
    """A world whose server is watched, and whose people may think before they answer."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.ahead = timedelta()  # of the server's clock before ours, which alone is ever set
        self.watched = WatchedServer(lambda: self.clock.now() + self.ahead)
        self.server = self.watched
        self.case = Case()
        self.thinks = timedelta()
        self.rewire()

    def rewire(self, fuse: Fuse | None = None) -> None:
        """Put the judge on the wire; with a fuse, the process dies when it has burnt down."""
        self.case.dies_before = self.case.dies_after = None
        if fuse is None:
            self.wire = lambda way: Judge(way, self)
            self.watch = lambda store: store
        else:
            self.wire = lambda way: CrashingWire(Judge(way, self), fuse)
            self.watch = lambda store: CrashingStore(store, fuse)

    def apply(
        self,
        consent: Consent = EVERYTHING,
        saved: Plan | None = None,
        options: PlanOptions | None = None,
    ) -> ApplyFinished:
        """Apply as the command would, with this consent, given after some thought."""
        job = replace(self.job, options=options or self.options)

        def _answer(_plan: Plan) -> Consent:
            self.clock.time += self.thinks
            return consent

        self.events.clear()
        return self._run(lambda api: run_apply(job, self.writers(api), _answer, saved))

    def files_of_state(self) -> dict[Path, bytes]:
        """Give state, backup and journal as they are on disk."""
        found = self.folder.glob("state/default.j*")
        return {path: path.read_bytes() for path in found if path.is_file()}

    def marker(self, remote_id: str) -> dict[str, str] | None:
        """Give our note on a live object."""
        metadata = self.server.objects[remote_id].get("metadata") or {}
        found: dict[str, str] | None = metadata.get("assistants-sync")
        return found

    def marker_key(self, remote_id: str) -> str | None:
        """Give the key that our note on a live object says, if it bears one."""
        return (self.marker(remote_id) or {}).get("key")

    def unlike(self) -> list[str]:
        """Say which definitions are not live as written, but for what was left on purpose."""
        found = []
        for where, definition in self.definitions.items():
            owned = self.owned.get(where)
            live = self.server.objects.get(owned.id) if owned else None
            if live is None:
                found.append(f"{where} is not live")
            elif owned and not any(leaf.kept for leaf in owned.leaves.values()):
                wanted = definition.body
                found += [f"{where}: {key}" for key in wanted if live.get(key) != wanted[key]]
        return found


def is_crash(error: BaseException) -> bool:
    """Say whether the process died, in one task or in several at once."""
    if isinstance(error, BaseExceptionGroup):
        return all(map(is_crash, error.exceptions))
    return isinstance(error, CrashError)
