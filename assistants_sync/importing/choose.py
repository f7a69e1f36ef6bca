"""Which live objects may be taken over, and under which address."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from assistants_sync.errors import GuardError, SyncError
from assistants_sync.importing.keys import address_of, bears_our_marker, numbered
from assistants_sync.importing.known import agrees
from assistants_sync.model.address import Address, RemoteId
from assistants_sync.model.definition import Desired, Lifecycle
from assistants_sync.model.diagnostic import Diagnostic
from assistants_sync.model.live import Live, LiveObject
from assistants_sync.model.project import Project
from assistants_sync.model.state import Owned
from assistants_sync.model.step import Update
from assistants_sync.resources.fingerprint import Hasher
from assistants_sync.resources.kind import Kind


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user asked for: one id under an address, some `ids`, or all whose name fits.

    `bound` are ids that each belong to an address already, in another tool's book-keeping.
    """

    address: Address | None = None
    id: RemoteId | None = None
    ids: tuple[RemoteId, ...] = ()
    bound: Mapping[Address, RemoteId] | None = None
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
    choosing = _Choosing(kind, project, desired, owned, live, take_over=wish.take_over)
    if wish.address is not None and wish.id is not None:
        remote_id = (restored or {}).get(wish.id, wish.id)
        return Choice((choosing.named(wish.address, remote_id),))
    if wish.bound is not None:
        choosing.each_bound(wish.bound, restored or {})
    elif wish.ids:
        wanted = dict.fromkeys((restored or {}).get(each, each) for each in wish.ids)
        choosing.take(choosing.present(wanted))
    else:
        choosing.take(
            each for each in live.objects.values() if fnmatchcase(each.name or "", wish.pattern)
        )
    return Choice(tuple(choosing.adoptions), tuple(choosing.left_out))


@dataclass(slots=True)
class _Choosing:
    """What may be taken over so far; `taken` are the addresses that nothing else may have."""

    kind: Kind
    project: Project
    desired: Desired
    owned: Mapping[Address, Owned]
    live: Live
    take_over: bool = field(kw_only=True)
    adoptions: list[Adoption] = field(default_factory=list)
    left_out: list[Diagnostic] = field(default_factory=list)
    taken: set[Address] = field(init=False)

    def __post_init__(self) -> None:
        # A key that a line of the project file lets go of cannot be defined at the same time.
        gone = {*self.desired.removals, *(move.source for move in self.desired.moves)}
        self.taken = {*self.owned, *gone}

    def named(self, address: Address, remote_id: RemoteId) -> Adoption:
        """Give the adoption of one id under one address; see `choose`."""
        holder = self._holders().get(remote_id)
        if holder:
            raise GuardError([_owned_already(remote_id, holder, address)])
        if address in self.owned:
            raise GuardError([_taken(address, self.owned[address].id)])
        found = self.live.objects.get(remote_id)
        if found is None:
            raise SyncError("No such live object", f"{remote_id} is not there", address=address)
        if self._is_foreign(found):
            raise GuardError([_foreign(found, address)])
        return Adoption(address, found, is_defined=address in self.desired.definitions)

    def each_bound(
        self, bound: Mapping[Address, RemoteId], restored: Mapping[RemoteId, RemoteId]
    ) -> None:
        """Choose what is there under its own address; what is ours under it already is passed."""
        for address, said in bound.items():
            remote_id = restored.get(said, said)
            if address in self.owned and self.owned[address].id == remote_id:
                continue
            same = [each.address for each in self.adoptions if each.live.id == remote_id]
            try:
                if same:
                    raise GuardError([_owned_already(remote_id, same[0], address)])
                self.adoptions.append(self.named(address, remote_id))
            except SyncError as refused:
                self.left_out += refused.diagnostics

    def present(self, ids: Mapping[RemoteId, None]) -> Iterator[LiveObject]:
        """Give what is there of the ids; the others, and what is ours already, are told of."""
        holders = self._holders()
        for each in ids:
            if each in holders:
                self.left_out.append(_owned_already(each, holders[each], None))
            elif each not in self.live.objects:
                self.left_out.append(
                    Diagnostic("not_there", "No such live object", f"{each} is not there")
                )
            else:
                yield self.live.objects[each]

    def take(self, found: Iterator[LiveObject]) -> None:
        """Choose what may be taken over; the oldest of one name has the plain key.

        A key that is some other object's own name is not given to the second of a name.
        """
        holders = self._holders()
        waiting: list[tuple[LiveObject, Address]] = []
        for each in sorted(found, key=lambda one: (one.created_at or "", one.id)):
            if each.id in holders:
                continue
            address = address_of(self.kind, self.project, each)
            if self._is_foreign(each):
                self.left_out.append(_foreign(each, address))
            elif address in self.taken:
                waiting.append((each, address))
            elif address in self.desired.definitions and not self._is_meant(each, address):
                self.left_out.append(_defined(each, address))
            else:
                self._adopt(each, address)
        for each, address in waiting:
            self._adopt(each, self._free(each, address))
        self.adoptions.sort(key=lambda one: one.address)

    def _adopt(self, found: LiveObject, address: Address) -> None:
        self.taken.add(address)
        is_defined = address in self.desired.definitions
        self.adoptions.append(Adoption(address, found, is_defined))

    def _free(self, found: LiveObject, address: Address) -> Address:
        number = 2
        while not self._may_have(found, numbered(address, number)):
            number += 1
        return numbered(address, number)

    def _may_have(self, found: LiveObject, address: Address) -> bool:
        if address in self.taken:
            return False
        return address not in self.desired.definitions or self._is_meant(found, address)

    def _is_meant(self, found: LiveObject, address: Address) -> bool:
        """Whether the definition is this one's: it says so, or an import that died wrote it."""
        definition = self.desired.definitions[address]
        own = address_of(self.kind, self.project, found)
        says_so = bears_our_marker(self.project, found) and own == address
        return says_so or agrees(self.kind, definition, found)

    def _is_foreign(self, found: LiveObject) -> bool:
        is_marked = found.marker is not None and not bears_our_marker(self.project, found)
        return is_marked and not self.take_over

    def _holders(self) -> dict[RemoteId, Address]:
        return {each.id: address for address, each in self.owned.items()}


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


def _owned_already(remote_id: RemoteId, holder: Address, address: Address | None) -> Diagnostic:
    return Diagnostic(
        "already_owned",
        "Owned already",
        f"{remote_id} is {holder}",
        address=address,
        severity="error" if address else "warning",
    )


def _taken(address: Address, remote_id: RemoteId) -> Diagnostic:
    return Diagnostic(
        "already_owned",
        "Owned already",
        f"{address} is {remote_id}",
        address=address,
        hint=f"`state rm {address}` lets go of that one first",
    )


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
        f"{live.id} would be {address}, and is not as that says",
        address=address,
        hint=f"if it is the one that is meant: `import {address} {live.id}`",
    )
