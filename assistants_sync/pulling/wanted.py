"""Which declared paths differ from live because somebody else wrote there. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from assistants_sync.model.address import Address
from assistants_sync.model.definition import Definition
from assistants_sync.model.diagnostic import Diagnostic
from assistants_sync.model.plan import Change, FieldKind, Plan, Reason
from assistants_sync.model.source import SourceRef
from assistants_sync.model.value import FieldPath, Value, is_prefix, leaves, lookup, to_dotted
from assistants_sync.planning.inputs import Inputs


@dataclass(frozen=True, slots=True)
class Drifted:
    """One declared path, as the files have it and as it is live; `where` its key was written."""

    address: Address
    path: FieldPath
    desired: Value
    live: Value
    where: SourceRef
    definition: Definition


@dataclass(frozen=True, slots=True)
class Wanted:
    """What may be brought back, and what is left alone and why."""

    drifted: tuple[Drifted, ...]
    left: tuple[Diagnostic, ...]


def wanted_of(plan: Plan, inputs: Inputs, theirs: Mapping[str, str]) -> Wanted:
    """Give the drifted paths of a plan, and of its conflicts those that `theirs` settles so."""
    drifted: list[Drifted] = []
    left: list[Diagnostic] = []
    for change in plan.changes:
        if change.reason is Reason.GONE:
            detail = "it is gone; `apply` makes it again, or remove its definition"
            left.append(left_alone(detail, change.source, change.address))
        definition = inputs.desired.definitions.get(change.address)
        live = inputs.live.objects.get(change.id) if change.id else None
        if definition is None or live is None:
            continue
        declared = leaves(definition.body)
        is_theirs = theirs.get(change.address, theirs.get("*")) == "theirs"
        for path, is_conflict in _paths(change, declared):
            where = definition.place(path)
            if path not in declared:
                detail = f"`{to_dotted(path)}` is no longer in the file"
                left.append(left_alone(detail, where, change.address))
            elif is_conflict and not is_theirs:
                detail = f"`{to_dotted(path)}` was changed in the file too"
                hint = "--resolve=theirs takes the server's value over the file's"
                left.append(left_alone(detail, where, change.address, hint))
            else:
                here = lookup(live.body, path)
                drifted.append(
                    Drifted(change.address, path, declared[path], here, where, definition)
                )
    return Wanted(tuple(drifted), tuple(left))


def left_alone(
    detail: str, where: SourceRef | None, address: str, hint: str | None = None
) -> Diagnostic:
    """Give the note of what was not brought back."""
    return Diagnostic("left_alone", "Not pulled", detail, where, address, hint, "warning")


def _paths(change: Change, declared: Mapping[FieldPath, Value]) -> Iterator[tuple[FieldPath, bool]]:
    """Give each path once, with whether it is in conflict; inside a list, the list."""
    found: dict[FieldPath, bool] = {}
    for each in change.drift:
        leaf = next((path for path in declared if is_prefix(path, each.path)), each.path)
        found[leaf] = found.get(leaf, False) or each.kind is FieldKind.CONFLICT
    yield from found.items()
