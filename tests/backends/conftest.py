"""Which backends the contract runs on: those ASSISTANTS_SYNC_BACKENDS names, or `all`.

Unless it is set, local files alone, which need no server. A server that is named and does not
start is a failure. Each is started when first needed, and ended with the session.
"""

import asyncio
import importlib
import inspect
import os
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from backends.child import PortTakenError
from backends.object_server import ObjectServer
from backends.place import Place, Server, WebServer
from backends.relay import Relay

from assistants_sync.state.bucket.store import Bucket

_NAMED = os.environ.get("ASSISTANTS_SYNC_BACKENDS", "")  # noqa: TID251 -- chosen before any test
_FOLDER = Path(__file__).parent
_MODULES = ("place_local", "place_objects", "place_postgres", "place_http")
_NEEDS_SERVERS = [each.name for each in _FOLDER.glob("test_*.py") if "contract" not in each.name]
collect_ignore = [] if _NAMED else _NEEDS_SERVERS
collect_ignore += [] if {"all", "postgres"} & {*_NAMED.split(",")} else ["test_postgres_only.py"]


def _servers() -> dict[str, Server]:
    found: dict[str, Server] = {}
    for name in _MODULES:
        if (_FOLDER / f"{name}.py").exists():
            module = importlib.import_module(f"backends.{name}")
            found |= {each.name: each for each in module.PLACES}
    named = list(found) if _NAMED == "all" else (_NAMED or "local").split(",")
    if strange := {*named} - {*found}:
        raise pytest.UsageError(f"ASSISTANTS_SYNC_BACKENDS names {', '.join(strange)}")
    return {name: found[name] for name in named}


_SERVERS = _servers()
_started: dict[str, Server] = {}


def pytest_configure(config: pytest.Config) -> None:
    """Say what a test may say of the servers it is for."""
    config.addinivalue_line("markers", "only_where(NAME=VALUE): the servers it has a meaning on")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for a `place` on each, for a `relay` on those that speak HTTP.

    One that is marked `only_where` is made for those servers alone: nothing is skipped.
    """
    if "place" not in metafunc.fixturenames:
        return
    needed = {"relay": WebServer, "bucket": ObjectServer}
    kinds = [kind for fixture, kind in needed.items() if fixture in metafunc.fixturenames]
    wanted = [
        trait
        for marker in metafunc.definition.iter_markers("only_where")
        for trait in marker.kwargs.items()
    ]
    chosen = [
        name
        for name, server in _SERVERS.items()
        if all(isinstance(server, kind) for kind in kinds)
        and all(getattr(server, trait) == value for trait, value in wanted)
        # Files are no state of a team; moto speaks as SeaweedFS does.
        and not (name in {"local", "moto"} and "machines" in metafunc.fixturenames)
    ]
    metafunc.parametrize("_server", chosen or [None], indirect=True, scope="session")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what has a meaning on none of the servers that were chosen."""
    items[:] = [each for each in items if not _is_for_none(each)]


def _is_for_none(item: pytest.Item) -> bool:
    if not isinstance(item, pytest.Function) or not hasattr(item, "callspec"):
        return False
    return item.callspec.params.get("_server", "") is None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell in one line how many cases passed on each, and how many real Terraform took part in."""
    passed = [each.nodeid for each in terminalreporter.getreports("passed")]
    ends = (each.rpartition("[")[2] for each in passed)
    counts = Counter(end.rstrip("]").partition("-")[0] for end in ends)
    told = ", ".join(f"{counts[name]} on {name}" for name in _SERVERS if counts[name])
    total = sum(counts[name] for name in _SERVERS)
    terraform = sum("_real_terraform_" in each for each in passed)
    terminalreporter.write_line(
        f"backends: {total} cases passed: {told}; {terraform} with real Terraform"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a test that is a coroutine, and close what it opened on its own loop."""
    function = pyfuncitem.obj
    if not inspect.iscoroutinefunction(function):
        return None
    given = {name: pyfuncitem.funcargs[name] for name in inspect.signature(function).parameters}

    async def _run() -> None:
        try:
            await function(**given)
        finally:
            for each in given.values():
                if isinstance(each, Place):
                    await each.close()

    asyncio.run(_run())
    return True


@pytest.fixture(scope="session", autouse=True)
def _servers_end() -> Iterator[None]:
    yield
    for server in _started.values():
        server.stop()


def _start(server: Server, folders: pytest.TempPathFactory) -> None:
    """Start it; once more, on other ports, where another program was quicker."""
    try:
        server.start(folders.mktemp(server.name))
    except PortTakenError:
        server.stop()
        server.start(folders.mktemp(server.name))


@pytest.fixture(scope="session")
def _server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Server:
    name: str = request.param
    if name not in _started:
        # Noted before it starts: one that fails half-way is ended, too.
        _started[name] = _SERVERS[name]
        _start(_started[name], tmp_path_factory)
    return _started[name]


@pytest.fixture
def place(_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Give a new, empty place on the server of this test; what it needs is in the environment."""
    new = _server.place(f"state-{uuid.uuid4().hex[:12]}", tmp_path)
    for variable, value in new.environ.items():
        monkeypatch.setenv(variable, value)
    return new


@pytest.fixture
def new_place(_server: Server, place: Place, tmp_path: Path) -> Callable[[], Place]:
    """Give what makes more new places like `place`."""
    assert place.environ is not None

    def _make() -> Place:
        name = f"state-{uuid.uuid4().hex[:12]}"
        return _server.place(name, tmp_path / name)

    return _make


@pytest.fixture
def bucket(_server: Server, place: Place) -> Bucket:
    """Give the objects of `place` as they lie there."""
    assert isinstance(_server, ObjectServer)
    return _server.bucket(place)


@pytest.fixture
def relay(_server: Server) -> Iterator[Relay]:
    """Give a relay before the server of this test."""
    assert isinstance(_server, WebServer)
    with Relay(_server.endpoint) as relay:
        yield relay


@pytest.fixture
def far(_server: Server, place: Place, relay: Relay, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Give the same place as `place`, reached through the relay."""
    assert isinstance(_server, WebServer)
    new = _server.through(place, relay.endpoint)
    for variable, value in new.environ.items():
        monkeypatch.setenv(variable, value)
    return new
