"""`.env` files: secrets and the API key for a machine at hand, and nothing else.

Such a file lies in the project's folder, so whoever may change the project may change it: what is
read from it is given only to a `!secret` or taken as the key, never as an address or a permission.
"""

import re
from pathlib import Path
from typing import Final

from assistants_sync.definitions.faults import Faults
from assistants_sync.definitions.files import read_text
from assistants_sync.model.source import SourceRef

_LINE: Final = re.compile(
    r"""(?:export\s+)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)\s*=\s*
    (?:"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>[^']*)'|(?P<plain>[^\s"'#][^\s#]*|))
    \s*(?:\#.*)?""",
    re.VERBOSE,
)
_ESCAPE: Final = re.compile(r"\\(.)")
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r"}
_WRITTEN: Final = tuple((plain, f"\\{letter}") for letter, plain in _ESCAPES.items())


def read_dotenv(root: Path, environment: str) -> dict[str, str]:
    """Give what `.env` and `.env.ENVIRONMENT` say; the second goes over the first.

    Raises:
        DefinitionError: a line of one is not `NAME=value`; no value is in the message.
    """
    faults = Faults()
    found: dict[str, str] = {}
    for name in dotenv_names(environment):
        path = root / name
        if path.exists() or path.is_symlink():
            for number, line in enumerate(read_text(root, path, SourceRef(name)).split("\n"), 1):
                _read_line(line.strip(), SourceRef(name, number, 1), found, faults)
    faults.check()
    return found


def dotenv_line(name: str, value: str) -> str:
    """Give the line that is read as this name and value."""
    for plain, written in (("\\", "\\\\"), ('"', '\\"'), *_WRITTEN):
        value = value.replace(plain, written)
    return f'{name}="{value}"\n'


def dotenv_names(environment: str) -> tuple[str, str]:
    """Give the names of the files of an environment."""
    return ".env", f".env.{environment}"


def _read_line(line: str, where: SourceRef, found: dict[str, str], faults: Faults) -> None:
    if not line or line.startswith("#"):
        return
    match = _LINE.fullmatch(line)
    if match is None:
        faults.add(
            "Line not understood",
            "a line is `NAME=value`, the value in quotes where it holds spaces, quotes or `#`",
            where,
        )
    elif match["double"] is not None:
        found[match["name"]] = _ESCAPE.sub(
            lambda each: _ESCAPES.get(each[1], each[1]), match["double"]
        )
    else:
        found[match["name"]] = match["single"] or match["plain"] or ""
