"""The difference of a long text in lines people read: words in marks, each hunk under its title."""

import re
from collections.abc import Iterator
from itertools import chain
from typing import Final, assert_never

from assistants_sync.views.columns import WIDTH, cells, folded
from assistants_sync.views.escape import escape, shorten
from assistants_sync.views.paint import Look, Paint
from assistants_sync.views.prompt_diff import DiffLine, Hunk, Mark, PromptDiff, Span
from assistants_sync.views.prompts import PromptChange

_MARK: Final = re.compile(r"\[(?=-)|-(?=\])|\{(?=\+)|\+(?=\})")
_KEPT_AROUND: Final = 60
"""How much of what an edited line keeps is shown on each side of an edit."""
_SECTION_WIDTH: Final = 48


def describe_prompt(prompt: PromptChange, diff: PromptDiff) -> str:
    """Give a prompt's role, its size, and what comes and goes: words and variables."""
    sizes = (f"about {diff.tokens_before:,}", f"about {diff.tokens_after:,}")
    tokens = sizes[0] if sizes[0] == sizes[1] else f"{sizes[0]} -> {sizes[1]}"
    parts = [
        *([f"{escape(prompt.role)} message"] if prompt.role else []),
        f"{tokens} tokens",
        f"words: {diff.words_removed:,} removed, {diff.words_added:,} added",
        *_variables("removed", diff.variables_removed),
        *_variables("added", diff.variables_added),
    ]
    return "; ".join(parts)


def _variables(verb: str, names: tuple[str, ...]) -> list[str]:
    return [f"{verb} {', '.join(f'{{{{{escape(name)}}}}}' for name in names)}"] if names else []


def diff_lines(diff: PromptDiff, look: Look, indent: str) -> Iterator[str]:
    """Give the hunks at this indent, at most as many rows as the look allows.

    `~` marks an edited line, with `[-removed-]` and `{+added+}` in it. What is cut is counted.
    """
    left = look.prompt_rows
    for at, hunk in enumerate(diff.hunks):
        rows = list(_hunk_rows(hunk, look, indent))
        if not look.is_full and len(rows) > left:
            is_first = at == 0
            yield from rows[: left if is_first else 0]
            hunks = len(diff.hunks) - at - is_first
            cut = [
                *([f"{len(rows) - left} more lines"] if is_first else []),
                *([f"{hunks} more hunk{'s' if hunks > 1 else ''}"] if hunks else []),
            ]
            yield f"{indent}… {' and '.join(cut)}, --full shows them"
            return
        yield from rows
        left -= len(rows)


def _hunk_rows(hunk: Hunk, look: Look, indent: str) -> Iterator[str]:
    lines = list(hunk.lines)
    while _is_blank(lines[0]):
        lines.pop(0)
    while _is_blank(lines[-1]):
        lines.pop()
    number = lines[0].after or lines[0].before
    section = f", {shorten(escape(hunk.section), _SECTION_WIDTH)}" if hunk.section else ""
    yield indent + look.painted(f"@@ line {number}{section}", Paint.FAINT)
    yield from chain.from_iterable(_line_rows(line, look, indent) for line in lines)


def _is_blank(line: DiffLine) -> bool:
    return line.mark is Mark.KEPT and not line.text(Mark.KEPT).strip()


def _line_rows(line: DiffLine, look: Look, indent: str) -> Iterator[str]:
    match line.mark:
        case Mark.KEPT:
            text = _disarmed(line.text(Mark.KEPT))
            first = f"{indent}  "
            if look.is_full:
                yield from folded(text, first, f"{first}  ", may_split=True)
            else:
                yield (first + _fitting(text, WIDTH - cells(first))).rstrip()
        case Mark.ADDED:
            yield from _whole(line.text(Mark.ADDED), "+", Paint.ADD, look, indent)
        case Mark.REMOVED:
            yield from _whole(line.text(Mark.REMOVED), "-", Paint.REMOVE, look, indent)
        case None:
            first = f"{indent}{look.painted('~', Paint.CHANGE)} "
            text = "".join(_edited(line.spans, look))
            yield from folded(text, first, f"{first}  ", may_split=True)
        case _:
            assert_never(line.mark)


def _whole(text: str, sign: str, paint: Paint, look: Look, indent: str) -> Iterator[str]:
    first = f"{indent}{sign} "
    for row in folded(_disarmed(text), first, f"{first}  ", may_split=True):
        yield indent + look.painted(row.removeprefix(indent), paint)


def _edited(spans: tuple[Span, ...], look: Look) -> Iterator[str]:
    for at, span in enumerate(spans):
        text = _disarmed(span.text)
        match span.mark:
            case Mark.REMOVED:
                yield look.painted(f"[-{text}-]", Paint.REMOVE)
            case Mark.ADDED:
                yield look.painted(f"{{+{text}+}}", Paint.ADD)
            case Mark.KEPT if look.is_full:
                yield text
            case Mark.KEPT:
                yield _around(text, is_first=at == 0, is_last=at == len(spans) - 1)
            case _:
                assert_never(span.mark)


def _around(text: str, *, is_first: bool, is_last: bool) -> str:
    """What is kept, near the edits beside it."""
    head = "" if is_first else text[:_KEPT_AROUND]
    tail = "" if is_last else text[-_KEPT_AROUND:]
    if len(head) + len(tail) >= len(text):
        return text
    return f"{head.rpartition(' ')[0] or head}…{tail.partition(' ')[2] or tail}"


def _fitting(text: str, width: int) -> str:
    if cells(text) <= width:
        return text
    # A wide letter takes two columns.
    return text[: width // 2 if not text.isascii() else width - 1] + "…"


def _disarmed(text: str) -> str:
    r"""Escaped, and so that no mark of ours stands in it: `[-` becomes `\x5b-`."""
    return _MARK.sub(lambda found: f"\\x{ord(found.group()):02x}", escape(text))
