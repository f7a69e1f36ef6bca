"""The project's files: valid, complete, and nothing in git that must not be there."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from assistants_sync.cli.secret_command import ALLOWED_BY
from assistants_sync.cli.secrets import dotenv
from assistants_sync.cli.session import Session
from assistants_sync.cli.tracked import tracked_files, tracked_secrets
from assistants_sync.definitions.files import read_text
from assistants_sync.definitions.load import Loaded
from assistants_sync.definitions.openapi.document import FILE_NAME, MOST_BYTES
from assistants_sync.errors import DefinitionError
from assistants_sync.model.check import Check
from assistants_sync.model.source import SourceRef
from assistants_sync.model.value import secrets_in

_OLD_DAYS: Final = 90


def check_repository(session: Session) -> Iterator[Check]:
    """Tell of what git has, and of the API document that was pulled."""
    root = session.settings.root.resolve()
    warnings = tracked_secrets(root)
    for each in warnings:
        yield Check("fail", "secrets in git", each.detail, each.hint)
    if not warnings:
        yield Check("ok", "secrets in git", "no .env file is tracked")
    if (root / FILE_NAME).exists():
        yield _document(root, session.clock.now())


def check_definitions(session: Session) -> tuple[Loaded | None, Check]:
    """Read them all, for the environment of this session."""
    try:
        loaded = session.load()
    except DefinitionError as refused:
        faults = refused.diagnostics
        first = faults[0]
        more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
        detail = f"{first.where}: {first.summary}: {first.detail}{more}"
        return None, Check("fail", "definitions", detail, hint="`validate` tells of all of them")
    count = len(loaded.desired.definitions)
    if loaded.warnings:
        detail = f"{count}, with {len(loaded.warnings)} warnings"
        return loaded, Check("warn", "definitions", detail, hint="`validate` tells of each")
    return loaded, Check("ok", "definitions", f"{count}, all valid")


def check_secrets(session: Session, loaded: Loaded) -> Check:
    """Say which variables of a `!secret` nobody has set; no command is run to ask for one."""
    settings, environment = session.settings, loaded.project.environment
    bodies = (each.body for each in loaded.desired.definitions.values())
    names = sorted({each.name for body in bodies for each in secrets_in(body) if each.name})
    try:
        written = dotenv(settings, environment)
    except DefinitionError as refused:
        first = refused.diagnostic
        return Check("fail", "secrets", f"{first.where}: {first.summary}", first.detail)
    missing = [each for each in names if not (settings.environ.get(each) or written.get(each))]
    if not missing:
        return Check("ok", "secrets", f"{len(names)} named, all set" if names else "none is named")
    if not environment.secret_command:
        hint = f"set them, or write them into .env.{environment.name}"
        return Check("warn", "secrets", f"not set: {', '.join(missing)}", hint)
    if settings.environ.get(ALLOWED_BY) == "1":
        return Check("ok", "secrets", f"asked of `secret_command`: {', '.join(missing)}")
    hint = f"if you trust this project: export {ALLOWED_BY}=1"
    return Check("warn", "secrets", "`secret_command` is not allowed here", hint)


def check_state_in_git(session: Session, folder: Path, url: str | None) -> Check | None:
    """Say whether git has a state that is kept elsewhere; None where it is kept in files."""
    root = session.settings.root.resolve()
    if url is None:
        return None
    names = [each for each in tracked_files(root, str(folder.resolve())) if each.endswith(".json")]
    if not names:
        return Check("ok", "state in git", "none is tracked beside the shared one")
    return Check(
        "warn",
        "state in git",
        f"{names[0]} is tracked, and the state is elsewhere: who reads it reads an old one",
        hint=f"git rm -r --cached {Path(names[0]).parent}, and write that into .gitignore",
    )


def _document(root: Path, now: datetime) -> Check:
    hint = "`schema pull` brings the newest one"
    try:
        document = json.loads(read_text(root, root / FILE_NAME, SourceRef(FILE_NAME), MOST_BYTES))
        pulled = datetime.fromisoformat(document["x-origin"]["date"]).replace(tzinfo=UTC)
    except (DefinitionError, ValueError, KeyError, TypeError, RecursionError):
        return Check("fail", "API document", f"{FILE_NAME} is not what `schema pull` writes", hint)
    days = max((now - pulled).days, 0)
    if days > _OLD_DAYS:
        return Check("warn", "API document", f"pulled {days} days ago", hint)
    return Check("ok", "API document", f"pulled {days} days ago")
