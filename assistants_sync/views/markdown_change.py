"""One change in Markdown: a line that names it, and its differences as a block of `diff`."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, assert_never

from assistants_sync.model.plan import Action, Block, Change, FieldChange, FieldKind
from assistants_sync.model.value import ROTATED, JsonValue, to_dotted
from assistants_sync.views.danger import REASON_WORDS
from assistants_sync.views.escape import escape, shorten
from assistants_sync.views.markdown_text import code, fenced, folded, html_code
from assistants_sync.views.prompt_diff import DiffLine, Mark
from assistants_sync.views.prompts import PromptChange, leaf_changes, prompts_in

_NAME_WIDTH: Final = 40
_LINES_UNFOLDED: Final = 24
_REMARKS: Final = {
    FieldKind.DRIFT: "changed on the server",
    FieldKind.CONFLICT: "changed in the file and on the server",
    FieldKind.KEPT: "kept as it is on the server",
    FieldKind.NOT_STORED: "the server does not store it",
}


@dataclass(frozen=True, slots=True)
class Depth:
    """How much of one change is shown: lines of difference, characters of a line."""

    lines: int
    width: int


@dataclass(frozen=True, slots=True)
class Section:
    """A piece of the comment, and how many lines it leaves out or shortens."""

    text: str
    cut_lines: int = 0


class Sheet:
    """One change, its lines made at most once, and only when it is tried for size."""

    def __init__(self, change: Change) -> None:
        self.change = change

    @cached_property
    def _facts(self) -> tuple[str, ...]:
        return tuple(_facts(self.change))

    @cached_property
    def _differences(self) -> tuple[str, ...]:
        fields = self.change.fields
        return tuple(line for field in fields for line in _field_lines(self.change, field))

    def row(self) -> str:
        """Give its row of the table."""
        change = self.change
        name = code(change.name, width=_NAME_WIDTH) if change.name is not None else ""
        return f"| {change.action} | {code(change.address)} | {name} | {self._said()} |"

    def brief(self) -> str:
        """Give one line of a list."""
        return f"- {code(self.change.address)}: {self._said()}"

    def opened(self, depth: Depth) -> Section:
        """Give it opened; only a long difference is folded."""
        change = self.change
        named = f" {code(change.name, width=depth.width)}" if change.name is not None else ""
        facts, cut_facts = cut_lines(self._facts, Depth(len(self._facts), depth.width))
        lines, cut = cut_lines(self._differences, depth)
        parts = [f"**{code(change.address)}**{named}: {REASON_WORDS[change.reason]}"]
        if len(lines) <= _LINES_UNFOLDED:
            parts += [fenced([*facts, *lines], "diff")] if facts or lines else []
        else:
            parts += [fenced(facts, "diff")] if facts else []
            parts += [
                folded(f"{len(self._differences)} lines of difference", fenced(lines, "diff"))
            ]
        return Section("\n\n".join(parts), cut_facts + cut)

    def folded(self, depth: Depth) -> Section:
        """Give it to be opened."""
        lines, cut = cut_lines((*self._facts, *self._differences), depth)
        if not lines:
            return Section(self.brief())
        summary = f"{html_code(self.change.address)}: {self._words()}"
        return Section(folded(summary, fenced(lines, "diff")), cut)

    def fitting(self, depths: Sequence[Depth], room: int) -> Section | None:
        """Give the richest folded form of at most `room` characters; None when none is."""
        sections = (self.folded(depth) for depth in depths)
        return next((each for each in sections if len(each.text) <= room), None)

    def _words(self) -> str:
        count = len(self.change.fields)
        fields = f", {count} field{'' if count == 1 else 's'}" if count else ""
        return f"{REASON_WORDS[self.change.reason]}{fields}"

    def _said(self) -> str:
        change = self.change
        guards = ", ".join(code(each.guard) for each in change.blocked)
        blocked = f"; blocked by {guards}" if guards else ""
        used = f"; still used by {len(change.used_by)}" if change.used_by else ""
        destructive = "; destructive" if change.destructive else ""
        return f"{self._words()}{destructive}{used}{blocked}"


def cut_lines(lines: Sequence[str], depth: Depth) -> tuple[list[str], int]:
    """Give the lines as far as the depth allows, and how many are missing or shortened."""
    shown = [shorten(line, depth.width) for line in lines[: depth.lines]]
    missing = len(lines) - len(shown)
    shortened = sum(len(line) > depth.width for line in lines[: depth.lines])
    return [*shown, *([f"  … {missing} more lines"] if missing else [])], missing + shortened


def block_lines(block: Block) -> Iterator[str]:
    """Give the lines of a refusal."""
    yield f"! blocked ({escape(block.guard)}): {escape(block.message)}"
    if block.hint:
        yield f"!   hint: {escape(block.hint)}"


def _facts(change: Change) -> Iterator[str]:
    yield from (f"! {escape(sentence)}" for sentence in change.destructive)
    yield from (f"! still used by {escape(str(reference))}" for reference in change.used_by)
    for block in change.blocked:
        yield from block_lines(block)
    yield from (f"  note: {escape(note)}" for note in change.notes)
    places = [f"id {escape(change.id)}"] if change.id else []
    if change.source and change.action is not Action.DELETE:
        places.append(escape(str(change.source)))
    if places:
        yield f"  {', '.join(places)}"


def _field_lines(change: Change, field: FieldChange) -> Iterator[str]:
    path = escape(to_dotted(field.path))
    remark = f" ({_REMARKS[field.kind]})" if field.kind in _REMARKS else ""
    match field.kind:
        case _ if field.is_secret and field.before == field.after:
            yield f"! {path}: {ROTATED}{remark}"
        case FieldKind.KEPT:
            yield f"  {path}: {_value(field.before)}{remark}"
        case FieldKind.NOT_STORED:
            yield f"  {path}: {_value(field.after)}{remark}"
        case (
            FieldKind.ADD
            | FieldKind.CHANGE
            | FieldKind.REMOVE
            | FieldKind.DRIFT
            | FieldKind.CONFLICT
        ):
            lines = [*_differing(change, field)]
            if remark or not lines:
                yield f"! {path}{remark or ': changed where nothing may be shown'}"
            yield from lines
        case _:
            assert_never(field.kind)


def _differing(change: Change, field: FieldChange) -> Iterator[str]:
    prompts = {prompt.path: prompt for prompt in prompts_in(change, field)}
    for leaf in leaf_changes(field):
        if leaf.path in prompts:
            yield from _prompt_lines(prompts[leaf.path])
            continue
        path = escape(to_dotted(leaf.path))
        for sign, value in (("-", leaf.before), ("+", leaf.after)):
            if value is not None:
                yield f"{sign} {path}: {_value(value)}"


def _value(value: JsonValue) -> str:
    return f'"{escape(value)}"' if isinstance(value, str) else escape(json.dumps(value))


def _prompt_lines(prompt: PromptChange) -> Iterator[str]:
    diff = prompt.diff()
    role = f" ({escape(prompt.role)})" if prompt.role else ""
    variables = [f"+{{{{{escape(name)}}}}}" for name in diff.variables_added]
    variables += [f"-{{{{{escape(name)}}}}}" for name in diff.variables_removed]
    tokens = [str(diff.tokens_before)] if prompt.before is not None else []
    tokens += [str(diff.tokens_after)] if prompt.after is not None else []
    told = [f"about {' -> '.join(tokens)} tokens", *variables]
    yield f"@@ {escape(to_dotted(prompt.path))}{role}: {', '.join(told)} @@"
    for hunk in diff.hunks:
        if hunk.section or len(diff.hunks) > 1:
            yield f"@@ {escape(hunk.section or '…')} @@"
        for line in hunk.lines:
            yield from _diff_lines(line)


def _diff_lines(line: DiffLine) -> Iterator[str]:
    old, new = line.text(Mark.KEPT, Mark.REMOVED), line.text(Mark.KEPT, Mark.ADDED)
    match line.mark:
        case Mark.KEPT:
            yield f"  {escape(new)}"
        case Mark.ADDED:
            yield f"+ {escape(new)}"
        case Mark.REMOVED:
            yield f"- {escape(old)}"
        case None:
            yield f"- {escape(old)}"
            yield f"+ {escape(new)}"
        case _:
            assert_never(line.mark)
