"""Who has to be made before whom, where one definition holds the id of another.

A circle cannot be made at once: one of it is created without the leaves that refer back, and gets
them in a second write. Which one is decided by address, so that equal plans are equal.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from assistants_sync.model.address import Address
from assistants_sync.model.plan import Block, Change
from assistants_sync.model.step import Create, Step, Update
from assistants_sync.model.value import Body, FieldPath, leaves, refs_in, to_dotted

_Planned = tuple[Change, Step | None]


def with_refs(planned: list[_Planned]) -> list[_Planned]:
    """Give the changes with every circle broken, and a block where an id will not be there."""
    creates = {step.address: step for _, step in planned if isinstance(step, Create)}
    later = _broken(creates)
    result = []
    for change, step in planned:
        needed = sorted(set(_needed(step)))
        missing = [each for each in needed if each not in creates]
        blocks = tuple(map(_not_made, missing))
        paths = later.get(change.address, ())
        split_note = (_in_two_steps(paths),) if paths else ()
        notes = (*split_note, *map(_not_known_yet, needed))
        told = replace(
            change,
            blocked=(*change.blocked, *blocks),
            notes=(*change.notes, *notes),
            later=paths,
        )
        split = replace(step, later=paths) if isinstance(step, Create) else step
        result.append((told, split))
    return result


def _needed(step: Step | None) -> Iterator[Address]:
    match step:
        case Create(body=body):
            yield from refs_in(body)
        case Update(overlay=overlay):
            for value in overlay.values():
                yield from refs_in(value)
        case _:
            return


def _not_made(address: Address) -> Block:
    return Block(
        "reference_unknown",
        f"it holds the id of {address}, which is neither there nor made by this plan",
        f"plan {address} too: --target {address}",
    )


def _not_known_yet(address: Address) -> str:
    return f"holds the id of {address} (known after apply)"


def _in_two_steps(paths: tuple[FieldPath, ...]) -> str:
    names = ", ".join(to_dotted(path) for path in paths)
    return f"made in two steps: {names} refers back to it, and is sent once all are made"


def _broken(creates: Mapping[Address, Create]) -> dict[Address, tuple[FieldPath, ...]]:
    """Give the leaves each create must leave for later; what is in no circle leaves none."""
    waits = {address: set(refs_in(step.body)) & creates.keys() for address, step in creates.items()}
    later: dict[Address, tuple[FieldPath, ...]] = {}
    while waits:
        free = [address for address, needed in waits.items() if not needed & waits.keys()]
        if not free:
            first = min(address for address in waits if _reaches(address, waits))
            later[first] = tuple(_referring(creates[first].body, waits.keys()))
            free = [first]
        for address in free:
            del waits[address]
    return later


def _reaches(start: Address, waits: Mapping[Address, set[Address]]) -> bool:
    """Say whether one comes back to itself."""
    seen: set[Address] = set()
    ahead = list(waits[start])
    while ahead:
        here = ahead.pop()
        if here == start:
            return True
        if here in waits and here not in seen:
            seen.add(here)
            ahead.extend(waits[here])
    return False


def _referring(body: Body, to: Collection[Address]) -> Iterator[FieldPath]:
    for path, value in leaves(body).items():
        if any(address in to for address in refs_in(value)):
            yield path
