"""A plan for people: grouped by danger, the worst first; reads well without colour."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final, assert_never

from assistants_sync.model.plan import Action, Block, Change, Plan
from assistants_sync.planning.document import count_requests, digest_of_plan, summarise
from assistants_sync.views.alike import alike
from assistants_sync.views.columns import WIDTH, cells, folded
from assistants_sync.views.danger import REASON_WORDS, by_danger, is_grave
from assistants_sync.views.escape import escape, shorten
from assistants_sync.views.paint import Detail, Look, Paint
from assistants_sync.views.values import INDENT, field_lines

_SIGNS: Final = {
    Action.CREATE: ("+", Paint.ADD),
    Action.UPDATE: ("~", Paint.CHANGE),
    Action.DELETE: ("-", Paint.REMOVE),
    Action.FORGET: (".", Paint.FAINT),
    Action.NO_OP: (" ", Paint.FAINT),
}

_MANY: Final = 20
"""From so many changes on, what takes a screen each is told in short."""
_NAME_WIDTH: Final = 32
_PROMPT_ROWS: Final = 24
_PROMPT_ROWS_OF_MANY: Final = 8


def render_human(plan: Plan, *, colour: bool = False, detail: Detail = Detail.NORMAL) -> str:
    """Give the whole plan as text, ending in its summary line.

    Lines take at most 80 columns, but for words that are wider; in a summary, each address takes
    one line.
    """
    is_many = sum(bool(change.fields) for change in plan.changes) > _MANY
    look = Look(colour, detail, _PROMPT_ROWS_OF_MANY if is_many else _PROMPT_ROWS)
    lines = _lines(plan, look, is_many=is_many and not look.is_full)
    if detail is not Detail.SUMMARY:
        lines = chain.from_iterable(map(_within_columns, lines))
    return "\n".join(lines) + "\n"


def _within_columns(line: str) -> Iterator[str]:
    if cells(line) <= WIDTH:
        return iter((line,))
    text = line.lstrip(" ")
    indent = line[: len(line) - len(text)]
    return folded(text, indent, f"{indent}    ")


def _lines(plan: Plan, look: Look, *, is_many: bool) -> Iterator[str]:
    yield _header(plan)
    for title, group in by_danger(plan).items():
        yield ""
        yield look.painted(f"{title}:", Paint.BOLD)
        match look.detail:
            case Detail.SUMMARY:
                yield from (_summary_line(change, look) for change in group)
            case Detail.NORMAL:
                for changes in alike(group):
                    yield from _told_together(changes, look, is_many=is_many)
            case Detail.FULL:
                yield from chain.from_iterable(_change_lines(change, look) for change in group)
            case _:
                assert_never(look.detail)
    if plan.blocks:
        yield ""
        for block in plan.blocks:
            yield from _block_lines(block, look)
    yield ""
    yield from _summary(plan)


def _header(plan: Plan) -> str:
    where = f"Project {escape(plan.project)}, environment {escape(plan.environment)}"
    options = plan.options
    if options.rollback is not None:
        where += f"; back to before run {escape(options.rollback)}"
    narrowed = [
        f"{flag} {escape(', '.join(addresses))}"
        for flag, addresses in (("--target", options.targets), ("--exclude", options.excludes))
        if addresses
    ]
    return f"{where}{'; only ' if narrowed else ''}{'; '.join(narrowed)}"


def _head(change: Change, look: Look) -> str:
    """The address, and who it is and why; a summary leaves out what is long."""
    sign, paint = _SIGNS[change.action]
    is_short = look.detail is Detail.SUMMARY
    name = f'"{escape(change.name)}"' if change.name else ""
    parts = [
        look.painted(escape(change.address), paint),
        shorten(name, _NAME_WIDTH) if is_short else name,
        "" if is_short else escape(change.id or ""),
        REASON_WORDS[change.reason],
    ]
    return f"  {look.painted(sign, paint)} {'  '.join(filter(None, parts))}"


def _summary_line(change: Change, look: Look) -> str:
    guards = ", ".join(dict.fromkeys(escape(block.guard) for block in change.blocked))
    blocked = look.painted(f"blocked: {guards}", Paint.DANGER)
    return f"{_head(change, look)}  {blocked}" if guards else _head(change, look)


def _told_together(changes: Sequence[Change], look: Look, *, is_many: bool) -> Iterator[str]:
    """One change, or many that are alike: all their addresses, and what the first shows."""
    first = changes[0]
    if len(changes) == 1:
        is_plain = not is_grave(first) and not first.notes
        is_short = is_many and is_plain and first.action is Action.CREATE
        yield from _change_lines(first, look, is_short=is_short)
        return
    sign, paint = _SIGNS[first.action]
    count = look.painted(f"{sign} {len(changes)} alike", paint)
    yield f"  {count}  {REASON_WORDS[first.reason]}"
    addresses = ", ".join(escape(change.address) for change in changes)
    yield from folded(addresses, INDENT, INDENT)
    yield f"{INDENT}as in {escape(first.address)}:"
    for field in first.fields:
        yield from field_lines(first, field, look)


def _change_lines(change: Change, look: Look, *, is_short: bool = False) -> Iterator[str]:
    if is_short:
        yield f"{_head(change, look)}  {len(change.fields)} fields (--full)"
        return
    yield _head(change, look)
    if change.source and change.action is not Action.NO_OP:
        yield INDENT + look.painted(escape(str(change.source)), Paint.FAINT)
    for sentence in change.destructive:
        yield "    " + look.painted(f"! {escape(sentence)}", Paint.DANGER)
    for field in change.fields:
        yield from field_lines(change, field, look)
    for reference in change.used_by:
        yield f"    still used by {escape(str(reference))}"
    for note in change.notes:
        yield f"    note: {escape(note)}"
    for block in change.blocked:
        for line in _block_lines(block, look):
            yield f"    {line}"


def _block_lines(block: Block, look: Look) -> Iterator[str]:
    yield look.painted(f"blocked ({escape(block.guard)}): {escape(block.message)}", Paint.DANGER)
    if block.hint:
        yield f"  hint: {escape(block.hint)}"


def _summary(plan: Plan) -> Iterator[str]:
    counts, requests = summarise(plan), count_requests(plan)
    if plan.copies:
        yield (
            f"{len(plan.copies)} live objects bear our marker under an id we do not know "
            f"(copies?): {', '.join(map(escape, plan.copies))}"
        )
    if plan.unmanaged_count and not plan.options.cleanup:
        yield f"{plan.unmanaged_count} live objects are not managed here, and left alone."
    if plan.options.drift_only:
        yield f"Drift: {len(plan.changes)} of {plan.owned_count} owned were changed on the server."
        return
    if not plan.has_changes and not plan.refusals:
        is_back = plan.options.rollback is not None
        as_defined = f"{plan.owned_count} owned, all as defined."
        yield f"No changes. {'All is as before that run.' if is_back else as_defined}"
        return
    yield (
        f"Plan: {counts['create']} to create, {counts['update']} to update, "
        f"{counts['delete']} to delete, {counts['forget']} to forget;"
    )
    yield (
        f"      {counts['drift']} drifted, {counts['conflict']} in conflict, "
        f"{counts['blocked']} blocked."
    )
    sent = ", ".join(f"{count} {method}" for method, count in requests.items() if count)
    yield f"Applying it sends {sent or 'nothing'}. Digest {digest_of_plan(plan)[7:19]}."
