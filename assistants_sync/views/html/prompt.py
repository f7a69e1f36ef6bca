"""A prompt side by side: the server's on the left, the definition's on the right, words marked."""

from collections.abc import Iterator, Sequence
from itertools import groupby, zip_longest
from typing import Final

from assistants_sync.model.value import to_dotted
from assistants_sync.views.html.markup import HOLE, Markup, element, filled, isolated, joined
from assistants_sync.views.prompt_diff import DiffLine, Hunk, Mark, PromptDiff
from assistants_sync.views.prompts import PromptChange

_CHANGED = (Mark.REMOVED, Mark.ADDED)
_SAME: Final = element("td", HOLE, class_="same", dir="auto")
_KEPT: Final = element("tr", _SAME, _SAME)
"""A line that is as it was, on both sides."""
_HEAD: Final = element(
    "thead",
    element(
        "tr",
        element("th", "On the server", scope="col"),
        element("th", "In the definition", scope="col"),
    ),
)


def prompt_markup(prompt: PromptChange) -> Markup:
    """Give the measures of a prompt that changed, and every hunk as a table of two columns."""
    diff = prompt.diff()
    path = to_dotted(prompt.path)
    table = element("table", _HEAD, *map(_hunk, diff.hunks), aria_label=f"Changes of {path}")
    return element("div", _measures(prompt, diff), table, class_="prompt")


def _measures(prompt: PromptChange, diff: PromptDiff) -> Markup:
    parts: list[Markup] = []
    if prompt.role:
        parts.append(element("span", isolated(prompt.role), " message"))
    parts += [
        element("span", f"about {diff.tokens_before:,} → {diff.tokens_after:,} tokens"),
        element(
            "span",
            element("ins", f"+{diff.words_added:,}"),
            " ",
            element("del", f"−{diff.words_removed:,}"),  # noqa: RUF001 -- as wide as the plus
            " words",
        ),
    ]
    for tag, what, names in (
        ("ins", "new variables", diff.variables_added),
        ("del", "variables gone", diff.variables_removed),
    ):
        if names:
            codes = (element("code", isolated(f"{{{{{name}}}}}")) for name in names)
            spaced = (joined(" ", code) for code in codes)
            parts.append(element("span", f"{what}:", element(tag, *spaced)))
    return element("p", *parts, class_="measures")


def _hunk(hunk: Hunk) -> Markup:
    numbers = [line.after or line.before or 0 for line in hunk.lines]
    title = [f"Line {min(numbers):,}"]
    section = (" in ", isolated(hunk.section)) if hunk.section else ()
    head = element("tr", element("th", *title, *section, colspan="2", scope="rowgroup"))
    return element("tbody", head, *_rows(hunk.lines))


def _rows(lines: Sequence[DiffLine]) -> Iterator[Markup]:
    """Whole lines that went stand beside whole lines that came."""
    for is_whole, run in groupby(lines, lambda line: line.mark in _CHANGED):
        if not is_whole:
            for line in run:
                is_kept = line.mark is Mark.KEPT
                yield filled(_KEPT, line.text(Mark.KEPT)) if is_kept else _row(line, line)
            continue
        whole = list(run)
        removed = [line for line in whole if line.mark is Mark.REMOVED]
        added = [line for line in whole if line.mark is Mark.ADDED]
        for before, after in zip_longest(removed, added):
            yield _row(before, after)


def _row(before: DiffLine | None, after: DiffLine | None) -> Markup:
    return element("tr", _cell(before, Mark.REMOVED, "del"), _cell(after, Mark.ADDED, "ins"))


def _cell(line: DiffLine | None, mark: Mark, tag: str) -> Markup:
    if line is None:
        return element("td", class_="void")
    pieces = (
        element(tag, span.text) if span.mark is mark else span.text
        for span in line.spans
        if span.mark in {Mark.KEPT, mark}
    )
    kind = f"{tag} edited" if line.mark is None else tag
    return element("td", *pieces, class_=kind, dir="auto")
