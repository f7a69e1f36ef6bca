"""How two values differ, as people read it. The only importer of deepdiff.

Whether they differ is settled before, by hash: DeepDiff costs milliseconds where a hash costs
microseconds, so it sees only leaves that are known to differ, and of those only the parts whose
form differs, too.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from assistants_sync.model.plan import FieldChange, FieldKind
from assistants_sync.model.value import (
    FieldPath,
    JsonValue,
    Value,
    has_secret,
    is_list,
    is_plain,
    mask,
)
from assistants_sync.resources.essence import canonical
from assistants_sync.resources.kind import Kind

_Difference: TypeAlias = tuple[FieldPath, JsonValue, JsonValue]


def field_changes(
    kind: Kind, path: FieldPath, field_kind: FieldKind, before: Value, after: Value
) -> tuple[FieldChange, ...]:
    """Give the differences between a leaf's two values, at paths as deep as both are lists.

    Secrets are masked; a leaf that differs in nothing but a secret is one masked change.
    """
    is_secret = has_secret(before) or has_secret(after)
    whole = FieldChange(
        path, _refine(field_kind, before, after), mask(before), mask(after), is_secret
    )
    if not (is_list(before) and is_list(after)):
        return (whole,)
    found = sorted(
        _differences(kind, path, mask(before), mask(after)), key=lambda each: _order(each[0])
    )
    if not found:
        return (whole,)
    return tuple(
        FieldChange((*path, *below), _refine(field_kind, old, new), old, new)
        for below, old, new in found
    )


def _differences(
    kind: Kind, path: FieldPath, before: JsonValue, after: JsonValue
) -> Iterator[_Difference]:
    old, new = canonical(kind, before, path), canonical(kind, after, path)
    if kind.sets.fit(path):
        yield from _deep_differences(old, new, ignore_order=True)
        return
    for at, part, other in _parts(old, new, ()):
        if is_plain(part) and is_plain(other):
            yield at, part, other
        else:
            for below, left, right in _deep_differences(part, other):
                yield (*at, *below), left, right


def _parts(before: JsonValue, after: JsonValue, at: FieldPath) -> Iterator[_Difference]:
    """Give the parts that may differ: what has the same keys, or as many objects, part by part."""
    match before, after:
        case Mapping(), Mapping() if before.keys() == after.keys():
            for key, part in before.items():
                yield from _parts(part, after[key], (*at, key))
        case Sequence(), Sequence() if _has_objects(before, after):
            for index, (part, other) in enumerate(zip(before, after, strict=True)):
                yield from _parts(part, other, (*at, str(index)))
        case _ if not (is_plain(before) and type(before) is type(after) and before == after):
            yield at, before, after


def _has_objects(before: Sequence[JsonValue], after: Sequence[JsonValue]) -> bool:
    is_paired = is_list(before) and is_list(after) and len(before) == len(after)
    return is_paired and all(isinstance(each, Mapping) for each in (*before, *after))


def _deep_differences(
    before: JsonValue, after: JsonValue, *, ignore_order: bool = False
) -> Iterator[_Difference]:
    from deepdiff import DeepDiff

    tree = DeepDiff(before, after, view="tree", ignore_order=ignore_order)
    for category, levels in tree.items():
        for level in levels:
            below = tuple(str(part) for part in level.path(output_format="list"))
            old = None if category.endswith("_added") else level.t1
            new = None if category.endswith("_removed") else level.t2
            yield below, old, new


def _refine(field_kind: FieldKind, before: Value, after: Value) -> FieldKind:
    if field_kind is not FieldKind.CHANGE:
        return field_kind
    if before is None:
        return FieldKind.ADD
    return FieldKind.REMOVE if after is None else FieldKind.CHANGE


def _order(path: FieldPath) -> tuple[tuple[int, str], ...]:
    return tuple((int(part) if part.isdigit() else -1, part) for part in path)
