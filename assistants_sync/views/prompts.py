"""Which texts of a change are prompts, and whose: long strings, and what messages say."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from assistants_sync.model.plan import Change, FieldChange
from assistants_sync.model.value import FieldPath, JsonValue, is_placeholder
from assistants_sync.views.prompt_diff import PromptDiff, diff_prompt

_LONG: Final = 200


@dataclass(frozen=True, slots=True)
class PromptChange:
    """One prompt that differs, at its own path; None stands where there was or will be none.

    `role` is the message's: `system`, `user`, …
    """

    path: FieldPath
    role: str | None
    before: str | None
    after: str | None

    def diff(self) -> PromptDiff:
        """Give what differs; a prompt that is not there is an empty text."""
        return diff_prompt(self.before or "", self.after or "")


def prompts_in(change: Change, field: FieldChange) -> tuple[PromptChange, ...]:
    """Give every prompt that differs in one field of a change, in the field's own order."""
    found = []
    for leaf in () if field.is_secret else leaf_changes(field):
        before, after = leaf.before, leaf.after
        if is_placeholder(before) or is_placeholder(after) or not _is_prompt(leaf):
            continue
        bodies = (change.before, change.after) if after is None else (change.after, change.before)
        roles = [_role_at(body, leaf.path) for body in bodies]
        old, new = (each if isinstance(each, str) else None for each in (before, after))
        found.append(PromptChange(leaf.path, roles[0] or roles[1], old, new))
    return tuple(found)


def leaf_changes(field: FieldChange) -> Iterator[FieldChange]:
    """Give the changes of one field at the deepest paths, through lists too.

    What is equal on both sides is left out.
    """
    before, after = field.before, field.after
    olds, news = _parts(before), _parts(after)
    if any(each is not None and not _parts(each) for each in (before, after)):
        if type(before) is not type(after) or before != after:
            yield field
        return
    for key in dict.fromkeys((*olds, *news)):
        below = replace(field, path=(*field.path, key), before=olds.get(key), after=news.get(key))
        yield from leaf_changes(below)


def _parts(value: JsonValue) -> Mapping[str, JsonValue]:
    if isinstance(value, Mapping):
        return value
    if isinstance(value, str | int | float) or value is None:
        return {}
    return {str(at): each for at, each in enumerate(value)}


def _is_prompt(leaf: FieldChange) -> bool:
    texts = [each for each in (leaf.before, leaf.after) if each is not None]
    strings = [each for each in texts if isinstance(each, str)]
    is_message = leaf.path[-1:] == ("content",) and leaf.path[-3:-2] == ("messages",)
    is_long = any("\n" in each or len(each) > _LONG for each in strings)
    return len(strings) == len(texts) and (is_message or is_long)


def _role_at(body: Mapping[str, JsonValue] | None, path: FieldPath) -> str | None:
    """The role of the message that a path ends in."""
    here: JsonValue = body
    for part in path[:-1]:
        here = _parts(here).get(part)
    role = here.get("role") if isinstance(here, Mapping) else None
    return role if isinstance(role, str) else None
