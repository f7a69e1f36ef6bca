"""The page of the commands, from the parser."""

import argparse
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from reference_text import table

from assistants_sync.cli.parser import build_parser

VARIABLES: Final[Mapping[str, str]] = {
    "VAPI_API_KEY": "The API key, unless the environment's `token_env` names another variable.",
    "VAPI_TOKEN": "The API key, where `VAPI_API_KEY` is not set.",
    "VAPI_BASE_URL": "Where the API is; before what the project file says.",
    "ASSISTANTS_SYNC_ALLOW_HOST": "Hosts the key may go to, as `--allow-host`.",
    "ASSISTANTS_SYNC_ALLOW_SECRET_COMMAND": "`1`: the project's `secret_command` may be run here.",
    "ASSISTANTS_SYNC_STATE_URL": "Where state is kept; before what the project file says.",
    "TF_HTTP_ADDRESS": "A state server of Terraform's HTTP protocol.",
    "TF_HTTP_USERNAME": "Who logs in there.",
    "TF_HTTP_PASSWORD": "With what.",
    "TF_HTTP_LOCK_ADDRESS": "Where to lock, if elsewhere.",
    "TF_HTTP_UNLOCK_ADDRESS": "Where to unlock, if elsewhere.",
    "TF_HTTP_LOCK_METHOD": "The method that locks.",
    "TF_HTTP_UNLOCK_METHOD": "The method that unlocks.",
    "TF_HTTP_UPDATE_METHOD": "The method that writes.",
    "NO_COLOR": "Plain text.",
}
"""The variables that are read, beside those of each vendor's own tools and of a CI."""


def commands() -> str:
    """Give the page of every command and flag."""
    parser = build_parser()
    text = (
        "# Commands\n\n`assistants-sync [FLAGS] COMMAND [FLAGS]`. Paths are relative to "
        "`--chdir`. Flags with one dash are Terraform's spelling of the same. "
        "`assistants-sync COMMAND --help` says this in a terminal.\n\n## Flags of every command\n\n"
    )
    everywhere = {id(each) for each in _shared(parser)}
    text += _flags(_shared(parser))
    for name, command in _below(parser):
        text += f"## {name}\n\n{command.description}\n\n" if command.description else ""
        inner = list(_below(command))
        own = [each for each in command._actions if id(each) not in everywhere]  # noqa: SLF001 -- no public way to the flags
        text += _flags(own)
        for below, each in inner:
            text += f"### {name} {below}\n\n{each.description}\n\n"
            mine = [action for action in each._actions if id(action) not in everywhere]  # noqa: SLF001 -- as above
            text += _flags(mine)
    text += "## Environment variables\n\n"
    return text + table(
        ("variable", "what it is"), ((f"`{name}`", said) for name, said in VARIABLES.items())
    )


def _below(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    for action in parser._actions:  # noqa: SLF001 -- no public way to the commands
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 -- as above
            yield from action.choices.items()


def _shared(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    """Give what stands under `everywhere` in the help."""
    groups = [each for each in parser._action_groups if each.title == "everywhere"]  # noqa: SLF001 -- as above
    return [action for group in groups for action in group._group_actions]  # noqa: SLF001 -- as above


def _flags(actions: Iterable[argparse.Action]) -> str:
    rows = []
    for each in actions:
        if isinstance(each, argparse._HelpAction | argparse._SubParsersAction):  # noqa: SLF001 -- as above
            continue
        words = " ".join((each.help or "").split())
        name = ", ".join(f"`{flag}`" for flag in each.option_strings) or f"`{each.metavar}`"
        value = str(each.metavar) if each.metavar and each.option_strings else ""
        if each.choices:
            value = ", ".join(map(str, each.choices))
        rows.append((name, f"`{value}`" if value else "", words))
    return table(("flag", "value", "what it does"), rows) if rows else ""
