"""The named rules that can block a change, one function each. They refuse; they never act.

A guard looks at one change or at the whole plan, and gives the block it puts there, or None.
Consent, which depends on flags, is in `consent`.
"""

from collections.abc import Mapping, Sequence

from assistants_sync.model.address import Address
from assistants_sync.model.definition import Definition
from assistants_sync.model.live import LiveObject
from assistants_sync.model.plan import Action, Block, Change, Reason
from assistants_sync.model.project import Safety
from assistants_sync.model.state import Owned
from assistants_sync.model.step import Update
from assistants_sync.model.value import (
    Secret,
    Value,
    has_secret,
    is_list,
    is_prefix,
    leaves,
    lookup,
    to_dotted,
)
from assistants_sync.planning.destructive import part_name
from assistants_sync.planning.inputs import Inputs


def marked_elsewhere(inputs: Inputs, address: Address) -> Block | None:
    """A live object already says it is this address: creating it would make a second one."""
    found = inputs.unowned_marked_as(address)
    if not found:
        return None
    return Block(
        "marked_elsewhere",
        f"a live object already bears this address: {', '.join(each.id for each in found)}",
        f"take it over with `import {address} {found[0].id}`",
    )


def same_name(inputs: Inputs, definition: Definition) -> Block | None:
    """An unmarked live object has the same name: most likely the one that is meant."""
    name = definition.body.get("name")
    if inputs.options.allow_same_name or not isinstance(name, str):
        return None
    found = inputs.unmarked_named(name)
    if not found:
        return None
    return Block(
        "same_name",
        f"an object nobody manages has the same name: {', '.join(each.id for each in found)}",
        f"take it over with `import {definition.address} {found[0].id}`, or create a second one "
        "with --allow-same-name",
    )


def foreign_marker(inputs: Inputs, live: LiveObject) -> Block | None:
    """Another project's note is on an object our state claims."""
    marker = live.marker
    if marker is None or (marker.project, marker.environment) == (
        inputs.project.name,
        inputs.project.environment.name,
    ):
        return None
    return Block(
        "not_ours",
        f"it is marked as owned by project `{marker.project}`, environment `{marker.environment}`",
        "let one project go of it: `state rm` here, or `import --take-over`",
    )


def rival_write(inputs: Inputs, owned: Owned, live: LiveObject) -> Block | None:
    """Somebody with another copy of this state wrote it since: ours is the older one.

    A write of ours that got no answer may have arrived late, and is no rival's.
    """
    marker = live.marker
    if marker is None or not inputs.is_ours(marker) or owned.write in {None, marker.write}:
        return None
    if inputs.snapshot.state is not None and marker.write in inputs.snapshot.state.watch:
        return None
    return Block(
        "rival_write",
        f"it was last written by another run (write {marker.write}), which this state does not "
        f"know (it knows {owned.write})",
        "use the state of that run; if it is lost for good: `state rm`, then `import --claim`",
    )


def secret_unknown(inputs: Inputs, live: LiveObject, update: Update) -> Block | None:
    """A key would be replaced whole while the server hides a secret in it that we do not have.

    Source: two field reports of broken webhook authentication after a PATCH of `server` built
    from GET (stored copies read 2026-11-21).
    """
    declared = set(update.tracked)
    hidden = [
        path
        for flag, path in inputs.kind.flags.items()
        if live.flags.get(flag)
        and path[0] in update.keys
        and (path[0],) not in update.clears
        and not any(is_prefix(known, path) for known in declared)
    ]
    masked = [
        path
        for path, value in leaves(live.body).items()
        if path[0] in update.keys
        and looks_masked(value)
        and not any(is_prefix(known, path) for known in (*update.overlay, *update.clears))
    ]
    dropped = [
        path
        for path, value in update.overlay.items()
        if _drops_secret(lookup(live.body, path), value)
    ]
    if not hidden and not masked and not dropped:
        return None
    path = to_dotted((hidden + masked + dropped)[0])
    if dropped:
        return Block(
            "secret_unknown",
            f"a part of `{path}` holds a secret the definition does not declare; replacing the "
            "list would wipe it",
            "declare it with `!secret NAME` in the same part (or null to drop it on purpose)",
        )
    return Block(
        "secret_unknown",
        f"`{path}` is set and the server does not show it; replacing `{path.partition('.')[0]}` "
        "would wipe it",
        f"declare it, `{path}: !secret NAME` (or null to drop it on purpose)",
    )


def looks_masked(value: Value) -> bool:
    """Say whether a secret is stars or dots: what a server shows in place of it."""
    if not isinstance(value, Secret):
        return False
    text = value.reveal()
    return isinstance(text, str) and bool(text) and not text.strip("*•.x")


def _drops_secret(live: Value, declared: Value) -> bool:
    """Whether a part known by the same name loses its secret without a word."""
    if not (is_list(live) and is_list(declared)):
        return False
    silent = {
        part_name(part)
        for part in declared
        if not has_secret(part) and isinstance(part, Mapping) and not _says_null(part)
    }
    return any(has_secret(part) and part_name(part) in silent for part in live)


def _says_null(value: Value) -> bool:
    return isinstance(value, Mapping) and any(
        each is None or _says_null(each) for each in value.values()
    )


def ownership(inputs: Inputs, owned: Owned, live: LiveObject) -> Block | None:
    """A deletion needs our marker in the live object, or, never written, the body we imported."""
    if inputs.is_ours(live.marker):
        return None
    if live.marker is None and owned.write is None and owned.import_hash is not None:
        if inputs.hasher.body(live.body) == owned.import_hash:
            return None
        return Block(
            "not_ours",
            "it was changed since it was imported, and never written by us",
            "look at it, then import it again (`--claim` writes the marker)",
        )
    return Block(
        "not_ours",
        "our marker is not in the live object: not ours, left alone",
        "`state rm` forgets it; `import --claim` takes it over again",
    )


def protected(inputs: Inputs, owned: Owned) -> Block | None:
    """Protection is kept in state: it outlives the file, and lifting it is an apply of its own."""
    if inputs.project.environment.safety.protect_all:
        return Block(
            "protected",
            "this environment protects all of its assistants",
            "lift `safety: {protect_all}` in the project file",
        )
    if not owned.lifecycle.protect:
        return None
    return Block(
        "protected",
        "lifecycle.protect is on",
        "put the definition back with `protect: false`, apply, then remove it",
    )


def without_secrets(inputs: Inputs, _changes: Sequence[Change]) -> Block | None:
    """What was planned without secrets is to be looked at, never to be applied."""
    if not inputs.options.secrets_unavailable:
        return None
    unread = "" if inputs.live.is_read else "; nothing live was read, for want of a key"
    return Block(
        "secrets_unavailable",
        f"this plan knows no secret{unread}",
        "it can be reviewed, not applied: plan again where key and secrets are set",
    )


def no_definitions(inputs: Inputs, changes: Sequence[Change]) -> Block | None:
    """Nothing defined at all looks like a missing folder, not like a wish."""
    if inputs.desired.definitions or inputs.project.environment.safety.allow_empty:
        return None
    if not any(change.action is Action.DELETE for change in changes):
        return None
    what = "no definitions" if inputs.desired.has_folder else "no definitions folder"
    return Block(
        "no_definitions",
        f"there are {what} in `{inputs.project.definitions_dir}`: nothing is deleted",
        "to empty the environment on purpose, set `safety: {allow_empty: true}` and give the "
        "exact number with --allow-deletes",
    )


def deletion_limit(safety: Safety, owned_count: int) -> int:
    """Give how many deletions go without saying their number."""
    limit = min(max(int(safety.max_delete_ratio * owned_count), 1), 5)
    return limit if safety.max_deletes is None else min(limit, safety.max_deletes)


def too_many_deletes(inputs: Inputs, changes: Sequence[Change]) -> Block | None:
    """More deletions than the brake allows, or the last owned one; one set aside is not owned."""
    deleted = [change.address for change in changes if change.action is Action.DELETE]
    aside = {address for address, each in inputs.owned.items() if each.quarantined_at is not None}
    count, owned_count = len(deleted), len(inputs.owned) - len(aside)
    limit = deletion_limit(inputs.project.environment.safety, owned_count)
    if count == 0 or (count <= limit and count - len(aside.intersection(deleted)) < owned_count):
        return None
    why = f"the limit is {limit}" if count > limit else "nothing would be left"
    return Block(
        "too_many_deletes",
        f"{count} of {owned_count} owned would be deleted; {why}",
        f"if that is meant: --allow-deletes={count}",
    )


def too_many_destructive(inputs: Inputs, changes: Sequence[Change]) -> Block | None:
    """More updates that take away what makes an assistant work than the brake allows."""
    count = sum(bool(change.destructive) for change in changes)
    own = inputs.project.environment.safety.max_destructive_updates
    limit = min(max(int(0.2 * len(inputs.owned)), 1), 5)
    limit = limit if own is None else min(limit, own)
    if count <= limit:
        return None
    return Block(
        "too_many_destructive",
        f"{count} updates are destructive; the limit is {limit}",
        f"if that is meant: --allow-destructive={count}",
    )


def too_many_gone(inputs: Inputs, changes: Sequence[Change]) -> Block | None:
    """More owned objects gone than the brake allows: somebody else cleaned up, or a wrong key."""
    count = sum(change.reason is Reason.GONE for change in changes)
    limit = deletion_limit(Safety(), len(inputs.owned))
    if count <= limit:
        return None
    return Block(
        "too_many_gone",
        f"{count} of {len(inputs.owned)} owned are gone from the server; the limit is {limit}",
        f"if that is so: --accept-gone={count}",
    )
