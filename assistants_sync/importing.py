"""Live objects to what we own: which ones may be taken over, and under which address. Pure.

Taking over is book-keeping: nothing is written to the server unless the marker is claimed. What we
never wrote has no applied values in state, so the next plan compares it two ways.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from assistants_sync.definitions.fields import is_declarable
from assistants_sync.errors import GuardError, SyncError
from assistants_sync.model.address import KEY, Address, RemoteId, make_address
from assistants_sync.model.definition import Desired, Lifecycle
from assistants_sync.model.diagnostic import Diagnostic
from assistants_sync.model.live import Live, LiveObject
from assistants_sync.model.project import Project
from assistants_sync.model.state import Owned
from assistants_sync.model.step import Update
from assistants_sync.model.value import JsonValue, Value, without_secrets
from assistants_sync.resources.fingerprint import Hasher
from assistants_sync.resources.kind import Kind

_KEY_LENGTH: Final = 60


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user asked for: one id under an address, or every unmanaged one whose name fits."""

    address: Address | None = None
    id: RemoteId | None = None
    pattern: str = "*"
    claim: bool = False
    take_over: bool = False


@dataclass(frozen=True, slots=True)
class Adoption:
    """One live object and the address it will have. `is_defined` when a definition waits for it."""

    address: Address
    live: LiveObject
    is_defined: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """What will be taken over, and what not and why."""

    adoptions: tuple[Adoption, ...]
    left_out: tuple[Diagnostic, ...] = ()


def choose(
    kind: Kind,
    project: Project,
    desired: Desired,
    owned: Mapping[Address, Owned],
    live: Live,
    wish: Wish,
    restored: Mapping[RemoteId, RemoteId] | None = None,
) -> Choice:
    """Give what the wish comes to; an id that was restored under another one is followed.

    Raises:
        GuardError: the one that was named is owned already, or another project's.
        SyncError: the one that was named is not there.
    """
    if wish.address is not None and wish.id is not None:
        remote_id = (restored or {}).get(wish.id, wish.id)
        one = _named(
            project, desired, owned, live, wish.address, remote_id, take_over=wish.take_over
        )
        return Choice((one,))
    adoptions: list[Adoption] = []
    left_out: list[Diagnostic] = []
    taken, taken_by_us = {*owned, *desired.definitions}, {*owned}
    ours = {each.id for each in owned.values()}
    for each in _by_age(live):
        if each.id in ours or not fnmatchcase(each.name or "", wish.pattern):
            continue
        address = _address(kind, project, each)
        is_awaited = address in desired.definitions and address not in taken_by_us
        if _is_foreign(project, each) and not wish.take_over:
            left_out.append(_foreign(each, address))
        elif is_awaited and _bears_our_marker(project, each):
            taken_by_us.add(address)
            adoptions.append(Adoption(address, each, is_defined=True))
        elif is_awaited:
            left_out.append(_defined(each, address))
        else:
            free = _free(address, taken)
            taken.add(free)
            adoptions.append(Adoption(free, each, is_defined=False))
    return Choice(tuple(adoptions), tuple(left_out))


def owned_of(adoption: Adoption, desired: Desired, hasher: Hasher) -> Owned:
    """Give what state remembers of it: its whole body's hash, so that it is known again."""
    definition = desired.definitions.get(adoption.address)
    live = adoption.live
    return Owned(
        id=live.id,
        lifecycle=definition.lifecycle if definition else Lifecycle(),
        created_at=live.created_at,
        updated_at=live.updated_at,
        import_hash=hasher.body(live.body),
    )


def claim_of(adoption: Adoption, owned: Owned, *, takes_over: bool) -> Update:
    """Give the update that writes nothing but our marker."""
    return Update(
        address=adoption.address,
        owned=owned,
        keys=(),
        overlay={},
        clears=(),
        tracked={},
        kept=frozenset(),
        before={},
        lifecycle=owned.lifecycle,
        takes_over=takes_over,
    )


def declared_of(
    kind: Kind, project: Project, live: LiveObject
) -> tuple[dict[str, JsonValue], tuple[str, ...]]:
    """Give the body a definition can hold, and the names of the fields it cannot.

    No null, no secret, nothing the server owns or no reference knows; the references' order.
    """
    known = dict.fromkeys(name for model in kind.references.values() for name in model.model_fields)
    order = {name: index for index, name in enumerate(known)}
    body: dict[str, JsonValue] = {}
    left_out = []
    for name in sorted(live.body, key=lambda each: order.get(each, len(order))):
        value = _plain(live.body[name])
        if value is None or value == {}:
            left_out += [name] if live.body[name] else []
        elif is_declarable(kind, name, value, project):
            body[name] = value
        else:
            left_out.append(name)
    return body, tuple(left_out)


def _plain(value: Value) -> JsonValue:
    """Without secrets and without nulls, which mean nothing in a definition of what is."""
    return _without_nulls(without_secrets(value))


def _without_nulls(value: JsonValue) -> JsonValue:
    match value:
        case Mapping():
            return {key: _without_nulls(each) for key, each in value.items() if each is not None}
        case str():
            return value
        case Sequence():
            return [_without_nulls(each) for each in value]
        case _:
            return value


def _named(
    project: Project,
    desired: Desired,
    owned: Mapping[Address, Owned],
    live: Live,
    address: Address,
    remote_id: RemoteId,
    *,
    take_over: bool,
) -> Adoption:
    by_id = {each.id: other for other, each in owned.items()}
    if remote_id in by_id:
        raise _refusal("Owned already", f"{remote_id} is {by_id[remote_id]}", address)
    if address in owned:
        raise _refusal(
            "Owned already",
            f"{address} is {owned[address].id}",
            address,
            f"`state rm {address}` lets go of that one first",
        )
    found = live.objects.get(remote_id)
    if found is None:
        raise SyncError("No such live object", f"{remote_id} is not there", address=address)
    if _is_foreign(project, found) and not take_over:
        raise GuardError([_foreign(found, address)])
    return Adoption(address, found, is_defined=address in desired.definitions)


def _refusal(summary: str, detail: str, address: Address, hint: str | None = None) -> GuardError:
    return GuardError([Diagnostic("already_owned", summary, detail, address=address, hint=hint)])


def _is_foreign(project: Project, live: LiveObject) -> bool:
    return live.marker is not None and not _bears_our_marker(project, live)


def _bears_our_marker(project: Project, live: LiveObject) -> bool:
    scope = (project.name, project.environment.name)
    return live.marker is not None and (live.marker.project, live.marker.environment) == scope


def _foreign(live: LiveObject, address: Address) -> Diagnostic:
    marker = live.marker
    whose = f"`{marker.project}`, environment `{marker.environment}`" if marker else "nobody"
    return Diagnostic(
        "not_ours",
        "Another project's",
        f"{live.id} is marked as owned by project {whose}",
        address=address,
        hint="let that project forget it first, or --take-over",
    )


def _defined(live: LiveObject, address: Address) -> Diagnostic:
    return Diagnostic(
        "defined_already",
        "A definition has this key already",
        f"{live.id} would be {address}",
        address=address,
        hint=f"if it is the one that is meant: `import {address} {live.id}`",
        severity="warning",
    )


def _by_age(live: Live) -> Iterator[LiveObject]:
    """Oldest first, so that of two with one name the older keeps the plain key."""
    yield from sorted(live.objects.values(), key=lambda each: (each.created_at or "", each.id))


def _address(kind: Kind, project: Project, live: LiveObject) -> Address:
    """What our own marker says, if there is one (the state was lost); else a key from the name."""
    marker = live.marker
    if marker is not None and _bears_our_marker(project, live) and KEY.fullmatch(marker.key):
        return make_address(kind.name, marker.key)
    return make_address(kind.name, _key(live))


def _key(live: LiveObject) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", (live.name or "").lower()).strip("-")
    return words[:_KEY_LENGTH].rstrip("-") or "assistant"


def _free(address: Address, taken: set[Address]) -> Address:
    free, number = address, 1
    while free in taken:
        number += 1
        free = Address(f"{address}-{number}")
    return free
