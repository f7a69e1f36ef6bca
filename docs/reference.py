"""Writes the reference pages of the site from the code that runs: `make reference`."""

import json
from pathlib import Path
from typing import Final

from reference_commands import commands
from reference_errors import exit_codes, guards
from reference_files import fields, lints, policies, project_file
from reference_text import table

FOLDER: Final = Path(__file__).parent / "site" / "reference"

_SCHEMAS: Final = Path(__file__).parent / "schemas"
_MADE: Final = "<!-- made by docs/reference.py: `make reference` -->\n\n"


def pages() -> dict[str, str]:
    """Give the text of every page, by the name of its file."""
    made = {
        "commands.md": commands(),
        "project-file.md": project_file(),
        "fields.md": fields(),
        "errors.md": exit_codes(),
        "guards.md": guards(),
        "policies.md": policies(),
        "lints.md": lints(),
        "machines.md": _machines(),
    }
    return {name: _MADE + text.rstrip("\n") + "\n" for name, text in made.items()}


def _machines() -> str:
    text = (
        "# Files for machines\n\nJSON Schemas of what machines read from us, in `docs/schemas` of "
        "the repository. A number after the name is the format's version; what a reader knows "
        "stays as it is within a first number.\n\n"
    )
    rows = []
    for path in sorted(_SCHEMAS.glob("*.json")):
        title = json.loads(path.read_text(encoding="utf-8"))["title"]
        rows.append((f"`{path.name}`", title))
    return text + table(("schema", "of what"), rows)


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for file, written in pages().items():
        (FOLDER / file).write_text(written, encoding="utf-8")
