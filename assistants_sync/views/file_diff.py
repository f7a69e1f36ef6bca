"""Two texts of a file as a unified diff, harmless on a terminal."""

import difflib
from collections.abc import Mapping
from typing import Final

from assistants_sync.views.escape import escape
from assistants_sync.views.paint import Paint, painted

_PAINTS: Final[Mapping[str, Paint]] = {"+": Paint.ADD, "-": Paint.REMOVE, "@": Paint.FAINT}


def render_diff(name: str, before: str, after: str, *, colour: bool = False) -> str:
    """Give the lines that differ, with three around each; nothing when none does."""
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), f"a/{name}", f"b/{name}", lineterm=""
    )
    return "".join(f"{_shown(escape(line), colour=colour)}\n" for line in lines)


def _shown(line: str, *, colour: bool) -> str:
    paint = _PAINTS.get(line[:1])
    return painted(line, paint, colour=colour) if paint else line
