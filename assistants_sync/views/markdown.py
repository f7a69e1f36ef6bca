"""A plan as one comment on a pull request: what a reviewer must see first, and never cut.

All remote text stands in code (see `markdown_text`), so that no name and no prompt can link,
mention, hide or pretend anything.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from assistants_sync.model.diagnostic import Diagnostic
from assistants_sync.model.plan import Plan
from assistants_sync.planning.document import count_requests, digest_of_plan, summarise
from assistants_sync.views.danger import by_danger, is_grave
from assistants_sync.views.faults import render_faults
from assistants_sync.views.markdown_change import Depth, Sheet, block_lines, cut_lines
from assistants_sync.views.markdown_text import code, fenced, folded
from assistants_sync.views.run import Run

LIMIT: Final = 60_000
"""Characters of the whole comment.

Source: GitHub's API refuses more than 65,536 (github.com/telia-oss/github-pr-resource/issues/259,
read 2026-11-21); the rest is for what a workflow adds.
"""

_FOOT_ROOM: Final = 1_500
_NAME_WIDTH: Final = 80
_LIST_WIDTH: Final = 500
_DEPTHS: Final = (
    Depth(LIMIT, LIMIT),
    Depth(400, 2_000),
    Depth(80, 400),
    Depth(20, 200),
    Depth(5, 120),
)
_TABLE_HEAD: Final = "| action | address | name | why |\n|---|---|---|---|"
_TABLE_ROOM: Final = 250
"""Both heads of the table, and what folds it."""
_OPEN_ROWS: Final = 20
_TABLE_SHARE: Final = 0.6
"""How much of what is left the table may take, so that some differences are shown too."""
_LEAST_SHARE: Final = 2_000
"""The room one harmless change may always take while there is any."""

_MOST_MISSES: Final = 10

_Groups = Mapping[str, Sequence[Sheet]]


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of the comment, and what it leaves out: rows, whole changes, lines of others."""

    text: str = ""
    rows: int = 0
    changes: int = 0
    lines: int = 0


def render_markdown(plan: Plan) -> str:
    """Give the comment, at most `LIMIT` characters; its first line is for finding it again.

    Deletions, blocks, conflicts and destructive updates come first and whole; where there are too
    many for that, each is still named. Anything left out is counted at the end.
    """
    groups = {title: [*map(Sheet, group)] for title, group in by_danger(plan).items()}
    head = "\n".join(_head(plan))
    room = LIMIT - len(head) - _FOOT_ROOM
    grave = _grave(plan, _only(groups, grave=True), room)
    room -= len(grave.text)
    light = _only(groups, grave=False)
    sheets = [sheet for group in groups.values() for sheet in group]
    table = _table(sheets, int(room * _TABLE_SHARE) if light else room)
    room -= len(table.text)
    parts = (table, grave, _light(light, room))
    texts = (head, *(part.text for part in parts), *_foot(plan, parts))
    return "\n\n".join(text for text in texts if text) + "\n"


def render_faults_markdown(diagnostics: Sequence[Diagnostic], run: Run) -> str:
    """Give the comment of a run that came to no plan; it takes the place of an earlier one."""
    lines = render_faults(diagnostics).rstrip("\n").split("\n")
    title = f"## No {run.command} for {code(run.environment, width=_NAME_WIDTH)}"
    head = f"{_marker(run.command, run.environment)}\n{title}"
    blocks = (fenced(cut_lines(lines, depth)[0], "text") for depth in _DEPTHS)
    room = LIMIT - len(head) - len("\n\n\n")
    return f"{head}\n\n{next(block for block in blocks if len(block) <= room)}\n"


def _marker(command: str, environment: str) -> str:
    named = quote(environment, safe="", errors="replace")[:_LIST_WIDTH]
    return f"<!-- assistants-sync {command} {named} -->"


def _only(groups: _Groups, *, grave: bool) -> dict[str, list[Sheet]]:
    chosen = {
        title: [sheet for sheet in group if is_grave(sheet.change) is grave]
        for title, group in groups.items()
    }
    return {title: group for title, group in chosen.items() if group}


# --- head and foot --------------------------------------------------------------------------


def _head(plan: Plan) -> Iterator[str]:
    yield _marker("drift" if plan.options.drift_only else "plan", plan.environment)
    yield f"## {_title(plan)}"
    yield ""
    sent = ", ".join(f"{count} {method}" for method, count in count_requests(plan).items() if count)
    yield (
        f"Project {code(plan.project, width=_NAME_WIDTH)}. Applying it sends {sent or 'nothing'}. "
        f"Digest {code(digest_of_plan(plan))}."
    )
    for flag, addresses in (("target", plan.options.targets), ("exclude", plan.options.excludes)):
        if addresses:
            yield f"Narrowed by `--{flag}` {code(', '.join(addresses), width=_LIST_WIDTH)}."
    if plan.options.rollback is not None:
        yield f"Back to before run {code(plan.options.rollback, width=_NAME_WIDTH)}."
    dangers = [*_dangers(plan)]
    if dangers:
        yield ""
        yield "> [!CAUTION]"
        yield f"> **{', '.join(dangers)}.**"


def _title(plan: Plan) -> str:
    environment = code(plan.environment, width=_NAME_WIDTH)
    if plan.options.drift_only:
        return f"Drift in {environment}: {len(plan.changes)} of {plan.owned_count} owned"
    counts = summarise(plan)
    told = [
        f"{counts[action]} to {action}"
        for action in ("create", "update", "delete", "forget")
        if counts[action]
    ]
    return f"Plan for {environment}: {', '.join(told) or 'no changes'}"


def _dangers(plan: Plan) -> Iterator[str]:
    counts = summarise(plan)
    destructive = sum(bool(change.destructive) for change in plan.changes)
    for count, what in (
        (counts["delete"], "to delete"),
        (destructive, "destructive"),
        (counts["conflict"], "in conflict"),
        (counts["blocked"], "blocked"),
    ):
        if count:
            yield f"{count} {what}"


def _foot(plan: Plan, parts: Sequence[_Part]) -> Iterator[str]:
    if plan.copies:
        listed = code(", ".join(plan.copies), width=_LIST_WIDTH)
        yield f"{len(plan.copies)} live objects bear our marker under an unknown id: {listed}"
    if plan.unmanaged_count and not plan.options.cleanup:
        yield f"{plan.unmanaged_count} live objects are not managed here, and left alone."
    missing = (
        (sum(part.rows for part in parts), "rows of the table"),
        (sum(part.changes for part in parts), "changes in detail"),
        (sum(part.lines for part in parts), "lines, cut or shortened"),
    )
    told = ", ".join(f"{count} {what}" for count, what in missing if count)
    if told:
        yield (
            f"**Left out of this comment: {told}.** All of it is in the plan file and the page "
            "kept as this run's artifacts, and in `assistants-sync show FILE`."
        )


# --- what must not be cut -------------------------------------------------------------------


def _grave(plan: Plan, groups: _Groups, room: int) -> _Part:
    """The richest form in which all of it fits."""
    opened = (_opened(plan, groups, depth, room) for depth in _DEPTHS)
    whole = next((part for part in opened if part is not None), None) or _listed(plan, groups)
    return whole if len(whole.text) <= room else _named(plan, groups, room)


def _opened(plan: Plan, groups: _Groups, depth: Depth, room: int) -> _Part | None:
    """All of it as deep as this; None as soon as it does not fit."""
    refusals = _refusals(plan, depth)
    texts, lines = [refusals.text] if refusals.text else [], refusals.lines
    room -= len(refusals.text)
    for title, group in groups.items():
        texts.append(f"### {title}")
        room -= len(texts[-1]) + 2
        for sheet in group:
            section = sheet.opened(depth)
            texts.append(section.text)
            lines += section.cut_lines
            room -= len(section.text) + 2
            if room < 0:
                return None
    return _Part("\n\n".join(texts), lines=lines)


def _listed(plan: Plan, groups: _Groups) -> _Part:
    refusals = _refusals(plan, _DEPTHS[-1])
    lists = [
        f"### {title}\n\n" + "\n".join(sheet.brief() for sheet in group)
        for title, group in groups.items()
    ]
    text = "\n\n".join(text for text in (refusals.text, *lists) if text)
    return _Part(text, changes=sum(map(len, groups.values())), lines=refusals.lines)


def _named(plan: Plan, groups: _Groups, room: int) -> _Part:
    """Addresses alone; beyond what a comment holds they are counted."""
    refusals = _refusals(plan, _DEPTHS[-1])
    text = refusals.text if len(refusals.text) < room // 2 else ""
    for title, group in groups.items():
        names = [code(sheet.change.address) for sheet in group]
        title_line = f"\n\n### {title}: {len(group)}\n\n"
        left = room - len(text) - len(title_line) - len(f" and {len(group)} more")
        shown = _as_many_as_fit(names, left, separator=", ")
        more = f" and {len(names) - len(shown)} more" if len(shown) < len(names) else ""
        text += title_line + ", ".join(shown) + more
    return _Part(text[:room], changes=sum(map(len, groups.values())), lines=refusals.lines)


def _refusals(plan: Plan, depth: Depth) -> _Part:
    lines = [line for block in plan.blocks for line in block_lines(block)]
    shown, cut = cut_lines(lines, depth)
    text = f"### The whole plan is blocked\n\n{fenced(shown, 'diff')}" if lines else ""
    return _Part(text, lines=cut)


# --- what may be cut ------------------------------------------------------------------------


def _table(sheets: Sequence[Sheet], room: int) -> _Part:
    """A row each, the worst first; many harmless ones are folded."""
    rows = [sheet.row() for sheet in sheets]
    graves = sum(is_grave(sheet.change) for sheet in sheets)
    shown = _as_many_as_fit(rows, room - _TABLE_ROOM, separator="\n")
    if not shown:
        return _Part(rows=len(rows))
    is_long = len(shown) > graves + _OPEN_ROWS
    first = shown[:graves] if is_long else shown
    rest = shown[len(first) :]
    texts = ["\n".join((_TABLE_HEAD, *each)) for each in (first, rest) if each]
    if rest:
        texts[-1] = folded(f"{len(rest)} more without danger", texts[-1])
    return _Part("\n\n".join(texts), rows=len(rows) - len(shown))


def _light(groups: _Groups, room: int) -> _Part:
    """Each as deep as its share of the room allows; what one leaves, the next ones may use."""
    count = left = sum(map(len, groups.values()))
    is_whole = _fit_whole(groups, room)
    texts: list[str] = []
    shown = lines = misses = 0
    for title, group in groups.items():
        heading = f"### {title}\n\n"
        for sheet in group:
            # Differences are dear to find: once there seems to be no room, none is looked for.
            if misses == _MOST_MISSES:
                break
            share = room if is_whole else min(room, max(_LEAST_SHARE, room // left))
            left -= 1
            section = sheet.fitting(_DEPTHS, share - len(heading) - 2)
            if section is None:
                misses += 1
                continue
            texts.append(heading + section.text)
            room -= len(texts[-1]) + 2
            heading = ""
            shown += 1
            lines += section.cut_lines
    return _Part("\n\n".join(texts), changes=count - shown, lines=lines)


def _fit_whole(groups: _Groups, room: int) -> bool:
    for title, group in groups.items():
        room -= len(f"### {title}\n\n")
        for sheet in group:
            room -= len(sheet.folded(_DEPTHS[0]).text) + 2
            if room < 0:
                return False
    return True


def _as_many_as_fit(texts: Sequence[str], room: int, *, separator: str) -> list[str]:
    shown: list[str] = []
    for text in texts:
        room -= len(text) + len(separator)
        if room < 0:
            break
        shown.append(text)
    return shown
