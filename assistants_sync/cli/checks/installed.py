"""What is installed, and whether it is what this project needs."""

import platform
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from assistants_sync import __version__
from assistants_sync.definitions.openapi.document import FILE_NAME
from assistants_sync.model.check import Check

_LIBRARIES: Final = ("httpx", "pydantic", "PyYAML", "deepdiff", "rich", "argcomplete")
_EXTRAS: Final = {
    "emulator": ("starlette", "uvicorn"),
    "s3": ("obstore",),
    "gcs": ("obstore",),
    "azure": ("obstore",),
    "postgres": ("psycopg",),
    "schema": ("jsonschema_rs",),
}
_EXTRA_OF_STATE: Final = {
    "s3": "s3",
    "gs": "gcs",
    "az": "azure",
    "postgres": "postgres",
    "postgresql": "postgres",
}


def check_installed(
    root: Path, state_urls: Sequence[str | None], *, use_emulator: bool
) -> Iterator[Check]:
    """Tell of the tool, its libraries, and the extras; `state_urls` are where state is kept."""
    yield Check("ok", "python", f"{platform.python_version()}, {platform.system()}")
    yield _tool()
    yield _libraries()
    yield from _extras(_needed(root, state_urls, use_emulator=use_emulator))


def _tool() -> Check:
    found = _version("assistants-sync")
    if found in (None, __version__):
        return Check("ok", "assistants-sync", __version__)
    return Check(
        "warn",
        "assistants-sync",
        f"{__version__} runs, and {found} is what is installed",
        hint="install it again",
    )


def _libraries() -> Check:
    found = {name: _version(name) for name in _LIBRARIES}
    told = ", ".join(f"{name} {each or 'not installed'}" for name, each in found.items())
    if None in found.values():
        return Check("fail", "libraries", told, hint="install assistants-sync again")
    return Check("ok", "libraries", told)


def _needed(root: Path, state_urls: Sequence[str | None], *, use_emulator: bool) -> dict[str, str]:
    """Say which extras this project needs, and what for."""
    needed = {}
    for url in state_urls:
        extra = _EXTRA_OF_STATE.get((url or "").partition("://")[0])
        if extra:
            needed[extra] = "the state"
    if (root / FILE_NAME).exists():
        needed["schema"] = FILE_NAME
    if use_emulator:
        needed["emulator"] = "--emulator"
    return needed


def _extras(needed: dict[str, str]) -> Iterator[Check]:
    there = [name for name, modules in _EXTRAS.items() if all(map(find_spec, modules))]
    for name in needed.keys() - {*there}:
        yield Check(
            "fail",
            "extras",
            f"{name} is not installed, and {needed[name]} needs it",
            hint=f"pip install 'assistants-sync[{name}]'",
        )
    if not needed.keys() - {*there}:
        yield Check("ok", "extras", ", ".join(there) or "none, and none is needed")


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
