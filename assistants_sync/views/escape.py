"""Remote text made harmless: a name or a prompt may hold anything a terminal obeys."""

import re
import unicodedata
from typing import Final

_HARMLESS_CATEGORIES: Final = frozenset({"Zs"})
_LATIN_1: Final = 0xFF
_SUSPECT: Final = re.compile(r"[^\x20-\x7e]")
_COMMAND: Final = re.compile(r"^(\s*):(?=:)|(#)#(?=\[)")
"""What GitHub's runner obeys in a log: `::` at the beginning of a line, `##[` anywhere.

Source: github.com/actions/runner, ActionCommand (read 2026-11-21).
"""


def escape(text: str) -> str:
    r"""Give the text on one line, with everything invisible or obeyed shown as an escape.

    Control characters (C0, C1, ESC), bidirectional and zero-width ones, lone surrogates and line
    ends become `\n`, `\x1b`, `\u202e`; letters of every script stay. What a CI's runner takes for
    a command loses one of its signs: `\x3a:`, `#\x23[`.
    """
    # Most texts hold none of it, and that is told at a tenth of the cost.
    if "::" in text or "##[" in text:
        text = _COMMAND.sub(_disarmed, text)
    return text if text.isascii() and text.isprintable() else _SUSPECT.sub(_shown, text)


def _disarmed(match: re.Match[str]) -> str:
    return f"{match[1]}\\x3a" if match[1] is not None else "#\\x23"


def _shown(match: re.Match[str]) -> str:
    character = match.group()
    category = unicodedata.category(character)
    if category[0] not in "CZ" or category in _HARMLESS_CATEGORIES:
        return character
    named = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
    if character in named:
        return named[character]
    code = ord(character)
    return f"\\x{code:02x}" if code <= _LATIN_1 else f"\\u{code:04x}"


def shorten(text: str, width: int) -> str:
    """Give at most `width` characters, the last an ellipsis when something was cut."""
    return text if len(text) <= width else text[: width - 1] + "…"
