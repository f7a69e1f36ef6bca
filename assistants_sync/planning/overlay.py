"""The body of a PATCH: whole top-level keys, since the API replaces each one it is sent.

Source: VapiAI/gitops, docs/learnings, 2026-06-08: a PATCH of `model` without its messages wiped
three production prompts.
"""

from collections.abc import Collection, Mapping, Sequence

from assistants_sync.model.value import Body, FieldPath, Value, is_prefix, lookup
from assistants_sync.resources.kind import Kind


def overlaid(
    live: Body,
    keys: Collection[str],
    overlay: Mapping[FieldPath, Value],
    clears: Collection[FieldPath],
) -> dict[str, Value]:
    """Give each key as it should be: live, minus the cleared paths, overlaid with the declared.

    A cleared top-level key becomes null; nulls the server shows below the top are left out.
    """
    body: dict[str, Value] = {key: _copied(live.get(key)) for key in keys}
    for path in clears:
        if len(path) == 1:
            body[path[0]] = None
        else:
            _remove(body, path)
    for path, value in overlay.items():
        _put(body, path, value)
    return body


def replaced(live: Body, paths: Collection[FieldPath]) -> dict[FieldPath, Value]:
    """Give what stands at each path, or above it where something other than an object does."""
    standing = (_standing(live, path) for path in paths)
    return {path: lookup(live, path) for path in standing}


def _standing(live: Body, path: FieldPath) -> FieldPath:
    for length in range(1, len(path)):
        here = lookup(live, path[:length])
        if here is not None and not isinstance(here, Mapping):
            return path[:length]
    return path


def collapsed(
    kind: Kind, clears: Collection[FieldPath], declared: Collection[FieldPath], live: Body
) -> tuple[FieldPath, ...]:
    """Widen each cleared path to the outermost object in which nothing declared is left.

    Not past something vital that was never ours: a prompt the dashboard wrote is not swept away
    with the last field we declared beside it.
    """
    found: dict[FieldPath, None] = {}
    for path in clears:
        for length in range(1, len(path) + 1):
            outer = path[:length]
            if any(is_prefix(outer, kept) for kept in declared):
                continue
            if length < len(path) and _holds_foreign_vitals(kind, outer, clears, live):
                continue
            found[outer] = None
            break
    return tuple(sorted(found))


def _holds_foreign_vitals(
    kind: Kind, outer: FieldPath, ours: Collection[FieldPath], live: Body
) -> bool:
    return any(
        is_prefix(outer, vital)
        and lookup(live, vital)
        and not any(is_prefix(vital, path) or is_prefix(path, vital) for path in ours)
        for vital in kind.vital
    )


def _copied(value: Value) -> Value:
    match value:
        case Mapping():
            return {key: _copied(each) for key, each in value.items() if each is not None}
        case str():
            return value
        case Sequence():
            return [_copied(each) for each in value]
        case _:
            return value


def _remove(body: dict[str, Value], path: FieldPath) -> None:
    here: Value = body
    for part in path[:-1]:
        if not isinstance(here, dict):
            return
        here = here.get(part)
    if isinstance(here, dict):
        here.pop(path[-1], None)


def _put(body: dict[str, Value], path: FieldPath, value: Value) -> None:
    here = body
    for part in path[:-1]:
        inner = here.get(part)
        if not isinstance(inner, dict):
            inner = here[part] = {}
        here = inner
    here[path[-1]] = value
