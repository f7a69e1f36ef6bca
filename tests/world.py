"""One project, one stand-in server, one clock: what a test of the core drives."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import httpx
from fakes import FakeClock
from stand_in import Habits, StandIn

from assistants_sync.importing import Choice, Wish
from assistants_sync.model.address import Address
from assistants_sync.model.definition import Definition, Desired, Lifecycle, Move, Removal
from assistants_sync.model.event import ApplyFinished, Event
from assistants_sync.model.plan import Change, Plan, PlanOptions
from assistants_sync.model.ports import StateStore
from assistants_sync.model.project import ApiSettings, Environment, Project
from assistants_sync.model.source import SourceRef
from assistants_sync.model.state import Owned, State
from assistants_sync.model.value import Body, Secret, Value, leaves, secrets_in
from assistants_sync.observe import Job
from assistants_sync.planning.consent import Consent
from assistants_sync.resources import KINDS
from assistants_sync.resources.essence import seal
from assistants_sync.state.journaled import JournaledState
from assistants_sync.state.local.files import LocalFiles, StatePaths
from assistants_sync.vapi.client import VapiClient
from assistants_sync.vapi.endpoint import Endpoint
from assistants_sync.vapi.redactor import Redactor
from assistants_sync.workflow.apply import run_apply
from assistants_sync.workflow.importing import run_import
from assistants_sync.workflow.plan import run_plan
from assistants_sync.workflow.writers import Writers

KEY = "canary-api-key"
EVERYTHING = Consent(changes=True, deletions=True)
_T = TypeVar("_T")


def address(key: str) -> Address:
    """Give the address of an assistant."""
    return Address(f"assistant.{key}")


def body(name: str = "Front", temperature: float | None = 0.5, **more: Value) -> dict[str, Value]:
    """Give the body of an ordinary assistant."""
    model: dict[str, Value] = {
        "provider": "openai",
        "messages": [{"role": "system", "content": "You are kind.\nYou are brief."}],
    }
    if temperature is not None:
        model["temperature"] = temperature
    return {"name": name, "model": model, **more}


class World:
    """A project folder without files: definitions are given as bodies."""

    def __init__(self, folder: Path, habits: Habits | None = None) -> None:
        self.folder = folder
        self.clock = FakeClock()
        self.server = StandIn(habits, now=self.clock.now)
        self.environment = Environment(api=ApiSettings(timeout_seconds=60, settle_seconds=60))
        self.project_name = "shop"
        self.definitions: dict[Address, Definition] = {}
        self.moves: tuple[Move, ...] = ()
        self.removals: dict[Address, Removal] = {}
        self.has_folder = True
        self.options = PlanOptions()
        self.events: list[Event] = []
        self.sent: Counter[str] = Counter()
        self.should_stop: Callable[[], bool] = lambda: False
        self.wire: Callable[[httpx.AsyncBaseTransport], httpx.AsyncBaseTransport] = lambda way: way
        self.watch: Callable[[StateStore], StateStore] = lambda store: store
        self._numbers = itertools.count(1)
        self._runs = itertools.count(1)

    def define(self, key: str, body: Body, lifecycle: Lifecycle = Lifecycle()) -> None:
        """Write or rewrite one definition."""
        known = {str(secret.reveal()) for each in body.values() for secret in secrets_in(each)}
        sealed = seal(KINDS["assistant"], body, known)
        file = f"assistants/{key}.yaml"
        places = {path: SourceRef(file, 7, 3) for path in leaves(sealed)}
        self.definitions[address(key)] = Definition(
            address(key), sealed, SourceRef(file, 1, 1), lifecycle, places
        )

    def undefine(self, *keys: str) -> None:
        """Remove definitions."""
        for key in keys:
            del self.definitions[address(key)]

    @property
    def project(self) -> Project:
        """The project, as its file would say."""
        return Project(self.project_name, self.environment)

    @property
    def job(self) -> Job:
        """What is wanted now."""
        desired = Desired(dict(self.definitions), self.moves, self.removals, self.has_folder)
        return Job(self.project, desired, self.options)

    def plan(self, options: PlanOptions | None = None) -> Plan:
        """Plan as the command would."""
        job = replace(self.job, options=options or self.options)
        return self._run(lambda api: run_plan(job, api, self.store(), self.clock))

    def change(self, key: str, options: PlanOptions | None = None) -> Change:
        """Plan, and give the change of one address."""
        changes = {each.address: each for each in self.plan(options).changes}
        return changes[address(key)]

    def apply(
        self,
        consent: Consent = EVERYTHING,
        saved: Plan | None = None,
        options: PlanOptions | None = None,
    ) -> ApplyFinished:
        """Apply as the command would, with this consent."""
        self.events.clear()
        job = replace(self.job, options=options or self.options)
        return self._run(
            lambda api: run_apply(job, self.writers(api), lambda _plan: consent, saved)
        )

    def adopt(self, wish: Wish) -> Choice:
        """Import as the command would; definitions are kept by the test."""
        job = self.job
        return self._run(lambda api: run_import(job, self.writers(api), wish, lambda found: found))

    def writers(self, api: VapiClient) -> Writers:
        """Give the doors of one run."""
        return Writers(
            api=api,
            store=self.watch(self.store()),
            clock=self.clock,
            emit=self.events.append,
            new_id=lambda: f"id-{next(self._numbers):04}",
            new_key=lambda: "ab" * 32,
            run_id=f"run-{next(self._runs):04}",
            should_stop=self.should_stop,
        )

    def store(self) -> JournaledState:
        """Open the state."""
        paths = StatePaths.beside(self.folder / "state", self.environment.name)
        return JournaledState(LocalFiles(paths), self.project_name, self.environment.name)

    @property
    def state(self) -> State:
        """What state says now."""
        state = asyncio.run(self.store().read()).state
        assert state is not None
        return state

    @property
    def owned(self) -> Mapping[Address, Owned]:
        """What state owns now."""
        return self.state.owned

    def live(self, key: str) -> dict[str, Any]:
        """Give what the server holds of an owned address."""
        return self.server.objects[self.owned[address(key)].id]

    def edit(self, key: str, **changes: object) -> None:
        """Change an owned assistant in the dashboard."""
        self.server.edit(self.owned[address(key)].id, **changes)

    def files(self) -> str:
        """Give every byte the state folder holds, as text."""
        found = (path for path in sorted((self.folder / "state").rglob("*")) if path.is_file())
        return "\n".join(path.read_text(errors="replace") for path in found)

    def _run(self, work: Callable[[VapiClient], Coroutine[object, object, _T]]) -> _T:
        redactor = Redactor()
        for definition in self.definitions.values():
            for secret in secrets_in(definition.body):
                redactor.learn(secret)

        async def run() -> _T:
            async with VapiClient(
                Endpoint("http://127.0.0.1", Secret(KEY, name="VAPI_API_KEY")),
                clock=self.clock,
                redactor=redactor,
                transport=self.wire(self.server.transport()),
                jitter=lambda: 0.0,
                should_stop=self.should_stop,
            ) as api:
                try:
                    return await work(api)
                finally:
                    self.sent = api.sent

        return asyncio.run(run())
