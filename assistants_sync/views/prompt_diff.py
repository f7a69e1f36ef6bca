"""What changed in a long text, as data that every view draws: lines, and the words in them."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest
from typing import Final, NamedTuple

from assistants_sync.views.alignment import shared_runs

_CONTEXT_LINES: Final = 2
_LOOK_AHEAD: Final = 12
"""How many new lines are looked at to find what became of an old one."""
_SAME_LINE: Final = 0.5
"""The share of words two lines must have in common to be one line that was edited."""
_TOKEN: Final = re.compile(r"\{\{[^{}]*\}\}|\w+(?:['\u2019-]\w+)*|\s+|.", re.DOTALL)
_WORD: Final = re.compile(r"\w+(?:['\u2019-]\w+)*")
_VARIABLE: Final = re.compile(r"\{\{-?\s*[\"']?([\w.\[\]-]*\w)")
_HEADING: Final = re.compile(r"\s{0,3}(?:#{1,6}\s+(?P<marked>\S.*)|\[(?P<boxed>[^\[\]]+)\]\s*$)")
_CHARACTERS_PER_TOKEN: Final = 4


class Mark(StrEnum):
    """What became of a piece of text."""

    KEPT = "kept"
    REMOVED = "removed"
    ADDED = "added"


class Span(NamedTuple):
    """A piece of one line; it holds no line feed."""

    mark: Mark
    text: str


class DiffLine(NamedTuple):
    """One line: as it is, edited, added or removed.

    `mark` is what became of the whole line; None when words in it were edited. Numbers count
    from 1; None where the text has no such line. An empty line has no spans.
    """

    mark: Mark | None
    before: int | None
    after: int | None
    spans: tuple[Span, ...]

    def text(self, *marks: Mark) -> str:
        """Give the pieces that bear one of these marks, put together."""
        return "".join([span.text for span in self.spans if span.mark in marks])


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines around a change; `section` is the title they stand under."""

    section: str | None
    lines: tuple[DiffLine, ...]


@dataclass(frozen=True, slots=True)
class PromptDiff:
    """The difference of two texts.

    `lines` holds every line of both: kept and removed pieces of those with a number in `before`
    are the old text, joined by line feeds; so for the new one. An empty text has no line.
    `changed` are those that are not as they were. Variables are sorted.
    """

    lines: tuple[DiffLine, ...]
    changed: tuple[DiffLine, ...]
    hunks: tuple[Hunk, ...]
    tokens_before: int
    tokens_after: int
    words_added: int
    words_removed: int
    variables_added: tuple[str, ...]
    variables_removed: tuple[str, ...]


def diff_prompt(before: str, after: str) -> PromptDiff:
    """Give what differs; equal texts have no hunk. Takes time linear in their lengths."""
    new_lines = _split(after)
    lines = tuple(_lines(_split(before), new_lines))
    changed = [at for at, line in enumerate(lines) if line.mark is not Mark.KEPT]
    differ = tuple(lines[at] for at in changed)
    old, new = variables_in(before), variables_in(after)
    return PromptDiff(
        lines,
        differ,
        tuple(_hunks(lines, changed, _titles(new_lines))),
        estimate_tokens(before),
        estimate_tokens(after),
        _count_words(differ, Mark.ADDED),
        _count_words(differ, Mark.REMOVED),
        tuple(sorted(new - old)),
        tuple(sorted(old - new)),
    )


def estimate_tokens(text: str) -> int:
    """Give about how many tokens a model reads: one for four characters, a rule of thumb."""
    return -(-len(text) // _CHARACTERS_PER_TOKEN)


def variables_in(text: str) -> frozenset[str]:
    """Give the names in double braces, without filters: `now` of `{{"now" | date: "%H"}}`."""
    return frozenset(_VARIABLE.findall(text))


def _split(text: str) -> Sequence[str]:
    return text.split("\n") if text else ()


# --- lines ----------------------------------------------------------------------------------


def _lines(before: Sequence[str], after: Sequence[str]) -> Iterator[DiffLine]:
    x = y = 0
    for old, new, length in (*shared_runs(before, after), (len(before), len(after), 0)):
        yield from _changed_lines(before[x:old], after[y:new], x + 1, y + 1)
        for at in range(length):
            kept = _spans(Mark.KEPT, before[old + at])
            yield DiffLine(Mark.KEPT, old + at + 1, new + at + 1, kept)
        x, y = old + length, new + length


def _changed_lines(
    before: Sequence[str], after: Sequence[str], x: int, y: int
) -> Iterator[DiffLine]:
    """Lines that differ, numbered from `x` and `y`: each edited one once, the rest as they are."""
    done_before = done_after = 0
    for old, new in (*_edited(before, after), (len(before), len(after))):
        for at in range(done_before, old):
            yield DiffLine(Mark.REMOVED, x + at, None, _spans(Mark.REMOVED, before[at]))
        for at in range(done_after, new):
            yield DiffLine(Mark.ADDED, None, y + at, _spans(Mark.ADDED, after[at]))
        if old < len(before):
            spans = tuple(_edited_spans(before[old], after[new]))
            yield DiffLine(None, x + old, y + new, spans)
        done_before, done_after = old + 1, new + 1


def _edited(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Which old line became which new one, in order: the most alike of the next ones."""
    olds = [Counter(_WORD.findall(line)) for line in before]
    news = [Counter(_WORD.findall(line)) for line in after]
    start = 0
    for at, old in enumerate(olds):
        near = range(start, min(start + _LOOK_AHEAD, len(news)))
        likeness = [_likeness(old, news[there]) for there in near]
        most = max(likeness, default=0.0)
        if most >= _SAME_LINE:
            best = start + likeness.index(most)
            yield at, best
            start = best + 1


def _likeness(old: Counter[str], new: Counter[str]) -> float:
    total = old.total() + new.total()
    return 2 * sum(min(count, new[word]) for word, count in old.items()) / total if total else 0.0


# --- words ----------------------------------------------------------------------------------


def _edited_spans(before: str, after: str) -> Iterator[Span]:
    olds, news = _TOKEN.findall(before), _TOKEN.findall(after)
    x = y = 0
    removed = added = ""
    for old, new, length in (*shared_runs(olds, news), (len(olds), len(news), 0)):
        removed += "".join(olds[x:old])
        added += "".join(news[y:new])
        kept = "".join(olds[old : old + length])
        x, y = old + length, new + length
        if (removed or added) and x < len(olds) and y < len(news) and not _WORD.search(kept):
            # A lone space or comma between two edits would only cut one edit in two.
            removed, added = removed + kept, added + kept
            continue
        yield from _spans(Mark.REMOVED, removed)
        yield from _spans(Mark.ADDED, added)
        yield from _spans(Mark.KEPT, kept)
        removed = added = ""


def _spans(mark: Mark, text: str) -> tuple[Span, ...]:
    return (Span(mark, text),) if text else ()


def _count_words(lines: Sequence[DiffLine], mark: Mark) -> int:
    return sum(len(_WORD.findall(line.text(mark))) for line in lines)


# --- hunks ----------------------------------------------------------------------------------


def _hunks(
    lines: Sequence[DiffLine], changed: Sequence[int], titles: Sequence[str | None]
) -> Iterator[Hunk]:
    group: list[int] = []
    for at, following in zip_longest(changed, changed[1:]):
        group.append(at)
        if following is not None and following - at <= 2 * _CONTEXT_LINES + 1:
            continue
        # An empty line before a new title still belongs to the section above it.
        told = next((each for each in group if lines[each].spans), at)
        shown = lines[max(0, group[0] - _CONTEXT_LINES) : at + _CONTEXT_LINES + 1]
        # What was removed stands below the last new line before it.
        above = (lines[each].after for each in range(told, -1, -1))
        new = next((number for number in above if number is not None), None)
        yield Hunk(titles[new - 1] if new else None, tuple(shown))
        group = []


def _titles(lines: Sequence[str]) -> list[str | None]:
    """For each line the heading above it; in a text without headings, the nearest `...:`."""
    titles: list[str | None] = []
    heading: str | None = None
    leading: str | None = None
    for text in lines:
        found = _HEADING.match(text)
        if found:
            heading = (found["marked"] or found["boxed"]).strip().rstrip("#").rstrip()
        elif text.rstrip().endswith(":"):
            leading = text.strip().removesuffix(":").strip("*_- ")
        titles.append(heading or leading or None)
    return titles
