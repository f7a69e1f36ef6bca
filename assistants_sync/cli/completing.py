"""What could come next on a command line: read off the table of commands, the project, the disk.

A shell asks this while somebody types, so it takes no key, no network and no lock, and whatever is
wrong with the project only makes it say less. argcomplete reads the table, since the rules of each
shell's words and quotes are nothing to get right a second time.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TypeAlias

from argcomplete.completers import SuppressCompleter
from argcomplete.finders import CompletionFinder

from assistants_sync.errors import DefinitionError
from assistants_sync.resources.referrers import CALL, REFERRERS

_Completer: TypeAlias = Callable[..., list[str]]
_WHOSE: Final = ("ours", "theirs")
_ENVIRONMENTS: Final = frozenset({"--env", "--from", "--to"})


def answer(parser: argparse.ArgumentParser) -> None:
    """Tell the shell what could come next, and end the process."""
    actions = list(_actions(parser))
    for action in actions:
        completer = _completer_of(action)
        if completer is not None:
            vars(action)["completer"] = completer  # where argcomplete looks for it
    spelt_twice = {flag for action in actions for flag in action.option_strings if _is_alias(flag)}
    CompletionFinder()(
        parser,
        always_complete_options=False,
        exit_method=sys.exit,
        exclude=spelt_twice,
        default_completer=SuppressCompleter(),
    )


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:  # noqa: SLF001 -- no public way to the table
        yield action
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 -- nor to the commands
            for below in action.choices.values():
                yield from _actions(below)


def _is_alias(flag: str) -> bool:
    """Say whether this is Terraform's spelling of a flag that has two dashes too."""
    return not flag.startswith("--") and len(flag) > len("-v")


def _completer_of(action: argparse.Action) -> _Completer | None:
    match action.metavar:
        case "ADDR" | "FROM":
            return _addresses
        case "NAME" if _ENVIRONMENTS & {*action.option_strings}:
            return _environments
        case "WHOSE":
            return _choices
        case "KIND":
            return _kinds
        case "FILE" | "DIR":
            return _paths
        case _:
            return None


def _environments(*, parsed_args: argparse.Namespace, **_: object) -> list[str]:
    from assistants_sync.definitions.project_file import environment_names
    from assistants_sync.model.project import DEFAULT_ENVIRONMENT

    try:
        return list(environment_names(_root(parsed_args)) or (DEFAULT_ENVIRONMENT,))
    except DefinitionError:
        return []


def _addresses(*, parsed_args: argparse.Namespace, **_: object) -> list[str]:
    """Give every address that is written, be the rest of its definition valid or not."""
    from assistants_sync.definitions.cache.store import DefinitionCache
    from assistants_sync.definitions.documents import read_documents
    from assistants_sync.definitions.faults import Faults
    from assistants_sync.definitions.project_file import environment_names, load_project

    root = _root(parsed_args)
    try:
        chosen = getattr(parsed_args, "env", None)
        some = next(iter(environment_names(root)), None)
        project = load_project(root, chosen or some).project
        return list(read_documents(root, project, DefinitionCache(None, root, project), Faults()))
    except DefinitionError:
        return []


def _choices(*, parsed_args: argparse.Namespace, **_: object) -> list[str]:
    each = [
        f"{address}={whose}" for address in _addresses(parsed_args=parsed_args) for whose in _WHOSE
    ]
    return [*_WHOSE, *each]


def _kinds(**_: object) -> list[str]:
    return [*REFERRERS, CALL.name]


def _paths(
    *, prefix: str, action: argparse.Action, parsed_args: argparse.Namespace, **_: object
) -> list[str]:
    """Give names on disk, as the command will read them: relative to the project's folder."""
    from_here = Path() if action.dest == "chdir" else _root(parsed_args)
    folder, slash, name = prefix.rpartition("/")
    try:
        found = sorted(Path(from_here, folder + slash).iterdir())
    except OSError:
        return []
    is_hidden = name.startswith(".")
    shown = (each for each in found if each.name.startswith(".") == is_hidden)
    return [
        f"{folder}{slash}{each.name}{'/' if each.is_dir() else ''}"
        for each in shown
        if each.is_dir() or action.metavar == "FILE"
    ]


def _root(parsed_args: argparse.Namespace) -> Path:
    return Path(getattr(parsed_args, "chdir", ".")).resolve()
