"""The secrets an import found, into the `.env` file that git ignores."""

import os
from collections.abc import Mapping
from pathlib import Path

from assistants_sync.cli.tracked import ask_git
from assistants_sync.definitions.dotenv import dotenv_line, dotenv_names, read_dotenv
from assistants_sync.errors import GuardError, SyncError
from assistants_sync.model.diagnostic import Diagnostic
from assistants_sync.model.project import DEFAULT_ENVIRONMENT, Environment

_ONLY_OURS = 0o600


def env_file_of(root: Path, environment: Environment) -> Path:
    """Give the file that takes an environment's secrets.

    Raises:
        GuardError: git would publish it.
    """
    common, own = dotenv_names(environment.name)
    name = common if environment.name == DEFAULT_ENVIRONMENT else own
    is_in_git = ask_git(root, "rev-parse", "--is-inside-work-tree").strip() == "true"
    if is_in_git and not ask_git(root, "check-ignore", "--", name):
        raise GuardError(
            [
                Diagnostic(
                    "not_ignored",
                    "Git would publish the secrets",
                    f"`{name}` is not ignored",
                    hint=f"echo '{name}' >> .gitignore",
                )
            ]
        )
    return root / name


def write_env(path: Path, environment: Environment, values: Mapping[str, str]) -> None:
    """Add what no `.env` file says yet, readable by nobody else.

    Raises:
        SyncError: it cannot be written; what was there stands.
    """
    known = read_dotenv(path.parent.resolve(), environment.name)
    lines = [dotenv_line(name, value) for name, value in values.items() if name not in known]
    try:
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        gap = "" if before.endswith("\n") or not before else "\n"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, _ONLY_OURS)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(gap + "".join(lines))
    except OSError as error:
        raise SyncError("The secrets could not be written", f"{path}: {error.strerror}") from error
