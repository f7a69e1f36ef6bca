"""A scalar as the lines it is written in, not indented: its own style, its quotes where needed."""

import re
from typing import Final

from assistants_sync.definitions.layout.tree import Fresh, Scalar
from assistants_sync.definitions.variables import escape
from assistants_sync.definitions.write import STEP, one_line, text_lines, value_lines

_OTHER_BREAKS: Final = re.compile("[\r\x85\u2028\u2029]")
_FOLD_WIDTH: Final = 90
_END: Final = "\n"
_ENDS_PLAIN: Final = re.compile(r"[,:?]")


def lines_of(scalar: Scalar | Fresh) -> list[str]:
    """Give the lines of a scalar outside of brackets; the first goes behind `key:` or `-`."""
    if isinstance(scalar, Fresh):
        return _fresh_lines(scalar)
    first, *rest = _lines(scalar)
    return [f"{scalar.tag} {first}".strip() if scalar.tag else first, *rest]


def flow_word(scalar: Scalar | Fresh) -> str | None:
    """Give a scalar between brackets; None where it is better written as a block."""
    if isinstance(scalar, Fresh):
        lines = value_lines(scalar.value)
        word = one_line(escape(scalar.value)) if isinstance(scalar.value, str) else lines[0]
        return word if len(lines) == 1 and not _is_cut_short(word) else None
    if len(text_lines(scalar.text)) > 1:
        return None
    word = scalar.raw or "null"
    if scalar.style:
        plain = one_line(scalar.text)
        word = scalar.raw if plain[0] == '"' or _is_cut_short(plain) else plain
    return f"{scalar.tag} {word}".strip()


def _is_cut_short(word: str) -> bool:
    return word[0] != '"' and _ENDS_PLAIN.search(word) is not None


def _lines(scalar: Scalar) -> list[str]:
    match scalar.style:
        case "|" | ">":
            return _block(scalar)
        case "":
            return _plain(scalar)
        case _:
            return _quoted(scalar)


def _plain(scalar: Scalar) -> list[str]:
    if "\n" not in scalar.raw:
        return [scalar.raw]
    if "\n" in scalar.text:
        return text_lines(scalar.text)
    return [line.strip() for line in scalar.raw.split("\n")]


def _quoted(scalar: Scalar) -> list[str]:
    lines = text_lines(scalar.text)
    is_settled = len(lines) > 1 or lines[0][0] != '"'
    return lines if is_settled or "\n" in scalar.raw else [scalar.raw]


def _block(scalar: Scalar) -> list[str]:
    said = scalar.text.strip(" \t\n")
    if not said or _OTHER_BREAKS.search(scalar.raw):
        return text_lines(scalar.text)
    _, *lines = scalar.raw.removesuffix("\n").split("\n")
    inside = indent_of(scalar)
    lines = [line[inside:] for line in lines]
    end = "+" if scalar.text.endswith("\n\n") else "" if scalar.text.endswith("\n") else "-"
    while end != "+" and not lines[-1]:
        lines.pop()
    indicator = str(len(STEP)) if lines[0][:1] in ("", " ", "\t") else ""
    return [f"{scalar.style}{indicator}{end}", *lines]


def indent_of(block: Scalar) -> int:
    """Give the column a block that says something stands at."""
    first = next(line for line in block.raw.split("\n")[1:] if line.strip())
    # What stands further in than the block belongs to the text, and only the text tells how far.
    at = len(block.text) - len(block.text.lstrip(" \t\n"))
    own = at - (block.text.rfind("\n", 0, at) + 1)
    return len(first) - len(first.lstrip(" \t")) - own


def _fresh_lines(fresh: Fresh) -> list[str]:
    lines = value_lines(fresh.value)
    if not isinstance(fresh.value, str) or fresh.like not in ("|", ">"):
        return lines
    text = escape(fresh.value)
    if fresh.like == ">" and _folds(text):
        return [f">{'' if text.endswith(_END) else '-'}", *_folded(text.removesuffix(_END))]
    if len(lines) == 1 and text.strip() and text.removesuffix(_END).isprintable():
        indicator = str(len(STEP)) if text[0] == " " else ""
        return [f"|{indicator}{'' if text.endswith(_END) else '-'}", text.removesuffix(_END)]
    return lines


def _folds(text: str) -> bool:
    """Say whether words broken over lines are joined to this text again."""
    lines = text.removesuffix(_END).split(_END)
    return all(line.isprintable() and line and line == line.strip() for line in lines)


def _folded(text: str) -> list[str]:
    """Give the lines of a text whose own line ends are empty lines here."""
    paragraphs = [_wrapped(line) for line in text.split(_END)]
    return [line for at, lines in enumerate(paragraphs) for line in ([""] if at else []) + lines]


def _wrapped(text: str) -> list[str]:
    lines = [""]
    # Broken at single spaces only: a line that began with one would not be joined.
    for word in re.split(r"(?<=[^ ]) (?=[^ ])", text):
        if lines[-1] and len(lines[-1]) + len(word) >= _FOLD_WIDTH:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
    return lines
