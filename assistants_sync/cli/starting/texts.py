"""The texts of a new project's files."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Final

from assistants_sync.cli.starting.answers import Answers
from assistants_sync.definitions.dotenv import dotenv_names
from assistants_sync.definitions.layout.canonical import canonical_text
from assistants_sync.definitions.project_file import FILE_NAME

EXAMPLE: Final = """\
# One document is one assistant, in the API's own field names; its key is the file's name.
name: Front desk
firstMessage: Hello, how can I help?
model:
  provider: openai
  model: gpt-4.1-mini
  messages:
    - role: system
      content: You answer the phone of a small shop. Be brief, and be kind.
"""

_HEAD: Final = """\
# What this project is; `assistants-sync schema project` says what else may stand here.
"""
_STATE: Final = """\
# Where everybody who runs this, CI too, finds the same state.
state:
  url: {}
"""
_NO_STATE: Final = """\
# Say where a team keeps its state before a second machine, or CI, applies:
# state:
#   url: s3://bucket/folder
"""
_ENVIRONMENTS: Final = """\
# An environment is one organisation, key and state; `--env NAME` chooses it.
environments:
"""
_ENV_HEAD: Final = """\
# Copy this to {}, which git ignores, and fill it in; CI keeps the same names as its secrets.
"""


def key_variable(environment: str, environments: Sequence[str]) -> str | None:
    """Give the variable of an environment's key; None where the usual one will do."""
    if len(environments) == 1:
        return None
    return f"VAPI_{re.sub('[^A-Z0-9]', '_', environment.upper())}_KEY"


def project_text(answers: Answers, org_ids: Mapping[str, str]) -> str:
    """Give the project file; `org_ids` are the organisations that were seen, by environment."""
    lines = [_HEAD, f"project: {_quoted(answers.project)}\n"]
    if answers.definitions != "assistants":
        lines.append(f"definitions: {_quoted(answers.definitions)}\n")
    state = _STATE.format(_quoted(answers.state_url)) if answers.state_url else _NO_STATE
    lines += ["\n", state, "\n", _ENVIRONMENTS]
    for name in answers.environments:
        variable = key_variable(name, answers.environments)
        said = [f"    token_env: {variable}\n"] if variable else []
        if name in org_ids:
            said.append("    # A key of any other organisation is refused.\n")
            said.append(f"    org_id: {_quoted(org_ids[name])}\n")
        lines.append(f"  {_quoted(name)}:{'' if said else ' {}'}\n")
        lines += said
    return canonical_text("".join(lines), FILE_NAME)


def dotenv_text(environments: Sequence[str]) -> str:
    """Give `.env.example`: every name, and no value."""
    names = [key_variable(each, environments) or "VAPI_API_KEY" for each in environments]
    return _ENV_HEAD.format(dotenv_names("")[0]) + "".join(f"{name}=\n" for name in names)


def ignored_lines(state_dir: str, *, is_shared: bool) -> tuple[str, ...]:
    """Give what git has to leave out. Where state is files, git carries it, its journal too.

    What is kept of the emulator, a lock and the generation before are of one machine.
    """
    folder = f"/{state_dir.strip('/')}"
    secrets = (".env", ".env.*", "!.env.example")
    if is_shared:
        return (*secrets, f"{folder}/")
    return (
        *secrets,
        f"{folder}/*.emulator.sqlite*",
        f"{folder}/*.lock",
        f"{folder}/*.json.backup",
    )


def with_lines(text: str, lines: Sequence[str]) -> str:
    """Give a `.gitignore` with the lines it lacks; the very text where it lacks none."""
    present = {each.strip() for each in text.splitlines()}
    missing = [each for each in lines if each not in present]
    if not missing:
        return text
    # The last line that fits decides: an exception stands behind what it is an exception of.
    missing += [each for each in lines if each.startswith("!") and each not in missing]
    before = text if not text or text.endswith("\n") else f"{text}\n"
    gap = "\n" if before else ""
    return f"{before}{gap}# assistants-sync\n" + "".join(f"{each}\n" for each in missing)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
