"""What kind of project it is to be: by flags, by asking, or as it usually is."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from assistants_sync.cli.arguments import Arguments
from assistants_sync.cli.flags.choices import FORGES
from assistants_sync.cli.session import Session
from assistants_sync.cli.tracked import ask_git
from assistants_sync.definitions.project_file import environment_names
from assistants_sync.errors import UsageError
from assistants_sync.model.address import KEY
from assistants_sync.model.project import DEFAULT_ENVIRONMENT

_A_KEY: Final = "small letters, digits, `.`, `_` and `-`, a letter or digit first"


@dataclass(frozen=True, slots=True)
class Answers:
    """A project as it is wanted; `environments` is never empty."""

    project: str
    environments: tuple[str, ...]
    definitions: str
    state_url: str | None
    forge: str


def known_answers(session: Session, arguments: Arguments) -> Answers:
    """Give what the flags say, and asks for the rest where there is somebody to ask.

    Raises:
        UsageError: a flag says what cannot be.
    """
    ask = session.console.ask if session.settings.has_terminal else None
    root = session.settings.root.resolve()
    name = arguments.project or _ask(ask, "Project name", as_key(root.name), KEY.fullmatch)
    usual = session.settings.environment or DEFAULT_ENVIRONMENT
    environments = tuple(arguments.environments) or _split(
        _ask(ask, "Environments, with spaces between", usual, _are_keys)
    )
    for each in (name, *environments):
        if not KEY.fullmatch(each):
            raise UsageError("Not a usable name", f"`{each}`: {_A_KEY}")
    if len({*environments}) != len(environments):
        raise UsageError("An environment twice", ", ".join(environments))
    definitions = arguments.definitions or "assistants"
    return Answers(name, environments, definitions, arguments.state, forge_of(session, arguments))


def answers_of_project(session: Session, arguments: Arguments, definitions: str) -> Answers:
    """Give what a project that is there already says; only its forge is asked for.

    Raises:
        UsageError: a flag says what only a new project can be told.
    """
    if arguments.project or arguments.environments or arguments.definitions or arguments.state:
        raise UsageError(
            "The project is there already",
            "--project, --environment, --definitions and --state are for a new one",
            hint="edit assistants-sync.yaml",
        )
    names = environment_names(session.settings.root.resolve()) or (DEFAULT_ENVIRONMENT,)
    return Answers("", names, definitions, None, forge_of(session, arguments))


def forge_of(session: Session, arguments: Arguments) -> str:
    """Give whose CI files are wanted."""
    if arguments.forge is not None:
        return arguments.forge
    ask = session.console.ask if session.settings.has_terminal else None
    usual = _forge_of_origin(session.settings.root)
    return _ask(ask, f"CI files for ({', '.join(FORGES)})", usual, FORGES.__contains__)


def as_key(name: str) -> str:
    """Give a name as a key."""
    folded = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(each for each in folded if not unicodedata.combining(each))
    return re.sub(r"[^a-z0-9._-]+", "-", letters).strip("-._") or "voice"


def _forge_of_origin(root: Path) -> str:
    address = ask_git(root, "remote", "get-url", "origin").lower()
    return next((each for each in FORGES if each in address), "none")


def _ask(
    ask: Callable[[str], str] | None, what: str, usual: str, is_usable: Callable[[str], object]
) -> str:
    """Ask until the answer can be used; an empty one, as from a closed stream, is the usual one."""
    while ask is not None:
        answer = ask(f"{what} [{usual}]: ") or usual
        if is_usable(answer):
            return answer
    return usual


def _are_keys(text: str) -> bool:
    return all(map(KEY.fullmatch, _split(text)))


def _split(text: str) -> tuple[str, ...]:
    return tuple(text.replace(",", " ").split())
