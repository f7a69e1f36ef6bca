"""Secrets that a command prints: how any vault is asked for one."""

import subprocess
from collections.abc import Mapping, Sequence
from typing import Final

from assistants_sync.errors import AccessError

ALLOWED_BY: Final = "ASSISTANTS_SYNC_ALLOW_SECRET_COMMAND"
_TIMEOUT_SECONDS: Final = 60.0
_NAME: Final = "{name}"


def ask_command(
    command: Sequence[str], names: Sequence[str], environ: Mapping[str, str]
) -> dict[str, str]:
    """Give what the command prints for each name, without its last newline; no shell is between.

    The command stands in the repository, so it is run only where the environment allows it.

    Raises:
        AccessError: it is not allowed here, is not there, fails, or prints nothing.
    """
    if environ.get(ALLOWED_BY) != "1":
        raise AccessError(
            "The project's secret_command is not allowed here",
            f"`{command[0]}` would be run for {', '.join(names)}",
            hint=f"if you trust this project: export {ALLOWED_BY}=1; or set the variables",
        )
    return {name: _ask(command, name, environ) for name in names}


def _ask(command: Sequence[str], name: str, environ: Mapping[str, str]) -> str:
    argv = [part.replace(_NAME, name) for part in command]
    try:
        ended = subprocess.run(  # noqa: S603 -- the environment said that it may
            argv,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT_SECONDS,
            env=dict(environ),
            check=False,
        )
        text = ended.stdout.decode("utf-8")
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError, ValueError) as failure:
        raise _refused(command, name, type(failure).__name__) from None
    if ended.returncode != 0:
        raise _refused(command, name, f"it ended with {ended.returncode}")
    value = text.removesuffix("\n").removesuffix("\r")
    if not value:
        raise _refused(command, name, "it printed nothing")
    return value


def _refused(command: Sequence[str], name: str, why: str) -> AccessError:
    # What it printed may be a secret, or near one: it is not repeated.
    return AccessError("The secret command gave no secret", f"`{command[0]}` for {name}: {why}")
