"""One command's wiring: from settings to a project, its state, and the API it may talk to."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from assistants_sync.cli.clock import SystemClock
from assistants_sync.cli.console import Console
from assistants_sync.cli.secrets import dotenv, secret_values
from assistants_sync.cli.settings import Settings
from assistants_sync.errors import UsageError
from assistants_sync.model.address import Address, kind_of, parse_address
from assistants_sync.model.project import Project
from assistants_sync.vapi.redactor import Redactor

if TYPE_CHECKING:
    # At run time each is imported by the command that needs it, so that `validate` starts fast.
    from assistants_sync.definitions.load import Loaded
    from assistants_sync.state.journaled import JournaledState
    from assistants_sync.state.local.files import StatePaths
    from assistants_sync.state.locations import Location
    from assistants_sync.vapi.client import VapiClient
    from assistants_sync.vapi.wire import Transport

_CI_NAMES: Final = (("GITHUB_ACTOR", "GITHUB_RUN_ID"), ("GITLAB_USER_LOGIN", "CI_JOB_URL"))
"""The variables by which each CI names who began a job, and which it is."""


class Session:
    """What a command is given: settings, a console, and the doors behind them."""

    def __init__(self, settings: Settings, console: Console, redactor: Redactor) -> None:
        self.settings, self.console, self.redactor = settings, console, redactor
        self.clock = SystemClock()

    def within(self, environment: str) -> "Session":
        """Give a session of another environment, on the same console."""
        settings = replace(self.settings, environment=environment)
        return Session(settings, self.console, self.redactor)

    def load(self) -> "Loaded":
        """Read the project and its definitions; secrets are not bound yet."""
        from assistants_sync.definitions.load import load

        return load(self.settings.root, self.settings.environment, self.settings.cache_folder)

    def load_each(self) -> "tuple[Loaded, ...]":
        """Read the project and its definitions, for every environment that it names."""
        from assistants_sync.definitions.load import load_each

        return load_each(self.settings.root, self.settings.cache_folder)

    def load_bound(self) -> "Loaded":
        """Read the project and its definitions with their secrets, which are known from then on."""
        from assistants_sync.definitions.secrets import bind_secrets
        from assistants_sync.resources import KINDS
        from assistants_sync.resources.essence import seal

        loaded = self.load()
        definitions = loaded.desired.definitions.values()
        secrets = [each for definition in definitions for _, each in definition.secrets]
        if not secrets:
            return loaded
        names = [each.name for each in secrets if each.name]
        values = secret_values(self.settings, loaded.project, names)
        desired = bind_secrets(loaded.desired, values)
        for definition in desired.definitions.values():
            for _, secret in definition.secrets:
                self.redactor.learn(secret)
        # A secret may also stand in the middle of a plain text; from here on that text is one too.
        known = self.redactor.known
        if known:
            sealed = {
                address: replace(each, body=seal(KINDS[kind_of(address)], each.body, known))
                for address, each in desired.definitions.items()
            }
            desired = replace(desired, definitions=sealed)
        return replace(loaded, desired=desired)

    def load_known(self) -> "Loaded":
        """Read the project with those secrets that are set; they are known from then on."""
        from assistants_sync.definitions.secrets import bind_known

        loaded = self.load()
        desired = bind_known(loaded.desired, self.settings.environ)
        for definition in desired.definitions.values():
            for _, secret in definition.secrets:
                self.redactor.learn(secret)
        return replace(loaded, desired=desired)

    def project(self) -> Project:
        """Read the project file alone."""
        from assistants_sync.definitions.project_file import load_project

        return load_project(self.settings.root.resolve(), self.settings.environment).project

    def paths(self, project: Project) -> "StatePaths":
        """Say where local state of this environment is."""
        from assistants_sync.state.local.files import StatePaths

        location = self.location(project)
        return StatePaths.beside(location.folder, location.environment)

    def location(self, project: Project) -> "Location":
        """Say where the state of this environment is. The emulator's is never the team's."""
        from assistants_sync.state.locations import URL_VARIABLE, Location

        said = project.environment.state
        ours = self.settings.environ.get(URL_VARIABLE)
        url = ours or said.url
        return Location(
            project.name,
            project.environment.name,
            self.settings.root / said.dir,
            None if self.settings.use_emulator else url,
            said.http,
            is_trusted=bool(ours),
        )

    @asynccontextmanager
    async def state(
        self, project: Project, location: "Location | None" = None
    ) -> AsyncIterator["JournaledState"]:
        """Open the state, to read."""
        from assistants_sync.state.journaled import JournaledState
        from assistants_sync.state.locations import Surroundings, open_backend
        from assistants_sync.state.unsaved import Unsaved

        settings = self.settings
        self.console.head(project)
        around = Surroundings(
            self.clock,
            self.console.talk,
            settings.allowed_hosts,
            settings.environ,
            self._id_at(location),
            self.console.state_exchange,
        )
        backend = open_backend(location or self.location(project), around)
        unsaved = Unsaved(self.emergency_folders, project.environment.name, self.clock.now())
        try:
            yield JournaledState(backend, project.name, project.environment.name, unsaved)
        finally:
            await backend.close()

    @property
    def emergency_folders(self) -> tuple[Path, ...]:
        """Where a file is left when state cannot be saved: the first that can be written."""
        import tempfile

        return self.settings.root, Path(tempfile.gettempdir())

    @property
    def run_id(self) -> str:
        """The id of this command: in its log, its events, its lock and its record."""
        return self.console.log.run_id

    def _id_at(self, location: "Location | None") -> str:
        # A place other than the project's own may be the same one by another name: a lock of the
        # same id would look like ours there, and what is written like our own writes.
        import uuid

        return self.run_id if location is None else str(uuid.uuid4())

    @property
    def who(self) -> str:
        """Who runs this, as a lock and the history tell it: a person here, or a job of a CI."""
        import socket

        environ = self.settings.environ
        for actor, job in _CI_NAMES:
            if environ.get(actor) and environ.get(job):
                return f"{environ[actor]} in CI job {environ[job]}"
        return f"{_user()}@{socket.gethostname()} (process {os.getpid()})"

    @asynccontextmanager
    async def locked_state(
        self,
        project: Project,
        command: str,
        timeout_seconds: float,
        location: "Location | None" = None,
        *,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> AsyncIterator["JournaledState"]:
        """Open the state, to write: its lock is held from before it is read to the very end."""
        from assistants_sync.state.backend import LockHolder
        from assistants_sync.state.lock import Patience, holding

        since = self.clock.now().isoformat(timespec="seconds")
        holder = LockHolder(self._id_at(location), self.who, command, since)
        patience = Patience(timeout_seconds, should_stop, self.console.talk)
        async with (
            self.state(project, location) as store,
            holding(store.lock, holder, self.clock, patience),
        ):
            yield store

    def may_read(self, project: Project, *, from_files: bool = True) -> bool:
        """Say whether there is anything to read live with; files of the project may hold a key."""
        if self.settings.use_emulator:
            return True
        written = dotenv(self.settings, project.environment) if from_files else {}
        return self.settings.has_token(project.environment, written)

    @asynccontextmanager
    async def api(
        self,
        project: Project,
        parallelism: int,
        *,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> AsyncIterator["VapiClient"]:
        """Open the API, or the emulator in its place."""
        from assistants_sync.cli.progress import tell_waiting
        from assistants_sync.cli.reaching import endpoint_of
        from assistants_sync.vapi.client import VapiClient

        endpoint = endpoint_of(self.settings, project.environment)
        with self.transport(project) as transport:
            async with VapiClient(
                endpoint,
                clock=self.clock,
                redactor=self.redactor,
                parallelism=parallelism,
                transport=transport,
                notify=partial(tell_waiting, self.console),
                on_exchange=self.console.exchange,
                should_stop=should_stop,
            ) as client:
                yield client
                sent = ", ".join(f"{count} {method}" for method, count in client.sent.items())
                self.console.log.tell(
                    "requests_sent", f"Requests: {sent or 'none'}.", count=dict(client.sent)
                )

    @contextmanager
    def transport(self, project: Project) -> Iterator["Transport | None"]:
        """Give the emulator in this process, where it was asked for; None: the network."""
        if not self.settings.use_emulator:
            yield None
            return
        try:
            from assistants_sync.emulator.app import create_app
            from assistants_sync.emulator.store import Store
        except ImportError as error:
            raise emulator_missing() from error
        from assistants_sync.vapi.wire import in_process

        with Store(self.emulator_file(project)) as store:
            yield in_process(create_app(store))

    def emulator_file(self, project: Project) -> Path:
        """Say where the emulator keeps its assistants: beside the state."""
        state = self.paths(project).state
        return state.with_name(f"{project.environment.name}.emulator.sqlite")


def emulator_missing() -> UsageError:
    """Give the error of an install without the emulator."""
    return UsageError(
        "The emulator is not installed",
        "it is an extra of this package",
        hint="pip install 'assistants-sync[emulator]'",
    )


def read_address(text: str) -> Address:
    """Read an address as typed.

    Raises:
        UsageError: it is none.
    """
    from assistants_sync.resources import KINDS

    try:
        return parse_address(text, tuple(KINDS))
    except ValueError as error:
        raise UsageError("Not an address", str(error)) from error


def _user() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"user {os.getuid()}"
