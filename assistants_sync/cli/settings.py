"""The environment, read once: keys, the base URL, hosts allowed outside the repository."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from assistants_sync.errors import AccessError
from assistants_sync.model.project import Environment
from assistants_sync.model.value import Secret

_KEY_NAMES = ("VAPI_API_KEY", "VAPI_TOKEN")


@dataclass(frozen=True, slots=True)
class Settings:
    """What flags and environment say, for any command. `environ` never shows in a repr."""

    root: Path
    environment: str | None = None
    use_emulator: bool = False
    verbose: bool = False
    allowed_hosts: frozenset[str] = frozenset()
    output_format: str = "human"
    has_terminal: bool = False
    colour: bool = False
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def read(
        cls,
        *,
        root: Path,
        environment: str | None,
        use_emulator: bool,
        verbose: bool,
        no_color: bool,
        allowed_hosts: tuple[str, ...],
        output_format: str,
    ) -> Self:
        """Read the environment once; a key is only looked up by name, later."""
        environ = dict(os.environ)  # noqa: TID251 -- the one place that may
        named = environ.get("ASSISTANTS_SYNC_ALLOW_HOST", "")
        return cls(
            root=root,
            environment=environment,
            use_emulator=use_emulator,
            verbose=verbose,
            allowed_hosts=frozenset({*allowed_hosts, *named.replace(",", " ").split()}),
            output_format=output_format,
            has_terminal=sys.stdin.isatty() and sys.stdout.isatty(),
            colour=sys.stdout.isatty() and not no_color and not environ.get("NO_COLOR"),
            environ=environ,
        )

    @property
    def wants_json(self) -> bool:
        """Whether the result is for a machine."""
        return self.output_format == "json"

    def token(self, environment: Environment) -> Secret:
        """Give the API key.

        Raises:
            AccessError: no variable holds one.
        """
        names = (environment.token_env,) if environment.token_env else _KEY_NAMES
        for name in names:
            value = self.environ.get(name, "").strip()
            if value:
                return Secret(value, name=name)
        raise AccessError(
            "No API key",
            f"{' or '.join(names)} is not set",
            hint=f"export {names[0]}=… (a private key from the dashboard), or try --emulator",
        )

    def base_url(self, environment: Environment) -> str:
        """Give the address of the API: the environment's word goes before the project file's."""
        return self.environ.get("VAPI_BASE_URL") or environment.api.base_url
