"""Updates that take away what makes a thing work: told by shrinkage, not by difference."""

from collections.abc import Mapping
from typing import Final

from assistants_sync.model.value import Body, FieldPath, Value, is_list, lookup, to_dotted
from assistants_sync.resources.kind import Kind

_SHRINKS_TO: Final = 0.2
"""A prompt that loses four fifths of its text is as good as gone."""


def losses(kind: Kind, before: Body, after: Body) -> tuple[str, ...]:
    """Say what an update takes away, one sentence each; nothing for an ordinary edit."""
    found = [
        *(_text_loss(lookup(before, path), lookup(after, path)) for path in kind.messages),
        *(_list_loss(path, lookup(before, path), lookup(after, path)) for path in kind.lists),
        *(_object_loss(path, lookup(before, path), lookup(after, path)) for path in kind.objects),
    ]
    return tuple(sentence for sentence in found if sentence)


def _text_loss(before: Value, after: Value) -> str | None:
    old, new = _system_length(before), _system_length(after)
    if old and not new:
        return f"drops the whole system prompt ({old:,} characters)"
    if old and new <= old * _SHRINKS_TO:
        return f"system prompt shrinks from {old:,} to {new:,} characters"
    return None


def _system_length(messages: Value) -> int:
    if not is_list(messages):
        return 0
    texts = (
        message.get("content")
        for message in messages
        if isinstance(message, Mapping) and message.get("role") == "system"
    )
    return sum(len(text.strip()) for text in texts if isinstance(text, str))


def _list_loss(path: FieldPath, before: Value, after: Value) -> str | None:
    old, new = _names(before), _names(after)
    lost = [name for name in old if name not in new]
    if len(new) >= len(old) or not lost:
        return None
    what = to_dotted(path)
    return f"drops {len(old) - len(new)} of {len(old)} in {what}: {', '.join(lost)}"


def _names(parts: Value) -> list[str]:
    return [part_name(part) for part in parts] if is_list(parts) else []


def part_name(part: Value) -> str:
    """Give the name by which people know a tool or an id in a list."""
    if not isinstance(part, Mapping):
        return str(part)
    named = lookup(part, ("function", "name")) or part.get("name")
    return str(named or part.get("toolId") or part.get("type") or "unnamed")


def _object_loss(path: FieldPath, before: Value, after: Value) -> str | None:
    return f"drops {to_dotted(path)}" if before and not after else None
