"""Which texts of a change are prompts, and whose: long strings, and what messages say."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from assistants_sync.model.plan import Change, FieldChange
from assistants_sync.model.value import FieldPath, JsonValue, is_placeholder
from assistants_sync.views.prompt_diff import PromptDiff, diff_prompt

_LONG: Final = 200
_Leaf: TypeAlias = tuple[FieldPath, JsonValue, JsonValue]
"""A path, and what stands there before and after."""


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
    for path, before, after in _leaves(field.path, field.before, field.after):
        yield replace(field, path=path, before=before, after=after)


def _leaves(path: FieldPath, before: JsonValue, after: JsonValue) -> Iterator[_Leaf]:
    olds, news = _parts(before), _parts(after)
    if (before is not None and not olds) or (after is not None and not news):
        if type(before) is not type(after) or before != after:
            yield path, before, after
        return
    for key in dict.fromkeys((*olds, *news)):
        yield from _leaves((*path, key), olds.get(key), news.get(key))


def _parts(value: JsonValue) -> Mapping[str, JsonValue]:
    if value is None or isinstance(value, str | int | float):
        return {}
    if isinstance(value, Mapping):
        return value
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
