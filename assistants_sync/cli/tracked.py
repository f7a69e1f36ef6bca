"""What git would publish that it must not."""

from pathlib import Path
from typing import Final

from assistants_sync.errors import DefinitionError
from assistants_sync.model.diagnostic import Diagnostic
from assistants_sync.model.source import SourceRef

_TIMEOUT_SECONDS: Final = 10.0


def tracked_secrets(root: Path) -> tuple[Diagnostic, ...]:
    """Warn of every `.env` file of a project that git tracks; of none where there is no git."""
    if not any(root.glob(".env*")):
        return ()
    names = tracked_files(root, ".env", ".env.*")
    return tuple(_warning(name) for name in names if not _is_example(name))


def tracked_files(root: Path, *patterns: str) -> tuple[str, ...]:
    """Give the files of a project that fit a pattern and git tracks, relative to its folder."""
    names = ask_git(root, "ls-files", "-z", "--", *patterns).split("\0")
    return tuple(name for name in names if name)


def ask_git(root: Path, *argv: str) -> str:
    """Give what git says, nothing where there is no git or it has nothing to say."""
    import shutil
    import subprocess

    git = shutil.which("git")
    if git is None:
        return ""
    try:
        ended = subprocess.run(  # noqa: S603 -- git, which takes what follows for names
            [git, "-C", str(root), *argv],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return ended.stdout.decode("utf-8", "replace") if ended.returncode == 0 else ""


def _is_example(name: str) -> bool:
    return name.endswith((".example", ".sample", ".template"))


def _warning(name: str) -> Diagnostic:
    return Diagnostic(
        DefinitionError.code,
        "Secrets in git",
        f"`{name}` is tracked: everybody who has the repository has what is in it",
        where=SourceRef(name),
        hint=f"git rm --cached {name}, write it into .gitignore, and change those secrets",
        severity="warning",
    )
