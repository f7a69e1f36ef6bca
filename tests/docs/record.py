"""Writes into the pages what their commands print now: `python tests/docs/record.py [PAGE …]`.

A page that is still as shown stays as it is. Any other is written whole, so that an id is the same
from its first line to its last; a block with a line `…` only if it is no longer as shown. Read the
diff: what a page says around its commands has to fit what they print.
"""

import re
import sys
import tempfile
from pathlib import Path
from typing import Final

from transcripts import LEFT_OUT, ROOT, is_as_shown, run_page

SITE: Final = ROOT / "docs" / "site"


def recorded(page: str) -> str:
    """Give the page with the output of each of its commands."""
    with tempfile.TemporaryDirectory() as folder:
        ran = run_page(page, Path(folder))
        ran = [(each, _as_a_reader(text, folder)) for each, text in ran]
    if all(is_as_shown(printed, command.shown) for command, printed in ran):
        return page
    rest, done = page, ""
    for command, printed in ran:
        lines = command.text.split("\n")
        typed = "$ " + "\n> ".join(lines) + "\n"
        before, found, rest = rest.partition(typed)
        if not found:
            raise SystemExit(f"an indented block is recorded by hand: {command.text}")
        assert rest.startswith(command.shown)
        if "Traceback" in printed or "A bug in" in printed:
            raise SystemExit(f"$ {command.text}\n{printed}")
        new = printed if printed.endswith("\n") or not printed else printed + "\n"
        is_kept = LEFT_OUT in command.shown.splitlines() and is_as_shown(printed, command.shown)
        done += before + found + (command.shown if is_kept else new)
        rest = rest.removeprefix(command.shown)
    return done + rest


def _as_a_reader(text: str, folder: str) -> str:
    """Put a reader's name and folder in the place of ours."""
    text = text.replace(f"{folder}/page", "/home/you/page")
    return re.sub(r"\b\S+@\S+ \(process", "you@laptop (process", text)


if __name__ == "__main__":
    for path in map(Path, sys.argv[1:] or map(str, sorted(SITE.rglob("*.md")))):
        text = path.read_text(encoding="utf-8")
        if "```console\n" in text:
            path.write_text(recorded(text), encoding="utf-8")
            print(path)  # noqa: T201 -- a script tells what it did
