"""The environment, read once: keys, the base URL, hosts allowed outside the repository."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from assistants_sync.cli.arguments import Arguments
from assistants_sync.errors import AccessError
from assistants_sync.model.project import Environment
from assistants_sync.model.value import Secret
from assistants_sync.views.paint import Detail

_KEY_NAMES = ("VAPI_API_KEY", "VAPI_TOKEN")


@dataclass(frozen=True, slots=True)
class Settings:
    """What flags and environment say, for any command. `environ` never shows in a repr."""

    root: Path
    command: str = ""
    environment: str | None = None
    use_emulator: bool = False
    verbose: bool = False
    allowed_hosts: frozenset[str] = frozenset()
    output_format: str = "human"
    detail: Detail = Detail.NORMAL
    has_terminal: bool = False
    colour: bool = False
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    cache_folder: Path | None = None

    @classmethod
    def read(cls, arguments: Arguments) -> Self:
        """Read the environment once; a key is only looked up by name, later."""
        environ = dict(os.environ)  # noqa: TID251 -- the one place that may
        named = environ.get("ASSISTANTS_SYNC_ALLOW_HOST", "")
        return cls(
            root=arguments.chdir,
            command=arguments.command,
            environment=arguments.env,
            use_emulator=arguments.emulator,
            verbose=arguments.verbose,
            allowed_hosts=frozenset({*arguments.allow_host, *named.replace(",", " ").split()}),
            output_format=arguments.format,
            detail=Detail(arguments.detail),
            has_terminal=sys.stdin.isatty() and sys.stdout.isatty(),
            colour=sys.stdout.isatty() and not arguments.no_color and not environ.get("NO_COLOR"),
            environ=environ,
            cache_folder=None if arguments.no_cache else _cache_folder(environ),
        )

    @property
    def wants_json(self) -> bool:
        """Whether the result is for a machine."""
        return self.output_format == "json"

    def has_token(self, environment: Environment, written: Mapping[str, str]) -> bool:
        """Say whether there is an API key."""
        return any(self._key(name, written) for name in key_names(environment))

    def token(self, environment: Environment, written: Mapping[str, str]) -> Secret:
        """Give the API key: the environment's, or what is written in the project's `.env` files.

        Raises:
            AccessError: no variable holds one.
        """
        names = key_names(environment)
        for name in names:
            value = self._key(name, written)
            if value:
                return Secret(value, name=name)
        raise AccessError(
            "No API key",
            f"{' or '.join(names)} is not set",
            hint=f"export {names[0]}=… (a private key from the dashboard), or try --emulator",
        )

    def _key(self, name: str, written: Mapping[str, str]) -> str:
        return (self.environ.get(name) or written.get(name) or "").strip()

    def base_url(self, environment: Environment) -> str:
        """Give the address of the API: the environment's word goes before the project file's."""
        return self.environ.get("VAPI_BASE_URL") or environment.api.base_url


def key_names(environment: Environment) -> tuple[str, ...]:
    """Give the variables that may hold the key of an environment, the first one before others."""
    return (environment.token_env,) if environment.token_env else _KEY_NAMES


def _cache_folder(environ: Mapping[str, str]) -> Path | None:
    """Give our part of the user's cache folder. Source: XDG Base Directory Specification 0.8."""
    said, home = environ.get("XDG_CACHE_HOME", ""), environ.get("HOME", "")
    folder = Path(said) if said.startswith("/") else Path(home, ".cache") if home else None
    return folder / "assistants-sync" if folder else None
