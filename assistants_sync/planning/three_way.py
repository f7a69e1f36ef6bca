"""The three-way rule for one path: desired D, last sent A, baseline O, live L.

The table in the README is this module; the first row that fits holds.
"""

from collections.abc import Mapping, Sequence
from enum import Enum, auto

from assistants_sync.model.state import Leaf
from assistants_sync.model.value import (
    MASK,
    FieldPath,
    Secret,
    Value,
    has_secret,
    has_unknown,
    ids_in,
    is_list,
    without_secrets,
)
from assistants_sync.resources.fingerprint import Hasher


class Verdict(Enum):
    """What becomes of one path."""

    UNCHANGED = auto()
    RECORD = auto()
    UPDATE = auto()
    CONFLICT = auto()
    DRIFT = auto()
    CLEAR = auto()
    DROP = auto()


def judge_declared(
    hasher: Hasher, path: FieldPath, desired: Value, live: Value, leaf: Leaf | None, *, quiet: bool
) -> Verdict:
    """Judge a path the user declares.

    `quiet` says that nobody wrote since our last write (the server's own time of it is the one
    in our reply): a difference from the baseline is then the server finishing late.
    """
    if leaf is None:
        return Verdict.RECORD if _agree(hasher, path, desired, live) else Verdict.UPDATE
    is_changed = differs_from_applied(hasher, path, desired, leaf)
    has_moved = hasher.observed(path, live) != leaf.baseline
    if not is_changed and not has_moved:
        settled = leaf.kept and _agree(hasher, path, desired, live)
        return Verdict.RECORD if settled else Verdict.UNCHANGED
    if _agree(hasher, path, desired, live):
        return Verdict.RECORD
    if is_changed:
        return Verdict.CONFLICT if has_moved and not quiet else Verdict.UPDATE
    return Verdict.RECORD if quiet else Verdict.DRIFT


def differs_from_applied(hasher: Hasher, path: FieldPath, desired: Value, leaf: Leaf) -> bool:
    """Say whether the user changed a path since it was sent; of what was not read nobody can.

    What stands around an unknown secret in a list is compared with the baseline in its place.
    """
    if has_unknown(desired):
        can_tell = is_list(desired) and not any(ids_in(desired))
        return can_tell and hasher.observed(path, desired) != leaf.baseline
    return hasher.applied(path, desired) != leaf.applied


def judge_undeclared(
    hasher: Hasher, path: FieldPath, live: Value, leaf: Leaf, *, quiet: bool, hidden: bool
) -> Verdict:
    """Judge a path declared last time and no more; `hidden` where the server never shows it."""
    if leaf.kept:
        return Verdict.DROP
    if live is None:
        # Its absence proves nothing where the server hides the value: clear it all the same.
        return Verdict.CLEAR if hidden else Verdict.DROP
    has_moved = hasher.observed(path, live) != leaf.baseline
    return Verdict.CONFLICT if has_moved and not quiet else Verdict.CLEAR


def _agree(hasher: Hasher, path: FieldPath, desired: Value, live: Value) -> bool:
    """A list that declares no secret says nothing about those the live one holds."""
    if has_unknown(desired):
        # A secret stands on both sides: that it is the same one is as likely as it gets.
        return hasher.equal(path, _with_masks(desired), _with_masks(live))
    if is_list(live) and not has_secret(desired):
        return hasher.equal(path, desired, without_secrets(live))
    return hasher.equal(path, desired, live)


def _with_masks(value: Value) -> Value:
    match value:
        case Secret():
            return MASK
        case Mapping():
            return {key: _with_masks(inner) for key, inner in value.items()}
        case str():
            return value
        case Sequence():
            return [_with_masks(inner) for inner in value]
        case _:
            return value
